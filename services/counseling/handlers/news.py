"""What intake's and placement's events do here: by key, and never a question over a set.

That a case opens, or turns a leaver's, is only noted: what follows from it is a later day's affair.
"""

from services.counseling.domain import (
    CENTRE_KEY,
    Ending,
    decide_adoption,
    decide_centre,
    decide_leaving,
    decide_opening,
    ending_of,
    note_case,
    note_leaver,
)
from services.counseling.storage import CASES, CENTRE, COHORTS, LEAVERS, PARTICIPANTS
from shared.events.intake import CohortOpened
from shared.events.placement import InternshipCompleted, InternshipNotCompleted, InternWithdrew
from shared.mongo import Work


async def adopt_policy(event: CohortOpened, work: Work) -> None:
    await work.load(COHORTS, event.cohort_id)
    centre = await work.load(CENTRE, CENTRE_KEY)
    work.save(COHORTS, event.cohort_id, decide_adoption(event))
    work.save(CENTRE, CENTRE_KEY, decide_centre(centre, event))


async def open_case(event: InternshipCompleted | InternshipNotCompleted, work: Work) -> None:
    await _begin_year(ending_of(event), work)


async def note_withdrawal(event: InternWithdrew, work: Work) -> None:
    """Found after the internship's end, it turns the case that she has: she did not complete."""
    ending = ending_of(event)
    case = await work.load(CASES, ending.case_id)
    if case is None:
        await _begin_year(ending, work)
    else:
        work.save(CASES, case.case_id, decide_leaving(case, ending, work.today))


async def _begin_year(ending: Ending, work: Work) -> None:
    cohort = await work.await_from("intake", COHORTS, ending.cohort_id)
    if not cohort.offers(ending):
        await work.load(LEAVERS, ending.case_id)
        work.save(LEAVERS, ending.case_id, note_leaver(ending, work.today))
        return
    case = await work.load(CASES, ending.case_id)
    await work.load(PARTICIPANTS, ending.person_id)
    work.save(CASES, ending.case_id, decide_opening(case, ending, cohort, work.today))
    work.save(PARTICIPANTS, ending.person_id, note_case(ending, work.today))
