"""What falls due: matching, the closing of months, the first day and the outcome."""

from services.placement.domain import (
    Cohort,
    Placement,
    decide_closing,
    decide_due,
    decide_hold,
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
    candidates_of_round,
    placements_of,
    positions_of,
)
from shared.mongo import Work


async def advance_cohort(cohort: Cohort, work: Work) -> None:
    """The next thing of its life that is due: the matching, then one month after the other."""
    if not cohort.is_matched:
        await _match(cohort, work)
    elif cohort.month_to_close:
        await _close_month(cohort, cohort.month_to_close, work)


async def advance_placement(placement: Placement, work: Work) -> None:
    cohort = await work.require(COHORTS, placement.cohort_id)
    work.save(PLACEMENTS, placement.placement_id, decide_due(placement, cohort.policy, work.today))


async def _match(cohort: Cohort, work: Work) -> None:
    candidates = await candidates_of_round(cohort.cohort_id, cohort.round, work)
    if held := decide_hold(cohort, len(candidates), work.today):
        work.save(COHORTS, cohort.cohort_id, held)
        return
    positions = await positions_of(cohort.cohort_id, work)
    results = decide_matching(cohort, candidates, positions, work.today)
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
    work.save(COHORTS, cohort.cohort_id, results.events)


async def _close_month(cohort: Cohort, month: str, work: Work) -> None:
    placements = await placements_of(cohort.cohort_id, work)
    closing = decide_closing(cohort, month, placements, work.today)
    for placement in closing.to_lock:
        key = placement.placement_id
        work.save(PLACEMENTS, key, decide_lock(placement, month, work.today))
    work.save(COHORTS, cohort.cohort_id, closing.events)
