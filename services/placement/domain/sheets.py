"""Sheets (출근부): one a month of an internship, what each side said of it, and what was told.

Apart from the rules of confirming, because a leaving cuts sheets whatever state they are in.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from shared.events import Event
from shared.events.placement import AttendanceConfirmed, AttendanceCorrected
from shared.money import Month, first_day, last_day, months_between

Side = Literal["host", "intern"]
CorrectionStatus = Literal["none", "waiting", "disputed"]
SheetStatus = Literal["open", "waiting", "disputed", "confirmed", "void"]
Confirmation = Literal["in-time", "late", "final"]
"""In time: among the count that closes the month. Late: after that. Final: the last month of who
left early, paid by itself (domain.md §2.7).
"""
Week = tuple[int, int]
"""An ISO year and week."""


class AttendanceDeclared(Event):
    """One side declared a month, in place of what it declared before."""

    month: Month
    side: Side
    absent_on: tuple[date, ...]


class CorrectionDeclared(Event):
    """One side says that a confirmed month was otherwise, in place of what it said before."""

    month: Month
    side: Side
    absent_on: tuple[date, ...]


class SheetLocked(Event):
    """The cohort's month is being closed: what is confirmed from now on is late."""

    month: Month


SheetEvent = (
    AttendanceDeclared
    | CorrectionDeclared
    | AttendanceConfirmed
    | AttendanceCorrected
    | SheetLocked
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What was told of a month. `service_until` is None where no day of service is left."""

    service_until: date | None
    scheduled_days: int
    absent_days: int
    absent_weeks: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One month of one internship. `locked_on`: the day on which its cohort's month was closed.

    `weeks` are those whose weekly holiday this month loses; a week is in one sheet at most.
    `host_correction` and `intern_correction` differ from what stands, and from each other.
    """

    month: str
    service_from: date
    service_until: date
    host_absent_on: tuple[date, ...] | None = None
    intern_absent_on: tuple[date, ...] | None = None
    locked_on: date | None = None
    figures: Figures | None = None
    confirmed_as: Confirmation | None = None
    weeks: tuple[Week, ...] = ()
    host_correction: tuple[date, ...] | None = None
    intern_correction: tuple[date, ...] | None = None
    correction_no: int = 0

    @property
    def is_void(self) -> bool:
        """No day of service is left: she had left before."""
        return self.service_until < self.service_from

    @property
    def absent_on(self) -> tuple[date, ...]:
        """The days on which both agreed."""
        return self.host_absent_on or ()

    @property
    def status(self) -> SheetStatus:
        sides = (self.host_absent_on, self.intern_absent_on)
        if self.is_void:
            return "void"
        if self.figures:
            return "confirmed"
        if None not in sides:
            return "disputed"
        return "open" if sides == (None, None) else "waiting"

    @property
    def correction_status(self) -> CorrectionStatus:
        """Whether one side, or both in different words, want a confirmed month otherwise."""
        sides = (self.host_correction, self.intern_correction)
        if None not in sides:
            return "disputed"
        return "none" if sides == (None, None) else "waiting"


def sheets_for(starts_on: date, ends_on: date) -> tuple[Sheet, ...]:
    """A sheet for every month that the internship touches."""
    return tuple(
        Sheet(month, max(starts_on, first_day(month)), min(ends_on, last_day(month)))
        for month in months_between(starts_on, ends_on)
    )


def weeks_counted(absent_on: tuple[date, ...], others: Iterable[Sheet]) -> tuple[Week, ...]:
    """The weeks with these days, less those that count in another month already."""
    elsewhere = {week for other in others for week in other.weeks}
    return tuple(sorted(_weeks(absent_on) - elsewhere))


def cut(sheet: Sheet, left_on: date) -> Sheet:
    """The sheet of who is in service only until the day before; void where that is before it.

    A correction that is under way was about other days: it is to be declared anew.
    """
    if sheet.service_until < left_on:
        return sheet
    return replace(
        _with_days(
            sheet,
            _before(left_on, sheet.host_absent_on),
            _before(left_on, sheet.intern_absent_on),
        ),
        service_until=left_on - timedelta(days=1),
    )


def evolve_sheets(sheets: tuple[Sheet, ...], event: SheetEvent) -> tuple[Sheet, ...]:
    return tuple(
        _evolve(sheet, [s for s in sheets if s is not sheet], event)
        if sheet.month == event.month
        else sheet
        for sheet in sheets
    )


def _evolve(sheet: Sheet, others: list[Sheet], event: SheetEvent) -> Sheet:
    match event:
        case AttendanceDeclared(side="host"):
            return replace(sheet, host_absent_on=event.absent_on)
        case AttendanceDeclared():
            return replace(sheet, intern_absent_on=event.absent_on)
        case CorrectionDeclared():
            return _propose(sheet, event)
        case AttendanceConfirmed() | AttendanceCorrected():
            return _tell(sheet, others, event)
        case SheetLocked():
            return replace(sheet, locked_on=event.recorded_on)


def _propose(sheet: Sheet, event: CorrectionDeclared) -> Sheet:
    """What both say of a confirmed month stands from now on; what stands is no correction."""
    said = None if event.absent_on == sheet.absent_on else event.absent_on
    host, intern = sheet.host_correction, sheet.intern_correction
    host, intern = (said, intern) if event.side == "host" else (host, said)
    if host is not None and host == intern:
        return _with_days(sheet, host, intern)
    return replace(sheet, host_correction=host, intern_correction=intern)


def _tell(
    sheet: Sheet, others: list[Sheet], event: AttendanceConfirmed | AttendanceCorrected
) -> Sheet:
    figures = Figures(
        event.service_until, event.scheduled_days, event.absent_days, event.absent_weeks
    )
    told = replace(sheet, figures=figures, weeks=weeks_counted(sheet.absent_on, others))
    if isinstance(event, AttendanceCorrected):
        return replace(told, correction_no=event.correction_no)
    confirmed_as: Confirmation = "in-time"
    if event.is_late or event.is_final:
        confirmed_as = "late" if event.is_late else "final"
    return replace(told, confirmed_as=confirmed_as)


def _with_days(
    sheet: Sheet, host: tuple[date, ...] | None, intern: tuple[date, ...] | None
) -> Sheet:
    """Other days of absence. A week that has none left counts here no longer."""
    kept = _weeks(host or ())
    return replace(
        sheet,
        host_absent_on=host,
        intern_absent_on=intern,
        weeks=tuple(week for week in sheet.weeks if week in kept),
        host_correction=None,
        intern_correction=None,
    )


def _before(left_on: date, days: tuple[date, ...] | None) -> tuple[date, ...] | None:
    return None if days is None else tuple(day for day in days if day < left_on)


def _weeks(days: tuple[date, ...]) -> set[Week]:
    return {(day.isocalendar().year, day.isocalendar().week) for day in days}
