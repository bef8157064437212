"""Gathering the evidence: topics read as any subscriber reads them, and what is asked for of it.

Per stream, what is not above the last sequence is a duplicate and skipped, and a gap is a finding,
because no sum over a gap proves anything.

As of a day: what was recorded until then, what the bank did until then, and what payroll's store
has of it. What the bank did by then counts as told, whenever it was told.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError

from ops.audit.evidence import Evidence, Finding, Json
from ops.audit.hearing import take
from ops.bank import RECEIVED, Row
from ops.topics import Record
from shared.events import CONTRACTS, Envelope, read_envelope

TAKEN_WHENEVER = ("DayStarted", "WagePaid", "PaymentFailed", "OverpaymentRecovered")
PAPER_IDS = {
    "PayslipIssued": "payslip_id",
    "PaymentOrdered": "order_id",
    "OverpaymentFound": "claim_id",
}


class UnknownCohort(LookupError):
    """No cohort of this number was opened."""


class UnknownPerson(LookupError):
    """Nothing is told of this person: a report on her would be clean whatever is wrong."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked for: one cohort or all, until one day or all that there is."""

    cohort_no: int | None = None
    as_of: date | None = None

    @property
    def until(self) -> str:
        return self.as_of.isoformat() if self.as_of else "9999-12-31"


def gather(
    records: Iterable[Record],
    bank_rows: Iterable[Row],
    stored: Sequence[Mapping[str, Any]],
    scope: Scope,
) -> Evidence:
    """Raises `UnknownCohort`."""
    evidence = Evidence()
    events = list(_read(records, evidence))
    cohort_id = _cohort_id(events, scope)
    out: set[str] = set()  # payroll's papers that are of another cohort or a later day
    for name, body in events:
        if _is_within(name, body, cohort_id, scope.until):
            take(evidence, name, body)
        elif name in PAPER_IDS:
            out.add(body[PAPER_IDS[name]])
    evidence.today = min(evidence.today, scope.until)
    _take_rows(evidence, bank_rows, out, scope.until)
    evidence.stored = {p["payslip_id"]: dict(p) for p in stored if p["payslip_id"] not in out}
    return evidence


def _read(records: Iterable[Record], evidence: Evidence) -> Iterator[tuple[str, Json]]:
    """Each event once, with its name and body."""
    last: dict[str, int] = {}
    for record in records:
        envelope = read_envelope(record.topic.split(".")[1], record.key, record.headers)
        if not isinstance(envelope, Envelope):
            continue  # belongs to no stream; services park it, and `ops parked` shows it
        before = last.get(envelope.stream, 0)
        if envelope.sequence <= before:
            continue
        if envelope.sequence > before + 1:
            missing = f"number {before + 1} of this stream is missing, after {before}"
            evidence.findings.append(Finding(envelope.stream, missing))
        last[envelope.stream] = envelope.sequence
        contract = CONTRACTS.get(envelope.type)
        if contract is None:
            continue
        try:
            contract.model_validate_json(record.value or b"")  # its form only: no field is missing
        except ValidationError:
            unreadable = Finding(envelope.id, "cannot be read as what it says it is")
            evidence.findings.append(unreadable)
        else:
            yield contract.__name__, json.loads(record.value or b"")


def _cohort_id(events: Iterable[tuple[str, Json]], scope: Scope) -> str | None:
    if scope.cohort_no is None:
        return None
    for name, body in events:
        if name == "CohortOpened" and body["policy"]["cohort_no"] == scope.cohort_no:
            return str(body["cohort_id"])
    raise UnknownCohort(f"no cohort {scope.cohort_no} was opened: look at cohort_no in its policy")


def _is_within(name: str, body: Json, cohort_id: str | None, until: str) -> bool:
    is_hers = name == "PayeeAccountChanged"  # one account for all cohorts
    is_ours = cohort_id is None or is_hers or body.get("cohort_id", cohort_id) == cohort_id
    return is_ours and (body["recorded_on"] <= until or name in TAKEN_WHENEVER)


def _take_rows(evidence: Evidence, rows: Iterable[Row], out: set[str], until: str) -> None:
    """A row of another cohort or a later day is none of ours, nor is what was told of it."""
    for row in rows:
        if row.paid_on > until or out & {row.order_id, row.file_id}:
            evidence.outcomes.pop(row.order_id, None)
            evidence.recoveries.pop(row.order_id, None)
        elif row.outcome == RECEIVED:
            evidence.deposits.setdefault(row.order_id, []).append(row)
        else:
            evidence.bank.setdefault(row.order_id, []).append(row)
    for deposit_id, recovery in list(evidence.recoveries.items()):
        if recovery["recorded_on"] > until and deposit_id not in evidence.deposits:
            del evidence.recoveries[deposit_id]
