"""What a scrape of `/metrics` looks up: the store and the log, each with a bound.

Whoever is away is told by an `…_up 0`, and its numbers are left out; the rest is answered. However
often somebody asks, it is looked up at most once in some seconds.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from time import monotonic
from typing import Protocol

from aiokafka.errors import KafkaError
from fastapi import APIRouter, Request
from fastapi.responses import Response

from shared.bus import Sweeps
from shared.bus.backlog import Behind
from shared.bus.census import Census, take_census
from shared.metrics import Metric, table
from shared.metrics.meter import CONTENT_TYPE
from shared.mongo import Desk
from shared.service.rules import OPEN

LOOK_SECONDS = 3.0  # between two looks: Prometheus asks every 15 s, a person's browser may not
LOOK_SECONDS_MAX = 4.0  # of one look: the driver gives up after 3, Prometheus after 10
OF_THE_STORE = (
    table.PARKED, table.PARKED_SECONDS, table.SET_ASIDE, table.DUE, table.DAY, table.DAYS_ANNOUNCED,
    table.OUTBOX_ROWS, table.OUTBOX_SECONDS,
)  # fmt: skip
OF_THE_LOG = (table.LAG_RECORDS, table.LAG_SECONDS)


class Log(Protocol):
    """What the metrics need to know of Kafka."""

    async def behind(self) -> Mapping[str, Behind]: ...

    def last_poll_age_seconds(self) -> float | None: ...


class Watch:
    """Looks, and keeps what it saw in the service's metrics."""

    def __init__(self, desk: Desk, sweeps: Sequence[Sweeps], log: Log) -> None:
        self._desk = desk
        self._metrics = desk.metrics
        self._sweeps = sweeps
        self._log = log
        self._looking = asyncio.Lock()
        self._looked_at = -LOOK_SECONDS

    async def scrape(self) -> bytes:
        async with self._looking:
            if monotonic() - self._looked_at >= LOOK_SECONDS:
                await asyncio.gather(
                    self._bounded(self._count(), table.STORE_UP, OF_THE_STORE),
                    self._bounded(self._measure(), table.LOG_UP, OF_THE_LOG),
                )
                self._looked_at = monotonic()
        self._note_poll()
        return self._metrics.text()

    async def _bounded(self, look: Awaitable[None], up: Metric, seen: Sequence[Metric]) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS_MAX):
                await look
        except Exception as error:
            is_away = isinstance(error, (TimeoutError, KafkaError))
            if not (is_away or self._desk.store.is_interruption(error)):
                raise
            self._metrics.forget(*seen)
            self._metrics.show(up, 0)
        else:
            self._metrics.show(up, 1)

    async def _count(self) -> None:
        census = await self._desk.store.read(lambda s: take_census(s, self._sweeps), 0.0)
        self._show(census)

    def _show(self, census: Census) -> None:
        show = self._metrics.show
        for kind, count in census.parked.items():
            show(table.PARKED, count, kind=kind)
        show(table.PARKED_SECONDS, self._age(census.failed_since))
        for kind, count in census.set_aside.items():
            show(table.SET_ASIDE, count, kind=kind)
        if census.day is not None:
            show(table.DAY, _midnight(census.day))
        show(table.DUE, census.due)
        show(table.DAYS_ANNOUNCED, census.announced)
        show(table.OUTBOX_ROWS, census.outbox)
        show(table.OUTBOX_SECONDS, self._age(census.outbox_since))

    async def _measure(self) -> None:
        for topic, behind in (await self._log.behind()).items():
            self._metrics.show(table.LAG_RECORDS, behind.records, topic=topic)
            self._metrics.show(table.LAG_SECONDS, self._age(behind.since), topic=topic)

    def _note_poll(self) -> None:
        age = self._log.last_poll_age_seconds()
        if age is None:
            self._metrics.forget(table.POLL_AGE)
        else:
            self._metrics.show(table.POLL_AGE, age)

    def _age(self, since: float | None) -> float:
        """0 for what is not there. Clocks of two machines may differ: never below it."""
        return 0.0 if since is None else max(0.0, self._desk.now().timestamp() - since)


def metrics_routes() -> APIRouter:
    router = APIRouter(tags=["operator"])

    @router.get(
        "/metrics",
        summary="Numbers for Prometheus: docs/metrics.md says which",
        dependencies=[OPEN],
    )
    async def metrics(request: Request) -> Response:
        return Response(await request.app.state.watch.scrape(), media_type=CONTENT_TYPE)

    return router


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()
