"""Payroll records: one intern's contract, when she left, her months, and what was made out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, assert_never

from services.payroll.domain.accounts import (
    AccountChangeApproved,
    AccountChangeRejected,
    AccountChangeRequested,
    AccountRegistered,
)
from services.payroll.domain.attendances import Attendance, Contract
from services.payroll.domain.months import (
    OVER,
    Correction,
    MadeOut,
    PaymentStatus,
    WorkedMonth,
)
from shared.events import Event
from shared.events.payroll import PayeeAccountChanged, PayrollRecordClosed, PayrollRecordOpened
from shared.ids import CohortId, PersonId, PlacementId, RecordId, derive
from shared.money import Month, Won

ONE_DAY = timedelta(days=1)


class ContractNoted(Event):
    """A placed intern's contract, as placement announced it."""

    record_id: RecordId
    placement_id: PlacementId
    person_id: PersonId
    cohort_id: CohortId
    contract: Contract


class LeavingNoted(Event):
    """She left, or never began: `effective_on` is the first day on which she is not in service."""

    record_id: RecordId


class AttendanceNoted(Event):
    """A month's attendance. `payable_on`: the first day on which the month can be paid."""

    record_id: RecordId
    attendance: Attendance
    is_late: bool
    is_final: bool = False
    payable_on: date


class CorrectionNoted(Event):
    """A confirmed month was otherwise: what follows is decided on a later day."""

    record_id: RecordId
    correction_no: int
    attendance: Attendance


class MonthMoved(Event):
    """The payment of a month's payslip has come so far; `correction_no` says which one it is."""

    record_id: RecordId
    month: Month
    correction_no: int = 0
    status: PaymentStatus
    net_krw: Won


class MonthSettled(Event):
    """Payslips and claims have taken in the month's figures up to this correction; so many won
    are claimed back for it (0: nothing was overpaid).
    """

    record_id: RecordId
    month: Month
    correction_no: int
    claimed_krw: Won


class MonthRecovered(Event):
    """So many won of what was overpaid for the month came back."""

    record_id: RecordId
    month: Month
    amount_krw: Won


FactEvent = LeavingNoted | AttendanceNoted | CorrectionNoted
PayeeEvent = (
    AccountRegistered
    | AccountChangeRequested
    | AccountChangeApproved
    | AccountChangeRejected
    | PayeeAccountChanged
)
MoneyEvent = MonthMoved | MonthSettled | MonthRecovered | PayrollRecordClosed
RecordEvent = ContractNoted | PayrollRecordOpened | FactEvent | PayeeEvent | MoneyEvent


@dataclass(frozen=True, slots=True)
class Leaving:
    """`left_on`: the first day on which she is not in service any more."""

    left_on: date
    recorded_on: date


@dataclass(frozen=True, slots=True)
class Record:
    """`contract` is as agreed; `moved_on` the last day on which payroll itself moved something.

    `change_requested_by`: the officer who asked for an account change that nobody decided on yet.
    """

    record_id: str
    placement_id: str
    person_id: str
    cohort_id: str
    contract: Contract
    moved_on: date
    has_account: bool = False
    change_requested_by: str | None = None
    leavings: tuple[Leaving, ...] = ()
    months: tuple[WorkedMonth, ...] = ()
    status: Literal["open", "closed"] = "open"

    @property
    def left_on(self) -> date | None:
        return min((leaving.left_on for leaving in self.leavings), default=None)

    def find_month(self, month: str) -> WorkedMonth | None:
        return next((found for found in self.months if found.month == month), None)

    def service_before(self, day: date) -> Contract:
        """The contract, ending early if she left, by what was recorded before that day."""
        lasts = [
            leaving.left_on - ONE_DAY for leaving in self.leavings if leaving.recorded_on < day
        ]
        return replace(self.contract, ends_on=min([self.contract.ends_on, *lasts]))


def record_id_of(placement_id: str) -> str:
    return derive("rec", placement_id)


def evolve_record(record: Record | None, event: RecordEvent) -> Record:
    if isinstance(event, ContractNoted):
        return Record(
            record_id=event.record_id,
            placement_id=event.placement_id,
            person_id=event.person_id,
            cohort_id=event.cohort_id,
            contract=event.contract,
            moved_on=event.recorded_on,
        )
    if record is None:
        raise LookupError(f"a {type(event).__name__} before the record itself")
    match event:
        case PayrollRecordOpened():
            return record
        case LeavingNoted() | AttendanceNoted() | CorrectionNoted():
            return _note(record, event)
        case MonthMoved() | MonthSettled() | MonthRecovered() | PayrollRecordClosed():
            return _move(record, event)
        case _:
            return _pay_to(record, event)


def _note(record: Record, event: FactEvent) -> Record:
    match event:
        case LeavingNoted():
            leaving = Leaving(event.effective_on, event.recorded_on)
            return replace(record, leavings=(*record.leavings, leaving))
        case AttendanceNoted():
            month = WorkedMonth(event.attendance, event.is_late, event.is_final, event.payable_on)
            return replace(record, months=(*record.months, month))
        case CorrectionNoted():
            correction = Correction(event.correction_no, event.attendance, event.recorded_on)
            return _change(
                record,
                event.attendance.month,
                lambda month: replace(month, corrections=(*month.corrections, correction)),
            )
        case _:
            assert_never(event)


def _pay_to(record: Record, event: PayeeEvent) -> Record:
    match event:
        case AccountRegistered():
            return replace(record, has_account=True)
        case AccountChangeRequested():
            return replace(record, change_requested_by=event.requested_by)
        case AccountChangeApproved():
            return record
        case AccountChangeRejected():
            return replace(record, change_requested_by=None)
        case PayeeAccountChanged():
            return replace(record, has_account=True, change_requested_by=None)
        case _:
            assert_never(event)


def _move(record: Record, event: MoneyEvent) -> Record:
    """What makes a month open again opens its record again, too."""
    if isinstance(event, PayrollRecordClosed):
        return replace(record, status="closed")
    moved = _change(record, event.month, lambda month: _settle(month, event))
    month = moved.find_month(event.month)
    is_open = month is None or month.status not in OVER or month.outstanding_krw > 0
    return replace(
        moved,
        moved_on=max(record.moved_on, event.recorded_on),
        status="open" if is_open else record.status,
    )


def _settle(month: WorkedMonth, event: MonthMoved | MonthSettled | MonthRecovered) -> WorkedMonth:
    match event:
        case MonthMoved():
            return month.move(MadeOut(event.correction_no, event.status, event.net_krw))
        case MonthSettled():
            return replace(
                month,
                settled_no=event.correction_no,
                claimed_krw=month.claimed_krw + event.claimed_krw,
            )
        case MonthRecovered():
            return replace(month, recovered_krw=month.recovered_krw + event.amount_krw)
        case _:
            assert_never(event)


def _change(record: Record, month: str, change: Callable[[WorkedMonth], WorkedMonth]) -> Record:
    months = tuple(change(found) if found.month == month else found for found in record.months)
    return replace(record, months=months)
