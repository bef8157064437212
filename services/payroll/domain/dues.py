"""What of a record falls due when.

A month is paid by its cohort's pay run when its attendance was in time. What the run cannot do
(attendance came late, or is a leaver's last; no account was registered; a correction came after
it) the record does itself. What a day decides rests on what was recorded before that day.
"""

from collections.abc import Iterator
from datetime import date

from services.payroll.domain.months import WorkedMonth
from services.payroll.domain.records import ONE_DAY, Record
from shared.events import Event
from shared.events.payroll import PayrollRecordClosed


def payable_months(record: Record, today: date) -> tuple[WorkedMonth, ...]:
    """Months that the record pays itself now. Others belong to their pay run."""
    return tuple(m for m in record.months if _is_payable(m) and m.payable_on <= today)


def unsettled_months(record: Record, today: date) -> tuple[WorkedMonth, ...]:
    """Months with a payslip whose figures were corrected before today, and nobody settled it."""
    return tuple(
        month
        for month in record.months
        if month.payslips and month.known_before(today)[0] > month.settled_no
    )


def held_payslips(record: Record) -> tuple[tuple[str, int], ...]:
    """Month and number of each payslip that an account now lets go to the bank."""
    return tuple(
        (month.month, payslip.correction_no)
        for month in record.months
        for payslip in month.payslips
        if payslip.status == "held" and record.has_account
    )


def month_in_time(record: Record, month: str) -> WorkedMonth | None:
    """What the pay run pays of this record: the month, if it is among those that it counts."""
    found = record.find_month(month)
    return found if found and not found.is_own else None


def decide_close(record: Record, today: date) -> list[Event]:
    """Every month in service is paid, and all that was overpaid is recovered: nothing is open."""
    closing_on = _closing_on(record)
    if closing_on is None or closing_on > today:
        return []
    return [
        PayrollRecordClosed(
            effective_on=today,
            recorded_on=today,
            record_id=record.record_id,
            person_id=record.person_id,
            cohort_id=record.cohort_id,
            months=len(record.service_before(today).months),
            paid_krw=sum(month.net_krw - month.recovered_krw for month in record.months),
        )
    ]


def due_record(record: Record) -> date | None:
    return min(_due_days(record), default=None)


def _is_payable(month: WorkedMonth) -> bool:
    return month.is_own and not month.payslips


def _due_days(record: Record) -> Iterator[date]:
    for month in record.months:
        if _is_payable(month):
            yield month.payable_on
        for correction in month.unsettled:
            yield correction.recorded_on + ONE_DAY
        if record.has_account and any(p.status == "held" for p in month.payslips):
            yield month.payable_on
    if closing_on := _closing_on(record):
        yield closing_on


def _closing_on(record: Record) -> date | None:
    """The first day on which what was recorded before it leaves nothing open."""
    if record.status == "closed":
        return None
    news = {record.moved_on, *(leaving.recorded_on for leaving in record.leavings)}
    days = sorted(day + ONE_DAY for day in news if day >= record.moved_on)
    return next((day for day in days if _is_over(record, day)), None)


def _is_over(record: Record, day: date) -> bool:
    confirmed = {month.month for month in record.months}
    in_service = record.service_before(day).months
    return confirmed.issuperset(in_service) and all(m.is_over(day) for m in record.months)
