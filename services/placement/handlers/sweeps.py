"""What falls due in a cohort's and a placement's life: matching, the closing of months, the end of
what was cancelled; the first day and the outcome.
"""

from services.placement.domain import (
    Cohort,
    Placement,
    Round,
    decide_closing,
    decide_due,
    decide_end,
    decide_ending,
    decide_hold,
    decide_left_over,
    decide_lock,
    decide_matching,
    decide_placed,
    decide_placement,
    decide_unmatched,
    placement_id,
)
from services.placement.storage import (
    CANDIDATES,
    COHORTS,
    PLACEMENTS,
    VACANCIES,
    candidates_of_round,
    placements_of,
    positions_of,
    vacancies_of,
)
from shared.mongo import Work


async def advance_cohort(cohort: Cohort, work: Work) -> None:
    """The next thing of its life that is due: its cancellation, a matching, then a month."""
    month = cohort.month_to_close
    if cohort.cancels(work.today):
        await _end_all(cohort, work)
    elif cohort.round_to_match and cohort.round_to_match.due_on <= work.today:
        await _match(cohort, cohort.round_to_match, work)
    elif month and cohort.policy.attendance_closes_on(month) <= work.today:
        await _close_month(cohort, month, work)


async def advance_placement(placement: Placement, work: Work) -> None:
    cohort = await work.require(COHORTS, placement.cohort_id)
    work.save(PLACEMENTS, placement.placement_id, decide_due(placement, cohort.policy, work.today))


async def _match(cohort: Cohort, round_: Round, work: Work) -> None:
    candidates = await candidates_of_round(cohort.cohort_id, round_.number, work)
    if held := decide_hold(round_, len(candidates), work.today):
        work.save(COHORTS, cohort.cohort_id, held)
        return
    positions = await positions_of(cohort.cohort_id, work)
    placements = await placements_of(cohort.cohort_id, work)
    results = decide_matching(cohort, round_, candidates, positions, placements, today=work.today)
    await work.preload(PLACEMENTS, [placement_id(c.application_id) for c, _ in results.placed])
    for candidate, position in results.placed:
        key = placement_id(candidate.application_id)
        await work.load(PLACEMENTS, key)
        placed = decide_placement(candidate, position, cohort.policy, work.today)
        work.save(PLACEMENTS, key, placed)
        noted = decide_placed(key, position.position_id, work.today)
        work.save(CANDIDATES, candidate.application_id, noted)
    for candidate in results.unmatched:
        work.save(CANDIDATES, candidate.application_id, decide_unmatched(candidate, work.today))
    outstanding = await vacancies_of(cohort.cohort_id, work)
    opened = decide_left_over(cohort, round_, results, positions, outstanding, today=work.today)
    for vacancy in opened:
        await work.load(VACANCIES, vacancy.vacancy_id)
        work.save(VACANCIES, vacancy.vacancy_id, [vacancy])
    work.save(COHORTS, cohort.cohort_id, results.events)


async def _close_month(cohort: Cohort, month: str, work: Work) -> None:
    placements = await placements_of(cohort.cohort_id, work)
    closing = decide_closing(cohort, month, placements, work.today)
    for placement in closing.placements:
        key = placement.placement_id
        work.save(PLACEMENTS, key, decide_lock(placement, month, work.today))
    work.save(COHORTS, cohort.cohort_id, closing.events)


async def _end_all(cohort: Cohort, work: Work) -> None:
    """No place becomes vacant: nobody can start any more."""
    if cohort.cancellation is None:
        return
    placements = await placements_of(cohort.cohort_id, work)
    leaves_on = cohort.cancellation.effective_on
    ending = decide_ending(cohort.cancellation, placements, work.today)
    for placement in ending.placements:
        ended = decide_end(placement, leaves_on, "city", cohort.policy, work.today)
        work.save(PLACEMENTS, placement.placement_id, ended)
    work.save(COHORTS, cohort.cohort_id, ending.events)
