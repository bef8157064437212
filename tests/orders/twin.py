"""The city in memory: four services, the log between them, and a scheduler that has a seed.

Every step is the engine's own (take a batch, release, sweep, enter a day, relay), on the store's
twin. The scheduler only decides what happens next, among all that Kafka allows: records of a
partition in their order, partitions in any; a service may lag behind, be down, or run ahead.
"""

import random
import zlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

import httpx
from fastapi import FastAPI

from shared.bus import Days, Inbox, Record, Relay
from shared.bus.parking import Ends
from shared.events import envelope_of, topic_of, write_headers
from shared.events.calendar import DayStarted
from shared.mongo import Aggregate, Cause, Desk, Document, Session, Work
from shared.mongo.proofs import digest, verify
from shared.security import Vault
from shared.service.http import Edge, map_errors
from shared.testing import TEST_SECRET, MemoryStore

SERVICES = ("intake", "placement", "payroll", "counseling")
CALENDAR = topic_of("calendar")
PARTITIONS = 3
BATCH_MAX = 7  # small, so that many batches are cut in many ways
NOW = datetime(2022, 1, 1, tzinfo=UTC)
ROUNDS_MAX = 200_000  # of one day: more would be a livelock
EAGERNESS = 0.2  # how often a command comes before a step
ONE_DAY = timedelta(days=1)

T = TypeVar("T")
S = TypeVar("S")
Partition = tuple[str, int]


@cache
def _app(name: str) -> FastAPI:
    """A service's HTTP side. Made once: making it takes longer than a day of the city."""
    app = FastAPI()
    app.include_router(import_module(f"services.{name}.api").router)
    map_errors(app)
    return app


class Livelock(Exception):
    """The city does not come to rest."""


class NotYet(Exception):
    """A service refused a command or a question, perhaps because news has not arrived."""


class TwinLog:
    """Kafka as a consumer may rely on it: partitions, offsets, ends."""

    def __init__(self) -> None:
        self.partitions: dict[Partition, list[Record]] = {}

    def append(
        self, topic: str, key: bytes, value: bytes, headers: Iterable[tuple[str, bytes]]
    ) -> None:
        number = 0 if topic == CALENDAR else zlib.crc32(key) % PARTITIONS
        records = self.partitions.setdefault((topic, number), [])
        producer = topic.split(".")[1]
        records.append(Record(producer, topic, number, len(records), key, value, tuple(headers)))

    def ends(self) -> Ends:
        """Of every topic but the calendar's."""
        return tuple(
            (topic, number, len(records))
            for (topic, number), records in sorted(self.partitions.items())
            if topic != CALENDAR
        )


class TwinService:
    """One service: what `shared.service.runtime` puts together, without a process."""

    def __init__(self, name: str, log: TwinLog) -> None:
        storage = import_module(f"services.{name}.storage")
        handlers = import_module(f"services.{name}.handlers")
        self.name = name
        self.kinds: Sequence[Aggregate[Any]] = storage.KINDS
        self.store = MemoryStore()
        self._log = log
        self._sweeps = handlers.SWEEPS
        self._desk = Desk(name, self.store, Vault(TEST_SECRET), lambda: NOW)
        self._inbox = Inbox(self._desk, handlers.HANDLERS)
        self._days = Days(self._desk, name, self, self._inbox, handlers.SWEEPS)
        self._relay = Relay(name, self.store, self)
        self.read: dict[Partition, int] = {}

    async def start(self) -> None:
        await self.store.prepare(self.kinds)

    async def committed(self) -> Mapping[Partition, int]:
        return self.read

    async def send(self, rows: Sequence[Document]) -> list[Any]:
        for row in rows:
            headers = [(name, value) for name, value in row["headers"]]
            self._log.append(row["topic"], row["key"], row["value"], headers)
        return [row["_id"] for row in rows]

    def unread(self) -> list[Partition]:
        """Partitions of the other services' topics with something new."""
        return [
            partition
            for partition, records in sorted(self._log.partitions.items())
            if partition[0] != topic_of(self.name) and len(records) > self.read.get(partition, 0)
        ]

    async def poll(self, partition: Partition, count: int) -> None:
        """Take the next records of one partition, then commit: as the engine does."""
        position = self.read.get(partition, 0)
        batch = self._log.partitions[partition][position : position + count]
        ends = tuple(end for end in self._log.ends() if end[0] != topic_of(self.name))
        await self._inbox.take(batch, ends)
        self.read[partition] = position + len(batch)

    async def step(self) -> bool:
        """One step of its days or of its relay; False when there is nothing to do."""
        return await self._days.step() or bool(await self._relay.step())

    async def post(self, path: str, body: Document, key: str) -> Document:
        """A command over HTTP. Raises `NotYet` where asking again later may help."""
        async with self._http() as http:
            answer = await http.post(path, json=body, headers={"Idempotency-Key": key})
        found: Document = answer.json()
        if answer.is_success:
            return found
        raise NotYet(f"{self.name} {path}: {answer.status_code} {found}")

    async def get(self, path: str, **params: str | int) -> Document:
        async with self._http() as http:
            answer = await http.get(path, params=params)
        if not answer.is_success:
            raise NotYet(f"{self.name} {path}: {answer.status_code} {answer.text}")
        found: Document = answer.json()
        return found

    async def items(self, path: str) -> list[Document]:
        """A whole list, which is one page here."""
        items: list[Document] = (await self.get(path, limit=500))["items"]
        return items

    def _http(self) -> httpx.AsyncClient:
        app = _app(self.name)
        app.state.edge = Edge(self._desk, lambda: None)  # one city at a time uses the application
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://service")

    async def query(self, handle: Callable[[Work], Awaitable[T]]) -> T:
        async def run(session: Session) -> T:
            return await handle((await self._desk.batch(session)).work(Cause("", "")))

        return await self.store.read(run)

    async def is_through(self, day: date) -> bool:
        """It is on this day and has done what fell due on it by itself."""
        today = (await self.store.read(self._desk.batch)).today
        return today == day and await self._days.due_left() == 0

    async def states(self, kind: Aggregate[S]) -> list[S]:
        return await self.query(lambda work: work.find(kind))

    async def digest(self) -> str:
        found = await self.store.read(lambda session: digest(session, self.kinds))
        return str(found["sha256"])

    async def troubles(self) -> list[str]:
        """What is parked or set aside, and states that are not the fold of their journals."""
        parked = await self._rows("parked", {})
        found = [f"{self.name} parked {p['_id']}: {p['reason']}" for p in parked]
        for kind in self.kinds:
            for row in await self._rows(kind.name, {"set_aside.reason": {"$gt": ""}}):
                why = row["set_aside"]["reason"]
                found.append(f"{self.name} set aside {kind.name} {row['_id']}: {why}")
        verified = await self.store.read(lambda session: verify(session, self.kinds))
        return found + [f"{self.name} differs {d}" for d in verified["differences"]]

    async def _rows(self, collection: str, query: Document) -> list[Document]:
        async def read(session: Session) -> list[Document]:
            return await session.find(collection, query, limit=100_000)

        return await self.store.read(read)


@dataclass(frozen=True)
class Act:
    """What somebody does on a day, at one service. Runs again until the service takes it."""

    service: str
    name: str
    run: Callable[["City"], Awaitable[None]]


Script = Mapping[date, Sequence[Act]]


@dataclass
class Order:
    """What Kafka does this time. Without a seed: the demo's order, all news before anything else.

    `first`: topics that are read whole before the others are. `down`: a service and the days on
    which it does not run. `is_eager`: commands come at any moment of their day, not only at rest.
    """

    seed: int | None = None
    first: tuple[str, ...] = ()
    down: tuple[str, date, date] | None = None
    is_eager: bool = False

    def is_down(self, service: str, day: date) -> bool:
        if self.down is None:
            return False
        name, first, last = self.down
        return service == name and first <= day <= last


@dataclass
class City:
    order: Order
    log: TwinLog = field(default_factory=TwinLog)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.order.seed)  # the same order again
        self.services = {name: TwinService(name, self.log) for name in SERVICES}
        self.today = date.min
        self._waiting: list[Act] = []

    def __getitem__(self, name: str) -> TwinService:
        return self.services[name]

    async def play(self, script: Script, first: date, last: date) -> None:
        """Day after day, each act on its day or, where its service is down, when it is back."""
        for service in self.services.values():
            await service.start()
        self.today = first
        sequence = 0
        while self.today <= last:
            sequence += 1
            self._announce(sequence)
            self._waiting += script.get(self.today, ())
            await self._live_through()
            self.today += ONE_DAY

    async def troubles(self) -> list[str]:
        found = [trouble for one in self.services.values() for trouble in await one.troubles()]
        return found + [f"nobody could do: {act.name}" for act in self._waiting]

    def _announce(self, sequence: int) -> None:
        started = DayStarted(
            effective_on=self.today,
            recorded_on=self.today,
            is_business_day=self.today.weekday() < 5,
        )
        id_ = f"/womanup/calendar/seoul/{sequence}"
        headers = write_headers(DayStarted, envelope_of(started, sequence, id_), NOW)
        value = started.model_dump_json().encode()
        self.log.append(CALENDAR, started.key.encode(), value, headers)

    async def _live_through(self) -> None:
        """Until nothing is left to read, to do or to send, and every act is done."""
        up = [s for s in self.services.values() if not self.order.is_down(s.name, self.today)]
        await self._rest(up)
        while acts := [act for act in self._waiting if self[act.service] in up]:
            await acts[0].run(self)
            self._waiting.remove(acts[0])
            await self._rest(up)

    async def _try_an_act(self, service: TwinService) -> None:
        """A command in the middle of its day. What is not known yet is asked again later."""
        acts = [act for act in self._waiting if act.service == service.name]
        if not acts or not self.order.is_eager or self._rng.random() > EAGERNESS:
            return
        if service.name == "payroll" or not await service.is_through(self.today):
            return  # who pays and who banks look at lists, and come when the day is over
        try:
            await acts[0].run(self)
        except NotYet:
            return
        self._waiting.remove(acts[0])

    async def _rest(self, up: Sequence[TwinService]) -> None:
        quiet: set[str] = set()
        for _ in range(ROUNDS_MAX):
            choices = self._choices(up, quiet)
            if not choices:
                return
            service, partition = self._rng.choice(choices) if self.order.seed else choices[0]
            if partition:
                count = self._rng.randint(1, BATCH_MAX) if self.order.seed else 1000
                await service.poll(partition, count)
                quiet.discard(service.name)
            elif not await service.step():
                quiet.add(service.name)
            else:
                await self._try_an_act(service)
        raise Livelock(f"on {self.today}")

    def _choices(
        self, up: Sequence[TwinService], quiet: set[str]
    ) -> list[tuple[TwinService, Partition | None]]:
        """Everything that may happen next: a partition of a service is read, or it steps."""
        found: list[tuple[TwinService, Partition | None]] = []
        for service in up:
            unread = service.unread()
            preferred = [p for topic in self.order.first for p in unread if p[0] == topic]
            found += [(service, partition) for partition in preferred or unread]
            if service.name not in quiet:
                found.append((service, None))
        return found
