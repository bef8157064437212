"""What one sweep of a cohort writes: to itself, and to so many of its members."""

from dataclasses import dataclass

from services.intake.domain.applications import ApplicationEvent
from services.intake.domain.cohorts import CohortEvent

MEMBERS_PER_PASS_MAX = 500  # written in one transaction: far below MongoDB's 16 MB and 60 s


@dataclass(frozen=True, slots=True)
class CohortPass:
    """What one pass writes: to the cohort, and to applications by their id."""

    cohort: list[CohortEvent]
    applications: dict[str, list[ApplicationEvent]]
