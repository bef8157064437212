"""Internships (현장실습): one placement from the match to its end, with its attendance."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from services.placement.domain.attendance import MonthNotInService
from services.placement.domain.candidates import Candidate
from services.placement.domain.positions import Position
from services.placement.domain.sheets import (
    AttendanceDeclared,
    CorrectionDeclared,
    Sheet,
    SheetLocked,
    cut,
    evolve_sheets,
    sheets_for,
)
from shared.errors import Invalid
from shared.events.placement import (
    AttendanceConfirmed,
    AttendanceCorrected,
    EndedBy,
    InternPlaced,
    InternshipCompleted,
    InternshipNotCompleted,
    InternshipStarted,
    InternWithdrew,
    PlacementDeclined,
)
from shared.events.policy import CohortPolicy
from shared.ids import derive
from shared.money import month_of

PlacementStatus = Literal["placed", "started", "completed", "not-completed", "withdrew", "declined"]
Outcome = InternshipCompleted | InternshipNotCompleted
PlacementEvent = (
    InternPlaced
    | InternshipStarted
    | AttendanceDeclared
    | CorrectionDeclared
    | AttendanceConfirmed
    | AttendanceCorrected
    | SheetLocked
    | InternshipCompleted
    | InternshipNotCompleted
    | PlacementDeclined
    | InternWithdrew
)


@dataclass(frozen=True, slots=True)
class Placement:
    """`left_on` is the first day on which she is no longer in service, None for who declined.

    `ended_on` is the day on which her leaving or declining was recorded.
    """

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
    vacancy_id: str | None = None
    left_on: date | None = None
    ended_by: EndedBy | None = None
    ended_on: date | None = None

    @property
    def names(self) -> dict[str, Any]:
        """What an event about its early end names."""
        return {
            "placement_id": self.placement_id,
            "application_id": self.application_id,
            "person_id": self.person_id,
            "cohort_id": self.cohort_id,
            "org_id": self.org_id,
            "position_id": self.position_id,
        }

    @property
    def is_over(self) -> bool:
        """Ended early, or declined."""
        return self.status in {"withdrew", "declined"}

    @property
    def has_started(self) -> bool:
        """Her first day came while she was placed, whatever came afterwards."""
        return self.status not in {"placed", "declined"}

    def holds_place(self, before: date) -> bool:
        """It takes an opening, by what was recorded before that day."""
        return self.ended_on is None or self.ended_on >= before

    def is_last_of_leaver(self, sheet: Sheet) -> bool:
        """Whether this is the last month of who left early."""
        return self.left_on is not None and sheet.month == month_of(
            self.left_on - timedelta(days=1)
        )

    def find_sheet(self, month: str) -> Sheet | None:
        return next((sheet for sheet in self.sheets if sheet.month == month), None)

    def sheet(self, month: str) -> Sheet:
        """The month's sheet, for a command that names it. Raises `MonthNotInService`."""
        sheet = self.find_sheet(month)
        if sheet is None or sheet.is_void:
            raise MonthNotInService(f"this internship has no day in {month}")
        return sheet

    def others(self, month: str) -> tuple[Sheet, ...]:
        return tuple(sheet for sheet in self.sheets if sheet.month != month)


def placement_id(application_id: str, ordinal: int = 1) -> str:
    """Of her first placement, or of the one that she was called for after a former had ended."""
    return derive("plc", application_id, *([ordinal] if ordinal > 1 else []))


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


def first_day_of(policy: CohortPolicy, today: date) -> date:
    """From the cohort's first day on; who is placed later begins on the next business day: days
    before she was placed are no days of work, and must not be paid.
    """
    return max(policy.starts_on, policy.business_day_from(today + timedelta(days=1)))


def decide_placement(
    candidate: Candidate,
    position: Position,
    policy: CohortPolicy,
    today: date,
    *,
    vacancy_id: str | None = None,
) -> list[InternPlaced]:
    """Matching gives her the position, or she is called to its vacancy."""
    placed = InternPlaced(
        effective_on=today,
        recorded_on=today,
        placement_id=placement_id(candidate.application_id, candidate.times_placed + 1),
        application_id=candidate.application_id,
        person_id=candidate.person_id,
        cohort_id=candidate.cohort_id,
        org_id=position.org_id,
        position_id=position.position_id,
        starts_on=first_day_of(policy, today),
        ends_on=policy.ends_on,
        hours_per_day=position.hours_per_day,
        hours_per_month=position.hours_per_month,
        vacancy_id=vacancy_id,
    )
    return [placed]


def decide_due(placement: Placement, policy: CohortPolicy, today: date) -> list[PlacementEvent]:
    """Start on the first day; tell the outcome when every month is confirmed and closed."""
    due_on = placement_due_on(placement)
    if due_on is None or due_on > today:
        return []
    if placement.status == "placed":
        return [started(placement, today)]
    return [_outcome(placement, policy, today)]


def started(placement: Placement, today: date) -> InternshipStarted:
    return InternshipStarted(
        effective_on=placement.starts_on,
        recorded_on=today,
        placement_id=placement.placement_id,
        person_id=placement.person_id,
        cohort_id=placement.cohort_id,
    )


def evolve_placement(placement: Placement | None, event: PlacementEvent) -> Placement:  # noqa: PLR0911
    match placement, event:
        case None, InternPlaced():
            return _placed(event)
        case Placement(), InternshipStarted():
            return replace(placement, status="started")
        case Placement(), InternshipCompleted():
            return replace(placement, status="completed")
        case Placement(), InternshipNotCompleted():
            return replace(placement, status="not-completed")
        case Placement(), PlacementDeclined():
            declined = replace(placement, status="declined")
            return _end(declined, placement.starts_on, event.declined_by, event.recorded_on)
        case Placement(), InternWithdrew():
            left = replace(placement, status="withdrew", left_on=event.effective_on)
            return _end(left, event.effective_on, event.ended_by, event.recorded_on)
        case (
            Placement(),
            AttendanceDeclared()
            | CorrectionDeclared()
            | AttendanceConfirmed()
            | AttendanceCorrected()
            | SheetLocked(),
        ):
            return replace(placement, sheets=evolve_sheets(placement.sheets, event))
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
        vacancy_id=event.vacancy_id,
    )


def _end(placement: Placement, from_: date, ended_by: EndedBy, recorded_on: date) -> Placement:
    """No day is in service from that one on."""
    sheets = tuple(cut(sheet, from_) for sheet in placement.sheets)
    return replace(placement, sheets=sheets, ended_by=ended_by, ended_on=recorded_on)


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
