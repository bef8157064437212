"""Money is integer won; rates and hours are exact fractions; months are `YYYY-MM`.

Rounding is a named function, called where it happens. No float comes near.
"""

import calendar
from datetime import date, timedelta
from fractions import Fraction
from typing import Annotated

from pydantic import Field, StringConstraints

Won = Annotated[int, Field(strict=True)]
"""Integer won. Strict: a float or a string is refused, not rounded."""

Month = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
"""A pay period: a calendar month in Asia/Seoul, `2022-04`."""


def truncate_to_won(amount: Fraction) -> int:
    """Drop what is below one won (원 단위 미만 절사), towards zero."""
    return int(amount)


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


def first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def last_day(month: str) -> date:
    first = first_day(month)
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def months_between(start: date, end: date) -> tuple[str, ...]:
    """Every month that [start, end] touches, in order."""
    months, day = [], start.replace(day=1)
    while day <= end:
        months.append(month_of(day))
        day = (day + timedelta(days=31)).replace(day=1)
    return tuple(months)


def days_of(start: date, end: date) -> tuple[date, ...]:
    """Every day of [start, end], both ends in."""
    return tuple(start + timedelta(days=n) for n in range((end - start).days + 1))


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the last of that month where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
