"""The eligibility check at its exact boundaries: domain.md §1.2."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain import Facts, failed_rules, full_age, meets
from shared.events.policy import AgeOnNoticeDate, CareerBreak, Licence, LicenceOrCareer, ResidesIn
from tests.intake.builders import ELIGIBLE, NOTICE, POLICY

AGE = AgeOnNoticeDate(rule="age-on-notice-date", age_min=30, age_max=49)
BREAK = CareerBreak(rule="career-break", months_min=6)
RULES = (
    AGE,
    ResidesIn(rule="resides-in", region="seoul"),
    BREAK,
    LicenceOrCareer(rule="licence-or-career"),
    Licence(rule="licence"),
)
DAYS = st.dates(date(1900, 1, 1), date(2030, 12, 31))
FACTS = st.builds(
    Facts,
    age_on_notice=st.integers(0, 120),
    residence_region=st.sampled_from(["seoul", "busan"]),
    last_employed_on=st.none() | DAYS,
    licences=st.lists(st.sampled_from(["it-1", "it-2"]), unique=True).map(tuple),
    career_years=st.integers(0, 60),
    priority_groups=st.lists(st.sampled_from(["low-income", "disabled"]), unique=True).map(tuple),
)


@pytest.mark.parametrize(
    ("born", "is_eligible"),
    [
        (date(1972, 3, 3), False),
        (date(1972, 3, 4), True),
        (date(1992, 3, 3), True),
        (date(1992, 3, 4), False),
    ],
)
def test_cohort_2_takes_who_was_born_1972_03_04_to_1992_03_03(
    born: date, *, is_eligible: bool
) -> None:
    facts = replace(ELIGIBLE, age_on_notice=full_age(born, NOTICE))

    assert is_eligible == meets(AGE, facts, NOTICE)


@pytest.mark.parametrize(
    ("born", "is_eligible"),
    [
        (date(1972, 7, 29), False),
        (date(1972, 7, 30), True),
        (date(1992, 7, 29), True),
        (date(1992, 7, 30), False),
    ],
)
def test_cohort_3_takes_who_was_born_1972_07_30_to_1992_07_29(
    born: date, *, is_eligible: bool
) -> None:
    notice = date(2022, 7, 29)

    assert is_eligible == meets(
        AGE, replace(ELIGIBLE, age_on_notice=full_age(born, notice)), notice
    )


def test_a_leap_day_child_completes_her_year_on_the_first_of_march() -> None:
    born = date(1992, 2, 29)

    assert full_age(born, date(2022, 2, 28)) == 29
    assert full_age(born, date(2022, 3, 1)) == 30
    assert full_age(born, date(2024, 2, 29)) == 32


def test_nobody_is_younger_than_nothing() -> None:
    assert full_age(date(2022, 3, 9), NOTICE) == 0


@given(born=DAYS, on=DAYS)
def test_age_grows_by_one_exactly_on_the_birthday(born: date, on: date) -> None:
    age, day_before = full_age(born, on), full_age(born, on - timedelta(days=1))
    is_birthday = (on.month, on.day) == (born.month, born.day)
    completes_leap_year = (born.month, born.day) == (2, 29) and (on.month, on.day) == (3, 1)

    assert age - day_before in ({0, 1} if is_birthday or completes_leap_year else {0})


@pytest.mark.parametrize(
    ("last_employed_on", "is_eligible"),
    [
        (None, True),
        (date(2021, 9, 2), True),
        (date(2021, 9, 3), True),
        (date(2021, 9, 4), False),
        (NOTICE, False),
        (NOTICE + timedelta(days=1), False),
    ],
)
def test_cohort_2_asks_for_no_employment_from_2021_09_04_to_the_notice(
    last_employed_on: date | None, *, is_eligible: bool
) -> None:
    facts = replace(ELIGIBLE, last_employed_on=last_employed_on)

    assert is_eligible == meets(BREAK, facts, NOTICE)


@pytest.mark.parametrize(
    ("last_employed_on", "is_eligible"), [(date(2022, 2, 28), True), (date(2022, 3, 1), False)]
)
def test_a_break_that_would_begin_on_no_day_begins_after_the_last_of_the_month(
    last_employed_on: date, *, is_eligible: bool
) -> None:
    facts = replace(ELIGIBLE, last_employed_on=last_employed_on)

    assert is_eligible == meets(BREAK, facts, date(2022, 8, 31))


@pytest.mark.parametrize(
    ("licences", "career_years", "by_either", "by_licence"),
    [((), 0, False, False), ((), 1, True, False), (("it-1",), 0, True, True)],
)
def test_licence_or_career(
    licences: tuple[str, ...], career_years: int, *, by_either: bool, by_licence: bool
) -> None:
    facts = replace(ELIGIBLE, licences=licences, career_years=career_years)

    assert by_either == meets(RULES[3], facts, NOTICE)
    assert by_licence == meets(RULES[4], facts, NOTICE)


def test_every_failed_rule_is_named_in_the_order_of_the_policy() -> None:
    facts = Facts(29, "busan", NOTICE, (), 0, ())

    assert (failed_rules(POLICY, facts)) == (
        "age-on-notice-date",
        "resides-in",
        "career-break",
        "licence-or-career",
    )


def test_who_meets_every_rule_fails_none() -> None:
    assert failed_rules(POLICY, ELIGIBLE) == ()


@given(facts=FACTS, notice=DAYS, rule=st.sampled_from(RULES))
def test_every_rule_answers_for_all_facts(
    facts: Facts, notice: date, rule: AgeOnNoticeDate | CareerBreak
) -> None:
    assert meets(rule, facts, notice) in {True, False}


@given(facts=FACTS, rule=st.sampled_from(RULES))
def test_priority_never_decides_eligibility(facts: Facts, rule: AgeOnNoticeDate) -> None:
    """Priority groups weigh in the ranking only (domain.md §1.2)."""
    assert meets(rule, facts, NOTICE) == meets(rule, replace(facts, priority_groups=()), NOTICE)
