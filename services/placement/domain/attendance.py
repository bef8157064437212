"""Attendance (출결): one sheet a month, confirmed by host and intern in the same words.

Both name the days of absence; only figures leave this service (domain.md §3). Late arrival and
early leave are no absence, a holiday is no scheduled day (domain.md §2.5).
"""

from collections.abc import Iterable
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from services.placement.domain.sheets import Figures, Sheet, weeks_counted
from shared.errors import NotFound, Rejected
from shared.events.policy import CohortPolicy
from shared.money import days_of


class MonthNotInService(NotFound):
    """The internship has no day in this month."""

    code = "month-not-in-service"


class MonthNotOver(Rejected):
    """Nobody can confirm days that are still to come."""

    code = "month-not-over"


class MonthAlreadyConfirmed(Rejected):
    """Both sides agreed: the sheet is closed."""

    code = "month-already-confirmed"


class MonthNotConfirmed(Rejected):
    """There is nothing to correct yet: a word that was not confirmed is simply given again."""

    code = "month-not-confirmed"


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
    return absences_named(sheet, command, policy)


def absences_named(
    sheet: Sheet, command: ConfirmAttendance, policy: CohortPolicy
) -> tuple[date, ...]:
    """The days that a command names, in order, if they are days of this sheet."""
    absent_on = tuple(sorted(set(command.absent_on)))
    if len(absent_on) < len(command.absent_on):
        raise AbsenceNamedTwice("name each day of absence once")
    if not set(scheduled_days(sheet, policy)).issuperset(absent_on):
        raise NotAScheduledDay("name only scheduled days of this month: business days in service")
    return absent_on


def figures_of(
    sheet: Sheet, absent_on: tuple[date, ...], others: Iterable[Sheet], policy: CohortPolicy
) -> Figures:
    """The month in figures. A week with absences costs one weekly holiday (domain.md §2.5), so a
    week that lies in two months counts in one of them: the month of its first absent day, or, when
    that month is still open, the one that is confirmed first.
    """
    return Figures(
        service_until=None if sheet.is_void else sheet.service_until,
        scheduled_days=len(scheduled_days(sheet, policy)),
        absent_days=len(absent_on),
        absent_weeks=len(weeks_counted(absent_on, others)),
    )
