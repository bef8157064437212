"""Outages: every container dies by kill -9 while a cohort is played in them, and is started again.

Every part that runs: the services, their MongoDBs, Kafka, the clock, the bank, the issuer. As with
`chaos`, nothing of it may show in the outcome. What is drawn is who dies on the eve of which busy
day, and how long after that was announced: the play's acts and the busy day's own work follow at
once.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import TracebackType
from typing import Self

from ops.city import City
from ops.containers import Containers
from ops.demo.chaos import compare_plays
from ops.demo.checks import Check, named
from ops.demo.outcome import Outcome

AFTER_MS_MAX = 1500  # what is left of a day takes a second or two in containers


@dataclass(frozen=True, slots=True)
class Outage:
    """`seconds`: from its new start to healthy, which is looked at every 2 to 5 s."""

    part: str
    day: date
    seconds: float


def deal(
    seed: int, busy: Iterable[date], parts: Sequence[str], *, quiet_from: date
) -> dict[date, tuple[str, ...]]:
    """Day → who dies on it. Each once, on the eves of busy days, as evenly as there are days."""
    eves = sorted(day - timedelta(days=1) for day in busy if day < quiet_from)
    order = sorted(parts)
    random.Random(f"{seed}/outages").shuffle(order)  # noqa: S311  # no secret hangs on it
    dealt: defaultdict[date, list[str]] = defaultdict(list)
    for number, part in enumerate(order):
        dealt[eves[number * len(eves) // len(order)]].append(part)
    return {day: tuple(victims) for day, victims in dealt.items()}


def check_outages(
    parts: Iterable[str], outages: Iterable[Outage], calm: Outcome, wild: Outcome
) -> Iterator[Check]:
    """Both plays are sound and equal, and every part died in the second: else it proves nothing."""
    yield from compare_plays(calm, wild)
    spared = sorted({*parts} - {outage.part for outage in outages})
    yield Check("every container died", not spared, f"each by kill -9{named(spared)}")


class Outages:
    """`on_day` is a play's hook; the block is the play. From `quiet_from` on nothing more is done,
    and that day waits until all are healthy: what is asked at a play's end is asked without
    patience.
    """

    def __init__(
        self,
        containers: Containers,
        dealt: Mapping[date, Sequence[str]],
        seed: int,
        *,
        quiet_from: date,
    ) -> None:
        self._containers = containers
        self._dealt = dealt
        self._rng = random.Random(f"{seed}/after")  # noqa: S311
        self._quiet_from = quiet_from
        self._group = asyncio.TaskGroup()
        self._strokes: set[asyncio.Task[None]] = set()
        self.found: list[Outage] = []

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._group.__aexit__(kind, error, trace)

    async def on_day(self, day: date, _: City) -> None:
        if day >= self._quiet_from:
            await asyncio.gather(*self._strokes)
            return
        for part in self._dealt.get(day, ()):
            after_ms = self._rng.randint(0, AFTER_MS_MAX)
            task = self._group.create_task(self._strike(part, day, after_ms))
            self._strokes.add(task)
            task.add_done_callback(self._strokes.discard)

    async def _strike(self, part: str, day: date, after_ms: int) -> None:
        await asyncio.sleep(after_ms / 1000)
        await self._containers.kill9(part)
        seconds = await self._containers.start(part)
        self.found.append(Outage(part, day, seconds))
