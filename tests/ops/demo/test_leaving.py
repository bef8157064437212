"""Who leaves: exactly the share that was asked for, in all the ways in which it is heard of."""

import random
from collections import Counter
from datetime import timedelta
from fractions import Fraction

import pytest

from ops.demo.leaving import draw_dropouts, draw_early_leavers
from ops.demo.programme import COHORT_2, OVERSUBSCRIBED
from shared.money import month_of

POLICY = COHORT_2.policy
SEEDS = range(20)


@pytest.mark.parametrize("seed", SEEDS)
def test_of_76_exactly_30_leave_before_mid_june(seed: int) -> None:
    found = draw_dropouts(random.Random(seed), POLICY, range(76), Fraction(2, 5))

    assert len(found) == 30
    for leaving in found.values():
        assert POLICY.starts_on < leaving.last_day < leaving.leaves_on
        assert (leaving.leaves_on.month, leaving.leaves_on.day) < (6, 15)
        assert POLICY.is_business_day(leaving.last_day)


@pytest.mark.parametrize("seed", SEEDS)
def test_half_say_so_at_once_and_half_are_found_out_after_a_pay_day(seed: int) -> None:
    found = draw_dropouts(random.Random(seed), POLICY, range(76), Fraction(2, 5)).values()
    at_once = [leaving for leaving in found if not leaving.is_found]
    late = [leaving for leaving in found if leaving.is_found]

    assert len(at_once) == len(late) == 15
    assert all(leaving.said_on == leaving.last_day for leaving in at_once)
    for leaving in late:
        assert leaving.said_on > POLICY.pay_date(month_of(leaving.last_day))
        assert leaving.repays_on is not None
        assert leaving.repays_on > leaving.said_on + timedelta(days=3)
    assert {leaving.door for leaving in late} == {"intake", "placement"}
    assert {leaving.door for leaving in at_once} == {"intake", "placement"}
    assert Counter(leaving.repaid for leaving in late) == {1: 5, Fraction(1, 2): 5, 0: 5}


@pytest.mark.parametrize("seed", SEEDS)
def test_who_is_found_out_was_paid_for_days_that_she_did_not_work(seed: int) -> None:
    found = draw_dropouts(random.Random(seed), POLICY, range(76), Fraction(2, 5)).values()
    for leaving in (leaving for leaving in found if leaving.is_found):
        rest = (leaving.leaves_on + timedelta(days=n) for n in range(31))
        same_month = [day for day in rest if month_of(day) == month_of(leaving.last_day)]
        assert any(POLICY.is_business_day(day) for day in same_month)


def test_the_share_is_rounded_half_up() -> None:
    def count(of: int, share: Fraction) -> int:
        return len(draw_dropouts(random.Random(7), POLICY, range(of), share))

    assert [count(8, Fraction(s, 16)) for s in (0, 1, 5, 16)] == [0, 1, 3, 8]


def test_early_leavers_go_in_every_phase_around_the_start() -> None:
    policy = OVERSUBSCRIBED.policy
    found = draw_early_leavers(random.Random(7), policy, range(180), 18).values()
    days = sorted(leaving.said_on for leaving in found)

    assert len(found) == 18
    assert policy.selection_on < days[0] < policy.matching_on
    assert any(policy.matching_on < day < policy.starts_on for day in days)
    assert any(policy.starts_on < day < policy.latest_start_on - timedelta(2) for day in days)
    assert policy.latest_start_on - timedelta(days=2) <= days[-1] < policy.latest_start_on
