"""The unit of work: what handlers load, decide on and save, gathered for one transaction.

`Batch` is a transaction's memory. Each event, command or due aggregate runs on a `Work` of its
own; only when it succeeds does the batch absorb its changes, so a failed one leaves no trace
(states are frozen, nothing leaks) and the rest of the batch goes on.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

from shared.errors import CalendarNotStarted, Invalid, NotFound, Waits
from shared.events import (
    Envelope,
    Event,
    IntegrationEvent,
    event_type,
    source_of,
    topic_of,
    write_headers,
)
from shared.mongo.aggregate import Aggregate, Document, journal_id, journal_type
from shared.mongo.store import Put, Session, Store
from shared.security import Vault

S = TypeVar("S")

RECORD_BYTES_MAX = 900_000  # a broker takes 1 MiB by default, headers and framing included
CALENDAR = "calendar"  # the one document of the collection of that name
FOUND_MAX = 20_000  # the largest set a sweep may ask for: a big city's cohort, well inside memory


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something happens: the id of the event, command or day it follows from."""

    correlation_id: str
    causation_id: str


@dataclass(frozen=True, slots=True)
class Held:
    """An aggregate as this transaction sees it. `stored` is the version that the store has."""

    state: Any
    version: int
    stored: int
    is_changed: bool = False


Key = tuple[Aggregate[Any], str]


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that was saved: to the journal, and to the outbox if it leaves the service."""

    kind: str
    key: str
    version: int
    event: Event
    cause: Cause
    value: bytes | None


class Work:
    """What one event, command or due aggregate does, kept apart until it has succeeded."""

    def __init__(self, batch: "Batch", cause: Cause, recorded_on: date | None) -> None:
        self._batch = batch
        self._recorded_on = recorded_on
        self.cause = cause
        self.held: dict[Key, Held] = {}
        self.recorded: list[Recorded] = []
        self.vault_writes: dict[str, Document] = {}

    @property
    def today(self) -> date:
        """The day to decide by: the last that this service has entered.

        News recorded on a later day is proof that this day has come: then it is that one. Else
        what an event does would depend on whether it or its day arrived first. Raises
        `CalendarNotStarted`.
        """
        if self._batch.today is None:
            raise CalendarNotStarted("no day has been entered yet: start the clock, then try again")
        return max(self._batch.today, self._recorded_on or self._batch.today)

    async def load(self, kind: Aggregate[S], key: str) -> S | None:
        return cast("S | None", (await self._hold(kind, key)).state)

    async def preload(self, kind: Aggregate[Any], keys: Iterable[str]) -> None:
        """Read many in one round trip, for what touches hundreds: `load` is free then."""
        await self._batch.preload((kind, key) for key in keys)

    async def require(self, kind: Aggregate[S], key: str) -> S:
        """The state, for a command that names it. Raises `NotFound`."""
        state = await self.load(kind, key)
        if state is None:
            raise NotFound(f"there is no {key} among the {kind.name} here: check the id")
        return state

    async def await_from(self, source: str, kind: Aggregate[S], key: str, on: str = "") -> S:
        """The state that an event of `source` brings. Raises `Waits` while it has not.

        `on` names the record key that brings it where that is not the aggregate's own key.
        """
        state = await self.load(kind, key)
        if state is None:
            raise Waits(source, on or key)
        return state

    async def find(self, kind: Aggregate[S], *, limit: int = FOUND_MAX, **equals: Any) -> list[S]:
        """All states with these field values, by id. A question over a set: sweeps and GETs only.

        What this transaction has changed already is seen as changed. Raises `Invalid` above
        `limit`, because a set that is silently cut would be a wrong answer.
        """
        query = {f"state.{name}": value for name, value in equals.items()}
        documents = await self._batch.session.find(kind.name, query, limit=limit + 1)
        if len(documents) > limit:
            raise Invalid(f"more than {limit} {kind.name} answer this question")
        states = {d["_id"]: (await self._hold(kind, d["_id"], d)).state for d in documents}
        states.update({k: h.state for (a, k), h in self._changed().items() if a is kind})
        return [s for _, s in sorted(states.items()) if _matches(kind, s, equals)]

    async def page(
        self, kind: Aggregate[S], *, after: str = "", limit: int = 100, **equals: Any
    ) -> list[S]:
        """At most `limit` states with an id above `after`: one page of a GET."""
        query: Document = {f"state.{name}": value for name, value in equals.items()}
        query["_id"] = {"$gt": after}
        documents = await self._batch.session.find(kind.name, query, limit=limit)
        return [kind.from_json(d["state"]) for d in documents]

    def save(self, kind: Aggregate[S], key: str, events: Iterable[Event]) -> S | None:
        """Fold events into the aggregate, journal them, publish those that are this service's.

        Load it first: the version that was seen is the version that must still be there.
        Raises `Invalid` for an event that is too large to publish.
        """
        held = self._seen(kind, key)
        for event in events:
            version = held.version + 1
            held = replace(
                held, state=kind.evolve(held.state, event), version=version, is_changed=True
            )
            value = self._batch.encode(event)
            self.recorded.append(Recorded(kind.name, key, version, event, self.cause, value))
        self.held[kind, key] = held
        return cast("S | None", held.state)

    def rely_on(self, kind: Aggregate[Any], key: str) -> None:
        """This decision holds only while that aggregate stays as seen: write its version, too.

        Else two transactions could each decide by the old world (write skew).
        """
        held = self._seen(kind, key)
        if held.state is None:
            raise LookupError(f"{kind.name} {key} is relied on but does not exist")
        self.held[kind, key] = replace(held, is_changed=True)

    async def read_vault(self, subject: str) -> dict[str, str]:
        """The personal data kept for this subject, decrypted; empty when there is none."""
        document = self.vault_writes.get(subject) or self._batch.vault_writes.get(subject)
        if document is None:
            document = (await self._batch.session.get("vault", [subject])).get(subject)
        return self._batch.vault.open(document) if document else {}

    async def write_vault(self, subject: str, fields: Mapping[str, str]) -> None:
        """Keep personal data, encrypted under the subject's own key. Merges with what is there."""
        merged = {**await self.read_vault(subject), **fields}
        self.vault_writes[subject] = self._batch.vault.seal(subject, merged)

    def keyed_hash(self, text: str) -> str:
        """A hash under the service's secret: finds a person again without keeping who she is."""
        return self._batch.vault.keyed_hash(text)

    async def _hold(self, kind: Aggregate[Any], key: str, document: Document | None = None) -> Held:
        if (kind, key) not in self.held:
            self.held[kind, key] = await self._batch.hold(kind, key, document)
        return self.held[kind, key]

    def _seen(self, kind: Aggregate[Any], key: str) -> Held:
        held = self.held.get((kind, key))
        if held is None:
            raise LookupError(f"{kind.name} {key} is saved without having been loaded")
        return held

    def _changed(self) -> dict[Key, Held]:
        return {k: h for k, h in {**self._batch.held, **self.held}.items() if h.is_changed}


@dataclass(frozen=True, slots=True)
class Announced:
    """A day that the clock has announced, with the end that each other topic had by then."""

    day: date
    event_id: str
    ends: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The day that this service is on (`event_id`: the DayStarted behind it) and those to come."""

    day: date | None = None
    event_id: str = ""
    announced: tuple[Announced, ...] = ()

    @classmethod
    def read(cls, found: Mapping[str, Document]) -> "Calendar":
        return _CALENDAR.validate_python(found[CALENDAR]["state"]) if found else cls()

    def note(self, announced: Announced) -> "Calendar":
        """Put a day on the list. The first ever is entered at once: there is nothing before it."""
        if self.day is None:
            return Calendar(announced.day, announced.event_id)
        return replace(self, announced=(*self.announced, announced))

    def enter(self) -> "Calendar":
        """Go on by one day, never by more."""
        following, *later = self.announced
        return Calendar(following.day, following.event_id, tuple(later))

    def put(self) -> Put:
        return Put({"_id": CALENDAR, "state": _CALENDAR.dump_python(self, mode="json")})


_CALENDAR = TypeAdapter(Calendar)


class Batch:
    """One transaction's memory: what was read once, what will be written in bulk at the end."""

    def __init__(self, service: str, session: Session, vault: Vault, now: datetime) -> None:
        self.service = service
        self.session = session
        self.vault = vault
        self.now = now
        self.calendar = self._opened = Calendar()
        self.held: dict[Key, Held] = {}
        self.vault_writes: dict[str, Document] = {}
        self._recorded: list[Recorded] = []

    async def open(self) -> "Batch":
        """Read the day, so that all in this transaction decide by the same one."""
        found = await self.session.get("calendar", [CALENDAR])
        self.calendar = self._opened = Calendar.read(found)
        return self

    @property
    def today(self) -> date | None:
        return self.calendar.day

    async def preload(self, keys: Iterable[Key]) -> None:
        """Read many aggregates in one round trip a kind."""
        wanted: dict[Aggregate[Any], set[str]] = {}
        for kind, key in keys:
            if (kind, key) not in self.held:
                wanted.setdefault(kind, set()).add(key)
        for kind, ids in wanted.items():
            found = await self.session.get(kind.name, sorted(ids))
            for key in ids:
                self.held[kind, key] = _held(kind, found.get(key))

    async def hold(self, kind: Aggregate[Any], key: str, document: Document | None) -> Held:
        if (kind, key) not in self.held:
            if document is None:
                document = (await self.session.get(kind.name, [key])).get(key)
            self.held[kind, key] = _held(kind, document)
        return self.held[kind, key]

    def work(self, cause: Cause, recorded_on: date | None = None) -> Work:
        """A unit of work in this transaction; for an event, with the day it was recorded on."""
        return Work(self, cause, recorded_on)

    def absorb(self, work: Work) -> None:
        self.held.update(work.held)
        self.vault_writes.update(work.vault_writes)
        self._recorded.extend(work.recorded)

    def encode(self, event: Event) -> bytes | None:
        """The event as it goes on the wire, None if it stays inside: an inner one, or another
        service's that is only taken note of. Checked here, where its handler can fail alone.
        """
        if not isinstance(event, IntegrationEvent) or event.producer != self.service:
            return None
        value = event.model_dump_json().encode()
        if len(value) > RECORD_BYTES_MAX:
            raise Invalid(f"a {type(event).__name__} of {len(value)} bytes is too large to publish")
        return value

    async def flush(self) -> None:
        """Write everything, late and at once: short transactions conflict least."""
        by_kind: dict[str, list[Put]] = {}
        for (kind, key), held in self.held.items():
            if held.is_changed:
                by_kind.setdefault(kind.name, []).append(_put(kind, key, held))
        for name, puts in by_kind.items():
            await self.session.write(name, puts)
        if self.calendar is not self._opened:
            await self.session.write("calendar", [self.calendar.put()])
        await self._write("vault", list(self.vault_writes.values()))
        await self._write("journal", [self._journal_row(r) for r in self._recorded])
        await self._publish([r for r in self._recorded if r.value is not None])

    async def _write(self, collection: str, documents: Sequence[Document]) -> None:
        if documents:
            await self.session.write(collection, [Put(d) for d in documents])

    def _journal_row(self, recorded: Recorded) -> Document:
        return {
            "_id": journal_id(recorded.kind, recorded.key, recorded.version),
            "kind": recorded.kind,
            "key": recorded.key,
            "version": recorded.version,
            "type": journal_type(recorded.event),
            "event": recorded.event.model_dump(mode="json"),
            "correlation_id": recorded.cause.correlation_id,
            "causation_id": recorded.cause.causation_id,
            "at": self.now,
        }

    async def _publish(self, recorded: Sequence[Recorded]) -> None:
        """Number the events in their streams and lay them, encoded, in the outbox.

        A row's id is (clock, stream): the stream's document carries a clock that only grows, so
        rows of a stream sort in their order even when the wall clock jumps back.
        """
        keys = sorted({cast("IntegrationEvent", r.event).key for r in recorded})
        streams = await self.session.get("streams", keys) if keys else {}
        rows = []
        for item in recorded:
            event = cast("IntegrationEvent", item.event)
            old = streams.get(event.key, {"sequence": 0, "clock": 0})
            clock = max(_microseconds(self.now), old["clock"] + 1)
            sequence = old["sequence"] + 1
            streams[event.key] = {"_id": event.key, "sequence": sequence, "clock": clock}
            rows.append(self._outbox_row(item, sequence, clock))
        await self._write("streams", [streams[key] for key in keys])
        await self._write("outbox", rows)

    def _outbox_row(self, recorded: Recorded, sequence: int, clock: int) -> Document:
        event = cast("IntegrationEvent", recorded.event)
        contract = type(event)
        envelope = Envelope(
            type=event_type(contract),
            source=source_of(self.service),
            key=event.key,
            sequence=sequence,
            correlation_id=recorded.cause.correlation_id,
            causation_id=recorded.cause.causation_id,
        )
        return {
            "_id": {"clock": clock, "stream": event.key},
            "topic": topic_of(self.service),
            "key": event.key.encode(),
            "value": recorded.value,
            "headers": [list(h) for h in write_headers(contract, envelope, self.now)],
        }


@dataclass(frozen=True, slots=True)
class Desk:
    """What every part of the engine works at: one service's name, store, vault and clock.

    The clock gives aware UTC instants for the record; nothing is decided by it.
    """

    service: str
    store: Store
    vault: Vault
    now: Callable[[], datetime]

    async def batch(self, session: Session) -> Batch:
        return await Batch(self.service, session, self.vault, self.now()).open()


def _held(kind: Aggregate[Any], document: Document | None) -> Held:
    if document is None:
        return Held(None, 0, 0)
    return Held(kind.from_json(document["state"]), document["version"], document["version"])


def _put(kind: Aggregate[Any], key: str, held: Held) -> Put:
    due_on = kind.due_on(held.state)
    version = held.version if held.version > held.stored else held.stored + 1
    document = {
        "_id": key,
        "version": version,
        "due_on": due_on.isoformat() if due_on else None,
        "state": kind.to_json(held.state),
    }
    return Put(document, held.stored)


def _matches(kind: Aggregate[Any], state: Any, equals: Mapping[str, Any]) -> bool:
    document = kind.to_json(state)
    return all(document[name] == value for name, value in equals.items())


def _microseconds(instant: datetime) -> int:
    return int((instant - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)
