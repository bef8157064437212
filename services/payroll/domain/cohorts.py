"""Cohorts as payroll knows them: the policy by which each is paid."""

from dataclasses import dataclass

from shared.events import Event
from shared.events.intake import CohortOpened
from shared.events.policy import CohortPolicy
from shared.ids import CohortId


class CohortNoted(Event):
    """Payroll took a cohort's policy over from intake."""

    cohort_id: CohortId
    policy: CohortPolicy


@dataclass(frozen=True, slots=True)
class Cohort:
    cohort_id: str
    policy: CohortPolicy


def decide_note_cohort(opened: CohortOpened) -> list[Event]:
    return [
        CohortNoted(
            effective_on=opened.effective_on,
            recorded_on=opened.recorded_on,
            cohort_id=opened.cohort_id,
            policy=opened.policy,
        )
    ]


def evolve_cohort(_: Cohort | None, event: CohortNoted) -> Cohort:
    return Cohort(event.cohort_id, event.policy)
