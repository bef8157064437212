"""Duplicate participation (중복참여): one person, one internship at a time (domain.md §4)."""

from collections.abc import Iterable
from datetime import date

from services.intake.domain.applications import Application
from services.intake.domain.people import Person, PersonApplied, PersonEvent
from services.intake.domain.submission import application_id_of
from shared.errors import Rejected
from shared.events.policy import CohortPolicy


class DuplicateParticipation(Rejected):
    """She is in the running for, or in, another internship on the same days."""

    code = "duplicate-participation"


def decide_participation(
    person: Person,
    cohort_id: str,
    policy: CohortPolicy,
    others: Iterable[tuple[Application, CohortPolicy]],
    today: date,
) -> list[PersonEvent]:
    """`others` are her applications for other cohorts, each with that cohort's policy."""
    for other, others_policy in others:
        if other.is_live and do_overlap(policy, others_policy):
            raise DuplicateParticipation(
                f"she has applied for {other.cohort_id}, whose internship falls on the same days: "
                "withdraw that application first"
            )
    application_id = application_id_of(cohort_id, person.person_id)
    applied = PersonApplied(
        effective_on=today,
        recorded_on=today,
        person_id=person.person_id,
        application_id=application_id,
    )
    return [applied]


def do_overlap(one: CohortPolicy, other: CohortPolicy) -> bool:
    """Whether their internships have a day in common; first and last day are in."""
    return one.starts_on <= other.ends_on and other.starts_on <= one.ends_on
