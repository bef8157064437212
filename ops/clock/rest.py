"""Rest: nothing is on its way, nothing is due, nobody works. Only then may a simulated day end.

Two looks in a row that find nothing and count the same prove rest at the moment between them: no
topic grew and no service committed a transaction from the one look to the other, so what each of
them was found without (lag, outbox, due, open files), it was without at that moment.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx
from aiokafka.errors import KafkaError
from pydantic import BaseModel, ValidationError

from ops.admin import REQUEST_SECONDS, Admin
from ops.topics import Ends, Measure
from shared.login import Login

PAUSE_SECONDS_MIN = 0.005
PAUSE_SECONDS_MAX = 0.02

Idle = Callable[[], Awaitable[bool]]


class NotAtRest(Exception):
    """Something still moves after the time that was given; the message says what."""


class Health(BaseModel):
    """What a service says of itself at /health/ready, whether it is ready or not."""

    service: str
    day: date | None
    due_left: int
    outbox: int
    releasable: int
    transactions: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What speaks against rest, and the counters that must not move until the next reading."""

    busy: tuple[str, ...]
    counters: Any = None


class Groups:
    """Kafka's own count of what the services have not yet taken."""

    def __init__(
        self, kafka: str, prefix: str, names: Sequence[str], login: Login | None = None
    ) -> None:
        self._admin = Admin(kafka, login)
        self._groups = {prefix + name: frozenset[str]() for name in names}
        self._measure = Measure(kafka, prefix, login=login)

    async def close(self) -> None:
        await self._admin.close()
        await self._measure.close()

    async def read(self) -> Reading:
        try:
            return await self._read()
        except KafkaError as error:  # away, or a coordinator that is still loading
            return Reading((f"Kafka does not say: {error}",))

    async def _read(self) -> Reading:
        await self._learn_subscriptions()
        ends, *committed = await asyncio.gather(
            self._measure.ends(), *map(self._admin.committed, self._groups)
        )
        busy = [
            reason
            for (group, topics), offsets in zip(self._groups.items(), committed, strict=True)
            for reason in lagging(group, topics, ends, offsets)
        ]
        return Reading(tuple(busy), (sorted(ends.items()), [sorted(c.items()) for c in committed]))

    async def _learn_subscriptions(self) -> None:
        """Once: which topics a version of a service reads does not change while it runs."""
        for group, topics in self._groups.items():
            if not topics:
                self._groups[group] = await self._admin.assigned_topics(group)


def lagging(group: str, topics: frozenset[str], ends: Ends, committed: Ends) -> list[str]:
    """A group that reads nothing is not there yet; an offset never committed counts as 0."""
    if not topics:
        return [f"group {group} reads nothing yet"]
    behind = sum(
        max(end - max(committed.get(place, 0), 0), 0)
        for place, end in ends.items()
        if place[0] in topics
    )
    return [f"group {group} is {behind} records behind"] if behind else []


def unsettled(name: str, health: Health, day: date | None) -> list[str]:
    """What a service still has to do on that day."""
    reasons = []
    if health.day != day:
        reasons.append(f"{name} is on {health.day}, not on {day}")
    for what in ("due_left", "outbox", "releasable"):
        count = getattr(health, what)
        if count:
            reasons.append(f"{name}: {what} is {count}")
    return reasons


class Watch:
    """Looks at everything that can move: Kafka's groups, the services, the bank."""

    def __init__(
        self,
        kafka: str,
        services: Mapping[str, str],
        *,
        prefix: str,
        bank: str | Idle | None,
        login: Login | None = None,
    ) -> None:
        self._groups = Groups(kafka, prefix, tuple(services), login)
        self._services = services
        self._bank = bank
        self._http = httpx.AsyncClient(timeout=REQUEST_SECONDS, trust_env=False)

    async def close(self) -> None:
        await self._http.aclose()
        await self._groups.close()

    async def wait(self, day: date | None, timeout_seconds: float) -> None:
        """Returns at rest. Raises `NotAtRest` with what spoke against it last."""
        deadline = time.monotonic() + timeout_seconds
        before, pause = Reading(("nothing was looked at yet",)), PAUSE_SECONDS_MIN
        while True:
            now = await self.look(day)
            if not now.busy and now == before:
                return
            if time.monotonic() > deadline:
                reasons = "; ".join(now.busy) or "the counters do not stand still"
                raise NotAtRest(f"not at rest after {timeout_seconds:.0f} s: {reasons}")
            if now.busy:
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, PAUSE_SECONDS_MAX)
            before = now

    async def look(self, day: date | None) -> Reading:
        """Stops at the first who is busy: it is Kafka most of the time, and it is cheap to ask."""
        groups = await self._groups.read()
        if groups.busy:
            return groups
        services = await asyncio.gather(
            *(self._service(name, url, day) for name, url in self._services.items())
        )
        busy = [reason for reading in services for reason in reading.busy]
        if not busy:
            busy = await self._look_at_bank()
        return Reading(tuple(busy), (groups.counters, [r.counters for r in services]))

    async def _service(self, name: str, url: str, day: date | None) -> Reading:
        try:
            answer = await self._http.get(f"{url}/health/ready")
            health = Health.model_validate_json(answer.content)
        except httpx.TransportError as error:
            return Reading((f"{name} does not answer ({type(error).__name__})",))
        except ValidationError:
            return Reading((f"{name} answers {answer.status_code} and no health report",))
        return Reading(tuple(unsettled(name, health, day)), health.transactions)

    async def _look_at_bank(self) -> list[str]:
        if self._bank is None:
            return []
        if not isinstance(self._bank, str):
            return [] if await self._bank() else ["the bank is at work"]
        try:
            answer = (await self._http.get(f"{self._bank}/idle")).json()
            trouble = answer.get("trouble") or "it answers files"
            return [] if answer["idle"] else [f"the bank is at work: {trouble}"]
        except (httpx.TransportError, ValueError, KeyError) as error:
            return [f"the bank does not say whether it is idle ({type(error).__name__})"]
