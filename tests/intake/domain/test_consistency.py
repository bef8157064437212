"""A policy holds together, or says in which words it does not."""

from typing import Any

import pytest

from ops.policies import FOLDER, read_policy
from services.intake.domain import (
    PolicyInconsistent,
    decide_opening,
    inconsistencies,
)
from tests.intake.builders import NOTICE, POLICY, SELECTING, policy_with

POLICIES = sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != "holidays")


@pytest.mark.parametrize("name", POLICIES)
def test_each_policy_that_is_shipped_holds_together(name: str) -> None:
    assert inconsistencies(read_policy(name)) == []


AGE = {"rule": "age-on-notice-date", "age_min": 30, "age_max": 49}
UNLAWFUL_HOURS = "each of hour_patterns has 5 equal days, 15 hours or more and its month's hours"
PATTERN = {"hours_per_day": 8, "hours_per_week": 40, "hours_per_month": 209}
WAGE = {"effective_from": "2022-01-01", "krw_per_hour": 10766, "source": "S21"}


@pytest.mark.parametrize(
    ("change", "claim"),
    [
        ({"application_from": "2022-03-02"}, "notice_date <= application_from"),
        ({"application_until": "2022-03-02"}, "application_from <= application_until"),
        ({"screening_on": "2022-03-17"}, "application_until < screening_on"),
        ({"selection_on": "2022-03-17"}, "screening_on <= selection_on"),
        ({"matching_on": "2022-03-22"}, "selection_on < matching_on"),
        ({"starts_on": "2022-03-29"}, "matching_on < starts_on"),
        ({"ends_on": "2022-04-01"}, "starts_on < ends_on"),
        ({"latest_start_on": "2022-03-31"}, "starts_on <= latest_start_on"),
        ({"latest_start_on": "2022-07-01"}, "latest_start_on <= ends_on"),
        ({"fields": []}, "fields name each job field once"),
        ({"fields": ["it", "it"]}, "fields name each job field once"),
        ({"fields": ["IT"]}, "fields and regions are codes of a-z, 0-9 and -"),
        ({"fields": ["x" * 41]}, "fields and regions are codes of a-z, 0-9 and -"),
        (
            {"eligibility": [{"rule": "resides-in", "region": "서울"}]},
            "fields and regions are codes of a-z, 0-9 and -",
        ),
        (
            {"eligibility": [{"rule": "career-break", "months_min": 1201}]},
            "months_min is from 0 to 1200",
        ),
        ({"eligibility": [AGE, AGE]}, "eligibility names each rule once"),
        ({"eligibility": [{**AGE, "age_min": 50}]}, "age_min <= age_max"),
        (
            {"ranking": {**POLICY.ranking.model_dump(), "licence_points": -1}},
            "no ranking points are negative",
        ),
        ({"host_staff_min": 1000}, "host_staff_min <= host_staff_max"),
        ({"interns_per_host_max": 0}, "interns_per_host_max >= 1"),
        ({"completion_attendance_min": "5/4"}, "completion_attendance_min is a share from 0 to 1"),
        ({"completion_attendance_min": "1/0"}, "completion_attendance_min is a share from 0 to 1"),
        ({"completion_attendance_min": "most"}, "completion_attendance_min is a share from 0 to 1"),
        ({"hour_patterns": []}, "hour_patterns name each hours_per_day once"),
        ({"hour_patterns": [PATTERN, PATTERN]}, "hour_patterns name each hours_per_day once"),
        ({"hour_patterns": [{**PATTERN, "hours_per_month": 208}]}, UNLAWFUL_HOURS),
        ({"hour_patterns": [{**PATTERN, "hours_per_week": 35}]}, UNLAWFUL_HOURS),
        (
            {"hour_patterns": [{"hours_per_day": 2, "hours_per_week": 10, "hours_per_month": 53}]},
            UNLAWFUL_HOURS,
        ),
        (
            {"pay": {**POLICY.pay.model_dump(), "pay_day": 15}},
            "the last month is paid within 14 days of ends_on",
        ),
        ({"ends_on": "2022-06-26"}, "the last month is paid within 14 days of ends_on"),
        (
            {"pay": {**POLICY.pay.model_dump(), "living_wage": [WAGE, WAGE]}},
            "living_wage has one rate a day",
        ),
        (
            {
                "pay": {
                    **POLICY.pay.model_dump(),
                    "living_wage": [{**WAGE, "effective_from": "2022-04-02"}],
                }
            },
            "a living wage is in force on starts_on",
        ),
        (
            {"pay": {**POLICY.pay.model_dump(), "living_wage": [{**WAGE, "krw_per_hour": 0}]}},
            "krw_per_hour is above 0",
        ),
        ({"attendance_closes_after_days": 10}, "0 <= attendance_closes_after_days < pay_day"),
        ({"attendance_closes_after_days": -1}, "0 <= attendance_closes_after_days < pay_day"),
        (
            {"counseling": {**POLICY.counseling.model_dump(), "months": 0}},
            "counseling has months and caseload_max of 1 or more",
        ),
        (
            {"counseling": {**POLICY.counseling.model_dump(), "follow_up_after_days": [90, 30]}},
            "follow_up_after_days ascend",
        ),
    ],
)
def test_a_policy_that_contradicts_itself_is_rejected(change: dict[str, Any], claim: str) -> None:
    policy = policy_with(**change)

    assert claim in inconsistencies(policy)
    with pytest.raises(PolicyInconsistent, match="mend the policy so that"):
        decide_opening(None, policy, NOTICE)


def test_screening_and_selection_may_fall_on_one_day() -> None:
    assert inconsistencies(policy_with(screening_on=SELECTING)) == []


def test_the_last_pay_day_may_be_the_fourteenth_day_after_the_end() -> None:
    """Art. 36: 2022-07-14 for 2022-06-30."""
    pay = {**POLICY.pay.model_dump(), "pay_day": 14}

    assert inconsistencies(policy_with(pay=pay)) == []
