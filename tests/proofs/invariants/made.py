"""Evidence made by hand: a small payroll with which nothing is wrong.

One intern is placed, attends, and is paid through one order; another one's placement waits for a
cohort that never comes, with one event behind it; one record on placement's topic is unreadable.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ops.topics import Record
from proofs import story
from proofs.invariants import Evidence, Recovery, Reply, Sample, Store
from proofs.invariants.recorder import kept_under
from shared.events import Event, IntegrationEvent, envelope_of, topic_of, write_headers
from shared.events.calendar import DayStarted
from shared.events.payroll import (
    PayeeAccountChanged,
    PaymentOrdered,
    PayrollRecordOpened,
    PayslipIssued,
    WagePaid,
)
from shared.mongo.aggregate import journal_type

NOW = datetime(2022, 5, 10, 3, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
DAY = date(2022, 5, 10)
PERSON = story.person(1)
RECORD, PAYSLIP, ORDER = "rec_1", "slp_1", "ord_1"
KEY = "fil_1"
COMMAND = f"/womanup/payroll/commands/{kept_under(KEY)}"
TODAY = "/womanup/calendar/seoul/1"
PLACED = f"/womanup/placement/{PERSON}/1"
ATTENDED = f"/womanup/placement/{PERSON}/2"
HELD_UP = f"/womanup/placement/{story.person(2)}"
UNREADABLE = "t.womanup.placement.v1/0/4"
WON = 2_251_139

_DATES = {"effective_on": DAY, "recorded_on": DAY}
_HERS = {"person_id": PERSON, "cohort_id": story.COHORT}


class Noted(Event):
    """Stays inside."""

    what: str = "a month"


def payroll_events() -> list[IntegrationEvent]:
    paper: dict[str, Any] = {**_DATES, **_HERS, "payslip_id": PAYSLIP}
    order: dict[str, Any] = {**paper, "order_id": ORDER, "amount_krw": WON}
    month: dict[str, Any] = {"month": story.MONTH}
    record: dict[str, Any] = {**_DATES, **_HERS, "record_id": RECORD}
    wage = {"gross_krw": WON, "deductions_krw": 0, "net_krw": WON, "pay_date": DAY}
    return [
        PayrollRecordOpened(**record, placement_id="plc_0001"),
        PayslipIssued(**paper, **month, **wage, record_id=RECORD),
        PaymentOrdered(**order, attempt=1, pay_on=DAY),
        WagePaid(**order, **month),
        PayeeAccountChanged(**record),
    ]


def record(event: IntegrationEvent, sequence: int, offset: int) -> Record:
    envelope = envelope_of(event, sequence, "story")
    headers = tuple(write_headers(type(event), envelope, NOW))
    topic = topic_of(event.producer)
    return Record(topic, 0, offset, event.key.encode(), headers, event.model_dump_json().encode())


def row(kind: str, key: str, version: int, event: Event, cause: str) -> dict[str, Any]:
    """A journal row."""
    return {
        "_id": f"{kind}/{key}/{version:09d}",
        "kind": kind,
        "key": key,
        "version": version,
        "type": journal_type(event).replace("tests/", "payroll/"),
        "event": event.model_dump(mode="json"),
        "causation_id": cause,
        "at": NOW,
    }


def noted(version: int, cause: str, what: str = "a month") -> dict[str, Any]:
    """A journal row of the record, of an event that stays inside."""
    return row("payroll_records", RECORD, version, Noted(**_DATES, what=what), cause)


def outbox_row(event: IntegrationEvent, sequence: int) -> dict[str, Any]:
    found = record(event, sequence, 0)
    headers = [list(header) for header in found.headers]
    id_ = {"clock": 1, "stream": event.key}
    return {"_id": id_, "key": found.key, "value": found.value, "headers": headers}


def entry(source_id: str, debit_krw: int, credit_krw: int) -> dict[str, Any]:
    postings = [
        {"account": "wage_expense", "debit_krw": debit_krw, "credit_krw": 0},
        {"account": "wages_payable", "debit_krw": 0, "credit_krw": credit_krw},
    ]
    return {"_id": source_id, "state": {"source_id": source_id, "postings": postings}}


def parked_row(sequence: int, kind: str) -> dict[str, Any]:
    id_ = f"{HELD_UP}/{sequence}"
    return {"_id": id_, "stream": HELD_UP, "sequence": sequence, "kind": kind}


def _records() -> tuple[Record, ...]:
    day = DayStarted(**_DATES, is_business_day=True)
    told = [story.placed(1), story.attended(1), story.placed(2), story.attended(2)]
    return (
        record(day, 1, 0),
        *(record(event, 1 + n % 2, n) for n, event in enumerate(told)),
        Record(topic_of("placement"), 0, 4, b"no id!", (), b"{"),
        *(record(event, 1 + n, n) for n, event in enumerate(payroll_events())),
    )


def _store() -> Store:
    opened, issued, ordered, paid, changed = payroll_events()
    return Store(
        journal=(
            row("payroll_records", RECORD, 1, opened, PLACED),
            noted(2, ATTENDED),
            row("payslips", PAYSLIP, 1, issued, TODAY),
            row("payment_orders", ORDER, 1, ordered, TODAY),
            row("payment_orders", ORDER, 2, paid, COMMAND),
            row("payroll_records", RECORD, 3, changed, "/womanup/payroll/commands/other"),
        ),
        inbox=(
            {"_id": "/womanup/calendar/seoul", "last_sequence": 1, "parked": 0},
            {"_id": f"/womanup/placement/{PERSON}", "last_sequence": 2, "parked": 0},
            {"_id": HELD_UP, "last_sequence": 0, "parked": 2},
        ),
        parked=(
            parked_row(1, "waits"),
            parked_row(2, "behind"),
            {"_id": UNREADABLE, "stream": None, "sequence": None, "kind": "failed"},
        ),
        streams=({"_id": PERSON, "sequence": 5},),
        calendar=({"_id": "calendar", "state": {"day": "2022-05-10", "announced": []}},),
        idempotency=({"_id": kept_under(KEY), "reply": '{"paid":1}'},),
        ledger=(entry(PAYSLIP, WON, WON), entry(ORDER, WON, WON)),
    )


def whole() -> Evidence:
    """Every invariant is met, and has looked at something."""
    reply = Reply("payroll", KEY, kept_under(KEY), 201, b'{"paid":1}')
    return Evidence(
        prefix="t.",
        records=_records(),
        stores={"payroll": _store()},
        committed={"payroll": {(topic_of("calendar"), 0): 1, (topic_of("placement"), 0): 5}},
        logs={"payroll.log": ('{"event": "service_started"}', "a line that is no JSON")},
        verified={"payroll": {"checked": 4, "differences": []}},
        replies=(reply, reply),
        recoveries=(Recovery("payroll", 1.5),),
        samples=(Sample("payroll", 100 * 2**20), Sample("payroll", 120 * 2**20)),
    )


def with_store(**parts: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> Evidence:
    """With parts of payroll's store changed: `journal=lambda rows: rows[1:]`."""
    evidence = whole()
    store = evidence.stores["payroll"]
    changed = {name: change(getattr(store, name)) for name, change in parts.items()}
    return replace(evidence, stores={"payroll": replace(store, **changed)})


def with_row(collection: str, id_: str, **fields: Any) -> Evidence:
    """With these fields in one document."""

    def change(rows: tuple[Mapping[str, Any], ...]) -> tuple[Any, ...]:
        assert id_ in [row["_id"] for row in rows]
        return tuple({**row, **fields} if row["_id"] == id_ else row for row in rows)

    return with_store(**{collection: change})


def with_records(change: Callable[[tuple[Record, ...]], tuple[Record, ...]]) -> Evidence:
    evidence = whole()
    return replace(evidence, records=change(evidence.records))
