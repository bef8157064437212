"""A cohort's policy: every rule that differs from cohort to cohort, as data.

It is written once per cohort in `ops/policies/`, stored with the cohort, and carried whole by
`CohortOpened`, so that each service and each auditor decides by the same words. What the public
sources do not say (domain.md, "NOT FOUND") stands here as a value with a stated default.
"""

from datetime import date, timedelta
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.money import Won, add_months, last_day


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AgeOnNoticeDate(_Value):
    """Full age on the notice date within [min, max], both ends in: domain.md §1.2."""

    rule: Literal["age-on-notice-date"]
    age_min: int
    age_max: int


class ResidesIn(_Value):
    """Registered residence in this region on the notice date: domain.md §1.2."""

    rule: Literal["resides-in"]
    region: str


class CareerBreak(_Value):
    """No employment at any workplace for so many months before the notice: domain.md §1.2."""

    rule: Literal["career-break"]
    months_min: int


class LicenceOrCareer(_Value):
    """A licence for, or work history in, the field applied for: domain.md §1.2."""

    rule: Literal["licence-or-career"]


class Licence(_Value):
    """A licence for the field applied for (cohort 1: domain.md §1.1)."""

    rule: Literal["licence"]


EligibilityRule = Annotated[
    AgeOnNoticeDate | ResidesIn | CareerBreak | LicenceOrCareer | Licence,
    Field(discriminator="rule"),
]


class Ranking(_Value):
    """Points per criterion. The real scoring sheet is NOT FOUND: these are stated defaults.

    Ties are broken by a hash with `tie_break_seed`, never by arrival.
    """

    priority_group_points: int
    points_per_career_year: int
    career_years_max: int
    licence_points: int
    tie_break_seed: str


class LivingWage(_Value):
    """Won per hour from this day on, with its source: domain.md §2.2."""

    effective_from: date
    krw_per_hour: Won
    source: str


class HourPattern(_Value):
    """Contracted hours: a day, a week, and a month as agreed in the contract (domain.md §2.2)."""

    hours_per_day: int
    hours_per_week: int
    hours_per_month: int


Proration = Literal["hourly", "calendar-days", "working-days"]
"""How a month not fully worked is paid (domain.md §2.6): no law says, so the cohort does.

hourly: contracted month less unpaid hours (absent days, and a lost weekly holiday each week in
which one lies); calendar-days: by days in service; working-days: by scheduled days attended.
"""


class Pay(_Value):
    """What an intern is paid, and when. `pay_day` is NOT FOUND: the 10th is a stated default."""

    employment_status: Literal["employee", "trainee"]
    deduction_profile: Literal["none"]
    living_wage: tuple[LivingWage, ...]
    proration: Proration
    pay_day: int = Field(ge=1, le=28)

    def krw_per_hour(self, day: date) -> int:
        """The living wage in force on that day."""
        rates = [rate for rate in self.living_wage if rate.effective_from <= day]
        return max(rates, key=lambda rate: rate.effective_from).krw_per_hour


class Counseling(_Value):
    """The year after completion. Rhythm and proof rules are NOT FOUND: stated defaults."""

    months: int
    follow_up_after_days: tuple[int, ...]
    caseload_max: int
    offered_to_leavers: bool


class Holiday(_Value):
    """A public holiday: a paid day off (domain.md §2.5)."""

    day: date
    name: str


class CohortPolicy(_Value):
    """The whole of one cohort's rules. Days are Asia/Seoul calendar days."""

    cohort_no: int
    title: str
    region: str
    notice_date: date
    application_from: date
    application_until: date
    screening_on: date
    selection_on: date
    matching_on: date
    starts_on: date
    ends_on: date
    latest_start_on: date
    target: int = Field(ge=1)
    reserves_max: int = Field(ge=0)
    fields: tuple[str, ...]
    eligibility: tuple[EligibilityRule, ...]
    ranking: Ranking
    interns_per_host_max: int
    host_staff_min: int
    host_staff_max: int
    hour_patterns: tuple[HourPattern, ...]
    matching_seed: str
    accepts_unlisted_positions: bool
    attendance_closes_after_days: int
    completion_attendance_min: str
    pay: Pay
    counseling: Counseling
    holidays: tuple[Holiday, ...]

    @property
    def completion_ratio(self) -> Fraction:
        """Least share of scheduled days attended to complete, as an exact fraction: `4/5`."""
        return Fraction(self.completion_attendance_min)

    def is_business_day(self, day: date) -> bool:
        """Monday to Friday and no public holiday."""
        return day.weekday() < 5 and all(holiday.day != day for holiday in self.holidays)  # noqa: PLR2004

    def business_day_from(self, day: date) -> date:
        """That day, or the next business day after it."""
        while not self.is_business_day(day):
            day += timedelta(days=1)
        return day

    def pay_date(self, month: str) -> date:
        """The day on which a month's wage is paid: `pay_day` of the next month or the business
        day that follows. For the last month that is within 14 days of leaving (Labour Standards
        Act Art. 36: domain.md §2.7); intake refuses a policy that says otherwise.
        """
        following = add_months(last_day(month).replace(day=1), 1)
        return self.business_day_from(following.replace(day=self.pay.pay_day))

    def attendance_closes_on(self, month: str) -> date:
        """The day on which a month's attendance is closed and announced by count."""
        return last_day(month) + timedelta(days=self.attendance_closes_after_days)

    def hours(self, hours_per_day: int) -> HourPattern | None:
        """The pattern for so many hours a day, or None where the cohort has none."""
        found = [p for p in self.hour_patterns if p.hours_per_day == hours_per_day]
        return found[0] if found else None
