"""The evidence: what the topics say, what the bank did, what payroll's store holds. Unjudged.

Topics are read as any subscriber reads them: per stream, what is not above the last sequence is a
duplicate and skipped, and a gap is a finding, because no sum over a gap proves anything.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ops.bank import Row
from ops.topics import Record
from shared.events import Envelope, read_envelope

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something is wrong, and whose id to look at."""

    culprit: str
    says: str

    def __str__(self) -> str:
        return f"{self.culprit}: {self.says}"


@dataclass(slots=True)
class Evidence:
    """Everything by its id. Bodies are the events' JSON, as they are on the wire."""

    today: str = ""
    policies: dict[str, Json] = field(default_factory=dict)
    selected: set[str] = field(default_factory=set)
    offers: dict[str, Json] = field(default_factory=dict)
    placements: dict[str, Json] = field(default_factory=dict)
    attendances: dict[tuple[str, str], Json] = field(default_factory=dict)
    endings: dict[str, tuple[str, Json]] = field(default_factory=dict)
    placement_of_record: dict[str, str] = field(default_factory=dict)
    payslips: dict[str, Json] = field(default_factory=dict)
    orders: dict[str, Json] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    bank: dict[str, list[Row]] = field(default_factory=dict)
    stored: dict[str, Json] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    _orders_of: dict[str, list[Json]] = field(default_factory=dict)

    def work_of(self, payslip: Json) -> tuple[str, str]:
        """The placement and month that a payslip pays for."""
        return self.placement_of_record.get(payslip["record_id"], ""), payslip["month"]

    def orders_of(self, payslip_id: str) -> list[Json]:
        """By attempt, the latest last."""
        return sorted(self._orders_of.get(payslip_id, []), key=lambda order: order["attempt"])

    def take(self, name: str, body: Json) -> None:  # noqa: C901  # one flat case per event
        match name:
            case "DayStarted":
                self.today = max(self.today, body["effective_on"])
            case "CohortOpened":
                self.policies[body["cohort_id"]] = body["policy"]
            case "ApplicantSelected":
                self.selected.add(body["application_id"])
            case "PositionOffered":
                self.offers[body["position_id"]] = body
            case "InternPlaced":
                self.placements[body["placement_id"]] = body
            case "AttendanceConfirmed":
                self._take_attendance(body)
            case "InternshipCompleted" | "InternshipNotCompleted":
                self.endings[body["placement_id"]] = name, body
            case "PayrollRecordOpened":
                self.placement_of_record[body["record_id"]] = body["placement_id"]
            case "PayslipIssued":
                self._take_payslip(body)
            case "PaymentOrdered":
                self.orders[body["order_id"]] = body
                self._orders_of.setdefault(body["payslip_id"], []).append(body)
            case "WagePaid":
                self.outcomes[body["order_id"]] = "paid"
            case "PaymentFailed":
                self.outcomes[body["order_id"]] = "refused"

    def _take_attendance(self, body: Json) -> None:
        """The first one counts: a month is confirmed once, and corrected by another event."""
        work = (body["placement_id"], body["month"])
        if self.attendances.setdefault(work, body) is not body:
            self.findings.append(Finding(body["person_id"], f"{work[1]} is confirmed twice"))

    def _take_payslip(self, body: Json) -> None:
        if body["payslip_id"] in self.payslips:
            self.findings.append(Finding(body["payslip_id"], "is issued twice on the topic"))
        self.payslips[body["payslip_id"]] = body


def gather(
    records: Iterable[Record], bank_rows: Iterable[Row], stored: Sequence[Mapping[str, Any]]
) -> Evidence:
    evidence = Evidence()
    last: dict[str, int] = {}
    for record in records:
        envelope = read_envelope(_producer(record), record.key, record.headers)
        if not isinstance(envelope, Envelope):
            continue  # belongs to no stream; services park it, and `ops parked` shows it
        before = last.get(envelope.stream, 0)
        if envelope.sequence <= before:
            continue
        if envelope.sequence > before + 1:
            missing = f"number {before + 1} of this stream is missing, after {before}"
            evidence.findings.append(Finding(envelope.stream, missing))
        last[envelope.stream] = envelope.sequence
        try:
            evidence.take(envelope.type.split(".")[2], json.loads(record.value or b""))
        except (ValueError, KeyError, IndexError, TypeError):
            evidence.findings.append(Finding(envelope.id, "cannot be read as what it says it is"))
    for row in bank_rows:
        evidence.bank.setdefault(row.order_id, []).append(row)
    evidence.stored = {payslip["payslip_id"]: dict(payslip) for payslip in stored}
    return evidence


def _producer(record: Record) -> str:
    return record.topic.split(".")[1]
