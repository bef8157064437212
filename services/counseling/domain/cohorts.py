"""What counseling keeps of the others' news: a cohort's policy, and a participant's cases.

Kept by key, so that the handler of one completion never asks a question over a set.
"""

from dataclasses import dataclass, replace

from shared.events import Event
from shared.events.intake import CohortOpened
from shared.events.policy import CohortPolicy
from shared.ids import CaseId, CohortId, PersonId


class PolicyAdopted(Event):
    """The policy by which this cohort's counseling year runs."""

    cohort_id: CohortId
    policy: CohortPolicy


class CaseNoted(Event):
    """A case of this participant; she may come back in a later cohort."""

    person_id: PersonId
    case_id: CaseId


@dataclass(frozen=True, slots=True)
class Cohort:
    cohort_id: str
    policy: CohortPolicy


@dataclass(frozen=True, slots=True)
class Participant:
    """Her cases by opening, the first one first."""

    person_id: str
    case_ids: tuple[str, ...] = ()


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


def evolve_cohort(_: Cohort | None, event: PolicyAdopted) -> Cohort:
    return Cohort(event.cohort_id, event.policy)


def evolve_participant(state: Participant | None, event: CaseNoted) -> Participant:
    state = state or Participant(event.person_id)
    return replace(state, case_ids=(*state.case_ids, event.case_id))
