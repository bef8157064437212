"""What counseling keeps, and the questions it asks of it."""

from typing import Any

from services.counseling.domain import (
    Case,
    Centre,
    Cohort,
    Counselor,
    Participant,
    due_on_case,
    due_on_centre,
    evolve_case,
    evolve_centre,
    evolve_cohort,
    evolve_counselor,
    evolve_participant,
)
from shared.mongo import Aggregate, Index, Page, Work

COHORTS = Aggregate("cohorts", Cohort, evolve_cohort)
PARTICIPANTS = Aggregate("participants", Participant, evolve_participant)
COUNSELORS = Aggregate("counselors", Counselor, evolve_counselor)
CENTRE = Aggregate("centres", Centre, evolve_centre, due_on_centre)
CASES = Aggregate(
    "cases",
    Case,
    evolve_case,
    due_on_case,
    indexes=(Index(("status",)), Index(("cohort_id",)), Index(("counselor_id", "status"))),
)

KINDS: tuple[Aggregate[Any], ...] = (COHORTS, PARTICIPANTS, COUNSELORS, CENTRE, CASES)


async def waiting_cases(work: Work) -> list[Case]:
    return await work.find(CASES, status="waiting")


async def all_counselors(work: Work) -> list[Counselor]:
    return await work.find(COUNSELORS)


async def cases_of(cohort_id: str, work: Work) -> list[Case]:
    return await work.find(CASES, cohort_id=cohort_id)


async def open_cases_of(counselor_id: str, work: Work) -> list[Case]:
    """Bounded by her capacity, so a worklist needs no pages."""
    return await work.find(CASES, counselor_id=counselor_id, status="open")


async def page_of_cases(cohort_id: str, work: Work, *, after: str, limit: int) -> Page[Case]:
    return await work.page(CASES, after=after, limit=limit, cohort_id=cohort_id)


async def page_of_counselors(work: Work, *, after: str, limit: int) -> Page[Counselor]:
    return await work.page(COUNSELORS, after=after, limit=limit)
