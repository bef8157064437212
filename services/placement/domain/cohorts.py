"""Cohorts (기수) as placement sees them: the policy, the progress of matching, closed months.

The cohort is the aggregate that takes what is scarce: openings at matching, and the count of a
month when it is closed. Its own due days drive both, so arrival order has no say.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from shared.errors import Invalid, NotFound, Rejected
from shared.events import Event
from shared.events.placement import AttendanceMonthClosed, MatchingClosed
from shared.events.policy import CohortPolicy
from shared.ids import CohortId
from shared.money import Month, months_between

WaitsFor = Literal["selection-closed", "all-selected-applicants"]


class MatchingBegun(Rejected):
    """From the matching day on its inputs stand still, so that it can be run again."""

    code = "matching-begun"


class MatchingNotClosed(NotFound):
    """There is no result yet."""

    code = "matching-not-closed"


class CohortNoted(Event):
    """Intake opened a cohort with this policy."""

    cohort_id: CohortId
    policy: CohortPolicy


class SelectionNoted(Event):
    """Intake closed a selection round: so many applicants are to be matched."""

    round: int
    selected: int


class MatchingHeld(Event):
    """The matching day has come, but not everything that it rests on: looked at again tomorrow."""

    waits_for: WaitsFor
    announced: int | None
    received: int


class MatchesWritten(Event):
    """One pass wrote so many results; more are left. All passes rest on the same inputs."""

    input_digest: str
    placed: int
    unmatched: int


class SheetsLocked(Event):
    """One pass locked so many attendance sheets of the month; more are left."""

    month: Month
    sheets: int


CohortEvent = (
    CohortNoted
    | SelectionNoted
    | MatchingHeld
    | MatchesWritten
    | MatchingClosed
    | SheetsLocked
    | AttendanceMonthClosed
)


@dataclass(frozen=True, slots=True)
class Matching:
    """A matching run: its inputs' digest, and what was written of it so far."""

    round: int
    input_digest: str
    placed: int = 0
    unmatched: int = 0
    openings: int = 0
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    month: str
    confirmed: int
    missing: int


@dataclass(frozen=True, slots=True)
class Cohort:
    cohort_id: str
    policy: CohortPolicy
    round: int = 0
    selected: int | None = None
    waits_for: str | None = None
    looks_again_on: date | None = None
    matching: Matching | None = None
    sheets_locked: int = 0
    closed_months: tuple[ClosedMonth, ...] = ()

    @property
    def is_matched(self) -> bool:
        return self.matching is not None and self.matching.closed_on is not None

    @property
    def month_to_close(self) -> str | None:
        """The first month of the internship that is not closed yet."""
        months = months_between(self.policy.starts_on, self.policy.ends_on)
        left = months[len(self.closed_months) :]
        return left[0] if left else None


def cohort_due_on(cohort: Cohort) -> date | None:
    """Matching first, then each month's closing in order."""
    if not cohort.is_matched:
        return cohort.looks_again_on or cohort.policy.matching_on
    month = cohort.month_to_close
    return cohort.policy.attendance_closes_on(month) if month else None


def require_before_matching(cohort: Cohort, today: date) -> None:
    """Positions and rankings may change until the matching day, not on it."""
    if today >= cohort.policy.matching_on:
        raise MatchingBegun(
            f"positions and rankings are taken until the day before {cohort.policy.matching_on}"
        )


def decide_hold(cohort: Cohort, candidates: int, today: date) -> list[CohortEvent]:
    """Completeness by count: whether matching must wait for more news of intake."""
    if cohort.selected == candidates:
        return []
    waits_for: WaitsFor = (
        "selection-closed" if cohort.selected is None else "all-selected-applicants"
    )
    held = MatchingHeld(
        effective_on=today,
        recorded_on=today,
        waits_for=waits_for,
        announced=cohort.selected,
        received=candidates,
    )
    return [held]


def evolve_cohort(cohort: Cohort | None, event: CohortEvent) -> Cohort:
    match cohort, event:
        case None, CohortNoted():
            return Cohort(event.cohort_id, event.policy)
        case Cohort(), SelectionNoted():
            return replace(cohort, round=event.round, selected=event.selected)
        case Cohort(), MatchingHeld():
            tomorrow = event.effective_on + timedelta(days=1)
            return replace(cohort, waits_for=event.waits_for, looks_again_on=tomorrow)
        case Cohort(), MatchesWritten() | MatchingClosed():
            return replace(
                cohort, waits_for=None, looks_again_on=None, matching=_matched(cohort, event)
            )
        case Cohort(), SheetsLocked():
            return replace(cohort, sheets_locked=cohort.sheets_locked + event.sheets)
        case Cohort(), AttendanceMonthClosed():
            closed = ClosedMonth(event.month, event.confirmed, event.missing)
            return replace(cohort, sheets_locked=0, closed_months=(*cohort.closed_months, closed))
        case _:
            raise Invalid(f"{type(event).__name__} cannot come here in a cohort's life")


def _matched(cohort: Cohort, event: MatchesWritten | MatchingClosed) -> Matching:
    """The run so far. Passes that saw different inputs would each be right and together wrong."""
    run = cohort.matching or Matching(cohort.round, event.input_digest)
    if run.input_digest != event.input_digest:
        raise Invalid("the inputs of a matching run changed between two passes")
    if isinstance(event, MatchingClosed):
        return Matching(
            round=event.round,
            input_digest=event.input_digest,
            placed=event.placed,
            unmatched=event.unmatched,
            openings=event.openings,
            closed_on=event.effective_on,
        )
    return replace(run, placed=run.placed + event.placed, unmatched=run.unmatched + event.unmatched)
