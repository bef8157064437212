"""Does a policy hold together? Checked here, once, for every service that decides by it."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

from shared.events.policy import (
    AgeOnNoticeDate,
    CareerBreak,
    CohortPolicy,
    HourPattern,
    ResidesIn,
)
from shared.money import month_of

BREAK_MONTHS_MAX = 1200  # a century: past any life, and inside what a date can hold
CODE_LENGTH_MAX = 40
LEAVERS_PAID_WITHIN = timedelta(days=14)  # Labour Standards Act Art. 36 (domain.md §2.7)
WEEKLY_HOLIDAY_FROM_HOURS = 15  # its Art. 18: below, no paid weekly holiday, which wages count on
WEEKS_A_MONTH = Fraction(365, 7 * 12)


def inconsistencies(policy: CohortPolicy) -> list[str]:
    """What ought to hold and does not."""
    claims = {**_claims_on_dates(policy), **_claims_on_rules(policy), **_claims_on_pay(policy)}
    return [claim for claim, holds in claims.items() if not holds]


def inconsistencies_of_round(policy: CohortPolicy, today: date) -> list[str]:
    """The same of an extra round's days: it may be matched after the cohort's start, so long as
    who is placed can still begin.
    """
    first_day = policy.business_day_from(policy.matching_on + timedelta(days=1))
    claims = {
        **_claims_on_recruiting(policy),
        "application_until is today or later": today <= policy.application_until,
        "the business day after matching_on <= latest_start_on": first_day
        <= policy.latest_start_on,
    }
    return [claim for claim, holds in claims.items() if not holds]


def _claims_on_dates(policy: CohortPolicy) -> dict[str, bool]:
    return {
        **_claims_on_recruiting(policy),
        "matching_on < starts_on": policy.matching_on < policy.starts_on,
        "starts_on < ends_on": policy.starts_on < policy.ends_on,
        "starts_on <= latest_start_on": policy.starts_on <= policy.latest_start_on,
        "latest_start_on <= ends_on": policy.latest_start_on <= policy.ends_on,
    }


def _claims_on_recruiting(policy: CohortPolicy) -> dict[str, bool]:
    """The order of a round's days. Selection may fall on the screening day: it is swept after."""
    return {
        "notice_date <= application_from": policy.notice_date <= policy.application_from,
        "application_from <= application_until": policy.application_from
        <= policy.application_until,
        "application_until < screening_on": policy.application_until < policy.screening_on,
        "screening_on <= selection_on": policy.screening_on <= policy.selection_on,
        "selection_on < matching_on": policy.selection_on < policy.matching_on,
    }


def _claims_on_rules(policy: CohortPolicy) -> dict[str, bool]:
    rules = [rule.rule for rule in policy.eligibility]
    ages = [rule for rule in policy.eligibility if isinstance(rule, AgeOnNoticeDate)]
    regions = [rule.region for rule in policy.eligibility if isinstance(rule, ResidesIn)]
    breaks = [rule.months_min for rule in policy.eligibility if isinstance(rule, CareerBreak)]
    ranking = policy.ranking
    points = (ranking.priority_group_points, ranking.points_per_career_year, ranking.licence_points)
    return {
        "fields name each job field once": _are_distinct(policy.fields) and bool(policy.fields),
        "fields and regions are codes of a-z, 0-9 and -": all(
            _is_code(text) for text in (*policy.fields, *regions)
        ),
        "eligibility names each rule once": _are_distinct(rules),
        "months_min is from 0 to 1200": all(0 <= n <= BREAK_MONTHS_MAX for n in breaks),
        "age_min <= age_max": all(rule.age_min <= rule.age_max for rule in ages),
        "no ranking points are negative": min(*points, ranking.career_years_max) >= 0,
        "host_staff_min <= host_staff_max": policy.host_staff_min <= policy.host_staff_max,
        "interns_per_host_max >= 1": policy.interns_per_host_max >= 1,
        "completion_attendance_min is a share from 0 to 1": _is_share(policy),
    }


def _claims_on_pay(policy: CohortPolicy) -> dict[str, bool]:
    """A month's attendance must be closed before that month is paid."""
    hours = [pattern.hours_per_day for pattern in policy.hour_patterns]
    pay, counseling = policy.pay, policy.counseling
    rates = [rate.effective_from for rate in pay.living_wage]
    closes = policy.attendance_closes_after_days
    capacity = min(counseling.months, counseling.caseload_max)
    after = counseling.follow_up_after_days
    return {
        "hour_patterns name each hours_per_day once": _are_distinct(hours) and bool(hours),
        "each of hour_patterns has 5 equal days, 15 hours or more and its month's hours": all(
            _is_lawful(pattern) for pattern in policy.hour_patterns
        ),
        "the last month is paid within 14 days of ends_on": policy.pay_date(
            month_of(policy.ends_on)
        )
        <= policy.ends_on + LEAVERS_PAID_WITHIN,
        "living_wage has one rate a day": _are_distinct(rates),
        "a living wage is in force on starts_on": any(day <= policy.starts_on for day in rates),
        "krw_per_hour is above 0": all(rate.krw_per_hour > 0 for rate in pay.living_wage),
        "0 <= attendance_closes_after_days < pay_day": 0 <= closes < pay.pay_day,
        "counseling has months and caseload_max of 1 or more": capacity >= 1,
        "follow_up_after_days ascend": list(after) == sorted(set(after)),
    }


def _is_lawful(pattern: HourPattern) -> bool:
    """Month: week and weekly holiday × 365/7/12, rounded up where they are not whole (§2.2)."""
    paid_a_month = Fraction(pattern.hours_per_week * 6, 5) * WEEKS_A_MONTH
    return (
        pattern.hours_per_week == pattern.hours_per_day * 5
        and pattern.hours_per_week >= WEEKLY_HOLIDAY_FROM_HOURS
        and pattern.hours_per_month >= paid_a_month
    )


def _are_distinct(values: Sequence[object]) -> bool:
    return len(set(values)) == len(values)


def _is_code(text: str) -> bool:
    """What an applicant can name: the pattern of `SubmitApplication`'s codes."""
    is_plain = text.isascii() and text.replace("-", "").isalnum() and text == text.lower()
    return is_plain and len(text) <= CODE_LENGTH_MAX


def _is_share(policy: CohortPolicy) -> bool:
    try:
        return 0 <= policy.completion_ratio <= 1
    except (ValueError, ZeroDivisionError):
        return False
