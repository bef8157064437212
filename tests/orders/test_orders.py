"""The same story in every order that Kafka allows ends in the same states.

Streams keep their order, and before a service enters a day it has read what was recorded before
it: the engine sees to that (decision 0005). All else is luck: which topic is faster, how records
are cut into batches, how far one service runs ahead of another, who is down for a month.
"""

import asyncio
from collections.abc import Iterator
from datetime import date
from itertools import permutations

import pytest

from services.placement.domain import Candidate
from shared.events import topic_of
from tests.orders.stage import SEEDS_SECONDS, Stage, of_seed, play_here
from tests.orders.twin import SERVICES, Order

SEEDS = range(1, 201)
TOPICS = tuple(topic_of(name) for name in SERVICES)

pytestmark = pytest.mark.timeout(SEEDS_SECONDS)  # the first test waits for its turn among plays


@pytest.mark.parametrize("seed", SEEDS)
def test_any_order_that_kafka_allows_ends_in_the_same_states(seed: int, stage: Stage) -> None:
    assert stage.end_of(seed).digests == stage.demo.digests


def test_a_matching_that_counts_the_news_of_its_own_day_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The planted fault: who withdraws on the matching day is out of it, if the news was faster."""

    def takes_part(candidate: Candidate, day: date) -> bool:
        return candidate.withdrawal is None or candidate.withdrawal.noted_on > day

    monkeypatch.setattr(Candidate, "takes_part", takes_part)
    demo = asyncio.run(play_here(Order()))
    others = [asyncio.run(play_here(of_seed(seed))) for seed in (2, 4)]

    assert [other.digests == demo.digests for other in others] == [True, False]


@pytest.mark.parametrize("first", list(permutations(TOPICS, 2)), ids=" then ".join)
def test_one_topic_is_read_whole_before_another(first: tuple[str, ...], stage: Stage) -> None:
    end = stage.play(Order(first=first))

    assert end.digests == stage.demo.digests


def downtimes() -> Iterator[tuple[str, date, date]]:
    yield "counseling", date(2022, 4, 6), date(2022, 5, 6)
    yield "payroll", date(2022, 3, 10), date(2022, 4, 8)
    yield "payroll", date(2022, 4, 5), date(2022, 5, 2)
    yield "intake", date(2022, 4, 21), date(2022, 5, 25)


@pytest.mark.parametrize("first", list(permutations(TOPICS[:2])), ids=" then ".join)
@pytest.mark.parametrize("down", list(downtimes()), ids=lambda down: f"{down[0]} from {down[1]}")
def test_a_month_of_downtime_changes_no_money_and_no_outcome(
    down: tuple[str, date, date], first: tuple[str, ...], stage: Stage
) -> None:
    end = stage.play(Order(first=first, down=down))

    assert end.money == stage.demo.money
    assert end.lives == stage.demo.lives
