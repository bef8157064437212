"""What she is employed for, and a month of it in the figures that host and intern confirmed."""

from dataclasses import dataclass
from datetime import date

from shared.errors import Invalid
from shared.events.policy import CohortPolicy
from shared.money import days_of, first_day, last_day, months_between


@dataclass(frozen=True, slots=True)
class Contract:
    """What she is employed for: days, and hours as agreed (domain.md §2.2)."""

    starts_on: date
    ends_on: date
    hours_per_day: int
    hours_per_week: int
    hours_per_month: int

    @property
    def months(self) -> tuple[str, ...]:
        """Every month with a day in service: none where she left before her first day was over."""
        if self.ends_on < self.starts_on:
            return ()
        return months_between(self.starts_on, self.ends_on)


@dataclass(frozen=True, slots=True)
class Attendance:
    """One month in figures that both sides confirmed. Days in service, both ends in; void (both
    None, all figures 0) where she had left before the month.
    """

    month: str
    service_from: date | None
    service_until: date | None
    scheduled_days: int
    absent_days: int
    absent_weeks: int

    @property
    def is_void(self) -> bool:
        return self.service_from is None and self.service_until is None

    @property
    def service_days(self) -> tuple[date, ...]:
        if self.service_from is None or self.service_until is None:
            return ()
        return days_of(self.service_from, self.service_until)


def check_attendance(contract: Contract, attendance: Attendance, policy: CohortPolicy) -> None:
    """Raises `Invalid` for figures that cannot be: money must not rest on them."""
    first, last = attendance.service_from, attendance.service_until
    is_in_service = attendance.month in contract.months
    if first is None or last is None:
        if attendance != Attendance(attendance.month, None, None, 0, 0, 0):
            raise Invalid("half a service, or figures without a day in service")
        if is_in_service:
            raise Invalid("no day in service in a month of the contract")
        return
    if not is_in_service:
        raise Invalid("attendance of a month outside the contract")
    if not max(contract.starts_on, first_day(attendance.month)) <= first <= last:
        raise Invalid("service begins before the contract or the month")
    if last > min(contract.ends_on, last_day(attendance.month)):
        raise Invalid("service ends after the contract or the month")
    if attendance.scheduled_days != workdays(attendance.service_days, policy):
        raise Invalid("scheduled days are not the business days of the policy")
    if not 0 <= attendance.absent_weeks <= attendance.absent_days <= attendance.scheduled_days:
        raise Invalid("more absence than schedule, or more absent weeks than days")


def workdays(days: tuple[date, ...], policy: CohortPolicy) -> int:
    return sum(policy.is_business_day(day) for day in days)
