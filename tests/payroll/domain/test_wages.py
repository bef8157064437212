"""Wages against published figures (domain.md §2.2, §2.5, §2.6), and what must always hold."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.policies import read_policy
from services.payroll.domain import Attendance, Contract, Wage, calculate_wage, check_attendance
from services.payroll.domain.wages import PRORATIONS
from shared.errors import Invalid
from shared.events.policy import Proration
from shared.money import days_of, first_day, last_day, months_between
from tests.payroll.builders import MONTHS, POLICY, attendance, contract, policy_with, void

RATE = 10_766
METHODS: list[Proration] = ["hourly", "calendar-days", "working-days"]
LATE_START = date(2022, 4, 11)


def wage(worked: Attendance, method: Proration = "hourly", hours_per_day: int = 8) -> Wage:
    return calculate_wage(contract(hours_per_day), worked, policy_with(method))


@st.composite
def months(draw: st.DrawFn) -> tuple[Contract, Attendance, frozenset[date]]:
    """A contract, a part of a month in service, and days of absence in it."""
    month = draw(st.sampled_from(MONTHS))
    days = days_of(first_day(month), last_day(month))
    first, last = sorted(draw(st.tuples(st.sampled_from(days), st.sampled_from(days))))
    absent = draw(st.frozensets(st.sampled_from(days_of(first, last))))
    figures = attendance(month, absent, service_from=first, service_until=last)
    return contract(draw(st.sampled_from([8, 6, 4]))), figures, absent


@pytest.mark.parametrize(("hours", "expected"), [(8, 2_250_094), (6, 1_690_262), (4, 1_130_430)])
@pytest.mark.parametrize("month", MONTHS)
@pytest.mark.parametrize("method", METHODS)
def test_full_month_pays_the_contracted_month(
    method: Proration, month: str, hours: int, expected: int
) -> None:
    """Whatever the method, and however many days and holidays the month has (S21)."""
    assert wage(attendance(month), method, hours).gross_krw == expected


@pytest.mark.parametrize(
    ("method", "expected"),
    [("hourly", 1_464_176), ("calendar-days", 1_500_062), ("working-days", 1_607_210)],
)
def test_start_on_11_april_as_published(method: Proration, expected: int) -> None:
    """domain.md §2.6: 136 hours, 20/30 calendar days, 15/21 working days."""
    assert wage(attendance(service_from=LATE_START), method).gross_krw == expected


def test_a_rate_that_changes_inside_a_month_counts_from_the_next_month() -> None:
    """The stated limit of `wages.py`: the rate of the first day in service."""
    policy = policy_with("hourly")
    raised = policy.pay.living_wage[-1].model_copy(
        update={"effective_from": date(2022, 4, 15), "krw_per_hour": 20_000}
    )
    pay = policy.pay.model_copy(update={"living_wage": (*policy.pay.living_wage, raised)})
    changed = policy.model_copy(update={"pay": pay})

    april = calculate_wage(contract(8), attendance("2022-04"), changed)
    may = calculate_wage(contract(8), attendance("2022-05"), changed)
    assert (april.gross_krw, may.gross_krw) == (209 * RATE, 209 * 20_000)


def test_one_absence_costs_its_day_and_the_weekly_holiday() -> None:
    found = wage(attendance(absent_on=[date(2022, 4, 6)]))

    assert 2_250_094 - found.gross_krw == 172_256
    assert [(row.item, row.hours, row.amount_krw) for row in found.rows] == [
        ("contracted-month", "209", 2_250_094),
        ("absent-days", "-8", -86_128),
        ("lost-weekly-holidays", "-8", -86_128),
    ]
    assert found.rows[0].basis == "1 × 209 h × ₩10,766"


def test_two_absences_in_one_week_cost_one_weekly_holiday() -> None:
    found = wage(attendance(absent_on=[date(2022, 4, 6), date(2022, 4, 7)]))

    assert 2_250_094 - found.gross_krw == 24 * RATE


def test_part_of_a_month_pays_the_public_holiday_in_it() -> None:
    """From Mon 2 May: 21 scheduled days, Children's Day and 4 Sundays are 26 × 8 h."""
    found = wage(attendance("2022-05", service_from=date(2022, 5, 2)))

    assert found.gross_krw == 208 * RATE
    assert [row.item for row in found.rows] == [
        "scheduled-days",
        "public-holidays",
        "weekly-holidays",
    ]


@pytest.mark.parametrize("hours", [8, 6, 4])
def test_part_of_a_month_never_pays_more_than_the_whole(hours: int) -> None:
    """In every month of six years, without its first or its last day."""
    agreed = replace(contract(hours), starts_on=date(2021, 1, 1), ends_on=date(2026, 12, 31))
    for month in months_between(agreed.starts_on, agreed.ends_on):
        first, last = first_day(month), last_day(month)
        whole = calculate_wage(agreed, attendance(month), POLICY).gross_krw
        for part in (
            attendance(month, service_from=first + timedelta(days=1)),
            attendance(month, service_until=last - timedelta(days=1)),
        ):
            assert calculate_wage(agreed, part, POLICY).gross_krw <= whole


def test_hours_worked_are_the_floor_of_calendar_days() -> None:
    """Mon 27 to Thu 30 June: 4/30 of the month is 27.9 h, but 32 h were worked."""
    found = wage(attendance("2022-06", service_from=date(2022, 6, 27)), "calendar-days")

    assert found.gross_krw == 32 * RATE
    assert found.rows[-1].item == "worked-hours-guard"
    assert "32 h worked × ₩10,766" in found.rows[-1].basis


def test_nobody_is_paid_for_a_month_of_absence_below_zero() -> None:
    every_day = days_of(first_day("2022-04"), last_day("2022-04"))
    lone_friday = attendance(
        absent_on=every_day, service_from=date(2022, 4, 29), service_until=date(2022, 4, 29)
    )

    assert wage(lone_friday, "calendar-days").gross_krw == 0


def test_the_rate_is_that_of_the_first_service_day() -> None:
    december = Contract(date(2021, 12, 1), date(2022, 1, 31), 8, 40, 209)
    figures = Attendance("2021-12", date(2021, 12, 1), date(2021, 12, 31), 23, 0, 0)

    assert calculate_wage(december, figures, POLICY).gross_krw == 2_236_718


AUTUMN = read_policy("2021-h2")


@pytest.mark.parametrize(
    ("month", "hours", "expected"),
    [
        # From Wed 8 September: 14 scheduled days, 3 of Chuseok and 3 Sundays are 20 × 8 h.
        ("2021-09", 8, 160 * 10_702),
        ("2021-10", 8, 2_236_718),
        ("2021-11", 6, 1_680_214),
        ("2021-12", 4, 1_123_710),
        ("2022-01", 8, 2_250_094),  # an internship that lasted into January has the new rate
    ],
)
def test_cohort_1_is_paid_by_the_living_wage_of_its_months(
    month: str, hours: int, expected: int
) -> None:
    """domain.md §2.2: ₩10,702 until December 2021, ₩10,766 from 1 January 2022."""
    first, last = max(first_day(month), AUTUMN.starts_on), last_day(month)
    scheduled = sum(AUTUMN.is_business_day(day) for day in days_of(first, last))
    agreed = replace(contract(hours), starts_on=AUTUMN.starts_on, ends_on=date(2022, 1, 31))
    figures = Attendance(month, first, last, scheduled, 0, 0)
    check_attendance(agreed, figures, AUTUMN)

    assert calculate_wage(agreed, figures, AUTUMN).net_krw == expected


@pytest.mark.parametrize("method", METHODS)
def test_a_void_month_is_worth_nothing_and_says_so(method: Proration) -> None:
    found = wage(void("2022-05"), method)

    assert found.net_krw == 0
    assert [row.item for row in found.rows] == ["no-service"]


@pytest.mark.parametrize("method", METHODS)
def test_a_month_that_ends_early_is_worth_less(method: Proration) -> None:
    left = attendance("2022-05", service_until=date(2022, 5, 12))

    assert 0 < wage(left, method).net_krw < wage(attendance("2022-05"), method).net_krw


@given(months(), st.sampled_from(METHODS))
def test_rows_add_up_and_nothing_is_negative(
    month: tuple[Contract, Attendance, frozenset[date]], method: Proration
) -> None:
    agreed, figures, _ = month
    found = calculate_wage(agreed, figures, policy_with(method))

    assert sum(row.amount_krw for row in found.rows) == found.gross_krw == found.net_krw
    assert 0 <= found.gross_krw <= agreed.hours_per_month * RATE


@given(months(), st.sampled_from(METHODS))
def test_never_below_the_hours_worked(
    month: tuple[Contract, Attendance, frozenset[date]], method: Proration
) -> None:
    agreed, figures, _ = month
    worked_hours = (figures.scheduled_days - figures.absent_days) * agreed.hours_per_day

    found = calculate_wage(agreed, figures, policy_with(method))

    assert found.gross_krw >= worked_hours * RATE


@given(months(), st.data(), st.sampled_from(METHODS))
def test_a_further_absence_never_pays_more(
    month: tuple[Contract, Attendance, frozenset[date]], data: st.DataObject, method: Proration
) -> None:
    agreed, figures, absent = month
    first, last = figures.service_from, figures.service_until
    one_more = absent | {data.draw(st.sampled_from(figures.service_days))}
    more = attendance(figures.month, one_more, service_from=first, service_until=last)

    policy = policy_with(method)

    assert (
        calculate_wage(agreed, more, policy).gross_krw
        <= calculate_wage(agreed, figures, policy).gross_krw
    )


@given(months())
def test_every_hourly_row_is_its_hours_times_the_rate(
    month: tuple[Contract, Attendance, frozenset[date]],
) -> None:
    agreed, figures, _ = month
    rows = calculate_wage(agreed, figures, policy_with("hourly")).rows

    for row in rows:
        if row.hours is not None:
            assert row.amount_krw == Fraction(row.hours) * RATE


def test_every_method_of_the_contract_is_known() -> None:
    assert set(PRORATIONS) == set(METHODS)


@pytest.mark.parametrize(
    "wrong",
    [
        Attendance("2022-07", date(2022, 7, 1), date(2022, 7, 31), 21, 0, 0),
        Attendance("2022-04", date(2022, 3, 31), date(2022, 4, 30), 22, 0, 0),
        Attendance("2022-04", date(2022, 4, 1), date(2022, 5, 1), 21, 0, 0),
        Attendance("2022-04", date(2022, 4, 20), date(2022, 4, 19), 0, 0, 0),
        Attendance("2022-04", date(2022, 4, 1), date(2022, 4, 30), 22, 0, 0),
        Attendance("2022-04", date(2022, 4, 1), date(2022, 4, 30), 21, 22, 5),
        Attendance("2022-04", date(2022, 4, 1), date(2022, 4, 30), 21, 1, 2),
        Attendance("2022-04", date(2022, 4, 1), date(2022, 4, 30), 21, -1, -1),
        Attendance("2022-04", None, None, 0, 0, 0),
        Attendance("2022-07", None, None, 1, 0, 0),
        Attendance("2022-04", None, date(2022, 4, 30), 21, 0, 0),
    ],
)
def test_figures_that_cannot_be_are_refused(wrong: Attendance) -> None:
    with pytest.raises(Invalid):
        check_attendance(contract(), wrong, POLICY)


def test_good_figures_are_taken() -> None:
    check_attendance(contract(), attendance(absent_on=[date(2022, 4, 6)]), POLICY)


def test_a_month_is_void_only_where_the_contract_has_no_day_of_it() -> None:
    check_attendance(replace(contract(), ends_on=date(2022, 4, 30)), void("2022-05"), POLICY)


def test_who_left_before_her_first_day_was_over_has_no_month() -> None:
    never = replace(contract(), ends_on=date(2022, 3, 31))

    assert never.months == ()
    check_attendance(never, void("2022-04"), POLICY)
