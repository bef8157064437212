"""What placement keeps, and the questions it asks of it."""

from services.placement.domain import (
    Candidate,
    Cohort,
    Host,
    Placement,
    Position,
    Vacancy,
    candidate_due_on,
    cohort_due_on,
    evolve_candidate,
    evolve_cohort,
    evolve_host,
    evolve_placement,
    evolve_position,
    evolve_vacancy,
    host_due_on,
    placement_due_on,
)
from shared.mongo import Aggregate, Index, Page, Work

BY_COHORT = (Index(("cohort_id",)),)

COHORTS = Aggregate("cohorts", Cohort, evolve_cohort, cohort_due_on)
HOSTS = Aggregate("hosts", Host, evolve_host, host_due_on)
POSITIONS = Aggregate("positions", Position, evolve_position, indexes=BY_COHORT)
CANDIDATES = Aggregate(
    "candidates", Candidate, evolve_candidate, candidate_due_on, indexes=BY_COHORT
)
PLACEMENTS = Aggregate(
    "placements",
    Placement,
    evolve_placement,
    placement_due_on,
    indexes=(*BY_COHORT, Index(("org_id", "cohort_id")), Index(("position_id",))),
)
VACANCIES = Aggregate("vacancies", Vacancy, evolve_vacancy, indexes=BY_COHORT)

KINDS = (COHORTS, HOSTS, POSITIONS, CANDIDATES, PLACEMENTS, VACANCIES)


async def candidates_of(cohort_id: str, work: Work) -> list[Candidate]:
    return await work.find(CANDIDATES, cohort_id=cohort_id)


async def candidates_of_round(cohort_id: str, round_: int, work: Work) -> list[Candidate]:
    """Those whom intake announced for the round's matching: not who was called for a vacancy."""
    return await work.find(CANDIDATES, cohort_id=cohort_id, round=round_, is_reserve=False)


async def positions_of(cohort_id: str, work: Work) -> list[Position]:
    return await work.find(POSITIONS, cohort_id=cohort_id)


async def placements_of(cohort_id: str, work: Work) -> list[Placement]:
    return await work.find(PLACEMENTS, cohort_id=cohort_id)


async def placements_at(org_id: str, cohort_id: str, work: Work) -> list[Placement]:
    return await work.find(PLACEMENTS, org_id=org_id, cohort_id=cohort_id)


async def placements_on(position_id: str, work: Work) -> list[Placement]:
    return await work.find(PLACEMENTS, position_id=position_id)


async def vacancies_of(cohort_id: str, work: Work) -> list[Vacancy]:
    return await work.find(VACANCIES, cohort_id=cohort_id)


async def page_of_positions(cohort_id: str, after: str, limit: int, work: Work) -> Page[Position]:
    return await work.page(POSITIONS, after=after, limit=limit, cohort_id=cohort_id)


async def page_of_placements(
    cohort_id: str, after: str, limit: int, work: Work, **only: str
) -> Page[Placement]:
    return await work.page(PLACEMENTS, after=after, limit=limit, cohort_id=cohort_id, **only)
