"""A small cohort as its topics, the bank's file and payroll's store would show it.

Wages are the figures of domain.md §2.2, not worked out here: what is tested works them out.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from examples import statistics_office
from ops.bank import Row
from ops.policies import read_policy
from ops.topics import Record
from shared.events import (
    IntegrationEvent,
    envelope_of,
    source_of,
    topic_of,
    write_headers,
)
from shared.events.calendar import DayStarted
from shared.events.counseling import CaseOpened, Reemployed
from shared.events.intake import (
    ApplicantSelected,
    ApplicationAccepted,
    ApplicationRejected,
    ApplicationSubmitted,
    CohortOpened,
    SelectionClosed,
)
from shared.events.payroll import PaymentOrdered, PayrollRecordOpened, PayslipIssued, WagePaid
from shared.events.placement import (
    AttendanceConfirmed,
    AttendanceMonthClosed,
    InternPlaced,
    InternshipCompleted,
    InternshipStarted,
    MatchingClosed,
    PositionOffered,
)

POLICY = read_policy("2022-h1")
COHORT = "coh_second"
WAGES = {8: 2_250_094, 6: 1_690_262, 4: 1_130_430}  # domain.md §2.2, 2022
HOURS_PER_MONTH = {8: 209, 6: 157, 4: 105}
SCHEDULED = {"2022-04": 21, "2022-05": 21, "2022-06": 20}  # domain.md §2.5
LAST_DAYS = {"2022-04": 30, "2022-05": 31, "2022-06": 30}
PAY_DATES = {"2022-04": "2022-05-10", "2022-05": "2022-06-10", "2022-06": "2022-07-11"}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Topics:
    """Publishes as the services do: one number more per stream."""

    records: list[Record] = field(default_factory=list)
    last: dict[str, int] = field(default_factory=dict)

    def publish(self, contract: type[IntegrationEvent], day: str, **fields: Any) -> None:
        event = contract.model_validate({"effective_on": day, "recorded_on": day, **fields})
        stream = f"{source_of(event.producer)}/{event.key}"
        self.last[stream] = self.last.get(stream, 0) + 1
        envelope = envelope_of(event, self.last[stream], "c", "c")
        self.records.append(
            Record(
                topic=topic_of(event.producer),
                partition=0,
                offset=len(self.records),
                key=event.key.encode(),
                headers=tuple(write_headers(contract, envelope, NOW)),
                value=event.model_dump_json().encode(),
            )
        )


@dataclass(frozen=True)
class World:
    records: tuple[Record, ...]
    bank: tuple[Row, ...]
    payslips: tuple[dict[str, Any], ...]

    def without(self, name: str, key: str = "") -> "World":
        """One record fewer on the topics: the first of that name (and key)."""
        gone = next(r for r in self.records if is_record(r, name, key))
        return replace(self, records=tuple(r for r in self.records if r is not gone))

    def without_all(self, *names: str) -> "World":
        """Without the records of these names."""
        kept = [r for r in self.records if not any(is_record(r, name) for name in names)]
        return replace(self, records=tuple(kept))

    def telling(self, name: str, key: str, change: Callable[[dict[str, Any]], Any]) -> "World":
        """The topics with all records of that name and key changed."""
        told = list(self.records)
        for n, record in enumerate(told):
            if is_record(record, name, key):
                body = json.loads(record.value or b"")
                change(body)
                told[n] = replace(record, value=json.dumps(body).encode())
        return replace(self, records=tuple(told))

    def paying(self, index: int, **changes: Any) -> "World":
        """The bank's file with one row changed."""
        rows = list(self.bank)
        rows[index] = replace(rows[index], **changes)
        return replace(self, bank=tuple(rows))


def is_record(record: Record, name: str, key: str = "") -> bool:
    type_ = dict(record.headers)["ce_type"] or b""
    return type_.decode().split(".")[2] == name and key in {"", (record.key or b"").decode()}


def play(hours: Iterable[int] = (8, 6, 4), *, until: str = "2022-07-12") -> World:
    """Interns with these hours a day, all served in full and paid, and one who was rejected."""
    topics, bank, payslips = Topics(), list[Row](), list[dict[str, Any]]()
    interns = {f"per_{n}": h for n, h in enumerate(hours)}
    _select(topics, interns)
    for person, daily in interns.items():
        _place(topics, person, daily)
    counts = {
        "candidates": len(interns),
        "openings": len(interns),
        "unmatched": 0,
        "input_digest": "d",
    }
    topics.publish(
        MatchingClosed, "2022-03-29", cohort_id=COHORT, round=1, placed=len(interns), **counts
    )
    for month in SCHEDULED:
        for person, daily in interns.items():
            _work(topics, person, month)
            slip, row = _pay(topics, person, daily, month)
            payslips.append(slip)
            bank.append(row)
        closed = {"cohort_id": COHORT, "month": month, "confirmed": len(interns), "missing": 0}
        topics.publish(AttendanceMonthClosed, f"{month}-28", **closed)
    for person in interns:
        _finish(topics, person)
    topics.publish(DayStarted, until, is_business_day=True)
    return World(tuple(topics.records), tuple(bank), tuple(payslips))


def of_the_office(records: Iterable[Record]) -> list[statistics_office.Record]:
    return [
        statistics_office.Record(r.topic, r.partition, r.offset, r.key, r.headers, r.value)
        for r in records
    ]


def account_of(person: str) -> str:
    """As the bank's file names it."""
    return hashlib.sha256(person.encode()).hexdigest()


def ids(person: str) -> dict[str, str]:
    return {"person_id": person, "cohort_id": COHORT}


def _select(topics: Topics, interns: dict[str, int]) -> None:
    policy = POLICY.model_dump(mode="json")
    topics.publish(CohortOpened, "2022-03-03", cohort_id=COHORT, policy=policy)
    for person in [*interns, "per_rejected"]:
        about = {**ids(person), "application_id": person.replace("per", "app")}
        topics.publish(ApplicationSubmitted, "2022-03-05", **about, field="it", age_band="30-39")
        if person == "per_rejected":
            reasons = ("career-break",)
            topics.publish(ApplicationRejected, "2022-03-18", **about, reason_codes=reasons)
            continue
        topics.publish(ApplicationAccepted, "2022-03-18", **about)
        wish: dict[str, Any] = {"round": 1, "field": "it", "preferred_position_ids": ()}
        topics.publish(ApplicantSelected, "2022-03-22", **about, **wish)
    counts = {"applied": len(interns) + 1, "eligible": len(interns), "selected": len(interns)}
    rest = {"reserved": 0, "not_selected": 0, "input_digest": "d", "round": 1}
    topics.publish(SelectionClosed, "2022-03-22", cohort_id=COHORT, **counts, **rest)


def _place(topics: Topics, person: str, daily: int) -> None:
    place: dict[str, Any] = {
        "org_id": person.replace("per", "org"),
        "position_id": person.replace("per", "pos"),
        "hours_per_day": daily,
        "hours_per_month": HOURS_PER_MONTH[daily],
    }
    about = {"cohort_id": COHORT, "field": "it", "openings": 1}
    topics.publish(PositionOffered, "2022-03-10", **about, **place)
    topics.publish(
        InternPlaced,
        "2022-03-29",
        **ids(person),
        placement_id=person.replace("per", "plc"),
        application_id=person.replace("per", "app"),
        starts_on="2022-04-01",
        ends_on="2022-06-30",
        **place,
    )
    placement_id = person.replace("per", "plc")
    topics.publish(InternshipStarted, "2022-04-01", **ids(person), placement_id=placement_id)
    topics.publish(
        PayrollRecordOpened,
        "2022-03-29",
        **ids(person),
        placement_id=placement_id,
        record_id=person.replace("per", "rec"),
    )


def _work(topics: Topics, person: str, month: str) -> None:
    topics.publish(
        AttendanceConfirmed,
        f"{month}-{LAST_DAYS[month]}",
        **ids(person),
        placement_id=person.replace("per", "plc"),
        month=month,
        service_from=f"{month}-01",
        service_until=f"{month}-{LAST_DAYS[month]}",
        scheduled_days=SCHEDULED[month],
        absent_days=0,
        absent_weeks=0,
    )


def _pay(topics: Topics, person: str, daily: int, month: str) -> tuple[dict[str, Any], Row]:
    day, wage = PAY_DATES[month], WAGES[daily]
    tail = f"{person.removeprefix('per_')}{month.replace('-', '')}"
    slip: dict[str, Any] = {**ids(person), "payslip_id": f"slp_{tail}"}
    slip |= {"record_id": person.replace("per", "rec")}
    slip |= {"month": month, "gross_krw": wage, "deductions_krw": 0, "net_krw": wage}
    slip |= {"pay_date": day}
    topics.publish(PayslipIssued, day, **slip)
    order: dict[str, Any] = {**ids(person), "order_id": f"ord_{tail}", "payslip_id": f"slp_{tail}"}
    order |= {"amount_krw": wage}
    topics.publish(PaymentOrdered, day, **order, attempt=1, pay_on=day)
    topics.publish(WagePaid, day, **order, month=month)
    stored = {**slip, "rows": [{"item": "contracted-month", "amount_krw": wage}], "status": "paid"}
    return stored, Row(f"ord_{tail}", f"file_{month}", day, wage, "paid", "", account_of(person))


def _finish(topics: Topics, person: str) -> None:
    topics.publish(
        InternshipCompleted,
        "2022-06-30",
        **ids(person),
        placement_id=person.replace("per", "plc"),
        org_id=person.replace("per", "org"),
        scheduled_days=62,
        attended_days=62,
    )
    case = {**ids(person), "case_id": person.replace("per", "cas")}
    topics.publish(CaseOpened, "2022-07-01", **case, ends_on=date(2023, 6, 30))
    if person == "per_0":
        how = {"kind": "regular", "evidence_grade": "insurance-record", "is_at_host": True}
        topics.publish(Reemployed, "2022-09-01", **case, **how)
