"""Plays the cohorts' lives: day after day, each act on its own, the clock only at rest."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from ops.city import City
from ops.clock import ClockError
from ops.clock.remote import Clock
from ops.demo.acts.stage import Stage
from ops.demo.agenda import final_day, first_day, milestones, plan
from ops.demo.client import Client, http_client
from ops.demo.outcome import Outcome, Played, find_outcome
from ops.demo.population import SEED, draw, draw_counselors
from ops.demo.programme import Programme
from ops.demo.venue import Venue, local_venue
from ops.stack import Stack
from shared.events import TOPICS
from shared.login import aiokafka_options

COUNT_SECONDS = 0.5  # between looks at how many events there are


@dataclass(frozen=True)
class Options:
    """What is played, and how: `instances` of each service, on topics with that prefix. `vaults`:
    service → its secret, for states that are those of other services with these.
    """

    programmes: tuple[Programme, ...]
    logs: Path
    seed: int = SEED
    prefix: str = ""
    instances: int = 1
    vaults: Mapping[str, str] | None = None

    @property
    def first_day(self) -> date:
        return min(first_day(programme.policy) for programme in self.programmes)

    @property
    def final_day(self) -> date:
        return max(final_day(programme.policy) for programme in self.programmes)


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
    """`on_day` runs when a day was announced, `on_pause` before each act of it and when the last is
    done, though maybe not yet at rest, `at_end` while everything is still up.
    """

    on_moment: Callable[[Moment], None] = lambda _: None
    on_day: Callable[[date, City], Awaitable[None]] = _do_nothing
    on_pause: Callable[[Clock, City], Awaitable[None]] = _do_nothing
    at_end: Callable[[City, Outcome], Awaitable[None]] = _do_nothing


async def play(stack: Stack, options: Options, hooks: Hooks | None = None) -> Outcome:
    """The whole of it on a provisioned stack: services up, days played, figures found, all down."""
    where = local_venue(
        stack,
        options.logs,
        prefix=options.prefix,
        instances=options.instances,
        vaults=options.vaults,
    )
    async with where as venue:
        return await play_at(venue, options, hooks or Hooks())


async def play_at(venue: Venue, options: Options, hooks: Hooks) -> Outcome:
    """In a city that is up, on an empty calendar."""
    city = venue.city
    async with http_client() as http:
        client = Client({**city.services, "bank": city.bank}, http)
        stages = tuple(Stage(client, draw(options.seed, one)) for one in options.programmes)
        began = time.monotonic()
        await _play_days(venue, options, stages, hooks)
        played = Played(stages, client, seconds=time.monotonic() - began)
        outcome = await find_outcome(venue, played)
        await hooks.at_end(city, outcome)
        return outcome


async def _play_days(venue: Venue, options: Options, stages: Sequence[Stage], hooks: Hooks) -> None:
    city = venue.city
    agenda = plan(stages, draw_counselors(options.seed, options.programmes))
    said = milestones(programme.policy for programme in options.programmes)
    first, last = options.first_day, max(options.final_day, *agenda)
    async with venue.clock as clock, _counting(city) as count:
        if clock.day is not None:
            raise ClockError(
                f"{city.stack.kafka} has a calendar that stands on {clock.day}: the demo wants "
                "Kafka and MongoDB empty. Unset WOMANUP_KAFKA and WOMANUP_MONGO, or start others."
            )
        today = await clock.start(first)
        while True:
            done = (today - first) / (last - first)
            await hooks.on_day(today, city)
            hooks.on_moment(Moment(today, said.get(today, ""), await count(), done))
            for act in agenda.get(today, ()):
                hooks.on_moment(Moment(today, act.says, await count(), done))
                await clock.wait_until_rest()  # what was done before may be news to others
                await hooks.on_pause(clock, city)
                await act.run()
            await hooks.on_pause(clock, city)
            if today == last:
                return await clock.wait_until_rest()
            today = await clock.advance()


@asynccontextmanager
async def _counting(city: City) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """How many events there are on all topics, looked up now and then; while Kafka is away, how
    many there were: it is for the line of progress only.
    """
    consumer = AIOKafkaConsumer(
        *(city.prefix + topic for topic in TOPICS),
        bootstrap_servers=city.stack.kafka,
        **aiokafka_options(city.stack.login),
    )
    await consumer.start()
    count, looked_at = 0, 0.0

    async def look() -> int:
        nonlocal count, looked_at
        if time.monotonic() - looked_at > COUNT_SECONDS:
            with suppress(KafkaError):
                count = sum((await consumer.end_offsets(consumer.assignment())).values())
            looked_at = time.monotonic()
        return count

    try:
        yield look
    finally:
        await consumer.stop()
