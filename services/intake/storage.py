"""What intake keeps: cohorts, people (without personal data) and applications, and what it asks."""

from typing import Any

from services.intake.domain import (
    Application,
    Cohort,
    Person,
    application_due_on,
    cohort_due_on,
    evolve_application,
    evolve_cohort,
    evolve_person,
)
from shared.mongo import Aggregate, Index, Page, Work

COHORTS = Aggregate("cohorts", Cohort, evolve_cohort, cohort_due_on)
PEOPLE = Aggregate("people", Person, evolve_person)
APPLICATIONS = Aggregate(
    "applications",
    Application,
    evolve_application,
    application_due_on,
    indexes=(Index(("cohort_id",)),),
)

KINDS: tuple[Aggregate[Any], ...] = (COHORTS, PEOPLE, APPLICATIONS)


async def applications_of(cohort_id: str, work: Work) -> list[Application]:
    """All applications of a cohort, by id: for its selection and for counting."""
    return await work.find(APPLICATIONS, cohort_id=cohort_id)


async def page_of_applications(
    cohort_id: str, work: Work, *, after: str, limit: int
) -> Page[Application]:
    return await work.page(APPLICATIONS, after=after, limit=limit, cohort_id=cohort_id)
