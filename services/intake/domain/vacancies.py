"""Vacancies: places that placement tells are free again, and what became of each.

Noted on the cohort when the news comes. Who is called is decided on a later day (docs/decisions).
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from shared.errors import Invalid
from shared.events import Event
from shared.events.placement import ApplicantUnmatched, VacancyOpened
from shared.ids import ApplicationId, CohortId, VacancyId

VacancyStatus = Literal["open", "called", "untaken", "lapsed"]
LapseReason = Literal["nobody-left", "too-late-to-start", "cohort-cancelled"]


@dataclass(frozen=True, slots=True)
class Vacancy:
    """`callable_on` is the first day whose sweep may call: the one after the news was recorded.

    Who was called is in `application_id`; she could not take it any more where it is `untaken`.
    """

    vacancy_id: str
    position_id: str
    org_id: str
    opened_on: date
    callable_on: date
    status: VacancyStatus = "open"
    application_id: str | None = None
    called_on: date | None = None
    lapse_reason: LapseReason | None = None


class VacancyCalled(Event):
    """This applicant was called for it; `ApplicantSelected` tells the city."""

    cohort_id: CohortId
    vacancy_id: VacancyId
    application_id: ApplicationId
    is_reserve: bool


class VacancyReopened(Event):
    """Who was called withdrew on that very day, before placement could give her the place."""

    cohort_id: CohortId
    vacancy_id: VacancyId


class VacancyLapsed(Event):
    """Nobody is called for it any more."""

    cohort_id: CohortId
    vacancy_id: VacancyId
    reason: LapseReason


VacancyEvent = VacancyOpened | VacancyCalled | VacancyReopened | VacancyLapsed | ApplicantUnmatched


def evolve_vacancies(vacancies: tuple[Vacancy, ...], event: VacancyEvent) -> tuple[Vacancy, ...]:
    """In the order of their ids, so that the order in which they were heard of leaves no trace."""
    found = {v.vacancy_id: v for v in vacancies}
    if isinstance(event, VacancyOpened):
        if event.vacancy_id in found:
            raise Invalid(f"{event.vacancy_id} is opened a second time")
        found[event.vacancy_id] = _open(event)
        return tuple(found[key] for key in sorted(found))
    if event.vacancy_id is None:
        return vacancies
    if event.vacancy_id not in found:
        raise Invalid(f"{event.vacancy_id} was never opened")
    found[event.vacancy_id] = _evolve(found[event.vacancy_id], event)
    return tuple(found.values())


def _open(event: VacancyOpened) -> Vacancy:
    return Vacancy(
        vacancy_id=event.vacancy_id,
        position_id=event.position_id,
        org_id=event.org_id,
        opened_on=event.recorded_on,
        callable_on=event.recorded_on + timedelta(days=1),
    )


def _evolve(
    vacancy: Vacancy, event: VacancyCalled | VacancyReopened | VacancyLapsed | ApplicantUnmatched
) -> Vacancy:
    match event:
        case VacancyCalled():
            called, on = event.application_id, event.recorded_on
            return replace(vacancy, status="called", application_id=called, called_on=on)
        case VacancyReopened():
            tomorrow = event.recorded_on + timedelta(days=1)
            return replace(
                vacancy, status="open", application_id=None, called_on=None, callable_on=tomorrow
            )
        case VacancyLapsed():
            return replace(vacancy, status="lapsed", lapse_reason=event.reason)
        case ApplicantUnmatched():
            is_hers = vacancy.application_id == event.application_id
            return replace(vacancy, status="untaken") if is_hers else vacancy
