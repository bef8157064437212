"""The same story in every order that Kafka allows ends in the same states.

Streams keep their order, and before a service enters a day it has read what was recorded before
it: the engine sees to that (decision 0005). All else is luck: which topic is faster, how records
are cut into batches, how far one service runs ahead of another, who is down for a month.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import permutations
from multiprocessing import get_context

import pytest
import structlog

from services.placement.domain import Candidate
from shared.events import topic_of
from tests.orders.outcomes import Outcomes, digests, lives, money
from tests.orders.story import FIRST, LAST, script
from tests.orders.twin import SERVICES, City, Order

SEEDS = range(1, 201)
STORY_SECONDS = 120  # a story takes one or two
SEEDS_SECONDS = 900  # all of them, on one core of a loaded machine
TOPICS = tuple(topic_of(name) for name in SERVICES)


@dataclass(frozen=True)
class End:
    """How a story ended."""

    digests: dict[str, str]
    money: Outcomes
    lives: Outcomes


def play(order: Order) -> End:
    """In a process of its own: there are as many orders as cores can take."""
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)  # a line for each day of each service
    return asyncio.run(_play(order))


async def _play(order: Order) -> End:
    city = City(order)
    await city.play(script(), FIRST, LAST)
    assert await city.troubles() == []
    return End(await digests(city), await money(city), await lives(city))


def of_seed(seed: int) -> Order:
    """Odd seeds act at rest, as the demo does; even ones at any moment of the day."""
    return Order(seed, is_eager=seed % 2 == 0)


class Stage:
    """Plays stories on every core: the seeds that were asked for begin at once."""

    def __init__(self, pool: Executor, seeds: Iterable[int]) -> None:
        self._pool = pool
        self.demo = pool.submit(play, Order()).result(STORY_SECONDS)
        self._seeds = {seed: pool.submit(play, of_seed(seed)) for seed in seeds}

    def end_of(self, seed: int) -> End:
        return self._seeds[seed].result(SEEDS_SECONDS)

    def play(self, order: Order) -> End:
        return self._pool.submit(play, order).result(SEEDS_SECONDS)


@pytest.fixture(scope="module")
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    mine = [i for i in request.session.items if i.path == request.path]
    asked = [i.callspec.params.get("seed") for i in mine if hasattr(i, "callspec")]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        yield Stage(pool, [seed for seed in asked if seed])


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
    demo = asyncio.run(_play(Order()))
    others = [asyncio.run(_play(of_seed(seed))) for seed in (2, 4)]

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
