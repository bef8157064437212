"""Attendance (출결): one sheet a month, confirmed by host and intern in the same words.

Both name the days of absence; only figures leave this service (domain.md §3). Late arrival and
early leave are no absence, a holiday is no scheduled day (domain.md §2.5).
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.errors import NotFound, Rejected
from shared.events import Event
from shared.events.policy import CohortPolicy
from shared.money import Month, days_of, first_day, last_day, months_between

Side = Literal["host", "intern"]
SheetStatus = Literal["open", "waiting", "disputed", "confirmed"]
Week = tuple[int, int]
"""An ISO year and week."""


class MonthNotInService(NotFound):
    """The internship has no day in this month."""

    code = "month-not-in-service"


class MonthNotOver(Rejected):
    """Nobody can confirm days that are still to come."""

    code = "month-not-over"


class MonthAlreadyConfirmed(Rejected):
    """Both sides agreed: the sheet is closed."""

    code = "month-already-confirmed"


class AbsenceNamedTwice(Rejected):
    """A day of absence counts once."""

    code = "absence-named-twice"
    status = 422


class NotAScheduledDay(Rejected):
    """Nobody is absent on a weekend, a holiday or outside her internship."""

    code = "not-a-scheduled-day"
    status = 422


class ConfirmAttendance(BaseModel):
    """The days of this month on which she was absent; none is a confirmation, too."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    absent_on: tuple[date, ...] = Field(max_length=31)


class AttendanceDeclared(Event):
    """One side declared a month, in place of what it declared before."""

    month: Month
    side: Side
    absent_on: tuple[date, ...]


class SheetLocked(Event):
    """The cohort's month is being closed: what is confirmed from now on is late."""

    month: Month


@dataclass(frozen=True, slots=True)
class Figures:
    """What was confirmed, and whether it was after the month had been closed."""

    scheduled_days: int
    absent_days: int
    absent_weeks: int
    is_late: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One month of one internship. `locked_on`: the day on which its cohort's month was closed."""

    month: str
    service_from: date
    service_until: date
    host_absent_on: tuple[date, ...] | None = None
    intern_absent_on: tuple[date, ...] | None = None
    locked_on: date | None = None
    figures: Figures | None = None

    @property
    def status(self) -> SheetStatus:
        sides = (self.host_absent_on, self.intern_absent_on)
        if self.figures:
            return "confirmed"
        if None not in sides:
            return "disputed"
        return "open" if sides == (None, None) else "waiting"

    @property
    def is_on_time(self) -> bool:
        """Confirmed before the lock: among the count that closes the month."""
        return self.figures is not None and not self.figures.is_late


def sheets_for(starts_on: date, ends_on: date) -> tuple[Sheet, ...]:
    """A sheet for every month that the internship touches."""
    return tuple(
        Sheet(month, max(starts_on, first_day(month)), min(ends_on, last_day(month)))
        for month in months_between(starts_on, ends_on)
    )


def scheduled_days(sheet: Sheet, policy: CohortPolicy) -> tuple[date, ...]:
    days = days_of(sheet.service_from, sheet.service_until)
    return tuple(day for day in days if policy.is_business_day(day))


def checked_absences(
    sheet: Sheet, command: ConfirmAttendance, policy: CohortPolicy, today: date
) -> tuple[date, ...]:
    """The declared days in order, if this sheet can take them today."""
    if sheet.figures:
        raise MonthAlreadyConfirmed("both sides confirmed this month: it is closed")
    scheduled = scheduled_days(sheet, policy)
    over_on = scheduled[-1] if scheduled else sheet.service_until
    if today < over_on:
        raise MonthNotOver(f"confirm this month from {over_on} on, its last scheduled day")
    absent_on = tuple(sorted(set(command.absent_on)))
    if len(absent_on) < len(command.absent_on):
        raise AbsenceNamedTwice("name each day of absence once")
    if not set(scheduled).issuperset(absent_on):
        raise NotAScheduledDay("name only scheduled days of this month: business days in service")
    return absent_on


def figures_of(
    sheet: Sheet, absent_on: tuple[date, ...], others: tuple[Sheet, ...], policy: CohortPolicy
) -> Figures:
    """The month in figures. A week with absences costs one weekly holiday (domain.md §2.5), so a
    week that lies in two months counts in one of them: the month of its first absent day, or, when
    that month is still open, the one that is confirmed first.
    """
    counted = {week for other in others for week in _confirmed_weeks(other)}
    return Figures(
        scheduled_days=len(scheduled_days(sheet, policy)),
        absent_days=len(absent_on),
        absent_weeks=len(_weeks(absent_on) - counted),
        is_late=sheet.locked_on is not None,
    )


def _confirmed_weeks(sheet: Sheet) -> set[Week]:
    return _weeks(sheet.host_absent_on or ()) if sheet.figures else set()


def _weeks(days: tuple[date, ...]) -> set[Week]:
    return {(day.isocalendar().year, day.isocalendar().week) for day in days}
