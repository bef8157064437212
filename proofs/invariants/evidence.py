"""What a stack left behind, as plain values: unjudged, and easy to make by hand for a test.

Documents are as they lie in MongoDB. Topics are without their prefix.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from ops.topics import Record
from shared.events import Envelope, read_envelope

Document = Mapping[str, Any]
Place = tuple[str, int]
"""A topic and a partition of it."""


@dataclass(frozen=True, slots=True)
class Store:
    """One service's database, as far as the invariants speak of it. `ledger`: payroll's only."""

    journal: tuple[Document, ...] = ()
    outbox: tuple[Document, ...] = ()
    inbox: tuple[Document, ...] = ()
    parked: tuple[Document, ...] = ()
    streams: tuple[Document, ...] = ()
    calendar: tuple[Document, ...] = ()
    idempotency: tuple[Document, ...] = ()
    ledger: tuple[Document, ...] = ()

    @property
    def last_sequences(self) -> dict[str, int]:
        return {row["_id"]: row["last_sequence"] for row in self.inbox}

    @property
    def parked_ids(self) -> frozenset[str]:
        return frozenset(row["_id"] for row in self.parked)

    @property
    def parked_sequences(self) -> dict[str, list[int]]:
        """By stream, ascending; what is unreadable names none."""
        found: dict[str, list[int]] = {}
        for row in self.parked:
            if row["stream"] is not None:
                found.setdefault(row["stream"], []).append(row["sequence"])
        return {stream: sorted(sequences) for stream, sequences in found.items()}


@dataclass(frozen=True, slots=True)
class Said:
    """A record whose envelope can be read."""

    record: Record
    envelope: Envelope

    @property
    def body(self) -> Any:
        return read_body(self.record.value)


@dataclass(frozen=True, slots=True)
class Reply:
    """What one HTTP command was answered. `kept_as`: the `_id` of its row in `idempotency`."""

    service: str
    key: str
    kept_as: str
    status: int
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Recovery:
    """A process died; `seconds` later it was ready again."""

    process: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Sample:
    """The resident bytes of a process. Samples of one are in the order in which they were taken."""

    process: str
    resident_bytes: int


@dataclass(frozen=True)
class Evidence:
    """What `gather` reads, and below it what only a rig can know: put it in with `replace`.

    `committed`: service → place → offset. `logs`: file → lines. `verified`: service → its answer
    to GET /verify. `foreign`: topic, partition and offset of records that the rig itself put on a
    service's topic; nobody has to have committed them. `recovery_ratio`: how many times slower
    than a quiet machine this one may be.
    """

    prefix: str = ""
    records: tuple[Record, ...] = ()
    stores: Mapping[str, Store] = field(default_factory=dict)
    committed: Mapping[str, Mapping[Place, int]] = field(default_factory=dict)
    logs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    verified: Mapping[str, Document] = field(default_factory=dict)

    foreign: frozenset[tuple[str, int, int]] = frozenset()
    replies: tuple[Reply, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    recovery_ratio: Fraction = Fraction(1)
    samples: tuple[Sample, ...] = ()

    @cached_property
    def said(self) -> tuple[Said, ...]:
        """The readable records, by topic, partition and offset."""
        found = []
        for record in sorted(self.records, key=lambda r: (r.topic, r.partition, r.offset)):
            envelope = read_envelope(producer_of(record.topic), record.key, record.headers)
            if isinstance(envelope, Envelope):
                found.append(Said(record, envelope))
        return tuple(found)

    @cached_property
    def unreadable(self) -> tuple[Record, ...]:
        readable = {place_of(said.record) for said in self.said}
        return tuple(r for r in self.records if place_of(r) not in readable)

    @cached_property
    def firsts(self) -> Mapping[str, Mapping[int, Said]]:
        """Stream → sequence → its first record: the one that counts for every subscriber."""
        found: dict[str, dict[int, Said]] = {}
        for said in self.said:
            numbers = found.setdefault(said.envelope.stream, {})
            numbers.setdefault(said.envelope.sequence, said)
        return found

    @cached_property
    def ends(self) -> Mapping[Place, int]:
        """The offset behind the last record of each partition that has any."""
        found: dict[Place, int] = {}
        for record in self.records:
            place = (record.topic, record.partition)
            found[place] = max(found.get(place, 0), record.offset + 1)
        return found

    def is_foreign(self, said: Said) -> bool:
        return place_of(said.record) in self.foreign

    def parked_as(self, record: Record) -> str:
        """What an unreadable record is called in `parked`."""
        return f"{self.prefix}{record.topic}/{record.partition}/{record.offset}"


def producer_of(topic: str) -> str:
    return topic.split(".")[1]


def place_of(record: Record) -> tuple[str, int, int]:
    return record.topic, record.partition, record.offset


def read_body(value: bytes | None) -> Any:
    """An event's JSON; its bare bytes, as a text, where they are none."""
    try:
        return json.loads(value or b"")
    except ValueError:
        return repr(value)


def effects(store: Store) -> Iterator[Document]:
    """The journal rows of aggregates: those of an operator's acts follow from nothing."""
    return (row for row in store.journal if row.get("causation_id"))


def cause_of(row: Document) -> tuple[str, int] | None:
    """The stream and the number of the event that a journal row follows from; None: a command."""
    stream, _, number = row["causation_id"].rpartition("/")
    is_command = stream.endswith("/commands")
    return None if is_command or not number.isdecimal() else (stream, int(number))
