"""One transaction's memory, and what it writes at the end, in bulk."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, cast

from shared.errors import Invalid
from shared.events import (
    Event,
    IntegrationEvent,
    envelope_of,
    topic_of,
    write_headers,
)
from shared.metrics import Metrics
from shared.mongo.aggregate import Aggregate, Document, journal_id, journal_type
from shared.mongo.calendar import CALENDAR, GATE, Calendar, read_gate
from shared.mongo.orphans import ORPHANS, Claims
from shared.mongo.store import Put, Session, Store
from shared.mongo.work import Cause, Held, Key, Recorded, Work
from shared.security import Vault
from shared.tracing import Tracer

RECORD_BYTES_MAX = 900_000  # a broker takes 1 MiB by default, headers and framing included


class Batch:
    """One transaction's memory: what was read once, what will be written in bulk at the end."""

    def __init__(self, service: str, session: Session, vault: Vault, now: datetime) -> None:
        self.service = service
        self.session = session
        self.vault = vault
        self.now = now
        self.calendar = self._opened = Calendar()
        self.gate: date | None = None
        self.held: dict[Key, Held] = {}
        self._read: dict[Key, Document | None] = {}
        self._puts: dict[Key, Put] = {}
        self.vault_writes: dict[str, Document] = {}
        self._recorded: list[Recorded] = []

    async def open(self) -> "Batch":
        """Read the day, so that all in this transaction decide by the same one."""
        found = await self.session.get("calendar", [CALENDAR, GATE])
        self.calendar = self._opened = Calendar.read(found)
        self.gate = read_gate(found)
        return self

    @property
    def today(self) -> date | None:
        return self.calendar.day

    async def preload(self, keys: Iterable[Key]) -> None:
        """Read many aggregates in one round trip a kind. They are decoded when they are loaded,
        so that a document that cannot be fails only those who ask for it.
        """
        wanted: dict[Aggregate[Any], set[str]] = {}
        for kind, key in keys:
            if (kind, key) not in self._read:
                wanted.setdefault(kind, set()).add(key)
        for kind, ids in wanted.items():
            found = await self.session.get(kind.name, sorted(ids))
            self._read.update({(kind, key): found.get(key) for key in ids})

    async def hold(self, kind: Aggregate[Any], key: str, document: Document | None) -> Held:
        if (kind, key) not in self.held:
            if document is None and (kind, key) not in self._read:
                await self.preload([(kind, key)])
            self.held[kind, key] = _held(kind, document or self._read[kind, key])
        return self.held[kind, key]

    def work(self, cause: Cause, recorded_on: date | None = None) -> Work:
        """A unit of work in this transaction; for an event, with the day it was recorded on."""
        return Work(self, cause, recorded_on)

    def absorb(self, work: Work) -> None:
        """Take over what a work did. Documents are made here, where it can still fail alone."""
        changed = {
            key: held
            for key, held in work.held.items()
            if held.is_changed and held is not self.held.get(key)
        }
        self._puts.update({(kind, key): _put(kind, key, h) for (kind, key), h in changed.items()})
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
        for (kind, _), put in self._puts.items():
            by_kind.setdefault(kind.name, []).append(put)
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
        rows of a stream sort in their order even when the wall clock jumps back. What a stream
        has told already, before it was restored, is claimed instead.
        """
        keys = sorted({cast("IntegrationEvent", r.event).key for r in recorded})
        streams = await self.session.get("streams", keys) if keys else {}
        claims = await Claims.open(self.session, streams)
        rows = []
        for item in recorded:
            event = cast("IntegrationEvent", item.event)
            old = streams.get(event.key, {"sequence": 0, "clock": 0})
            if old.get("orphans"):
                streams[event.key] = claims.claim(event, old)
                continue
            clock = max(_microseconds(self.now), old["clock"] + 1)
            sequence = old["sequence"] + 1
            streams[event.key] = {"_id": event.key, "sequence": sequence, "clock": clock}
            rows.append(self._outbox_row(item, sequence, clock))
        await self._write("streams", [streams[key] for key in keys])
        await self._write("outbox", rows)
        if claims.writes:
            await self.session.write(ORPHANS, claims.writes)

    def _outbox_row(self, recorded: Recorded, sequence: int, clock: int) -> Document:
        event = cast("IntegrationEvent", recorded.event)
        cause = recorded.cause
        envelope = envelope_of(
            event, sequence, cause.correlation_id, cause.causation_id, cause.traceparent
        )
        return {
            "_id": {"clock": clock, "stream": event.key},
            "topic": topic_of(self.service),
            "key": event.key.encode(),
            "value": recorded.value,
            "headers": [list(h) for h in write_headers(type(event), envelope, self.now)],
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
    metrics: Metrics
    tracer: Tracer

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


def _microseconds(instant: datetime) -> int:
    return int((instant - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)
