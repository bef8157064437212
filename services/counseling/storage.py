"""What counseling keeps, and the questions it asks of it."""

from typing import Any

from services.counseling.domain import (
    Case,
    Centre,
    Cohort,
    Counselor,
    Leaver,
    Participant,
    Status,
    due_on_case,
    due_on_centre,
    evolve_case,
    evolve_centre,
    evolve_cohort,
    evolve_counselor,
    evolve_leaver,
    evolve_participant,
)
from shared.mongo import Aggregate, Index, Page, Work

COHORTS = Aggregate("cohorts", Cohort, evolve_cohort)
PARTICIPANTS = Aggregate("participants", Participant, evolve_participant)
LEAVERS = Aggregate("leavers", Leaver, evolve_leaver, indexes=(Index(("cohort_id",)),))
COUNSELORS = Aggregate("counselors", Counselor, evolve_counselor)
CENTRE = Aggregate("centres", Centre, evolve_centre, due_on_centre)
CASES = Aggregate(
    "cases",
    Case,
    evolve_case,
    due_on_case,
    indexes=(
        Index(("status",)),
        Index(("cohort_id", "status")),
        Index(("counselor_id", "status")),
    ),
)

KINDS: tuple[Aggregate[Any], ...] = (COHORTS, PARTICIPANTS, LEAVERS, COUNSELORS, CENTRE, CASES)


async def waiting_cases(work: Work) -> list[Case]:
    return await work.find(CASES, status="waiting")


async def all_counselors(work: Work) -> list[Counselor]:
    return await work.find(COUNSELORS)


async def cases_of(cohort_id: str, work: Work) -> list[Case]:
    return await work.find(CASES, cohort_id=cohort_id)


async def leavers_of(cohort_id: str, work: Work) -> list[Leaver]:
    return await work.find(LEAVERS, cohort_id=cohort_id)


async def open_cases_of(counselor_id: str, work: Work) -> list[Case]:
    """Bounded by her capacity, so a worklist needs no pages."""
    return await work.find(CASES, counselor_id=counselor_id, status="open")


async def page_of_cases(
    cohort_id: str, status: Status | None, work: Work, *, after: str, limit: int
) -> Page[Case]:
    """All of a cohort's cases, or those of one status."""
    equals = {"cohort_id": cohort_id} | ({"status": status} if status else {})
    return await work.page(CASES, after=after, limit=limit, **equals)


async def page_of_counselors(work: Work, *, after: str, limit: int) -> Page[Counselor]:
    return await work.page(COUNSELORS, after=after, limit=limit)


def note_field(contact_no: int) -> str:
    """Where a case's vault keeps what was said."""
    return f"note_{contact_no}"


def employer_field(employment_no: int) -> str:
    """Where a case's vault keeps for whom she works."""
    return f"employer_{employment_no}"
