"""Cohorts (기수): opened by a policy that holds together, selected from in rounds, or cancelled.

The cohort keeps what is counted: rounds with their places, places given up, vacancies.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from services.intake.domain.consistency import inconsistencies
from services.intake.domain.vacancies import (
    Vacancy,
    VacancyCalled,
    VacancyLapsed,
    VacancyReopened,
    evolve_vacancies,
)
from shared.errors import Invalid, Rejected
from shared.events import Event
from shared.events.intake import (
    CohortCancelled,
    CohortOpened,
    CohortPolicyRevised,
    SelectionClosed,
)
from shared.events.placement import ApplicantUnmatched, VacancyOpened
from shared.events.policy import CohortPolicy
from shared.ids import ApplicationId, CohortId, derive

Status = Literal["open", "selecting", "selected", "cancelled"]


class CohortExists(Rejected):
    """A cohort's title names it once and for all."""

    code = "cohort-exists"


class NoticeTooLate(Rejected):
    """Nobody could apply any more."""

    code = "notice-too-late"


class PolicyInconsistent(Rejected):
    """The policy contradicts itself; every service would decide by it."""

    code = "policy-inconsistent"
    status = 422


class SelectionNotClosed(Rejected):
    """There is no ranking to show, and nothing to go on from, before a selection has been made."""

    code = "selection-not-closed"


class CohortIsCancelled(Rejected):
    """Nothing of a cancelled cohort goes on."""

    code = "cohort-cancelled"


@dataclass(frozen=True, slots=True)
class Selection:
    """A closed selection round: counts of people, and what the ranking rested on."""

    round: int
    applied: int
    eligible: int
    selected: int
    reserved: int
    not_selected: int
    input_digest: str


@dataclass(frozen=True, slots=True)
class Round:
    """A round of recruiting, 1 first. `places` is counted when it is selected; the first round
    has the policy's target, which nobody could have taken from yet.

    `rule_version` names the ranking's reading of the policy, from the first pass on.
    """

    number: int
    places: int | None = None
    decided: int = 0
    rule_version: str = ""
    selection: Selection | None = None


@dataclass(frozen=True, slots=True)
class Cohort:
    """`selection_due_on` moves on while screening is unfinished; `is_waiting` says that it does.

    `policy` has the days of the latest round. `given_up_on` has the day on which each given place
    was recorded as given up; `cancelled_from` is the first day on which nothing goes on.
    """

    cohort_id: str
    policy: CohortPolicy
    opened_on: date
    selection_due_on: date
    status: Status = "open"
    is_waiting: bool = False
    rounds: tuple[Round, ...] = (Round(1),)
    given_up_on: tuple[date, ...] = ()
    reserves_called: int = 0
    vacancies: tuple[Vacancy, ...] = ()
    cancelled_from: date | None = None
    lapsed: int = 0
    is_wound_up: bool = False

    @property
    def latest(self) -> Round:
        return self.rounds[-1]

    @property
    def closed_rounds(self) -> tuple[Round, ...]:
        return tuple(r for r in self.rounds if r.selection)

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_from is not None

    def reserves_before(self, number: int) -> int:
        """How many are on the reserve list before those of this round: it is one list."""
        earlier = (r.selection for r in self.rounds if r.number < number)
        return sum(selection.reserved for selection in earlier if selection)

    def places_left(self, before: date) -> int:
        """The target less those who have a place, by what was recorded before that day."""
        selected = sum(r.selection.selected for r in self.closed_rounds if r.selection)
        given_up = sum(day < before for day in self.given_up_on)
        return max(0, self.policy.target - selected - self.reserves_called + given_up)


class SelectionPostponed(Event):
    """So many applications are not screened yet: selecting without them would be unfair."""

    cohort_id: CohortId
    unscreened: int
    until: date


class SelectionProgressed(Event):
    """So many members more were decided in this pass, ranked by that version of the rules.

    `places` are what an extra round has to give, as counted by its first pass.
    """

    cohort_id: CohortId
    round: int
    decided: int
    rule_version: str
    places: int | None = None


class PlaceGivenUp(Event):
    """Who had a place has it no longer: she withdrew, declined her placement or left it."""

    cohort_id: CohortId
    application_id: ApplicationId


class ApplicationsLapsed(Event):
    """One pass over the cancelled cohort's applications: so many lapsed, so many are left."""

    cohort_id: CohortId
    lapsed: int
    left: int


CohortEvent = (
    CohortOpened
    | CohortPolicyRevised
    | CohortCancelled
    | SelectionPostponed
    | SelectionProgressed
    | SelectionClosed
    | PlaceGivenUp
    | ApplicationsLapsed
    | VacancyOpened
    | VacancyCalled
    | VacancyReopened
    | VacancyLapsed
    | ApplicantUnmatched
)


def cohort_id_of(policy: CohortPolicy) -> str:
    return derive("coh", policy.title)


def decide_opening(cohort: Cohort | None, policy: CohortPolicy, today: date) -> list[CohortEvent]:
    if cohort is not None:
        raise CohortExists("a cohort of this title is open already: choose another title")
    found = inconsistencies(policy)
    if found:
        raise PolicyInconsistent(f"mend the policy so that {'; '.join(found)}")
    if today > policy.application_until:
        raise NoticeTooLate(f"applications would have closed on {policy.application_until}")
    return [
        CohortOpened(
            effective_on=policy.notice_date,
            recorded_on=today,
            cohort_id=cohort_id_of(policy),
            policy=policy,
        )
    ]


def cohort_due_on(cohort: Cohort) -> date | None:
    """The first of: a vacancy to call for, the selection of the latest round, the winding up."""
    days = [v.callable_on for v in cohort.vacancies if v.status == "open"]
    if cohort.cancelled_from:
        days += [] if cohort.is_wound_up else [cohort.cancelled_from]
    elif not cohort.latest.selection:
        days.append(cohort.selection_due_on)
    return min(days, default=None)


def evolve_cohort(cohort: Cohort | None, event: CohortEvent) -> Cohort:  # noqa: PLR0911
    if isinstance(event, CohortOpened):
        policy = event.policy
        return Cohort(event.cohort_id, policy, event.recorded_on, policy.selection_on)
    if cohort is None:
        raise Invalid(f"{event.cohort_id} was never opened")
    match event:
        case CohortPolicyRevised():
            return _reopen(cohort, event)
        case CohortCancelled():
            return replace(cohort, status="cancelled", cancelled_from=event.effective_on)
        case SelectionPostponed():
            return replace(cohort, selection_due_on=event.until, is_waiting=True)
        case SelectionProgressed() | SelectionClosed():
            return _select(cohort, event)
        case PlaceGivenUp():
            # Sorted: two may be noted in either order, and the order is nobody's business.
            days = tuple(sorted((*cohort.given_up_on, event.recorded_on)))
            return replace(cohort, given_up_on=days)
        case ApplicationsLapsed():
            lapsed = cohort.lapsed + event.lapsed
            return replace(cohort, lapsed=lapsed, is_wound_up=event.left == 0)
        case (
            VacancyOpened()
            | VacancyCalled()
            | VacancyReopened()
            | VacancyLapsed()
            | ApplicantUnmatched()
        ):
            called = isinstance(event, VacancyCalled) and event.is_reserve
            return replace(
                cohort,
                vacancies=evolve_vacancies(cohort.vacancies, event),
                reserves_called=cohort.reserves_called + called,
            )
        case _:
            assert_never(event)


def _reopen(cohort: Cohort, event: CohortPolicyRevised) -> Cohort:
    return replace(
        cohort,
        policy=event.policy,
        selection_due_on=event.policy.selection_on,
        status="open",
        rounds=(*cohort.rounds, Round(event.round)),
    )


def _select(cohort: Cohort, event: SelectionProgressed | SelectionClosed) -> Cohort:
    """The latest round, a pass further or closed."""
    latest = cohort.latest
    if isinstance(event, SelectionProgressed):
        progressed = replace(
            latest,
            places=latest.places if event.places is None else event.places,
            decided=latest.decided + event.decided,
            rule_version=event.rule_version,
        )
        rounds = (*cohort.rounds[:-1], progressed)
        return replace(cohort, status="selecting", is_waiting=False, rounds=rounds)
    closed = replace(latest, selection=_selection(event))
    return replace(cohort, status="selected", rounds=(*cohort.rounds[:-1], closed))


def _selection(event: SelectionClosed) -> Selection:
    return Selection(
        round=event.round,
        applied=event.applied,
        eligible=event.eligible,
        selected=event.selected,
        reserved=event.reserved,
        not_selected=event.not_selected,
        input_digest=event.input_digest,
    )
