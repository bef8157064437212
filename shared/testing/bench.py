"""A bench that drives one service as the engine does, without a process or a log."""

import base64
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol, TypeVar

import httpx
from fastapi import APIRouter

from shared.bus import Days, Handles, Inbox, Record, Sweeps
from shared.bus.backlog import Behind
from shared.bus.days import Log
from shared.errors import NotFound
from shared.events import (
    CONTRACTS,
    IntegrationEvent,
    envelope_of,
    source_of,
    topic_of,
    write_headers,
)
from shared.events.calendar import DayStarted
from shared.metrics import Metrics
from shared.mongo import Aggregate, Cause, Desk, Document, Session, Store, Work
from shared.mongo.proofs import digest, verify
from shared.security import Vault
from shared.service.application import build_application
from shared.service.guard import Limits
from shared.service.http import Edge
from shared.service.operator import operator_routes
from shared.service.tokens import Tokens
from shared.service.watch import Watch
from shared.testing.memory import MemoryStore
from shared.tracing import Tracer

T = TypeVar("T")
S = TypeVar("S")

TEST_SECRET = base64.b64encode(bytes(range(32))).decode()
NOW = datetime(2022, 1, 1, tzinfo=UTC)
ONE_DAY = timedelta(days=1)
DAYS_ANNOUNCED = 31  # at a time: on a real store half of what a quiet day costs is its record


class PreparedStore(Store, Protocol):
    async def prepare(self, kinds: Sequence[Aggregate[Any]]) -> None: ...

    async def close(self) -> None: ...


class _NoLog:
    async def committed(self) -> Mapping[tuple[str, int], int]:
        return {}

    async def behind(self) -> Mapping[str, Behind]:
        return {}

    def last_poll_age_seconds(self) -> float | None:
        return None


class Bench:
    """Drives one service as the engine does, without a process: events in, events out, days.

    `log` says how far the service has read; without one, every day is entered at once.
    """

    def __init__(
        self,
        service: str,
        kinds: Sequence[Aggregate[Any]],
        handlers: Sequence[Handles],
        sweeps: Sequence[Sweeps],
        store: PreparedStore | None = None,
        *,
        log: Log | None = None,
    ) -> None:
        self._service = service
        self._kinds = kinds
        self._sweeps = sweeps
        self.metrics = Metrics(service)
        self.store: PreparedStore = store or MemoryStore(self.metrics)
        tracer = Tracer(service, f"{service}-bench", "", self.metrics)
        self._desk = Desk(
            service, self.store, Vault(TEST_SECRET), lambda: NOW, self.metrics, tracer
        )
        self._sequences: dict[str, int] = {}
        self._is_prepared = False
        self._today: date | None = None
        self.inbox = Inbox(self._desk, handlers)
        self.days = Days(self._desk, f"{service}-bench", log or _NoLog(), self.inbox, sweeps)
        self.published: list[IntegrationEvent] = []
        self.parked: list[Document] = []
        self.set_aside: list[Document] = []

    async def prepare(self) -> None:
        """The store's indexes, once; everything that runs here does it by itself."""
        if not self._is_prepared:
            await self.store.prepare(self._kinds)
            self._is_prepared = True

    async def day(self, day: str | date) -> None:
        """Let every day up to this one pass; the first call enters this day itself.

        The days are announced a month at a time, as after a downtime, and entered one by one.
        """
        target = date.fromisoformat(day) if isinstance(day, str) else day
        following = self._today + ONE_DAY if self._today else target
        while following <= target:
            days = [following + n * ONE_DAY for n in range((target - following).days + 1)]
            announced = days[:DAYS_ANNOUNCED]
            await self._run([self._started(one) for one in announced])
            self._today = announced[-1]
            following = self._today + ONE_DAY
        await self.look()

    def _started(self, day: date) -> Record:
        is_business_day = day.weekday() < 5  # noqa: PLR2004
        return self.record(
            DayStarted(effective_on=day, recorded_on=day, is_business_day=is_business_day)
        )

    async def given(self, *events: IntegrationEvent) -> None:
        """Deliver events of other services, in one batch, and let the service come to rest."""
        await self.take([self.record(event) for event in events])

    async def take(self, records: Iterable[Record]) -> None:
        await self._run(records)
        await self.look()

    async def settle(self) -> None:
        await self._rest()
        await self.look()

    async def _run(self, records: Iterable[Record]) -> None:
        await self.prepare()
        await self.inbox.take(list(records))
        await self._rest()

    async def _rest(self) -> None:
        while await self.days.step():
            pass

    def record(self, event: IntegrationEvent, sequence: int | None = None) -> Record:
        """The event as a record of its stream: the next in its place, or at `sequence`."""
        stream = f"{source_of(event.producer)}/{event.key}"
        number = sequence or self._sequences.get(stream, 0) + 1
        self._sequences[stream] = max(number, self._sequences.get(stream, 0))
        envelope = envelope_of(event, number, f"{stream}/{number}")
        return Record(
            producer=event.producer,
            topic=topic_of(event.producer),
            partition=0,
            offset=sum(self._sequences.values()),
            key=event.key.encode(),
            value=event.model_dump_json().encode(),
            headers=tuple(write_headers(type(event), envelope, NOW)),
        )

    async def command(self, handle: Callable[[Work], Awaitable[T]], key: str = "") -> T:
        """Run a command handler in a transaction of its own. Raises what it raises."""
        await self.prepare()
        cause = f"/womanup/{self._service}/commands/{key or 'bench'}"

        async def run(session: Session) -> T:
            batch = await self._desk.batch(session)
            work = batch.work(Cause(cause, cause))
            reply = await handle(work)
            batch.absorb(work)
            await batch.flush()
            return reply

        reply = await self.store.transact(run)
        await self.settle()
        return reply

    async def query(self, handle: Callable[[Work], Awaitable[T]]) -> T:
        await self.prepare()

        async def run(session: Session) -> T:
            return await handle((await self._desk.batch(session)).work(Cause("", "")))

        return await self.store.read(run)

    async def state(self, kind: Aggregate[S], key: str) -> S:
        state = await self.query(lambda work: work.load(kind, key))
        if state is None:
            raise NotFound(f"no {kind.name} {key}")
        return state

    async def verify(self) -> None:
        """Every state is the fold of its journal. Raises `AssertionError` naming what is not."""
        found = await self.store.read(lambda session: verify(session, self._kinds))
        if found["differences"]:
            raise AssertionError(found["differences"])

    async def digest(self) -> str:
        found = await self.store.read(lambda session: digest(session, self._kinds))
        return str(found["sha256"])

    def app(
        self, router: APIRouter, tokens: Tokens | None = None, limits: Limits | None = None
    ) -> httpx.AsyncClient:
        """The service's HTTP side, called in process. `await look()` afterwards.

        Without `tokens` its AUTH is off: a test that is not about who asks need not say who does.
        """
        routers = (router, operator_routes(self._kinds, self._sweeps))
        app = build_application(
            self._service,
            routers,
            metrics=self.metrics,
            tokens=tokens,
            limits=limits,
            body_bytes_max=1_000_000,
        )
        app.state.watch = Watch(self._desk, self._sweeps, _NoLog())
        app.state.edge = Edge(self._desk, lambda: None)
        transport = httpx.ASGITransport(app=app)
        return httpx.AsyncClient(transport=transport, base_url="http://service")

    async def look(self) -> None:
        """Read again what was published, parked and set aside."""
        self.published = [_event(r) for r in await self._rows("outbox", {})]
        self.parked = await self._rows("parked", {})
        marked = {"set_aside.reason": {"$gt": ""}}
        self.set_aside = [
            {"kind": k.name, "key": d["_id"], **d["set_aside"]}
            for k in self._kinds
            for d in await self._rows(k.name, marked)
        ]

    async def _rows(self, collection: str, query: Document) -> list[Document]:
        async def read(session: Session) -> list[Document]:
            return await session.find(collection, query, limit=100_000)

        return await self.store.read(read)


def _event(row: Document) -> IntegrationEvent:
    type_ = bytes(dict(row["headers"])["ce_type"]).decode()
    return CONTRACTS[type_].model_validate_json(row["value"])
