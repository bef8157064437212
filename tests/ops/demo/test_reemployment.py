"""Who works again: the published figures on their days, and two who count without asking."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from ops.demo.client import Json
from ops.demo.programme import COHORT_1, COHORT_2, Troubles
from ops.demo.reemployment import check_outcomes, compare_outcomes, days_to_look_at
from ops.demo.words import Words
from tests.ops.demo.told import COUNTED, OUTCOMES, WORDS

AUTUMN = date(2022, 10, 31)


def red(
    words: Words = WORDS, counted: Json = COUNTED, counted_then: Json = COUNTED
) -> dict[str, str]:
    looks = compare_outcomes(words, {AUTUMN: counted_then, None: counted}, COHORT_2)
    return {check.name: check.says for check in check_outcomes(looks) if not check.is_met}


def test_the_days_are_those_of_the_article_and_of_the_council() -> None:
    assert days_to_look_at(COHORT_1) == (date(2022, 4, 1), AUTUMN)
    assert days_to_look_at(COHORT_2) == (AUTUMN,)
    assert days_to_look_at(replace(COHORT_2, size=replace(COHORT_2.size, applicants=9))) == ()


def test_a_sound_run_meets_every_check() -> None:
    assert red() == {}


def test_one_too_few_on_a_published_day_is_seen() -> None:
    fewer = {**OUTCOMES, "still_employed": 17}
    found = red(replace(WORDS, outcomes={AUTUMN: fewer, None: OUTCOMES}))

    assert found == {
        "re-employed as of 2022-10-31": '32 ever, 17 still; S8: 32 of "100", 18 still',
        "re-employed as of 2022-10-31: counted alike": (
            "counseling (32, 17), statistics office (32, 18)"
        ),
    }


def test_a_job_that_the_topics_do_not_know_is_seen() -> None:
    at_the_end = {"re-employed as of the end: counted alike"}

    assert red(counted={**COUNTED, "reemployed": 31}).keys() == at_the_end
    assert red(counted={**COUNTED, "still_employed": 19}).keys() == at_the_end
    assert red(counted_then={**COUNTED, "reemployed": 31}).keys() == {
        "re-employed as of 2022-10-31: counted alike"
    }


def test_a_case_that_no_outcome_counts_is_seen() -> None:
    fewer = {**OUTCOMES, "reemployed_ever": 31}

    assert red(replace(WORDS, outcomes={None: fewer})).keys() == {
        "re-employed as of the end: counted alike",
        "re-employed: outcomes and cases",
    }


def test_leavers_are_counted_apart_and_then_nothing_is_held_against_the_sources() -> None:
    programme = replace(COHORT_2, troubles=Troubles(dropouts=Fraction(2, 5)))
    apart = {**OUTCOMES, "reemployed_ever": 20, "left": 30, "left_reemployed_ever": 12}
    words = replace(WORDS, outcomes={AUTUMN: apart, None: apart})
    looks = compare_outcomes(words, {AUTUMN: COUNTED, None: COUNTED}, programme)

    assert all(look.said is None for look in looks)
    assert all(check.is_met for check in check_outcomes(looks))
