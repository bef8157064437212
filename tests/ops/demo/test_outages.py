"""Who dies when, that plays are compared, and that a part that was spared is named."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ops.demo.chaos import busy_days
from ops.demo.outages import Outage, check_outages, deal
from ops.policies import read_policy
from tests.ops.demo.told import OUTCOME

BUSY = busy_days([read_policy("2022-h1")])
PARTS = ("kafka", "mongo-payroll", "payroll", "clock", "bank")
QUIET = max(BUSY)
DIED = [Outage(part, date(2022, 4, 1), 3.0) for part in PARTS]


@given(st.integers(), st.lists(st.sampled_from(sorted(BUSY)), min_size=1, max_size=12, unique=True))
def test_each_dies_once_on_the_eve_of_a_busy_day(seed: int, busy: list[date]) -> None:
    dealt = deal(seed, busy, PARTS, quiet_from=QUIET + timedelta(days=1))

    assert sorted(part for parts in dealt.values() for part in parts) == sorted(PARTS)
    assert all(day + timedelta(days=1) in busy for day in dealt)
    assert max(map(len, dealt.values())) <= -(-len(PARTS) // len(busy))


def test_nobody_dies_when_it_is_to_be_quiet() -> None:
    assert max(deal(7, BUSY, PARTS, quiet_from=date(2022, 5, 1))) < date(2022, 5, 1)


def red(outages: list[Outage], wild: object = OUTCOME) -> dict[str, str]:
    found = check_outages(PARTS, outages, OUTCOME, wild)  # type: ignore[arg-type]
    return {check.name: check.says for check in found if not check.is_met}


def test_equal_plays_in_which_every_part_died_are_met() -> None:
    assert red(DIED) == {}


def test_a_part_that_was_spared_is_named() -> None:
    assert red(DIED[1:]) == {"every container died": "each by kill -9: kafka"}


def test_another_digest_is_named() -> None:
    wild = replace(OUTCOME, digest="bb22", digests={**OUTCOME.digests, "payroll": "zz"})

    assert red(DIED, wild) == {"equal digests": "1 differ: payroll"}
