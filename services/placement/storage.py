"""What placement keeps, and the questions it asks of it."""

from services.placement.domain import (
    Candidate,
    Cohort,
    Host,
    Placement,
    Position,
    cohort_due_on,
    evolve_candidate,
    evolve_cohort,
    evolve_host,
    evolve_placement,
    evolve_position,
    placement_due_on,
)
from shared.mongo import Aggregate, Index, Page, Work

BY_COHORT = (Index(("cohort_id",)),)

COHORTS = Aggregate("cohorts", Cohort, evolve_cohort, cohort_due_on)
HOSTS = Aggregate("hosts", Host, evolve_host)
POSITIONS = Aggregate("positions", Position, evolve_position, indexes=BY_COHORT)
CANDIDATES = Aggregate("candidates", Candidate, evolve_candidate, indexes=BY_COHORT)
PLACEMENTS = Aggregate(
    "placements", Placement, evolve_placement, placement_due_on, indexes=BY_COHORT
)

KINDS = (COHORTS, HOSTS, POSITIONS, CANDIDATES, PLACEMENTS)


async def candidates_of(cohort_id: str, work: Work) -> list[Candidate]:
    return await work.find(CANDIDATES, cohort_id=cohort_id)


async def candidates_of_round(cohort_id: str, round_: int, work: Work) -> list[Candidate]:
    return await work.find(CANDIDATES, cohort_id=cohort_id, round=round_)


async def positions_of(cohort_id: str, work: Work) -> list[Position]:
    return await work.find(POSITIONS, cohort_id=cohort_id)


async def placements_of(cohort_id: str, work: Work) -> list[Placement]:
    return await work.find(PLACEMENTS, cohort_id=cohort_id)


async def page_of_positions(cohort_id: str, after: str, limit: int, work: Work) -> Page[Position]:
    return await work.page(POSITIONS, after=after, limit=limit, cohort_id=cohort_id)


async def page_of_placements(cohort_id: str, after: str, limit: int, work: Work) -> Page[Placement]:
    return await work.page(PLACEMENTS, after=after, limit=limit, cohort_id=cohort_id)
