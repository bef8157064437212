"""Parked records and the inbox rows that hold their streams: kept together, written together."""

import traceback
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

from shared.events import Envelope
from shared.logs import logger
from shared.mongo import Delete, Document, Overdue, Put, Refused, Session
from shared.mongo.acts import acts_of
from shared.tracing import Span

Ends = tuple[tuple[str, int, int], ...]
Outcome = Literal["taken", "rejected", "passed_over"]
log = logger()


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it came from the log. `producer` is the service whose topic it is."""

    producer: str
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]

    @classmethod
    def from_parked(cls, parked: Document) -> "Record":
        fields: dict[str, Any] = {name: parked[name] for name in cls.__slots__}
        return cls(**{**fields, "headers": tuple((n, v) for n, v in fields["headers"])})


@dataclass(frozen=True, slots=True)
class Setback:
    """Why a record is parked: failed for good, waits for another stream, or behind one that is."""

    kind: Literal["failed", "waits", "behind"]
    reason: str
    fingerprint: str = ""
    waits: Document | None = None


@dataclass(slots=True)
class Blame:
    """A store refuses a transaction, not a document: fewer are tried at once, up to `limit`, until
    one stands alone. That bears the reason, in another transaction, and only if it is still as it
    was tried: meanwhile another instance may have moved on to the next, or an operator may have
    released this one.
    """

    limit: int
    reason: str = ""
    _tried: Document | None = None
    _refused: Document | None = None

    def is_on(self, document: Document) -> bool:
        """Whether this is what was refused; else it is what is tried now."""
        self._tried = document
        return document == self._refused

    def lay(self, refusal: Refused | Overdue) -> None:
        """On what was tried last, where it was alone. Raises it again where that bears it already,
        where nothing was tried, or where the store is only slow.
        """
        if self.limit > 1:
            self.limit //= 2
            return
        if isinstance(refusal, Overdue) or self._tried == self._refused:
            raise refusal
        self.reason, self._refused = str(refusal), self._tried


@dataclass(slots=True)
class Lane:
    last_sequence: int = 0
    parked: int = 0
    is_changed: bool = False


def after_gate(recorded_on: date) -> Setback:
    """News of a day that an operator has not let the service enter, after a takeover."""
    until = recorded_on.isoformat()
    waits = {"stream": "", "seen": 0, "until": until}
    return Setback("waits", f"waits for a takeover to reach {until}", waits=waits)


class Lanes:
    """The inbox rows and parked records that one transaction touches.

    `outcomes` counts what became of its records, `spans` are what its handlers began: to be told
    once it is stored, not before.
    """

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now
        self._lanes: dict[str, Lane] = {}
        self._parked_ids: set[str] = set()
        self._writes: dict[str, list[Put | Delete]] = {}
        self._unreadable: dict[str, tuple[Record, str]] = {}
        self.outcomes: Counter[str] = Counter()
        self.spans: list[Span] = []

    async def open(self, envelopes: Iterable[Envelope]) -> None:
        """Read the rows of these streams, and which of these very records are parked already."""
        by_stream: dict[str, list[str]] = {}
        for envelope in envelopes:
            by_stream.setdefault(envelope.stream, []).append(envelope.id)
        await self._open_streams(sorted(by_stream))
        held_up = [i for s, ids in by_stream.items() if self._lanes[s].parked for i in ids]
        if held_up:
            self._parked_ids |= set(await self._session.get("parked", held_up))

    async def open_parked(self, stream: str, limit: int) -> list[Document]:
        """The stream's next parked records, in order, as far as they follow one another."""
        await self._open_streams([stream])
        following = self.last(stream) + 1
        ids = [f"{stream}/{n}" for n in range(following, following + limit)]
        found = await self._session.get("parked", ids)
        return [found[i] for i in ids if i in found]

    def last(self, stream: str) -> int:
        return self._lanes[stream].last_sequence

    def is_parked(self, event_id: str) -> bool:
        return event_id in self._parked_ids

    @property
    def advanced(self) -> int:
        """How many records moved their streams on; not those that were parked, again or first."""
        return sum(self.outcomes[outcome] for outcome in get_args(Outcome))

    def advance(self, envelope: Envelope, outcome: Outcome) -> None:
        self.outcomes[outcome] += 1
        lane = self._lanes[envelope.stream]
        lane.last_sequence = envelope.sequence
        lane.is_changed = True

    async def waiting(self, stream: str) -> Setback:
        """Parked until that stream moves past what this very snapshot has seen of it."""
        if stream not in self._lanes:
            await self._open_streams([stream])
        waits = {"stream": stream, "seen": self.last(stream)}
        return Setback("waits", f"waits for {stream}", waits=waits)

    def park(self, record: Record, envelope: Envelope, setback: Setback, ends: Ends = ()) -> None:
        """Keep it, with the ends that the other topics had when it came: a day needs them."""
        lane = self._lanes[envelope.stream]
        lane.parked += 1
        lane.is_changed = True
        self._parked_ids.add(envelope.id)
        self.outcomes[setback.kind] += 1
        self._put(envelope.id, record, setback, envelope, ends)

    def park_unreadable(self, record: Record, reason: str) -> None:
        """It names no stream, so it holds up none; its place in the log is its only name."""
        self._unreadable[f"{record.topic}/{record.partition}/{record.offset}"] = (record, reason)

    def park_again(self, parked: Document, setback: Setback) -> None:
        self._lanes[parked["stream"]].is_changed = True
        self.outcomes[setback.kind] += 1
        self._write("parked", Put({**parked, **_fields(setback)}))

    def unpark(self, parked: Document) -> None:
        lane = self._lanes[parked["stream"]]
        lane.parked -= 1
        lane.is_changed = True
        self._write("parked", Delete(parked["_id"]))

    async def flush(self) -> None:
        await self._park_unreadable()
        for stream, lane in self._lanes.items():
            if lane.is_changed:
                row = {"_id": stream, "last_sequence": lane.last_sequence, "parked": lane.parked}
                self._write("inbox", Put(row))
        for collection, writes in self._writes.items():
            await self._session.write(collection, writes)

    async def _open_streams(self, streams: Sequence[str]) -> None:
        rows = await self._session.get("inbox", streams)
        for stream in streams:
            row = rows.get(stream)
            self._lanes[stream] = Lane(row["last_sequence"], row["parked"]) if row else Lane()

    async def _park_unreadable(self) -> None:
        """No number tells that they came before: their place does, parked or discarded."""
        parked = await self._session.get("parked", list(self._unreadable))
        for place, (record, reason) in self._unreadable.items():
            acts = await acts_of(self._session, "parked", place)
            if place in parked or any(act["type"] == "discarded" for act in acts):
                self.outcomes["duplicate"] += 1
                continue
            self.outcomes["failed"] += 1
            self._put(place, record, Setback("failed", reason, f"unreadable:{reason}"))

    def _put(
        self,
        id_: str,
        record: Record,
        setback: Setback,
        envelope: Envelope | None = None,
        ends: Ends = (),
    ) -> None:
        log.warning("event_parked", parked_id=id_, kind=setback.kind, reason=setback.reason)
        document = {name: getattr(record, name) for name in Record.__slots__}
        document |= {"_id": id_, "at": self._now, "ends": [list(end) for end in ends]}
        document |= {"stream": envelope and envelope.stream}
        document |= {"sequence": envelope and envelope.sequence}
        document |= {"headers": [list(h) for h in record.headers], **_fields(setback)}
        self._write("parked", Put(document))

    def _write(self, collection: str, write: Put | Delete) -> None:
        self._writes.setdefault(collection, []).append(write)


def _fields(setback: Setback) -> Document:
    return {name: getattr(setback, name) for name in Setback.__slots__}


def fingerprint(error: Exception) -> str:
    """What makes two failures the same one: the exception's type and the last frame of ours.

    Never its message, which may quote data.
    """
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "/site-packages/" not in f.filename]
    place = f"{ours[-1].name}:{ours[-1].lineno}" if ours else "?"
    return f"{type(error).__name__}:{place}"
