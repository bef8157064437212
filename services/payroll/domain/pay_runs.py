"""Pay runs: a cohort's month is paid as a whole or not at all.

Placement announces how many attendances it confirmed; payroll counts how many it has. Until both
agree the run is held and looks again the next day: it never skips anyone, never pays a part.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, assert_never

from shared.events import Event
from shared.events.placement import AttendanceMonthClosed
from shared.events.policy import CohortPolicy
from shared.ids import CohortId
from shared.money import Month, Won


class PayRunOpened(Event):
    """A month's attendance is closed; it is paid on `pay_on` for so many confirmed attendances."""

    cohort_id: CohortId
    month: Month
    confirmed: int
    missing: int
    pay_on: date


class PayRunHeld(Event):
    """Attendances here are not as many as were announced: look again on that day."""

    received: int
    confirmed: int
    look_again_on: date


class PayRunAdvanced(Event):
    """Records up to `until_record_id` have their payslips: so many more, of so many won net."""

    until_record_id: str
    payslips: int
    net_krw: Won


class PayRunClosed(Event):
    """Every confirmed attendance of the month has its payslip."""


PayRunEvent = PayRunOpened | PayRunHeld | PayRunAdvanced | PayRunClosed


@dataclass(frozen=True, slots=True)
class PayRun:
    """`until_record_id`: how far this run has come through the cohort's records, in their order."""

    cohort_id: str
    month: str
    confirmed: int
    missing: int
    next_on: date
    status: Literal["open", "held", "paying", "closed"] = "open"
    until_record_id: str = ""
    payslips: int = 0
    net_krw: int = 0

    @property
    def pay_run_id(self) -> str:
        return pay_run_id_of(self.cohort_id, self.month)


def pay_run_id_of(cohort_id: str, month: str) -> str:
    return f"{cohort_id}_{month}"


def decide_open_run(closed: AttendanceMonthClosed, policy: CohortPolicy) -> list[Event]:
    return [
        PayRunOpened(
            effective_on=closed.effective_on,
            recorded_on=closed.recorded_on,
            cohort_id=closed.cohort_id,
            month=closed.month,
            confirmed=closed.confirmed,
            missing=closed.missing,
            pay_on=policy.pay_date(closed.month),
        )
    ]


def decide_hold_run(run: PayRun, received: int, today: date) -> list[Event]:
    """Held when the counts disagree, in either direction; nothing when they agree."""
    if received == run.confirmed:
        return []
    return [
        PayRunHeld(
            effective_on=today,
            recorded_on=today,
            received=received,
            confirmed=run.confirmed,
            look_again_on=today + timedelta(days=1),
        )
    ]


def decide_advance_run(until_record_id: str, net_krw: Sequence[int], today: date) -> list[Event]:
    """One pass over the next records is done: `net_krw` of each payslip that it issued."""
    return [
        PayRunAdvanced(
            effective_on=today,
            recorded_on=today,
            until_record_id=until_record_id,
            payslips=len(net_krw),
            net_krw=sum(net_krw),
        )
    ]


def decide_close_run(run: PayRun, today: date) -> list[Event]:
    """No record is left. Raises when payslips and announced attendances still disagree."""
    if run.payslips != run.confirmed:
        raise ArithmeticError("the pay run issued other than the announced number of payslips")
    return [PayRunClosed(effective_on=today, recorded_on=today)]


def due_run(run: PayRun) -> date | None:
    return None if run.status == "closed" else run.next_on


def evolve_run(run: PayRun | None, event: PayRunEvent) -> PayRun:
    if isinstance(event, PayRunOpened):
        return PayRun(event.cohort_id, event.month, event.confirmed, event.missing, event.pay_on)
    if run is None:
        raise LookupError(f"a {type(event).__name__} before the pay run itself")
    match event:
        case PayRunHeld():
            return replace(run, status="held", next_on=event.look_again_on)
        case PayRunAdvanced():
            return replace(
                run,
                status="paying",
                until_record_id=event.until_record_id,
                payslips=run.payslips + event.payslips,
                net_krw=run.net_krw + event.net_krw,
            )
        case PayRunClosed():
            return replace(run, status="closed")
        case _:
            assert_never(event)
