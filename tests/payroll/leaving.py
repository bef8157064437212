"""Lives of interns as placement would tell them, drawn at random: who leaves when, what was
confirmed late, what was corrected. By the rules of placement's contracts, without its code.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.payroll.domain import Attendance, calculate_wage
from shared.events import IntegrationEvent
from shared.events.placement import AttendanceCorrected
from shared.money import days_of, first_day, last_day
from tests.payroll.builders import (
    MONTHS,
    POLICY,
    attendance,
    confirmed,
    contract,
    corrected,
    declined,
    month_closed,
    placed,
    void,
    withdrew,
)

ONE_DAY = timedelta(days=1)
FIRST_DAY = date(2022, 3, 31)
LAST_DAY = date(2022, 8, 5)  # of news
STARTS = (POLICY.starts_on, POLICY.starts_on, date(2022, 4, 11))
Days = dict[date, list[IntegrationEvent]]


@dataclass
class Sheet:
    """A confirmed month as it stands."""

    figures: Attendance
    absent_on: tuple[date, ...]
    corrections: int = 0


@dataclass
class Life:
    """One intern. `left_on`: the first day on which she is not in service, told on `told_on`."""

    number: int
    hours_per_day: int
    starts_on: date
    left_on: date
    told_on: date
    is_declined: bool
    late_by: dict[str, int]
    sheets: dict[str, Sheet] = field(default_factory=dict)

    def entitled_krw(self, month: str) -> int:
        """By the latest figures of a month; 0 where none were confirmed."""
        if month not in self.sheets:
            return 0
        agreed = contract(self.hours_per_day, self.starts_on)
        return calculate_wage(agreed, self.sheets[month].figures, POLICY).net_krw

    def tell(self, day: date, draw: random.Random) -> list[IntegrationEvent]:
        """What placement says of her on that day, in its order."""
        if day == self.told_on:
            return self._leave(day)
        if self.is_declined and day > self.told_on:
            return []
        told = [event for month in MONTHS for event in self._confirm(month, day, draw)]
        for month, sheet in self.sheets.items():
            if sheet.figures.service_from and not told and draw.random() < 0.02:
                told += self._correct(month, day, _some(draw, sheet.figures))
        return told

    def _leave(self, day: date) -> list[IntegrationEvent]:
        if self.is_declined:
            return [declined(self.number, day)]
        told: list[IntegrationEvent] = [withdrew(self.number, self.left_on, day)]
        for month, sheet in self.sheets.items():
            until = sheet.figures.service_until
            if until and until >= self.left_on:
                told += self._correct(month, day, sheet.absent_on)
        return told

    def _correct(
        self, month: str, day: date, absent_on: Sequence[date]
    ) -> list[AttendanceCorrected]:
        sheet = self.sheets[month]
        figures = self._figures(month, day, absent_on)
        if figures == sheet.figures:
            return []
        number = sheet.corrections + 1
        self.sheets[month] = Sheet(figures, tuple(absent_on), number)
        return [corrected(self.number, month, day, correction_no=number, figures=figures)]

    def _confirm(self, month: str, day: date, draw: random.Random) -> list[IntegrationEvent]:
        whole = self._figures(month, day, ())
        closes_on = POLICY.attendance_closes_on(month)
        if month in self.sheets or whole.service_until is None:
            return []
        is_shortened = whole.service_until < last_day(month)
        earliest = max(whole.service_until, self.told_on + ONE_DAY) if is_shortened else None
        regular = last_day(month) + timedelta(days=self.late_by[month])
        if day < (earliest or regular):
            return []
        absent_on = _some(draw, whole)
        self.sheets[month] = Sheet(self._figures(month, day, absent_on), absent_on)
        is_late = day >= closes_on
        return [
            confirmed(
                self.number,
                month,
                absent_on,
                late_on=day if is_late else None,
                final_on=day if is_shortened and not is_late else None,
                on=day,
                service_from=whole.service_from,
                service_until=whole.service_until,
            )
        ]

    def _figures(self, month: str, day: date, absent_on: Sequence[date]) -> Attendance:
        """The month as far as she is in service, by what is known on that day."""
        first, until = max(first_day(month), self.starts_on), last_day(month)
        if self.told_on <= day:
            until = min(until, self.left_on - ONE_DAY)
        if until < first:
            return void(month)
        return attendance(month, absent_on, service_from=first, service_until=until)


@dataclass
class Cast:
    """Some lives, and the news of them by the day on which it is recorded."""

    lives: list[Life]
    news: Days

    def entitled_krw(self) -> int:
        return sum(life.entitled_krw(month) for life in self.lives for month in MONTHS)


def draw_cast(draw: random.Random, interns: int) -> Cast:
    lives = [_draw_life(draw, number) for number in range(1, interns + 1)]
    news: Days = {FIRST_DAY: [*[placed(o.number, o.hours_per_day, o.starts_on) for o in lives]]}
    counted = dict.fromkeys(MONTHS, 0)
    for day in days_of(FIRST_DAY + ONE_DAY, LAST_DAY):
        told = [event for life in lives for event in life.tell(day, draw)]
        for event in told:
            if getattr(event, "is_late", None) is False and not getattr(event, "is_final", False):
                counted[getattr(event, "month", "")] += 1
        told += [
            month_closed(counted[m], m) for m in MONTHS if POLICY.attendance_closes_on(m) == day
        ]
        news[day] = told
    return Cast(lives, news)


def _draw_life(draw: random.Random, number: int) -> Life:
    starts_on = draw.choice(STARTS)
    fate = draw.choice(["stays", "leaves", "leaves", "declines"])
    left_on, told_on = POLICY.ends_on + ONE_DAY, date.max - ONE_DAY
    if fate == "leaves":
        left_on = draw.choice(days_of(starts_on, POLICY.ends_on))
        earliest = max(left_on - ONE_DAY, starts_on)
        told_on = min(earliest + timedelta(days=draw.choice([0, 1, 3, 20, 60])), date(2022, 7, 30))
    is_declined = fate == "declines" and starts_on > POLICY.starts_on
    if is_declined:
        left_on = starts_on
        told_on = draw.choice(days_of(FIRST_DAY + ONE_DAY, starts_on - ONE_DAY))
    return Life(
        number=number,
        hours_per_day=draw.choice([8, 6, 4]),
        starts_on=starts_on,
        left_on=left_on,
        told_on=told_on,
        is_declined=is_declined,
        late_by={month: draw.choice([0, 1, 4, 5, 9, 25]) for month in MONTHS},
    )


def _some(draw: random.Random, figures: Attendance) -> tuple[date, ...]:
    """A few days of absence, or none."""
    days = [day for day in figures.service_days if POLICY.is_business_day(day)]
    return tuple(sorted(draw.sample(days, min(len(days), draw.choice([0, 0, 1, 3, 22])))))
