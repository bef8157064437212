"""What intake's events do here: they are noted, and acted on when the cohort's day comes."""

from services.placement.domain import CohortNoted, SelectionNoted, decide_noting
from services.placement.storage import CANDIDATES, COHORTS
from shared.events.intake import ApplicantSelected, CohortOpened, SelectionClosed
from shared.mongo import Work


async def note_cohort(event: CohortOpened, work: Work) -> None:
    await work.load(COHORTS, event.cohort_id)
    noted = CohortNoted(
        effective_on=event.effective_on,
        recorded_on=work.today,
        cohort_id=event.cohort_id,
        policy=event.policy,
    )
    work.save(COHORTS, event.cohort_id, [noted])


async def note_candidate(event: ApplicantSelected, work: Work) -> None:
    """Her cohort may not be known yet: matching asks for both, this does not."""
    candidate = await work.load(CANDIDATES, event.application_id)
    work.save(CANDIDATES, event.application_id, decide_noting(candidate, event, work.today))


async def note_selection(event: SelectionClosed, work: Work) -> None:
    await work.await_from("intake", COHORTS, event.cohort_id)
    noted = SelectionNoted(
        effective_on=event.effective_on,
        recorded_on=work.today,
        round=event.round,
        selected=event.selected,
    )
    work.save(COHORTS, event.cohort_id, [noted])
