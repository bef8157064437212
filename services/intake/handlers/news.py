"""What placement's events do here: they are noted, and acted on by a sweep of a later day.

Each is journalled with the day on which placement recorded it, never with the day of its arrival.
"""

from services.intake.domain import decide_giving_up
from services.intake.storage import APPLICATIONS, COHORTS
from shared.events.placement import (
    ApplicantUnmatched,
    InternWithdrew,
    PlacementDeclined,
    VacancyOpened,
)
from shared.mongo import Work


async def note_vacancy(event: VacancyOpened, work: Work) -> None:
    await work.load(COHORTS, event.cohort_id)
    work.save(COHORTS, event.cohort_id, [event])


async def note_unmatched(event: ApplicantUnmatched, work: Work) -> None:
    await work.load(APPLICATIONS, event.application_id)
    work.save(APPLICATIONS, event.application_id, [event])
    if event.vacancy_id:
        await work.load(COHORTS, event.cohort_id)
        work.save(COHORTS, event.cohort_id, [event])


async def note_leaving(event: PlacementDeclined | InternWithdrew, work: Work) -> None:
    """Her place is free where it was hers to give up; the cohort counts it."""
    application = await work.load(APPLICATIONS, event.application_id)
    work.save(APPLICATIONS, event.application_id, [event])
    given_up = decide_giving_up(application, event) if application else []
    if given_up:
        await work.load(COHORTS, event.cohort_id)
        work.save(COHORTS, event.cohort_id, given_up)
