"""Fakes that ship with the engine: a store in memory, and a bench that drives one service.

The same suite runs on the twin in memory and on real MongoDB: `bench_on` in tests/conftest.py.
"""

import base64
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol, TypeVar

import httpx
from fastapi import APIRouter, FastAPI

from shared.bus import Days, Handles, Inbox, Record, Sweeps
from shared.digests import canonical_json
from shared.errors import NotFound
from shared.events import (
    CONTRACTS,
    Envelope,
    IntegrationEvent,
    event_type,
    source_of,
    topic_of,
    write_headers,
)
from shared.events.calendar import DayStarted
from shared.mongo import (
    Aggregate,
    Cause,
    Conflict,
    Delete,
    Desk,
    Document,
    Put,
    Refused,
    Session,
    Store,
)
from shared.mongo.proofs import digest, verify
from shared.mongo.work import Work
from shared.security import Vault
from shared.service.http import Edge, LimitBody, map_errors
from shared.service.operator import operator_routes

T = TypeVar("T")
S = TypeVar("S")

TEST_SECRET = base64.b64encode(bytes(range(32))).decode()
NOW = datetime(2022, 1, 1, tzinfo=UTC)
CONFLICTS_MAX = 100


class MemoryStore:
    """The store's twin: snapshots, write conflicts, versions and unique indexes, in memory."""

    def __init__(self) -> None:
        self._documents: dict[str, dict[str, tuple[int, Document]]] = {}
        self._commits = 0
        self._unique: list[tuple[str, tuple[str, ...]]] = []
        self.transactions = 0

    async def prepare(self, kinds: Sequence[Aggregate[Any]]) -> None:
        self._unique = [(k.name, i.fields) for k in kinds for i in k.indexes if i.unique]

    async def transact(
        self, run: Callable[[Session], Awaitable[T]], patience_seconds: float = float("inf")
    ) -> T:
        for _ in range(CONFLICTS_MAX):
            session = MemorySession(self._snapshot())
            seen = self._commits
            try:
                result = await run(session)
                self._commit(session.writes, seen)
            except Conflict:
                continue
            self.transactions += 1
            return result
        raise AssertionError("a conflict that never ends")

    async def read(
        self, run: Callable[[Session], Awaitable[T]], patience_seconds: float = float("inf")
    ) -> T:
        return await run(MemorySession(self._snapshot()))

    def is_interruption(self, error: Exception) -> bool:
        return isinstance(error, Conflict)

    async def hold_lease(self, name: str, holder: str) -> bool:
        return True

    async def close(self) -> None:
        return None

    def _snapshot(self) -> dict[str, dict[str, Document]]:
        return {
            name: {k: document for k, (_, document) in found.items()}
            for name, found in self._documents.items()
        }

    def _commit(self, writes: Sequence[tuple[str, Put | Delete]], seen: int) -> None:
        changed = {name: dict(found) for name, found in self._documents.items()}
        for name, write in writes:
            found = changed.setdefault(name, {})
            key = _key(write.id if isinstance(write, Delete) else write.document["_id"])
            stamp, _ = self._documents.get(name, {}).get(key, (0, {}))
            if stamp > seen:
                raise Conflict(name)
            if isinstance(write, Delete):
                found.pop(key, None)
            else:
                found[key] = (self._commits + 1, deepcopy(write.document))
        self._check_unique(changed)
        self._documents = changed
        self._commits += 1

    def _check_unique(self, changed: Mapping[str, Mapping[str, tuple[int, Document]]]) -> None:
        for name, fields in self._unique:
            values = [
                canonical_json([d["state"][f] for f in fields])
                for _, d in changed.get(name, {}).values()
            ]
            if len(values) != len(set(values)):
                raise Refused("duplicate key")


class MemorySession:
    """One transaction on the twin: reads its own snapshot, keeps its writes for the commit."""

    def __init__(self, snapshot: dict[str, dict[str, Document]]) -> None:
        self._snapshot = snapshot
        self.writes: list[tuple[str, Put | Delete]] = []

    async def get(self, collection: str, ids: Sequence[Any]) -> dict[Any, Document]:
        found = self._snapshot.get(collection, {})
        return {i: deepcopy(found[_key(i)]) for i in ids if _key(i) in found}

    async def find(
        self, collection: str, query: Document, *, sort: Sequence[str] = ("_id",), limit: int
    ) -> list[Document]:
        found = [
            deepcopy(d) for d in self._snapshot.get(collection, {}).values() if _answers(d, query)
        ]
        found.sort(key=lambda d: tuple(_sortable(_field(d, name)) for name in sort))
        return found[:limit]

    async def write(self, collection: str, writes: Sequence[Put | Delete]) -> None:
        found = self._snapshot.setdefault(collection, {})
        for write in writes:
            if isinstance(write, Delete):
                found.pop(_key(write.id), None)
            else:
                key = _key(write.document["_id"])
                if write.version is not None and _version(found.get(key)) != write.version:
                    raise Conflict(collection)
                found[key] = write.document
            self.writes.append((collection, write))


class PreparedStore(Store, Protocol):
    async def prepare(self, kinds: Sequence[Aggregate[Any]]) -> None: ...

    async def close(self) -> None: ...


class _NoLog:
    async def committed(self) -> Mapping[tuple[str, int], int]:
        return {}


class Bench:
    """Drives one service as the engine does, without a process: events in, events out, days."""

    def __init__(
        self,
        service: str,
        kinds: Sequence[Aggregate[Any]],
        handlers: Sequence[Handles],
        sweeps: Sequence[Sweeps],
        store: PreparedStore | None = None,
    ) -> None:
        self._service = service
        self._kinds = kinds
        self._sweeps = sweeps
        self.store: PreparedStore = store or MemoryStore()
        self._desk = Desk(service, self.store, Vault(TEST_SECRET), lambda: NOW)
        self._sequences: dict[str, int] = {}
        self._is_prepared = False
        self._today: date | None = None
        self.inbox = Inbox(self._desk, handlers)
        self.days = Days(self._desk, f"{service}-bench", _NoLog(), self.inbox, sweeps)
        self.published: list[IntegrationEvent] = []
        self.parked: list[Document] = []
        self.set_aside: list[Document] = []

    async def day(self, day: str | date) -> None:
        """Let every day up to this one pass; the first call enters this day itself."""
        target = date.fromisoformat(day) if isinstance(day, str) else day
        following = self._today + timedelta(days=1) if self._today else target
        while following <= target:
            await self.given(
                DayStarted(
                    effective_on=following,
                    recorded_on=following,
                    is_business_day=following.weekday() < 5,  # noqa: PLR2004
                )
            )
            self._today = following
            following += timedelta(days=1)

    async def given(self, *events: IntegrationEvent) -> None:
        """Deliver events of other services, in one batch, and let the service come to rest."""
        await self.take([self.record(event) for event in events])

    async def take(self, records: Iterable[Record]) -> None:
        await self._prepare()
        await self.inbox.take(list(records))
        await self.settle()

    async def settle(self) -> None:
        while await self.days.step():
            pass
        await self.look()

    def record(self, event: IntegrationEvent, sequence: int | None = None) -> Record:
        """The event as a record of its stream: the next in its place, or at `sequence`."""
        stream = f"{source_of(event.producer)}/{event.key}"
        number = sequence or self._sequences.get(stream, 0) + 1
        self._sequences[stream] = max(number, self._sequences.get(stream, 0))
        envelope = Envelope(
            type=event_type(type(event)),
            source=source_of(event.producer),
            key=event.key,
            sequence=number,
            correlation_id=f"{stream}/{number}",
            causation_id="",
        )
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
        await self._prepare()
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
        await self._prepare()

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

    def app(self, router: APIRouter) -> httpx.AsyncClient:
        """The service's HTTP side, called in process. `await look()` afterwards."""
        app = FastAPI()
        app.include_router(router)
        app.include_router(operator_routes(self._kinds, self._sweeps))
        app.add_middleware(LimitBody, bytes_max=1_000_000)
        map_errors(app)
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

    async def _prepare(self) -> None:
        if not self._is_prepared:
            await self.store.prepare(self._kinds)
            self._is_prepared = True


def _event(row: Document) -> IntegrationEvent:
    type_ = bytes(dict(row["headers"])["ce_type"]).decode()
    return CONTRACTS[type_].model_validate_json(row["value"])


def _key(id_: Any) -> str:
    return id_ if isinstance(id_, str) else canonical_json(id_)


def _version(document: Document | None) -> int:
    return document["version"] if document else 0


def _field(document: Document, path: str) -> Any:
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _sortable(value: Any) -> Any:
    return tuple(value.values()) if isinstance(value, dict) else value


def _answers(document: Document, query: Document) -> bool:
    return all(_fits(_field(document, name), wanted) for name, wanted in query.items())


def _fits(value: Any, wanted: Any) -> bool:
    """Equality and the comparisons of the port. As in MongoDB, a comparison never fits null."""
    if not isinstance(wanted, dict):
        return bool(value == wanted)
    tests: dict[str, Callable[[Any, Any], bool]] = {
        "$lte": lambda v, w: v is not None and v <= w,
        "$lt": lambda v, w: v is not None and v < w,
        "$gt": lambda v, w: v is not None and v > w,
        "$in": lambda v, w: v in w,
    }
    return all(tests[operator](value, bound) for operator, bound in wanted.items())
