"""What intake's events do here: they are noted, and acted on when a day has passed over them."""

from services.placement.domain import (
    CancellationNoted,
    CohortNoted,
    RoundNoted,
    SelectionNoted,
    decide_noting,
    decide_noting_withdrawal,
)
from services.placement.storage import CANDIDATES, COHORTS
from shared.events.intake import (
    ApplicantSelected,
    ApplicationWithdrawn,
    CohortCancelled,
    CohortOpened,
    CohortPolicyRevised,
    SelectionClosed,
)
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


async def note_round(event: CohortPolicyRevised, work: Work) -> None:
    await work.await_from("intake", COHORTS, event.cohort_id)
    noted = RoundNoted(
        effective_on=event.effective_on,
        recorded_on=work.today,
        round=event.round,
        policy=event.policy,
    )
    work.save(COHORTS, event.cohort_id, [noted])


async def note_cancellation(event: CohortCancelled, work: Work) -> None:
    await work.await_from("intake", COHORTS, event.cohort_id)
    noted = CancellationNoted(effective_on=event.effective_on, recorded_on=work.today)
    work.save(COHORTS, event.cohort_id, [noted])


async def note_candidate(event: ApplicantSelected, work: Work) -> None:
    """Her cohort may not be known yet: matching asks for both, this does not."""
    candidate = await work.load(CANDIDATES, event.application_id)
    work.save(CANDIDATES, event.application_id, decide_noting(candidate, event, work.today))


async def note_withdrawal(event: ApplicationWithdrawn, work: Work) -> None:
    candidate = await work.load(CANDIDATES, event.application_id)
    noted = decide_noting_withdrawal(candidate, event, work.today)
    work.save(CANDIDATES, event.application_id, noted)


async def note_selection(event: SelectionClosed, work: Work) -> None:
    await work.await_from("intake", COHORTS, event.cohort_id)
    noted = SelectionNoted(
        effective_on=event.effective_on,
        recorded_on=work.today,
        round=event.round,
        selected=event.selected,
    )
    work.save(COHORTS, event.cohort_id, [noted])
