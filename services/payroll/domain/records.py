"""Payroll records: one intern's contract, her months, and what of them can be paid now.

A month is paid by its cohort's pay run when its attendance was in time. What the run could not do
(attendance came late, or no account was registered) the record does itself when it can.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, assert_never

from services.payroll.domain.accounts import AccountAlreadyRegistered, AccountRegistered
from services.payroll.domain.wages import Attendance, Contract, check_attendance
from shared.errors import Invalid
from shared.events import Event
from shared.events.payroll import PayrollRecordClosed, PayrollRecordOpened
from shared.events.placement import AttendanceConfirmed, InternPlaced
from shared.events.policy import CohortPolicy
from shared.ids import CohortId, PersonId, PlacementId, RecordId, derive
from shared.money import Month, Won, months_between

PaymentStatus = Literal["held", "ordered", "paid", "failed", "nothing-due"]
"""held: no account yet (지급 보류); ordered: the bank may fetch it; paid or failed: as the bank
said; nothing-due: the wage is ₩0, so there is nothing to order.
"""


class ContractNoted(Event):
    """A placed intern's contract, as placement announced it."""

    record_id: RecordId
    placement_id: PlacementId
    person_id: PersonId
    cohort_id: CohortId
    contract: Contract


class AttendanceNoted(Event):
    """A month's attendance. `payable_on`: the first day on which the month can be paid."""

    record_id: RecordId
    attendance: Attendance
    is_late: bool
    payable_on: date


class MonthMoved(Event):
    """The payment of a month of this record has come so far."""

    record_id: RecordId
    month: Month
    status: PaymentStatus
    net_krw: Won


RecordEvent = (
    ContractNoted
    | PayrollRecordOpened
    | AttendanceNoted
    | AccountRegistered
    | MonthMoved
    | PayrollRecordClosed
)
MonthStatus = Literal["confirmed"] | PaymentStatus


@dataclass(frozen=True, slots=True)
class WorkedMonth:
    """A month with confirmed attendance. `net_krw` is 0 until its payslip is issued."""

    attendance: Attendance
    is_late: bool
    payable_on: date
    status: MonthStatus = "confirmed"
    net_krw: int = 0

    @property
    def month(self) -> str:
        return self.attendance.month


@dataclass(frozen=True, slots=True)
class Record:
    record_id: str
    placement_id: str
    person_id: str
    cohort_id: str
    contract: Contract
    has_account: bool = False
    months: tuple[WorkedMonth, ...] = ()
    status: Literal["open", "closed"] = "open"

    def find_month(self, month: str) -> WorkedMonth | None:
        return next((found for found in self.months if found.month == month), None)


def record_id_of(placement_id: str) -> str:
    return derive("rec", placement_id)


def decide_open(placed: InternPlaced, policy: CohortPolicy) -> list[Event]:
    """Raises `Invalid` for hours that her cohort does not offer: no weekly holiday is known."""
    pattern = policy.hours(placed.hours_per_day)
    if pattern is None or pattern.hours_per_month != placed.hours_per_month:
        raise Invalid("the contracted hours are no pattern of the cohort's policy")
    record_id = record_id_of(placed.placement_id)
    return [
        ContractNoted(
            effective_on=placed.effective_on,
            recorded_on=placed.recorded_on,
            record_id=record_id,
            placement_id=placed.placement_id,
            person_id=placed.person_id,
            cohort_id=placed.cohort_id,
            contract=Contract(
                starts_on=placed.starts_on,
                ends_on=placed.ends_on,
                hours_per_day=pattern.hours_per_day,
                hours_per_week=pattern.hours_per_week,
                hours_per_month=pattern.hours_per_month,
            ),
        ),
        PayrollRecordOpened(
            effective_on=placed.effective_on,
            recorded_on=placed.recorded_on,
            record_id=record_id,
            placement_id=placed.placement_id,
            person_id=placed.person_id,
            cohort_id=placed.cohort_id,
        ),
    ]


def decide_note_attendance(
    record: Record, confirmed: AttendanceConfirmed, policy: CohortPolicy
) -> list[Event]:
    """Late attendance is payable on the next business day, but not before the month's pay date.

    By the event's own dates, so that it does not matter when the record happened to arrive.
    Raises `Invalid` for figures that cannot be, and for a month that is known already.
    """
    if (record.person_id, record.cohort_id) != (confirmed.person_id, confirmed.cohort_id):
        raise Invalid("attendance of another person or cohort than the placement's")
    if record.find_month(confirmed.month):
        raise Invalid("this month's attendance was confirmed before")
    attendance = Attendance(
        month=confirmed.month,
        service_from=confirmed.service_from,
        service_until=confirmed.service_until,
        scheduled_days=confirmed.scheduled_days,
        absent_days=confirmed.absent_days,
        absent_weeks=confirmed.absent_weeks,
    )
    check_attendance(record.contract, attendance, policy)
    payable_on = policy.pay_date(confirmed.month)
    if confirmed.is_late:
        following = policy.business_day_from(confirmed.recorded_on + timedelta(days=1))
        payable_on = max(payable_on, following)
    return [
        AttendanceNoted(
            effective_on=confirmed.effective_on,
            recorded_on=confirmed.recorded_on,
            record_id=record.record_id,
            attendance=attendance,
            is_late=confirmed.is_late,
            payable_on=payable_on,
        )
    ]


def decide_register_account(record: Record, *, is_other_known: bool, today: date) -> list[Event]:
    """`is_other_known`: the vault has another account of hers, from an earlier cohort."""
    if record.has_account or is_other_known:
        raise AccountAlreadyRegistered
    return [AccountRegistered(effective_on=today, recorded_on=today, record_id=record.record_id)]


def decide_move_months(
    record: Record, moved: Mapping[str, tuple[PaymentStatus, int]], today: date
) -> list[Event]:
    """Months move to (status, net); with the last month of the contract the record closes."""
    moves = [
        MonthMoved(
            effective_on=today,
            recorded_on=today,
            record_id=record.record_id,
            month=month,
            status=status,
            net_krw=net_krw,
        )
        for month, (status, net_krw) in moved.items()
    ]
    after = record
    for move in moves:
        after = evolve_record(after, move)
    return [*moves, *_close(after, today)]


def payable_months(record: Record, today: date) -> tuple[WorkedMonth, ...]:
    """What the record itself pays now. Months in time belong to the pay run until they are held."""
    return tuple(m for m in record.months if m.payable_on <= today and _is_own(record, m))


def month_in_time(record: Record, month: str) -> WorkedMonth | None:
    """What the pay run pays of this record: the month, when it was confirmed before it closed."""
    found = record.find_month(month)
    return found if found and not found.is_late else None


def due_record(record: Record) -> date | None:
    return min((m.payable_on for m in record.months if _is_own(record, m)), default=None)


def evolve_record(record: Record | None, event: RecordEvent) -> Record:
    if isinstance(event, ContractNoted):
        return Record(
            record_id=event.record_id,
            placement_id=event.placement_id,
            person_id=event.person_id,
            cohort_id=event.cohort_id,
            contract=event.contract,
        )
    if record is None:
        raise LookupError(f"a {type(event).__name__} before the record itself")
    match event:
        case PayrollRecordOpened():
            return record
        case AttendanceNoted():
            month = WorkedMonth(event.attendance, event.is_late, event.payable_on)
            return replace(record, months=(*record.months, month))
        case AccountRegistered():
            return replace(record, has_account=True)
        case MonthMoved():
            return replace(record, months=tuple(_move(m, event) for m in record.months))
        case PayrollRecordClosed():
            return replace(record, status="closed")
        case _:
            assert_never(event)


def _is_own(record: Record, month: WorkedMonth) -> bool:
    if month.status == "confirmed":
        return month.is_late
    return month.status == "held" and record.has_account


def _move(month: WorkedMonth, event: MonthMoved) -> WorkedMonth:
    if month.month != event.month:
        return month
    return replace(month, status=event.status, net_krw=event.net_krw)


def _close(record: Record, today: date) -> list[Event]:
    contract = record.contract
    expected = months_between(contract.starts_on, contract.ends_on)
    settled = [m for m in record.months if m.status in ("paid", "nothing-due")]
    if record.status == "closed" or len(settled) < len(expected):
        return []
    return [
        PayrollRecordClosed(
            effective_on=today,
            recorded_on=today,
            record_id=record.record_id,
            person_id=record.person_id,
            cohort_id=record.cohort_id,
            months=len(settled),
            paid_krw=sum(m.net_krw for m in settled),
        )
    ]
