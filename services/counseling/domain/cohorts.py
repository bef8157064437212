"""What counseling keeps of the others' news: policies, how internships ended, a person's cases.

Kept by key, so that the handler of one internship's end never asks a question over a set.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from shared.events import Event
from shared.events.counseling import CaseAfter
from shared.events.intake import CohortOpened
from shared.events.placement import InternshipCompleted, InternshipNotCompleted, InternWithdrew
from shared.events.policy import CohortPolicy
from shared.ids import CaseId, CohortId, PersonId, derive

InternshipEnded = InternshipCompleted | InternshipNotCompleted | InternWithdrew


class PolicyAdopted(Event):
    """The policy by which this cohort's counseling year runs."""

    cohort_id: CohortId
    policy: CohortPolicy


class CaseNoted(Event):
    """A case of this participant; she may come back in a later cohort."""

    person_id: PersonId
    case_id: CaseId


class LeaverNoted(Event):
    """She left a cohort whose policy offers leavers no counseling: she is counted all the same.

    `effective_on` is the first day on which she was no longer in service.
    """

    case_id: CaseId
    person_id: PersonId
    cohort_id: CohortId


@dataclass(frozen=True, slots=True)
class Cohort:
    cohort_id: str
    policy: CohortPolicy

    def offers(self, ending: "Ending") -> bool:
        """Who completed has her year; a leaver where the policy says so."""
        return ending.after == "completion" or self.policy.counseling.offered_to_leavers


@dataclass(frozen=True, slots=True)
class Participant:
    """Her cases by opening, the first one first."""

    person_id: str
    case_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaver:
    """Who left without an offer. `served_until`: the last day of her internship."""

    case_id: str
    person_id: str
    cohort_id: str
    served_until: date


@dataclass(frozen=True, slots=True)
class Ending:
    """How one internship ended. `served_until` is its last day of service: of who withdrew on her
    first day, the day before it.
    """

    case_id: str
    person_id: str
    cohort_id: str
    after: CaseAfter
    served_until: date

    @property
    def out_on(self) -> date:
        """The first day on which she is no longer in service: the year counts from it."""
        return self.served_until + timedelta(days=1)


def ending_of(event: InternshipEnded) -> Ending:
    """A placement has one counseling year. Who attended too little is a leaver, too."""
    has_withdrawn = isinstance(event, InternWithdrew)
    return Ending(
        case_id=derive("cas", event.placement_id),
        person_id=event.person_id,
        cohort_id=event.cohort_id,
        after="completion" if isinstance(event, InternshipCompleted) else "leaving",
        served_until=event.effective_on - timedelta(days=1 if has_withdrawn else 0),
    )


def case_id_of(event: InternshipEnded) -> str:
    return ending_of(event).case_id


def decide_adoption(opened: CohortOpened) -> list[PolicyAdopted]:
    """Its own dates, not today: nothing in it depends on the day on which we read it."""
    return [
        PolicyAdopted(
            effective_on=opened.effective_on,
            recorded_on=opened.recorded_on,
            cohort_id=opened.cohort_id,
            policy=opened.policy,
        )
    ]


def note_case(ending: Ending, today: date) -> list[CaseNoted]:
    return [
        CaseNoted(
            effective_on=ending.out_on,
            recorded_on=today,
            person_id=ending.person_id,
            case_id=ending.case_id,
        )
    ]


def note_leaver(ending: Ending, today: date) -> list[LeaverNoted]:
    """Also when she is noted already: an earlier day, found out later, replaces the former."""
    return [
        LeaverNoted(
            effective_on=ending.out_on,
            recorded_on=today,
            case_id=ending.case_id,
            person_id=ending.person_id,
            cohort_id=ending.cohort_id,
        )
    ]


def evolve_cohort(_: Cohort | None, event: PolicyAdopted) -> Cohort:
    return Cohort(event.cohort_id, event.policy)


def evolve_participant(state: Participant | None, event: CaseNoted) -> Participant:
    state = state or Participant(event.person_id)
    return replace(state, case_ids=(*state.case_ids, event.case_id))


def evolve_leaver(_: Leaver | None, event: LeaverNoted) -> Leaver:
    served_until = event.effective_on - timedelta(days=1)
    return Leaver(event.case_id, event.person_id, event.cohort_id, served_until)
