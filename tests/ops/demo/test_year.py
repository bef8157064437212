"""The year after: exactly as many work again as the sources say, on the days that they say."""

from datetime import date
from fractions import Fraction

import pytest

from ops.demo import names
from ops.demo.leaving import Leaving
from ops.demo.population import SEED, draw
from ops.demo.programme import COHORT_1, COHORT_2, Programme, programmes
from ops.demo.year import Reemployment, window_of

SEEDS = [SEED, 1, 2, 3]
APRIL, OCTOBER = date(2022, 4, 1), date(2022, 10, 31)


def jobs(seed: int, programme: Programme) -> list[Reemployment]:
    found = [a.year.reemployment for a in draw(seed, programme).applicants]
    return [job for job in found if job]


def ever(found: list[Reemployment], day: date) -> int:
    return sum(job.started_on <= day for job in found)


def still(found: list[Reemployment], day: date) -> int:
    return sum(job.started_on <= day < (job.ended_on or date.max) for job in found)


@pytest.mark.parametrize("seed", SEEDS)
def test_of_cohort_1_29_work_by_the_article_s_day_and_34_by_the_council_s(seed: int) -> None:
    found = jobs(seed, COHORT_1)

    assert (ever(found, APRIL), ever(found, OCTOBER), still(found, OCTOBER)) == (29, 34, 23)
    assert len(found) == 34


@pytest.mark.parametrize("seed", SEEDS)
def test_of_cohort_2_32_ever_and_18_still(seed: int) -> None:
    found = jobs(seed, COHORT_2)

    assert (len(found), ever(found, OCTOBER), still(found, OCTOBER)) == (32, 32, 18)


def test_the_article_s_employers_are_among_cohort_1_s() -> None:
    employers = [job.employer_name for job in jobs(SEED, COHORT_1) if not job.is_at_host]

    assert set(names.NAMED_EMPLOYERS) < set(employers)
    assert None not in employers
    assert all(j.employer_name is None for j in jobs(SEED, COHORT_1) if j.is_at_host)


def test_each_is_recorded_after_it_happened_and_ends_after_it_began() -> None:
    for job in (*jobs(SEED, COHORT_1), *jobs(SEED, COHORT_2)):
        assert job.started_on <= job.recorded_on
        if job.ended_on:
            assert job.started_on < job.ended_on
            assert job.end_recorded_on is not None
            assert job.recorded_on <= job.end_recorded_on >= job.ended_on


def test_a_leaver_s_year_counts_from_her_last_day() -> None:
    last_day, said_on = date(2022, 4, 15), date(2022, 5, 12)
    window = window_of(COHORT_2.policy, Leaving(last_day, said_on, "intake", is_found=True))

    assert window.after == last_day
    assert window.first > said_on
    assert window.last == date(2023, 4, 15)


def test_what_is_drawn_of_leavers_lies_in_their_own_year() -> None:
    _, leaving = programmes("article", dropouts=Fraction(2, 5))
    for applicant in draw(SEED, leaving).leavers:
        window = window_of(leaving.policy, applicant.leaving)
        contacts = applicant.year.contacts
        assert all(window.first <= c.held_on <= c.recorded_on <= window.last for c in contacts)
        if job := applicant.year.reemployment:
            assert window.first <= job.started_on <= job.recorded_on <= window.last
