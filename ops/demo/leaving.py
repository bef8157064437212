"""Who leaves, when, and who says so: facts of life, drawn before the play. The rules hear of them
only on the day on which somebody speaks.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import cycle
from typing import Literal

from shared.events.policy import CohortPolicy
from shared.money import add_months, days_of, last_day, month_of

Door = Literal["intake", "placement"]

ONE_DAY = timedelta(days=1)
LEFT_DAYS_BEFORE_END = 17  # 30 of 76 had left before mid-June, of an internship until its end (S9)
WORKED_DAYS_MIN = 3  # ours: nobody leaves on her first day
FOUND_DAY_OF_MONTH_MAX = 24  # so that days of the month are left that were paid and not worked
FOUND_DAYS_MAX = 10  # after the pay day that should not have been: ours
REPAID_DAYS_MIN, REPAID_DAYS_MAX = 7, 28  # after it was found: ours
REPAID = (Fraction(1), Fraction(1, 2), Fraction(0))  # of a claim: all, half, nothing; ours


@dataclass(frozen=True, slots=True)
class Leaving:
    """`last_day` is her last at work. `said_on`: when the programme hears of it: that day, or, if
    `is_found`, weeks later, and after a wage that she had not worked for. `door`: whom it is told.
    `repaid`: the share of each claim that she pays back, all of it on `repays_on`.
    """

    last_day: date
    said_on: date
    door: Door
    is_found: bool = False
    repaid: Fraction = Fraction(0)
    repays_on: date | None = None

    @property
    def leaves_on(self) -> date:
        return self.last_day + ONE_DAY


def draw_dropouts(
    rng: random.Random, policy: CohortPolicy, numbers: Sequence[int], share: Fraction
) -> dict[int, Leaving]:
    """That share of them, rounded half-up, in turns: one says so to intake, one is found out, one
    says so to placement, one is found out.
    """
    count = int(len(numbers) * share + Fraction(1, 2))
    until = policy.ends_on - timedelta(days=LEFT_DAYS_BEFORE_END)
    days = [
        day
        for day in days_of(policy.starts_on + timedelta(days=WORKED_DAYS_MIN), until)
        if policy.is_business_day(day)
    ]
    doors: Iterable[Door] = cycle(("intake", "intake", "placement", "placement"))
    repaid = cycle(REPAID)
    found: dict[int, Leaving] = {}
    chosen = rng.sample(numbers, count)
    for turn, (number, door) in enumerate(zip(chosen, doors, strict=False)):
        if turn % 2:
            day = rng.choice([day for day in days if day.day <= FOUND_DAY_OF_MONTH_MAX])
            found[number] = _found_out(rng, policy, day, door, next(repaid))
        else:
            day = rng.choice(days)
            found[number] = Leaving(day, day, door)
    return found


def draw_early_leavers(
    rng: random.Random, policy: CohortPolicy, numbers: Sequence[int], count: int
) -> dict[int, Leaving]:
    """In turns: between selection and matching, from then to the first day, in the first weeks,
    and on the last days, too late for another to begin in her place.
    Nobody knows yet who will be selected: those who are not only withdraw their application.
    """
    latest = policy.latest_start_on
    phases = (
        days_of(policy.selection_on + ONE_DAY, policy.matching_on - ONE_DAY),
        days_of(policy.matching_on + ONE_DAY, policy.starts_on - ONE_DAY),
        days_of(policy.starts_on + ONE_DAY, latest - 3 * ONE_DAY),
        days_of(latest - 2 * ONE_DAY, latest - ONE_DAY),
    )
    found: dict[int, Leaving] = {}
    for turn, number in enumerate(rng.sample(numbers, count)):
        day = rng.choice(phases[turn % len(phases)])
        found[number] = Leaving(day, day, "placement" if turn % 2 else "intake")
    return found


def _found_out(
    rng: random.Random, policy: CohortPolicy, day: date, door: Door, repaid: Fraction
) -> Leaving:
    """After the pay day of the month that she left in, or of the next one, too."""
    months = [month_of(day), month_of(add_months(day, 1))]
    month = rng.choice([m for m in months if last_day(m) <= last_day(month_of(policy.ends_on))])
    said_on = policy.pay_date(month) + timedelta(days=rng.randint(1, FOUND_DAYS_MAX))
    repays_on = said_on + timedelta(days=rng.randint(REPAID_DAYS_MIN, REPAID_DAYS_MAX))
    return Leaving(day, said_on, door, is_found=True, repaid=repaid, repays_on=repays_on)
