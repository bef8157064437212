"""Cohorts (기수) as placement sees them: the policy, the rounds of matching, closed months.

The cohort is the aggregate that takes what is scarce: openings at matching, and the count of a
month when it is closed. Its own due days drive both, so arrival order has no say.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.placement.domain.rounds import (
    MatchesWritten,
    MatchingBegun,
    MatchingHeld,
    MatchingPrepared,
    Round,
    RoundEvent,
    SelectionNoted,
    evolve_round,
)
from shared.errors import Invalid, Rejected
from shared.events import Event
from shared.events.placement import AttendanceMonthClosed, MatchingClosed
from shared.events.policy import CohortPolicy
from shared.ids import CohortId
from shared.money import Month, months_between

ONE_DAY = timedelta(days=1)


class CohortIsCancelled(Rejected):
    """Nothing is offered to a cohort that does not go on."""

    code = "cohort-cancelled"


class CohortNoted(Event):
    """Intake opened a cohort with this policy."""

    cohort_id: CohortId
    policy: CohortPolicy


class RoundNoted(Event):
    """Intake announced an extra round; the policy has its days."""

    round: int
    policy: CohortPolicy


class CancellationNoted(Event):
    """Intake cancelled the cohort: nothing of it goes on from `effective_on` on."""


class PlacementsEnded(Event):
    """One pass ended so many placements of the cancelled cohort; more are left."""

    placements: int


class CancellationSettled(Event):
    """No placement of the cancelled cohort goes on."""

    placements: int


class SheetsLocked(Event):
    """One pass locked so many attendance sheets of the month; more are left."""

    month: Month
    sheets: int


CohortEvent = (
    CohortNoted
    | RoundEvent
    | RoundNoted
    | CancellationNoted
    | PlacementsEnded
    | CancellationSettled
    | SheetsLocked
    | AttendanceMonthClosed
)


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    month: str
    confirmed: int
    missing: int


@dataclass(frozen=True, slots=True)
class Cancellation:
    """`effective_on` is the first day on which nothing goes on; `ended` counts placements."""

    effective_on: date
    noted_on: date
    ended: int = 0
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class Cohort:
    """`policy` has the days of the newest round."""

    cohort_id: str
    policy: CohortPolicy
    rounds: tuple[Round, ...]
    cancellation: Cancellation | None = None
    sheets_locked: int = 0
    closed_months: tuple[ClosedMonth, ...] = ()

    @property
    def round_to_match(self) -> Round | None:
        """The first round that is not matched yet, and will be."""
        if self.cancellation and self.cancellation.is_settled:
            return None
        return next((r for r in self.rounds if not r.is_matched), None)

    @property
    def is_matched(self) -> bool:
        """Every round that was announced."""
        return all(r.is_matched for r in self.rounds)

    @property
    def month_to_close(self) -> str | None:
        """The first month in service that is not closed yet, once somebody can have been placed."""
        until = self.policy.ends_on
        if self.cancellation:
            until = min(until, self.cancellation.effective_on - ONE_DAY)
        if not self.rounds[0].is_matched or until < self.policy.starts_on:
            return None
        left = months_between(self.policy.starts_on, until)[len(self.closed_months) :]
        return left[0] if left else None

    def is_cancelled(self, today: date) -> bool:
        """Whether a decision of today knows that it is: it was said before today."""
        return self.cancellation is not None and self.cancellation.noted_on < today

    def cancels(self, today: date) -> bool:
        """Whether placements are to be ended today."""
        found = self.cancellation
        return found is not None and not found.is_settled and found.noted_on < today


def cohort_due_on(cohort: Cohort) -> date | None:
    """The first of: the matching of a round, a month's closing, what follows a cancellation."""
    days = []
    if cohort.cancellation and not cohort.cancellation.is_settled:
        days.append(cohort.cancellation.noted_on + ONE_DAY)
    if cohort.round_to_match:
        days.append(cohort.round_to_match.due_on)
    if cohort.month_to_close:
        days.append(cohort.policy.attendance_closes_on(cohort.month_to_close))
    return min(days, default=None)


def require_before_matching(cohort: Cohort, today: date) -> int:
    """The round that an offer or a ranking of today is for: they are taken until the day before
    the newest round's matching, and not in a round whose matching day has come.
    """
    if cohort.cancellation:
        raise CohortIsCancelled("this cohort was cancelled")
    to_come = [r.number for r in cohort.rounds if today < r.matching_on]
    if not to_come:
        raise MatchingBegun(
            f"positions and rankings are taken until the day before {cohort.policy.matching_on}"
        )
    return to_come[0]


def decide_hold(round_: Round, candidates: int, today: date) -> list[CohortEvent]:
    """Completeness by count: whether matching must wait for more news of intake."""
    if round_.selected == candidates:
        return []
    held = MatchingHeld(
        effective_on=today,
        recorded_on=today,
        waits_for="selection-closed" if round_.selected is None else "all-selected-applicants",
        announced=round_.selected,
        received=candidates,
    )
    return [held]


def evolve_cohort(cohort: Cohort | None, event: CohortEvent) -> Cohort:
    match cohort, event:
        case None, CohortNoted():
            first = Round(1, event.policy.matching_on)
            return Cohort(event.cohort_id, event.policy, (first,))
        case None, _:
            raise Invalid(f"{type(event).__name__} comes before the cohort is opened")
        case Cohort(), CohortNoted():
            raise Invalid(f"{event.cohort_id} is opened a second time")
        case Cohort(), RoundNoted():
            rounds = (*cohort.rounds, Round(event.round, event.policy.matching_on))
            return replace(cohort, policy=event.policy, rounds=rounds)
        case Cohort(), CancellationNoted() | PlacementsEnded() | CancellationSettled():
            return replace(cohort, cancellation=_cancelled(cohort.cancellation, event))
        case Cohort(), SheetsLocked():
            return replace(cohort, sheets_locked=cohort.sheets_locked + event.sheets)
        case Cohort(), AttendanceMonthClosed():
            closed = ClosedMonth(event.month, event.confirmed, event.missing)
            return replace(cohort, sheets_locked=0, closed_months=(*cohort.closed_months, closed))
        case Cohort(), _:
            return replace(cohort, rounds=_in_round(cohort, event))


def _cancelled(
    cancellation: Cancellation | None,
    event: CancellationNoted | PlacementsEnded | CancellationSettled,
) -> Cancellation:
    match cancellation, event:
        case None, CancellationNoted():
            return Cancellation(event.effective_on, event.recorded_on)
        case Cancellation(), PlacementsEnded() | CancellationSettled():
            ended = cancellation.ended + event.placements
            is_settled = isinstance(event, CancellationSettled)
            return replace(cancellation, ended=ended, is_settled=is_settled)
        case _:
            raise Invalid(f"{type(event).__name__} cannot come here in a cohort's life")


def _in_round(cohort: Cohort, event: RoundEvent) -> tuple[Round, ...]:
    """The event goes to the round that it names, or to the one that is being matched."""
    match event:
        case SelectionNoted() | MatchingClosed():
            number = event.round
        case MatchingHeld() | MatchingPrepared() | MatchesWritten():
            number = next((r.number for r in cohort.rounds if not r.is_matched), 0)
    if number not in {r.number for r in cohort.rounds}:
        raise Invalid(f"{type(event).__name__} is about a round that was not announced")
    return tuple(evolve_round(r, event) if r.number == number else r for r in cohort.rounds)
