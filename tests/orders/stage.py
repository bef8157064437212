"""Where stories are played: on every core, at low priority, begun before the first test.

The plays need the processors and nothing else, most other tests wait for Kafka and MongoDB: side
by side they take little longer than either.
"""

import asyncio
import logging
import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import pytest
import structlog

from tests.orders.outcomes import Outcomes, digests, lives, money
from tests.orders.story import FIRST, LAST, script
from tests.orders.twin import City, Order

SEEDS_SECONDS = 900  # all of them, on one core of a loaded machine
NICE = 10  # others go before: they have time-outs


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
    return asyncio.run(play_here(order))


async def play_here(order: Order) -> End:
    city = City(order)
    await city.play(script(), FIRST, LAST)
    assert await city.troubles() == []
    return End(await digests(city), await money(city), await lives(city))


def of_seed(seed: int) -> Order:
    """Odd seeds act at rest, as the demo does; even ones at any moment of the day."""
    return Order(seed, is_eager=seed % 2 == 0)


class Stage:
    """Plays the demo's order, and each of these seeds, at once."""

    def __init__(self, seeds: Iterable[int]) -> None:
        context = get_context("spawn")
        self._pool = ProcessPoolExecutor(mp_context=context, initializer=os.nice, initargs=(NICE,))
        self._demo = self._pool.submit(play, Order())
        self._seeds = {seed: self._pool.submit(play, of_seed(seed)) for seed in seeds}

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    @property
    def demo(self) -> End:
        return self._demo.result(SEEDS_SECONDS)

    def end_of(self, seed: int) -> End:
        return self._seeds[seed].result(SEEDS_SECONDS)

    def play(self, order: Order) -> End:
        return self._pool.submit(play, order).result(SEEDS_SECONDS)


STAGE = pytest.StashKey[Stage]()


def begin(session: pytest.Session) -> None:
    """Plays for the tests that ask for it, where any does; once is enough."""
    if STAGE in session.stash:
        return
    ours = [item for item in session.items if item.path.parent == Path(__file__).parent]
    asking = [item for item in ours if "stage" in getattr(item, "fixturenames", ())]
    seeds = [item.callspec.params.get("seed") for item in asking if hasattr(item, "callspec")]
    if asking:
        session.stash[STAGE] = Stage([seed for seed in seeds if seed])


def stage_of(session: pytest.Session) -> Stage:
    return session.stash[STAGE]


def end(session: pytest.Session) -> None:
    if STAGE in session.stash:
        session.stash[STAGE].close()
