"""What a month is worth, worked out a second time from the policy's own words and a calendar.

Deliberately shares no arithmetic with payroll or with `CohortPolicy`: two programs that agree by
calling the same function prove nothing. Sources: domain.md §2.5 (absence costs the day and that
week's paid holiday), §2.6 (three ways of prorating; never below hours worked × living wage).
"""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

Json = dict[str, Any]
WEEKDAYS = range(5)
SUNDAY = 6


class UnknownRule(ValueError):
    """The policy names a rule that this audit cannot work out."""


def wage_krw(policy: Json, placement: Json, attendance: Json) -> int:
    """The month's net wage in won, ₩0 where no day of service is left. All three are the JSON
    bodies of their events.
    """
    if attendance["service_from"] is None:
        return 0
    if policy["pay"]["deduction_profile"] != "none":
        raise UnknownRule(f"deduction profile {policy['pay']['deduction_profile']}")
    day, days = _day(attendance["service_from"]), _service_days(attendance)
    hours = _paid_hours(policy, placement, attendance, days)
    worked = (_business_days(days, policy) - attendance["absent_days"]) * placement["hours_per_day"]
    return int(max(hours, worked) * _rate(policy, day))


def scheduled_days(policy: Json, attendance: Json) -> int:
    """The days on which she should have come, whatever the attendance itself claims."""
    if attendance["service_from"] is None:
        return 0
    return _business_days(_service_days(attendance), policy)


def months_of(first: str, last: str) -> list[str]:
    """Every month that has a day of these, both ends in."""
    days = _days(_day(first), _day(last))
    return sorted({f"{day:%Y-%m}" for day in days})


def pay_date(policy: Json, attendance: Json) -> date:
    """The day by which the month must be paid: the pay day of the next month, or the business day
    that follows. Attendance that came late is paid on the first business day after it came, and so
    is the final month of who left, without waiting for a pay day.
    """
    month = date.fromisoformat(f"{attendance['month']}-01")
    following = (month + timedelta(days=31)).replace(day=1)
    regular = _business_day(following.replace(day=policy["pay"]["pay_day"]), policy)
    if attendance.get("is_final"):
        return next_business_day(policy, attendance["recorded_on"])
    if attendance.get("is_late"):
        return max(regular, next_business_day(policy, attendance["recorded_on"]))
    return regular


def next_business_day(policy: Json, day: str) -> date:
    """The first one after that day."""
    return _business_day(_day(day) + timedelta(days=1), policy)


def _paid_hours(policy: Json, placement: Json, attendance: Json, days: list[date]) -> Fraction:
    month = int(placement["hours_per_month"])
    absent_days, absent_weeks = int(attendance["absent_days"]), int(attendance["absent_weeks"])
    whole = _month_days(attendance["month"])
    match policy["pay"]["proration"]:
        case "hourly":
            daily, weekly = placement["hours_per_day"], _weekly_holiday_hours(policy, placement)
            lost = absent_days * daily + absent_weeks * weekly
            if days == whole:
                return Fraction(month - lost)
            in_part = sum(
                daily if day.weekday() in WEEKDAYS else weekly
                for day in days
                if day.weekday() in WEEKDAYS or day.weekday() == SUNDAY
            )
            return Fraction(min(in_part, month) - lost)
        case "calendar-days":
            return month * Fraction(len(days) - absent_days - absent_weeks, len(whole))
        case "working-days":
            attended = _business_days(days, policy) - absent_days
            return month * Fraction(attended, _business_days(whole, policy))
        case other:
            raise UnknownRule(f"proration {other}")


def _weekly_holiday_hours(policy: Json, placement: Json) -> Fraction:
    """A fifth of the contracted week (Labour Standards Act Art. 55, decree table 2)."""
    for pattern in policy["hour_patterns"]:
        if pattern["hours_per_day"] == placement["hours_per_day"]:
            return Fraction(pattern["hours_per_week"], len(WEEKDAYS))
    raise UnknownRule(f"{placement['hours_per_day']} hours a day")


def _rate(policy: Json, day: date) -> int:
    """The living wage an hour in force on that day; a later one replaces an earlier one."""
    krw = None
    for rate in sorted(policy["pay"]["living_wage"], key=lambda rate: _day(rate["effective_from"])):
        if _day(rate["effective_from"]) <= day:
            krw = int(rate["krw_per_hour"])
    if krw is None:
        raise UnknownRule(f"no living wage on {day}")
    return krw


def _service_days(attendance: Json) -> list[date]:
    return _days(_day(attendance["service_from"]), _day(attendance["service_until"]))


def _month_days(month: str) -> list[date]:
    first = date.fromisoformat(f"{month}-01")
    return [day for day in _days(first, first + timedelta(days=30)) if day.month == first.month]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _business_days(days: list[date], policy: Json) -> int:
    return sum(_is_business_day(day, policy) for day in days)


def _business_day(day: date, policy: Json) -> date:
    return day if _is_business_day(day, policy) else _business_day(day + timedelta(days=1), policy)


def _is_business_day(day: date, policy: Json) -> bool:
    return day.weekday() in WEEKDAYS and all(
        holiday["day"] != day.isoformat() for holiday in policy["holidays"]
    )


def _day(text: str) -> date:
    return date.fromisoformat(text)
