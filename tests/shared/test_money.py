"""Months and won: the few functions that every wage passes through."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.money import (
    add_months,
    days_of,
    first_day,
    last_day,
    month_of,
    months_between,
    truncate_to_won,
)

DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@given(day=DAYS)
def test_a_day_lies_in_its_month(day: date) -> None:
    month = month_of(day)

    assert first_day(month) <= day <= last_day(month)
    assert month_of(first_day(month)) == month_of(last_day(month)) == month
    assert day in days_of(first_day(month), last_day(month))


@given(day=DAYS, months=st.integers(0, 60))
def test_months_add_up(day: date, months: int) -> None:
    later = add_months(day, months)

    assert len(months_between(day, later)) == months + 1
    assert later.day <= day.day


def test_a_month_has_its_own_last_day() -> None:
    assert last_day("2024-02") == date(2024, 2, 29)
    assert add_months(date(2022, 1, 31), 1) == date(2022, 2, 28)
    assert months_between(date(2022, 4, 1), date(2022, 6, 30)) == ("2022-04", "2022-05", "2022-06")


@given(won=st.integers(0, 10**9), part=st.fractions(0, 1).filter(lambda f: f < 1))
def test_what_is_below_a_won_is_dropped(won: int, part: Fraction) -> None:
    assert truncate_to_won(won + part) == won


@pytest.mark.parametrize(("amount", "won"), [(Fraction(-3, 2), -1), (Fraction(3, 2), 1)])
def test_truncation_is_towards_zero(amount: Fraction, won: int) -> None:
    assert truncate_to_won(amount) == won
