"""Extra rounds (추가모집): places that are left are advertised again, with days of their own."""

from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict

from services.intake.domain.cohorts import (
    Cohort,
    CohortEvent,
    CohortIsCancelled,
    PolicyInconsistent,
    SelectionNotClosed,
)
from services.intake.domain.consistency import inconsistencies_of_round
from shared.errors import Rejected
from shared.events.intake import CohortPolicyRevised


class NoPlacesLeft(Rejected):
    """Everybody who applied would be told no."""

    code = "no-places-left"


class AnnounceExtraRound(BaseModel):
    """The round's own days; every other rule of the policy stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    application_from: date
    application_until: date
    screening_on: date
    selection_on: date
    matching_on: date


def decide_extra_round(
    cohort: Cohort, command: AnnounceExtraRound, today: date
) -> list[CohortEvent]:
    """How many places it has is counted on its selection day: more may be given up by then."""
    if cohort.is_cancelled:
        raise CohortIsCancelled("this cohort is cancelled: open another one")
    if not cohort.latest.selection:
        raise SelectionNotClosed(f"the former round selects on {cohort.selection_due_on}: wait")
    policy = cohort.policy.model_copy(update=command.model_dump())
    found = inconsistencies_of_round(policy, today)
    if found:
        raise PolicyInconsistent(f"mend the days so that {'; '.join(found)}")
    if not cohort.places_left(before=today + timedelta(days=1)):
        raise NoPlacesLeft(f"all {cohort.policy.target} places are taken: wait for a withdrawal")
    return [
        CohortPolicyRevised(
            effective_on=today,
            recorded_on=today,
            cohort_id=cohort.cohort_id,
            round=cohort.latest.number + 1,
            policy=policy,
        )
    ]
