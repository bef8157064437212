"""Calling for vacancies: who is first in rank order, of those who can still begin.

First come the selected who have no place through no doing of their own, by round and rank; then
the reserves, in the order of their one list. A sweep uses what was recorded before its day.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from services.intake.domain.applications import Application
from services.intake.domain.cohorts import Cohort
from services.intake.domain.passes import MEMBERS_PER_PASS_MAX, CohortPass
from services.intake.domain.vacancies import LapseReason, Vacancy, VacancyCalled, VacancyLapsed
from shared.events.intake import ApplicantSelected
from shared.events.policy import CohortPolicy

STARTS_AFTER = timedelta(days=2)  # placement hears of the call, places her on the next day, and …


def due_vacancies(cohort: Cohort, today: date) -> list[Vacancy]:
    """Those to call for now, in the order in which they were recorded."""
    due = [v for v in cohort.vacancies if v.status == "open" and v.callable_on <= today]
    return sorted(due, key=lambda v: (v.opened_on, v.vacancy_id))


def decide_calls(cohort: Cohort, applications: Sequence[Application], today: date) -> CohortPass:
    """One pass: every vacancy that is due is called for, or lapses with its reason."""
    decided = CohortPass([], {})
    queue = queue_for_calls(applications, today)
    hindrance = _hindrance(cohort, today)
    for vacancy in due_vacancies(cohort, today)[:MEMBERS_PER_PASS_MAX]:
        found = None if hindrance else _first_for(vacancy, queue, cohort.policy)
        if found is None:
            decided.cohort.append(_lapse(cohort, vacancy, hindrance or "nobody-left", today))
            continue
        queue.remove(found)
        decided.cohort.append(_call(vacancy, found, today))
        decided.applications[found.application_id] = [_select(vacancy, found, today)]
    return decided


def queue_for_calls(applications: Iterable[Application], today: date) -> list[Application]:
    """Whom to call, best first."""
    everyone = list(applications)
    unplaced = [
        a
        for a in everyone
        if a.status == "unplaced" and a.unplaced_on is not None and a.unplaced_on < today
    ]
    reserved = [a for a in everyone if a.status == "reserved"]
    return [*sorted(unplaced, key=_round_and_rank), *sorted(reserved, key=_reserve_rank)]


def can_be_called(application: Application, vacancy: Vacancy, policy: CohortPolicy) -> bool:
    """Not for a host that declined her; where only listed positions are taken, if she listed it."""
    if vacancy.org_id in application.refused_by_org_ids:
        return False
    is_listed = vacancy.position_id in application.preferred_position_ids
    return policy.accepts_unlisted_positions or is_listed


def _first_for(
    vacancy: Vacancy, queue: Sequence[Application], policy: CohortPolicy
) -> Application | None:
    return next((a for a in queue if can_be_called(a, vacancy, policy)), None)


def _hindrance(cohort: Cohort, today: date) -> LapseReason | None:
    """Why nobody can be called at all. … she begins on the business day after that."""
    if cohort.is_cancelled:
        return "cohort-cancelled"
    policy = cohort.policy
    starts_on = max(policy.starts_on, policy.business_day_from(today + STARTS_AFTER))
    return "too-late-to-start" if starts_on > policy.latest_start_on else None


def _select(vacancy: Vacancy, application: Application, today: date) -> ApplicantSelected:
    return ApplicantSelected(
        effective_on=today,
        recorded_on=today,
        **application.names,
        round=application.round,
        field=application.field,
        preferred_position_ids=application.preferred_position_ids,
        vacancy_id=vacancy.vacancy_id,
    )


def _call(vacancy: Vacancy, application: Application, today: date) -> VacancyCalled:
    return VacancyCalled(
        effective_on=today,
        recorded_on=today,
        cohort_id=application.cohort_id,
        vacancy_id=vacancy.vacancy_id,
        application_id=application.application_id,
        is_reserve=application.status == "reserved",
    )


def _lapse(cohort: Cohort, vacancy: Vacancy, reason: LapseReason, today: date) -> VacancyLapsed:
    return VacancyLapsed(
        effective_on=today,
        recorded_on=today,
        cohort_id=cohort.cohort_id,
        vacancy_id=vacancy.vacancy_id,
        reason=reason,
    )


def _round_and_rank(application: Application) -> tuple[Any, ...]:
    standing = application.standing
    return (application.round, standing.rank if standing else 0, application.application_id)


def _reserve_rank(application: Application) -> tuple[Any, ...]:
    return (application.reserve_rank or 0, application.application_id)
