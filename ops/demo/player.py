"""Plays a cohort's life: one day after the other, each act on its day, the clock only at rest."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from aiokafka import AIOKafkaConsumer

from ops.city import City, running_city
from ops.clock import ClockError, SimulatedClock
from ops.demo.acts.stage import Stage
from ops.demo.agenda import final_day, first_day, milestones, plan
from ops.demo.client import Client, http_client
from ops.demo.outcome import Outcome, find_outcome
from ops.demo.population import SEED, Size, draw
from ops.stack import Stack
from shared.events import TOPICS
from shared.events.policy import CohortPolicy

COUNT_SECONDS = 0.5  # between looks at how many events there are


@dataclass(frozen=True)
class Options:
    size: Size
    policy: CohortPolicy
    logs: Path
    seed: int = SEED
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the play is. `done`: the share of days that are over."""

    day: date
    says: str
    events: int
    done: float


async def _do_nothing(*_: object) -> None:
    pass


@dataclass(frozen=True)
class Hooks:
    """`on_day` runs when a day was announced, `at_end` while everything is still up."""

    on_moment: Callable[[Moment], None] = lambda _: None
    on_day: Callable[[date, City], Awaitable[None]] = _do_nothing
    at_end: Callable[[City, Outcome], Awaitable[None]] = _do_nothing


async def play(stack: Stack, options: Options, hooks: Hooks | None = None) -> Outcome:
    """The whole of it on a provisioned stack: services up, days played, figures found, all down."""
    hooks = hooks or Hooks()
    async with (
        running_city(stack, options.logs, prefix=options.prefix) as city,
        http_client() as http,
    ):
        population = draw(options.seed, options.size, options.policy)
        stage = Stage(Client(city.services, http), population, options.policy)
        began = time.monotonic()
        await _play_days(city, stage, hooks)
        outcome = await find_outcome(city, stage, seconds=time.monotonic() - began)
        await hooks.at_end(city, outcome)
        return outcome


async def _play_days(city: City, stage: Stage, hooks: Hooks) -> None:
    policy = stage.policy
    agenda, named = plan(stage), milestones(policy)
    first, last = first_day(policy), final_day(policy)
    clock = SimulatedClock(city.stack.kafka, city.services, prefix=city.prefix, bank=city.bank)
    async with clock, _counting(city) as count:
        if clock.day is not None:
            raise ClockError(
                f"{city.stack.kafka} has a calendar that stands on {clock.day}: the demo wants "
                "Kafka and MongoDB empty. Unset WOMANUP_KAFKA and WOMANUP_MONGO, or start others."
            )
        today = await clock.start(first)
        while True:
            done = (today - first) / (last - first)
            await hooks.on_day(today, city)
            hooks.on_moment(Moment(today, named.get(today, ""), await count(), done))
            for act in agenda.get(today, ()):
                hooks.on_moment(Moment(today, act.says, await count(), done))
                await clock.wait_until_rest()  # what was done before may be news to others
                await act.run()
            if today == last:
                return await clock.wait_until_rest()
            today = await clock.advance()


@asynccontextmanager
async def _counting(city: City) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """How many events there are on all topics, looked up now and then."""
    consumer = AIOKafkaConsumer(
        *(city.prefix + topic for topic in TOPICS), bootstrap_servers=city.stack.kafka
    )
    await consumer.start()
    count, looked_at = 0, 0.0

    async def look() -> int:
        nonlocal count, looked_at
        if time.monotonic() - looked_at > COUNT_SECONDS:
            count = sum((await consumer.end_offsets(consumer.assignment())).values())
            looked_at = time.monotonic()
        return count

    try:
        yield look
    finally:
        await consumer.stop()
