"""Internships (현장실습): one placement from the match to completion, with its attendance."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from services.placement.domain.attendance import (
    AttendanceDeclared,
    ConfirmAttendance,
    Figures,
    MonthNotInService,
    Sheet,
    SheetLocked,
    Side,
    checked_absences,
    figures_of,
    sheets_for,
)
from services.placement.domain.candidates import Candidate
from services.placement.domain.positions import Position
from shared.errors import Invalid
from shared.events.placement import (
    AttendanceConfirmed,
    InternPlaced,
    InternshipCompleted,
    InternshipNotCompleted,
    InternshipStarted,
)
from shared.events.policy import CohortPolicy
from shared.ids import derive

PlacementStatus = Literal["placed", "started", "completed", "not-completed"]
Outcome = InternshipCompleted | InternshipNotCompleted
PlacementEvent = (
    InternPlaced
    | InternshipStarted
    | AttendanceDeclared
    | AttendanceConfirmed
    | SheetLocked
    | InternshipCompleted
    | InternshipNotCompleted
)


@dataclass(frozen=True, slots=True)
class Placement:
    placement_id: str
    application_id: str
    person_id: str
    cohort_id: str
    org_id: str
    position_id: str
    starts_on: date
    ends_on: date
    hours_per_day: int
    hours_per_month: int
    sheets: tuple[Sheet, ...]
    status: PlacementStatus = "placed"

    def find_sheet(self, month: str) -> Sheet | None:
        return next((sheet for sheet in self.sheets if sheet.month == month), None)

    def sheet(self, month: str) -> Sheet:
        """The month's sheet, for a command that names it. Raises `MonthNotInService`."""
        sheet = self.find_sheet(month)
        if sheet is None:
            raise MonthNotInService(f"this internship has no day in {month}")
        return sheet


def placement_id(application_id: str) -> str:
    return derive("plc", application_id)


def placement_due_on(placement: Placement) -> date | None:
    """The first day; then, once every month is confirmed and closed, the day of the last closing.

    While a month is open there is nothing to do; its confirmation makes the outcome due at once.
    """
    if placement.status == "placed":
        return placement.starts_on
    if placement.status != "started" or not all(s.figures for s in placement.sheets):
        return None
    locked = [sheet.locked_on for sheet in placement.sheets if sheet.locked_on]
    return max(locked) if len(locked) == len(placement.sheets) else None


def decide_placement(
    candidate: Candidate, position: Position, policy: CohortPolicy, today: date
) -> list[PlacementEvent]:
    """From the cohort's first day on; where matching was held beyond it, from the next business
    day: days before she was placed are no days of work, and must not be paid.
    """
    next_day = policy.business_day_from(today + timedelta(days=1))
    placed = InternPlaced(
        effective_on=today,
        recorded_on=today,
        placement_id=placement_id(candidate.application_id),
        application_id=candidate.application_id,
        person_id=candidate.person_id,
        cohort_id=candidate.cohort_id,
        org_id=position.org_id,
        position_id=position.position_id,
        starts_on=max(policy.starts_on, next_day),
        ends_on=policy.ends_on,
        hours_per_day=position.hours_per_day,
        hours_per_month=position.hours_per_month,
    )
    return [placed]


def decide_due(placement: Placement, policy: CohortPolicy, today: date) -> list[PlacementEvent]:
    """Start on the first day; tell the outcome when every month is confirmed and closed."""
    due_on = placement_due_on(placement)
    if due_on is None or due_on > today:
        return []
    if placement.status == "placed":
        return [_started(placement, today)]
    return [_outcome(placement, policy, today)]


def decide_confirmation(
    placement: Placement,
    month: str,
    side: Side,
    command: ConfirmAttendance,
    *,
    policy: CohortPolicy,
    today: date,
) -> list[PlacementEvent]:
    """Take one side's word; where both say the same, the month is confirmed."""
    sheet = placement.sheet(month)
    absent_on = checked_absences(sheet, command, policy, today)
    own, other = sheet.host_absent_on, sheet.intern_absent_on
    if side == "intern":
        own, other = other, own
    if absent_on == own:
        return []  # the same word again
    declared = AttendanceDeclared(
        effective_on=sheet.service_until,
        recorded_on=today,
        month=month,
        side=side,
        absent_on=absent_on,
    )
    if absent_on != other:
        return [declared]
    others = tuple(s for s in placement.sheets if s.month != month)
    figures = figures_of(sheet, absent_on, others, policy)
    return [declared, _confirmed(placement, sheet, figures, today)]


def decide_lock(placement: Placement, month: str, today: date) -> list[PlacementEvent]:
    """Lock the month's sheet, once; nothing to do where the internship has no such month."""
    sheet = placement.find_sheet(month)
    if sheet is None or sheet.locked_on:
        return []
    return [SheetLocked(effective_on=today, recorded_on=today, month=month)]


def evolve_placement(placement: Placement | None, event: PlacementEvent) -> Placement:
    match placement, event:
        case None, InternPlaced():
            return _placed(event)
        case Placement(), InternshipStarted():
            return replace(placement, status="started")
        case Placement(), AttendanceDeclared() | AttendanceConfirmed() | SheetLocked():
            sheets = (_evolve_sheet(s, event) for s in placement.sheets)
            return replace(placement, sheets=tuple(sheets))
        case Placement(), InternshipCompleted():
            return replace(placement, status="completed")
        case Placement(), InternshipNotCompleted():
            return replace(placement, status="not-completed")
        case _:
            raise Invalid(f"{type(event).__name__} cannot come here in a placement's life")


def _placed(event: InternPlaced) -> Placement:
    return Placement(
        placement_id=event.placement_id,
        application_id=event.application_id,
        person_id=event.person_id,
        cohort_id=event.cohort_id,
        org_id=event.org_id,
        position_id=event.position_id,
        starts_on=event.starts_on,
        ends_on=event.ends_on,
        hours_per_day=event.hours_per_day,
        hours_per_month=event.hours_per_month,
        sheets=sheets_for(event.starts_on, event.ends_on),
    )


def _evolve_sheet(
    sheet: Sheet, event: AttendanceDeclared | AttendanceConfirmed | SheetLocked
) -> Sheet:
    if event.month != sheet.month:
        return sheet
    match event:
        case AttendanceDeclared(side="host"):
            return replace(sheet, host_absent_on=event.absent_on)
        case AttendanceDeclared():
            return replace(sheet, intern_absent_on=event.absent_on)
        case AttendanceConfirmed():
            figures = Figures(
                event.scheduled_days, event.absent_days, event.absent_weeks, event.is_late
            )
            return replace(sheet, figures=figures)
        case SheetLocked():
            return replace(sheet, locked_on=event.recorded_on)


def _started(placement: Placement, today: date) -> InternshipStarted:
    return InternshipStarted(
        effective_on=placement.starts_on,
        recorded_on=today,
        placement_id=placement.placement_id,
        person_id=placement.person_id,
        cohort_id=placement.cohort_id,
    )


def _confirmed(
    placement: Placement, sheet: Sheet, figures: Figures, today: date
) -> AttendanceConfirmed:
    return AttendanceConfirmed(
        effective_on=sheet.service_until,
        recorded_on=today,
        placement_id=placement.placement_id,
        person_id=placement.person_id,
        cohort_id=placement.cohort_id,
        month=sheet.month,
        service_from=sheet.service_from,
        service_until=sheet.service_until,
        scheduled_days=figures.scheduled_days,
        absent_days=figures.absent_days,
        absent_weeks=figures.absent_weeks,
        is_late=figures.is_late,
    )


def _outcome(placement: Placement, policy: CohortPolicy, today: date) -> Outcome:
    """Completed (수료) when she attended the policy's share of all scheduled days, exactly."""
    months = [sheet.figures for sheet in placement.sheets if sheet.figures]
    scheduled = sum(month.scheduled_days for month in months)
    attended = scheduled - sum(month.absent_days for month in months)
    is_completed = attended >= policy.completion_ratio * scheduled
    contract = InternshipCompleted if is_completed else InternshipNotCompleted
    return contract(
        effective_on=placement.ends_on,
        recorded_on=today,
        placement_id=placement.placement_id,
        person_id=placement.person_id,
        cohort_id=placement.cohort_id,
        org_id=placement.org_id,
        scheduled_days=scheduled,
        attended_days=attended,
    )
