"""How a month's wage is worked out: pure arithmetic on figures, every won explained by a row.

No statute fixes how a month that was not fully worked is paid (domain.md §2.6), so the cohort's
policy names one of three methods and the payslip prints it. All three give the contracted month
for a month in full, and none gives less than the hours worked times the living wage.

All is exact fractions until `truncate_to_won` at the end. Known limit: the rate is the one in
force on the first service day of the month; a rate that changes inside a month would need two
parts, but the living wage has only ever changed on 1 January (domain.md §2.2).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise

from services.payroll.domain.attendances import Attendance, Contract, workdays
from shared.events.policy import CohortPolicy, Proration
from shared.money import days_of, first_day, last_day, truncate_to_won

SUNDAY = 6  # the weekly holiday (주휴일): every pattern so far works Monday to Friday
WORKDAYS_A_WEEK = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a payslip, with its formula (Labour Standards Act Art. 48(2): domain.md §2.7).

    `hours` is an exact number as text ("136", "33/5"); None where the row is not by hours.
    """

    item: str
    basis: str
    amount_krw: int
    hours: str | None = None
    krw_per_hour: int | None = None


NO_SERVICE = Row("no-service", "no day of the month in service", 0)


@dataclass(frozen=True, slots=True)
class Wage:
    proration: Proration
    rows: tuple[Row, ...]

    @property
    def gross_krw(self) -> int:
        return sum(row.amount_krw for row in self.rows)

    @property
    def deductions_krw(self) -> int:
        """Nothing is deducted: the one deduction profile so far is `none`."""
        return 0

    @property
    def net_krw(self) -> int:
        return self.gross_krw - self.deductions_krw


@dataclass(frozen=True, slots=True)
class Figures:
    """What the three methods count with. `…_in_service`: in the part of the month in service."""

    krw_per_hour: int
    hours_per_day: int
    hours_per_month: int
    weekly_holiday_hours: Fraction
    days_in_month: int
    workdays_in_month: int
    days_in_service: int
    workdays_in_service: int
    public_holidays_in_service: int
    weekly_holidays_in_service: int
    absent_days: int
    absent_weeks: int

    @property
    def month_krw(self) -> int:
        return self.hours_per_month * self.krw_per_hour

    @property
    def worked_hours(self) -> int:
        return (self.workdays_in_service - self.absent_days) * self.hours_per_day


@dataclass(frozen=True, slots=True)
class Item:
    """A row before rounding. `hours` None: reckoned by days, not by hours."""

    name: str
    basis: str
    amount: Fraction
    hours: Fraction | None = None


def calculate_wage(contract: Contract, attendance: Attendance, policy: CohortPolicy) -> Wage:
    """The month's wage by the policy's method, never below the hours worked; ₩0 when void."""
    if attendance.is_void:
        return Wage(policy.pay.proration, (NO_SERVICE,))
    figures = _figures(contract, attendance, policy)
    items = PRORATIONS[policy.pay.proration](figures)
    rows = _round(figures, [*items, *_guard(figures, items)])
    return Wage(policy.pay.proration, rows)


def hourly(figures: Figures) -> list[Item]:
    """Contracted hours less unpaid ones; in a part of a month, the hours that fall into it.

    One absence costs its day and that week's paid holiday (Labour Standards Act Art. 55,
    decree 30: domain.md §2.5).
    """
    paid = _whole_month(figures) if _is_whole_month(figures) else _part_of_month(figures)
    day, week = figures.hours_per_day, figures.weekly_holiday_hours
    unpaid = [
        _by_hours(figures, "absent-days", -figures.absent_days, Fraction(day)),
        _by_hours(figures, "lost-weekly-holidays", -figures.absent_weeks, week),
    ]
    return [*paid, *(item for item in unpaid if item.amount)]


def by_calendar_days(figures: Figures) -> list[Item]:
    """Monthly wage × days in service ÷ days of the month: the ministry's way when a contract is
    silent (domain.md §2.6). An absent day, and the weekly holiday it costs, is no day in service.
    """
    shares = {
        "calendar-days": figures.days_in_service,
        "absent-days": -figures.absent_days,
        "lost-weekly-holidays": -figures.absent_weeks,
    }
    return _by_days(figures, shares, figures.days_in_month)


def by_working_days(figures: Figures) -> list[Item]:
    """Monthly wage × scheduled days attended ÷ scheduled days of the whole month. The weekly
    holidays are spread over the days: an absence costs its share of them, no more.
    """
    shares = {"working-days": figures.workdays_in_service, "absent-days": -figures.absent_days}
    return _by_days(figures, shares, figures.workdays_in_month)


PRORATIONS: Mapping[Proration, Callable[[Figures], list[Item]]] = {
    "hourly": hourly,
    "calendar-days": by_calendar_days,
    "working-days": by_working_days,
}


def _figures(contract: Contract, attendance: Attendance, policy: CohortPolicy) -> Figures:
    in_service = attendance.service_days
    in_month = days_of(first_day(attendance.month), last_day(attendance.month))
    weekdays = sum(day.weekday() < WORKDAYS_A_WEEK for day in in_service)
    return Figures(
        krw_per_hour=policy.pay.krw_per_hour(in_service[0]),
        hours_per_day=contract.hours_per_day,
        hours_per_month=contract.hours_per_month,
        weekly_holiday_hours=Fraction(contract.hours_per_week, WORKDAYS_A_WEEK),
        days_in_month=len(in_month),
        workdays_in_month=workdays(in_month, policy),
        days_in_service=len(in_service),
        workdays_in_service=attendance.scheduled_days,
        public_holidays_in_service=weekdays - attendance.scheduled_days,
        weekly_holidays_in_service=sum(day.weekday() == SUNDAY for day in in_service),
        absent_days=attendance.absent_days,
        absent_weeks=attendance.absent_weeks,
    )


def _is_whole_month(figures: Figures) -> bool:
    return figures.days_in_service == figures.days_in_month


def _whole_month(figures: Figures) -> list[Item]:
    return [_by_hours(figures, "contracted-month", 1, Fraction(figures.hours_per_month))]


def _part_of_month(figures: Figures) -> list[Item]:
    """Scheduled days, public holidays on weekdays (paid: its Art. 55(2)) and weekly holidays in it.

    It cannot exceed the contracted month: no part of a month has more than 26 paid days, and the
    contracted hours are rounded up from 26.07 of them (365 ÷ 7 ÷ 12 × 6: domain.md §2.2).
    """
    day, week = Fraction(figures.hours_per_day), figures.weekly_holiday_hours
    items = [
        _by_hours(figures, "scheduled-days", figures.workdays_in_service, day),
        _by_hours(figures, "public-holidays", figures.public_holidays_in_service, day),
        _by_hours(figures, "weekly-holidays", figures.weekly_holidays_in_service, week),
    ]
    return [item for item in items if item.amount]


def _guard(figures: Figures, items: Iterable[Item]) -> Iterator[Item]:
    """What is missing to the hours worked × the living wage (domain.md §2.6), if anything is."""
    missing = figures.worked_hours * figures.krw_per_hour - sum(item.amount for item in items)
    if missing > 0:
        basis = (
            f"raised to the {figures.worked_hours} h worked × ₩{figures.krw_per_hour:,}:"
            " never below hours × living wage"
        )
        yield Item("worked-hours-guard", basis, Fraction(missing))


def _by_hours(figures: Figures, name: str, count: int, hours_each: Fraction) -> Item:
    hours = count * hours_each
    basis = f"{count} × {hours_each} h × ₩{figures.krw_per_hour:,}"
    return Item(name, basis, hours * figures.krw_per_hour, hours)


def _by_days(figures: Figures, shares: Mapping[str, int], of_days: int) -> list[Item]:
    """Shares of the contracted month, in days; none for a share of no days."""
    month = f"{figures.hours_per_month} h × ₩{figures.krw_per_hour:,}"
    return [
        Item(name, f"{month} × {days}/{of_days} days", Fraction(figures.month_krw * days, of_days))
        for name, days in shares.items()
        if days
    ]


def _round(figures: Figures, items: Iterable[Item]) -> tuple[Row, ...]:
    """Truncate the running total, not each row: so the rows add up to the truncated wage."""
    items = list(items)
    totals = accumulate((item.amount for item in items), initial=Fraction())
    steps = [after - before for before, after in pairwise(map(truncate_to_won, totals))]
    return tuple(
        Row(
            item=item.name,
            basis=item.basis,
            amount_krw=amount,
            hours=None if item.hours is None else str(item.hours),
            krw_per_hour=None if item.hours is None else figures.krw_per_hour,
        )
        for item, amount in zip(items, steps, strict=True)
    )
