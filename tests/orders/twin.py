"""The city in memory: four services, the log between them, and a scheduler that has a seed.

Every step is the engine's own (take a batch, release, sweep, enter a day, relay), on the store's
twin. The scheduler only decides what happens next, among all that Kafka allows: records of a
partition in their order, partitions in any; a service may lag behind, be down, or run ahead.
"""

import random
import zlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import import_module

import httpx

from ops.bank import Row
from shared.bus import Record, Relay
from shared.bus.parking import Ends
from shared.bus.relay import Sent
from shared.errors import CalendarNotStarted
from shared.events import envelope_of, topic_of, write_headers
from shared.events.calendar import DayStarted
from shared.mongo import Document, Work
from shared.testing import NOW, Bench

SERVICES = ("intake", "placement", "payroll", "counseling")
CALENDAR = topic_of("calendar")
PARTITIONS = 3
BATCH_MAX = 7  # small, so that many batches are cut in many ways
ROUNDS_MAX = 200_000  # of one day: more would be a livelock
EAGERNESS = 0.2  # how often a command comes before a step
ONE_DAY = timedelta(days=1)

Partition = tuple[str, int]


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
    """One service on a bench, with a log to read from and a relay to publish on it."""

    def __init__(self, name: str, log: TwinLog) -> None:
        storage = import_module(f"services.{name}.storage")
        handlers = import_module(f"services.{name}.handlers")
        self.name = name
        self.bench = Bench(name, storage.KINDS, handlers.HANDLERS, handlers.SWEEPS, log=self)
        self._http = self.bench.app(import_module(f"services.{name}.api").router)
        self._relay = Relay(name, self.bench.store, self, self.bench.metrics)
        self._log = log
        self._topic = topic_of(name)
        self._read: dict[Partition, int] = {}

    async def committed(self) -> Mapping[Partition, int]:
        return self._read

    async def send(self, rows: Sequence[Document]) -> Sent:
        for row in rows:
            headers = [(name, value) for name, value in row["headers"]]
            self._log.append(row["topic"], row["key"], row["value"], headers)
        return Sent([row["_id"] for row in rows], {})

    def unread(self) -> list[Partition]:
        """Partitions of the other services' topics with something new, sorted."""
        read = self._read
        found = [p for p, rows in self._log.partitions.items() if len(rows) > read.get(p, 0)]
        return sorted(p for p in found if p[0] != self._topic)

    async def poll(self, partition: Partition, count: int) -> None:
        """Take the next records of one partition, then commit: as the engine does."""
        position = self._read.get(partition, 0)
        batch = self._log.partitions[partition][position : position + count]
        ends = tuple(end for end in self._log.ends() if end[0] != topic_of(self.name))
        await self.bench.inbox.take(batch, ends)
        self._read[partition] = position + len(batch)

    async def step(self) -> bool:
        """One step of its days or of its relay; False when there is nothing to do."""
        return await self.bench.days.step() or bool(await self._relay.step())

    async def post(self, path: str, body: Document, key: str) -> Document:
        """A command over HTTP. Raises `NotYet` where asking again later may help."""
        return self._found(await self._http.post(path, json=body, headers={"Idempotency-Key": key}))

    async def get(self, path: str, **params: str | int) -> Document:
        return self._found(await self._http.get(path, params=params))

    async def items(self, path: str) -> list[Document]:
        """A whole list, which is one page here."""
        items: list[Document] = (await self.get(path, limit=500))["items"]
        return items

    async def is_through(self, day: date) -> bool:
        """It is on this day and has done what fell due on it by itself."""
        return await self.bench.query(_today) == day and await self.bench.days.due_left() == 0

    async def troubles(self) -> list[str]:
        """What is parked or set aside. Raises where a state is not the fold of its journal."""
        await self.bench.look()
        await self.bench.verify()
        parked = [f"{self.name} parked {p['_id']}: {p['reason']}" for p in self.bench.parked]
        aside = self.bench.set_aside
        return parked + [f"{self.name} set aside {a['key']}: {a['reason']}" for a in aside]

    def _found(self, answer: httpx.Response) -> Document:
        found: Document = answer.json()
        if not answer.is_success:
            raise NotYet(f"{self.name} {answer.url.path}: {answer.status_code} {found}")
        return found


async def _today(work: Work) -> date | None:
    try:
        return work.today
    except CalendarNotStarted:
        return None


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
    """`bank` is the bank's own book: what it did, written by whoever plays the bank."""

    order: Order
    log: TwinLog = field(default_factory=TwinLog)
    bank: list[Row] = field(default_factory=list)

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
            await service.bench.prepare()
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
