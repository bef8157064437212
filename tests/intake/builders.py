"""Cohorts, applicants and applications as the tests of intake tell their stories with them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from ops.policies import read_policy
from services.intake.domain import (
    Application,
    Cohort,
    CohortPass,
    Facts,
    SubmitApplication,
    cohort_id_of,
    decide_opening,
    decide_screening,
    decide_selection,
    decide_submission,
    evolve_application,
    evolve_cohort,
)
from shared.events import Event
from shared.events.placement import (
    ApplicantUnmatched,
    EndedBy,
    InternWithdrew,
    PlacementDeclined,
    VacancyOpened,
)
from shared.events.policy import CohortPolicy
from shared.ids import derive

POLICY = read_policy("2022-h1")
NOTICE = date(2022, 3, 3)
APPLYING = date(2022, 3, 10)
SCREENING = date(2022, 3, 18)
SELECTING = date(2022, 3, 22)
COHORT_ID = cohort_id_of(POLICY)
BORN = date(1985, 6, 15)

ELIGIBLE = Facts(
    age_on_notice=36,
    residence_region="seoul",
    last_employed_on=date(2019, 1, 31),
    licences=(),
    career_years=3,
    priority_groups=(),
)


def policy_with(**changes: Any) -> CohortPolicy:
    """The cohort of 2022-h1 with these top-level fields changed, validated again."""
    return CohortPolicy.model_validate({**POLICY.model_dump(), **changes})


def cohort_of(policy: CohortPolicy = POLICY) -> Cohort:
    (opened,) = decide_opening(None, policy, NOTICE)
    return evolve_cohort(None, opened)


def declaration_of(number: int = 1, **changes: Any) -> SubmitApplication:
    """What applicant `number` declares: eligible for 2022-h1, unless changed."""
    declared = {
        "person_id": derive("per", number),
        "field": "marketing",
        "residence_region": "seoul",
        "last_employed_on": date(2019, 1, 31),
        "licences": (),
        "career_years": 3,
        "priority_groups": (),
        "preferred_position_ids": (),
    }
    return SubmitApplication.model_validate({**declared, **changes})


def submitted(number: int = 1, cohort: Cohort | None = None, **changes: Any) -> Application:
    declared = declaration_of(number, **changes)
    events = decide_submission(
        cohort or cohort_of(), None, declared, birth_date=BORN, today=APPLYING
    )
    return applied(None, events)


def screened(number: int = 1, cohort: Cohort | None = None, **changes: Any) -> Application:
    cohort = cohort or cohort_of()
    application = submitted(number, cohort, **changes)
    return applied(application, decide_screening(application, cohort.policy, SCREENING))


def applied(application: Application | None, events: Sequence[Any]) -> Application:
    for event in events:
        application = evolve_application(application, event)
    assert application is not None
    return application


def after_pass(
    cohort: Cohort, applications: Sequence[Application], decided: CohortPass
) -> tuple[Cohort, list[Application]]:
    for event in decided.cohort:
        cohort = evolve_cohort(cohort, event)
    return cohort, [
        applied(a, decided.applications.get(a.application_id, [])) for a in applications
    ]


def after_selection(
    cohort: Cohort, applications: Sequence[Application]
) -> tuple[Cohort, list[Application]]:
    """Pass after pass until the selection is closed."""
    found = list(applications)
    while cohort.latest.selection is None:
        decided = decide_selection(cohort, found, SELECTING)
        cohort, found = after_pass(cohort, found, decided)
    return cohort, found


def with_facts(application: Application, **changes: Any) -> Application:
    """The same application with stored facts tampered with."""
    return replace(application, facts=replace(application.facts, **changes))


def kinds(events: Sequence[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def vacancy(number: int, on: date, *, position: int = 1) -> VacancyOpened:
    """Vacancy `number` at that position, each of a host of its own, recorded on that day."""
    return VacancyOpened(
        effective_on=on,
        recorded_on=on,
        vacancy_id=derive("vac", number),
        position_id=derive("pos", position),
        org_id=derive("org", position),
        cohort_id=COHORT_ID,
    )


def unmatched(application: Application, on: date, vacancy_id: str = "") -> ApplicantUnmatched:
    return ApplicantUnmatched(
        effective_on=on,
        recorded_on=on,
        **application.names,
        round=application.round,
        vacancy_id=vacancy_id or None,
    )


def declined(
    application: Application, on: date, by: EndedBy, *, position: int = 1
) -> PlacementDeclined:
    return PlacementDeclined(
        effective_on=on,
        recorded_on=on,
        placement_id=derive("plc", application.application_id),
        **application.names,
        org_id=derive("org", position),
        position_id=derive("pos", position),
        declined_by=by,
    )


def left(application: Application, on: date, by: EndedBy = "intern") -> InternWithdrew:
    return InternWithdrew(
        effective_on=on,
        recorded_on=on,
        placement_id=derive("plc", application.application_id),
        **application.names,
        org_id=derive("org", 1),
        position_id=derive("pos", 1),
        ended_by=by,
    )
