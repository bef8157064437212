"""A vacancy is opened once, and shows what became of it."""

from datetime import date, timedelta

import pytest

from services.intake.domain import (
    VacancyCalled,
    VacancyLapsed,
    VacancyReopened,
    evolve_vacancies,
)
from shared.errors import Invalid
from shared.ids import derive
from tests.intake.builders import COHORT_ID, screened, unmatched, vacancy

OPENED = date(2022, 4, 4)
CALLED = OPENED + timedelta(days=1)
ABOUT = {"cohort_id": COHORT_ID, "vacancy_id": derive("vac", 1)}
HER = screened(1)


def called_for(on: date = CALLED) -> VacancyCalled:
    return VacancyCalled(
        effective_on=on,
        recorded_on=on,
        **ABOUT,
        application_id=HER.application_id,
        is_reserve=True,
    )


def test_it_may_be_called_for_from_the_day_after_it_was_recorded() -> None:
    """Whatever day it counts from."""
    news = vacancy(1, OPENED).model_copy(update={"effective_on": date(2022, 4, 1)})

    (opened,) = evolve_vacancies((), news)

    assert (opened.status, opened.opened_on, opened.callable_on) == ("open", OPENED, CALLED)


def test_the_order_in_which_they_were_heard_of_leaves_no_trace() -> None:
    one, other = vacancy(1, OPENED), vacancy(2, CALLED)

    assert evolve_vacancies(evolve_vacancies((), one), other) == evolve_vacancies(
        evolve_vacancies((), other), one
    )


def test_it_shows_who_was_called_and_that_she_could_not_take_it() -> None:
    opened = evolve_vacancies((), vacancy(1, OPENED))
    called = evolve_vacancies(opened, called_for())
    untaken = evolve_vacancies(called, unmatched(HER, CALLED, derive("vac", 1)))

    assert (called[0].status, called[0].application_id) == ("called", HER.application_id)
    assert called[0].called_on == CALLED
    assert (untaken[0].status, untaken[0].application_id) == ("untaken", HER.application_id)


def test_reopened_it_may_be_called_for_on_the_next_day_and_forgets_whom() -> None:
    called = evolve_vacancies(evolve_vacancies((), vacancy(1, OPENED)), called_for())
    reopened = VacancyReopened(effective_on=CALLED, recorded_on=CALLED, **ABOUT)

    (again,) = evolve_vacancies(called, reopened)
    late_news = evolve_vacancies((again,), unmatched(HER, CALLED, derive("vac", 1)))

    assert (again.status, again.application_id) == ("open", None)
    assert again.callable_on == CALLED + timedelta(days=1)
    assert late_news == (again,), "what placement says of the former call is not about this one"


def test_it_shows_why_it_lapsed() -> None:
    lapsed = VacancyLapsed(
        effective_on=CALLED, recorded_on=CALLED, **ABOUT, reason="too-late-to-start"
    )

    (found,) = evolve_vacancies(evolve_vacancies((), vacancy(1, OPENED)), lapsed)

    assert (found.status, found.lapse_reason) == ("lapsed", "too-late-to-start")


def test_opened_twice_or_unknown_it_is_invalid() -> None:
    with pytest.raises(Invalid):
        evolve_vacancies(evolve_vacancies((), vacancy(1, OPENED)), vacancy(1, CALLED))
    with pytest.raises(Invalid):
        evolve_vacancies((), called_for())


def test_an_unmatched_applicant_of_a_matching_run_is_about_no_vacancy() -> None:
    opened = evolve_vacancies((), vacancy(1, OPENED))

    assert evolve_vacancies(opened, unmatched(HER, CALLED)) == opened
