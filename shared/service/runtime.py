"""One process of a service: what starts in which order, what runs, and how it stops."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from aiokafka.errors import KafkaError
from fastapi import APIRouter, FastAPI

from shared.bus import Days, Handles, Inbox, Relay, Sweeps
from shared.bus.brake import Brake
from shared.bus.kafka import KafkaLog
from shared.bus.parking import fingerprint
from shared.bus.past import refuse_lost_past
from shared.bus.producer import OwnTopic
from shared.logs import configure_logs, logger
from shared.metrics import Metrics
from shared.mongo import Aggregate, Desk
from shared.mongo.driver import MongoStore
from shared.security import Vault
from shared.service.application import build_application, limits_of
from shared.service.http import Edge
from shared.service.operator import operator_routes
from shared.service.tokens import tokens_of
from shared.service.watch import Watch
from shared.settings import ServiceSettings
from shared.tracing import Tracer

log = logger()
AWAY_SECONDS_MAX = 2.0  # the longest pause between two tries while Kafka is away
FLUSH_SECONDS_MAX = 10.0  # of the outbox at a stop: what is left goes out after the next start


class Runtime:
    """The moving parts of one service process."""

    def __init__(
        self,
        service: str,
        settings: ServiceSettings,
        kinds: Sequence[Aggregate[Any]],
        handlers: Sequence[Handles],
        sweeps: Sequence[Sweeps],
        *,
        metrics: Metrics,
    ) -> None:
        self.service = service
        self.instance = settings.instance
        self.kinds = kinds
        self.sweeps = sweeps
        self._poll_seconds = settings.poll_seconds
        self._bells = (asyncio.Event(), asyncio.Event())
        where = (settings.mongo, settings.database, settings.instance)
        self.store = MongoStore(*where, settings.mongo_password(), metrics)
        self.tracer = Tracer(service, settings.instance, settings.otlp_endpoint, metrics)
        vault = Vault(settings.vault_secret())
        desk = Desk(service, self.store, vault, _now, metrics, self.tracer)
        producers = {h.event.producer for h in handlers} | {"calendar"}
        self.log = KafkaLog(service, settings, producers)
        self.inbox = Inbox(desk, handlers)
        self.brake = Brake(self.store, metrics, self.inbox, settings.parked_failed_max)
        self.days = Days(desk, settings.instance, self.log, self.inbox, sweeps)
        self.topic = OwnTopic(service, settings)
        self.relay = Relay(settings.instance, self.store, self.topic, metrics)
        self.watch = Watch(desk, sweeps, self.log)
        self.edge = Edge(desk, self.ring)

    def ring(self) -> None:
        """Something was stored: the relay and the days look now. Their poll is the truth."""
        for bell in self._bells:
            bell.set()

    async def start(self) -> list[asyncio.Task[None]]:
        """Store first, then the check of our own past, then the log, then the loops."""
        await self.store.prepare(self.kinds)
        async with self.log.own_tail() as tail:
            await refuse_lost_past(self.service, self.store, tail)

        async def take(records: Any, ends: Any) -> None:
            await self.brake.wait()
            await self.inbox.take(records, ends)
            await self.brake.look()
            self.ring()

        await self.brake.look()

        self.log.subscribe(take, self._fault)
        await self.log.start()
        to_relay, to_days = self._bells
        loops = (("relay", self._relay, to_relay), ("days", self._days, to_days))
        tasks = [asyncio.create_task(self._loop(*loop), name=loop[0]) for loop in loops]
        if self.tracer.is_on:
            tasks.append(asyncio.create_task(self.tracer.run(), name="tracer"))
        return tasks

    async def give_up(self) -> None:
        """After a start that failed half-way: close what it had opened."""
        await self.log.stop_polling()
        await self.log.stop()
        await self.store.close()

    async def stop(self, loops: Sequence[asyncio.Task[None]]) -> None:
        """Stop polling, finish what runs, flush the outbox, close."""
        await self.log.stop_polling()
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        try:
            async with asyncio.timeout(FLUSH_SECONDS_MAX):
                while await self.relay.step():
                    pass
        except Exception as error:
            if not (self._is_away(error) or isinstance(error, TimeoutError)):
                raise
            log.warning("outbox_left_for_next_start", error=type(error).__name__)
        await self.topic.stop()
        await self.tracer.stop()
        await self.log.stop()
        await self.store.close()

    async def _relay(self) -> bool:
        return bool(await self.relay.step())

    async def _days(self) -> bool:
        await self.brake.look()  # what was released or discarded may let it go
        moved = await self.days.step()
        if moved:
            self._bells[0].set()  # what a sweep published is the relay's to send
        return moved

    async def _loop(
        self, name: str, step: Callable[[], Awaitable[bool]], bell: asyncio.Event
    ) -> None:
        """Step while there is something to do, then wait for the bell or the poll."""
        failures = 0
        while True:
            bell.clear()
            try:
                moved = await step()
                failures = 0
            except Exception as error:  # noqa: BLE001  # away: try again; a fault: the process stops
                if not self._is_away(error):
                    self._fault(error)
                    return
                failures += 1
                log.warning("dependency_away", loop=name, error=type(error).__name__)
                await asyncio.sleep(min(AWAY_SECONDS_MAX, 0.1 * 2 ** min(failures, 8)))
                continue
            if not moved:
                await _first(bell, self._poll_seconds)

    def _is_away(self, error: Exception) -> bool:
        return isinstance(error, KafkaError) or self.store.is_interruption(error)

    def _fault(self, error: Exception) -> None:
        """The engine itself is wrong: stop, rather than go on with half of it."""
        code = getattr(error, "code", None)  # MongoDB's number; its message may quote data
        kind = type(error).__name__
        log.critical("engine_fault", fingerprint=fingerprint(error), error=kind, code=code)
        os.kill(os.getpid(), signal.SIGTERM)


def build_service(
    service: str,
    settings: ServiceSettings,
    *,
    kinds: Sequence[Aggregate[Any]],
    handlers: Sequence[Handles],
    sweeps: Sequence[Sweeps],
    router: APIRouter,
) -> FastAPI:
    """The service as an application: routes of its own, and those that every service has.

    The lifespan starts everything and fails when Kafka or MongoDB is away, so the process exits
    instead of answering healthy with no consumer.
    """
    configure_logs(service, settings.instance)
    tokens = tokens_of(settings)
    if tokens is None:
        log.warning("auth_is_off", says="everyone who reaches this service may do everything")
    metrics = Metrics(service)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        runtime = Runtime(service, settings, kinds, handlers, sweeps, metrics=metrics)
        app.state.edge = runtime.edge
        app.state.watch = runtime.watch
        app.state.runtime = runtime
        try:
            loops = await runtime.start()
        except BaseException:
            await runtime.give_up()
            raise
        log.info("service_started")
        yield
        await runtime.stop(loops)
        log.info("service_stopped")

    return build_application(
        f"Woman-Up {service}",
        (router, operator_routes(kinds, sweeps)),
        metrics=metrics,
        tokens=tokens,
        limits=limits_of(settings),
        body_bytes_max=settings.body_bytes_max,
        lifespan=lifespan,
    )


async def _first(bell: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await bell.wait()
    except TimeoutError:
        return  # the poll's turn


def _now() -> datetime:
    return datetime.now(UTC)
