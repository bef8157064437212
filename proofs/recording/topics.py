"""A recorded log: one JSON line for each record of the five topics, in an order that is their own.

The order is the log's: day after day `DayStarted`, then what was recorded on that day. It is
taken from `recorded_on`, which is in every body, and not from the broker's clock: a simulated clock
steps only at rest, so what was recorded before a day was on its topic before that day was
announced. So the ends that the topics had at an announcement are the records before its line.
"""

import base64
import gzip
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from ops.topics import Record
from shared.errors import Invalid
from shared.events import (
    CONTRACTS,
    Envelope,
    IntegrationEvent,
    Unreadable,
    decode,
    read_envelope,
    topic_of,
)

CALENDAR = topic_of("calendar")


class RecordingError(Exception):
    """This is no recording, or none can be made of it."""


@dataclass(frozen=True, slots=True)
class Told:
    """A record and the event in it, as today's contracts read it."""

    record: Record
    envelope: Envelope
    event: IntegrationEvent


def producer_of(record: Record) -> str:
    return record.topic.split(".")[1]


def place_of(record: Record) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


def in_order(records: Iterable[Record]) -> list[Record]:
    """As it was told. Raises `RecordingError` where the broker's clock says otherwise: then a
    clock has stepped before everything was at rest, and the order above is not sound.
    """
    ordered = sorted(records, key=_place_in_time)
    days = {_recorded_on(r): r.timestamp_ms for r in ordered if r.topic == CALENDAR}
    for (day, began), (_, ended) in pairwise([*days.items(), (date.max, 2**63)]):
        for record in ordered:
            if _recorded_on(record) == day and not began <= record.timestamp_ms <= ended:
                raise RecordingError(f"{place_of(record)} of {day} was not told on that day")
    strangers = [r for r in ordered if _recorded_on(r) not in days]
    if strangers:
        raise RecordingError(f"{place_of(strangers[0])} is of a day that never began")
    _check_offsets(ordered)
    return ordered


def _check_offsets(ordered: Iterable[Record]) -> None:
    ends: Counter[tuple[str, int]] = Counter()
    for record in ordered:
        partition = (record.topic, record.partition)
        if record.offset != ends[partition]:
            raise RecordingError(f"{place_of(record)} stands where {ends[partition]} should")
        ends[partition] += 1


def _place_in_time(record: Record) -> tuple[date, bool, str, int, int]:
    is_news = record.topic != CALENDAR
    return (_recorded_on(record), is_news, record.topic, record.partition, record.offset)


def _recorded_on(record: Record) -> date:
    try:
        return date.fromisoformat(json.loads(record.value or b"")["recorded_on"])
    except (ValueError, KeyError, TypeError):
        raise RecordingError(f"{place_of(record)} does not say when it was recorded") from None


def pack(records: Iterable[Record]) -> bytes:
    """Equal records make equal bytes: the archive bears no time and no name."""
    lines = [json.dumps(_line(r), ensure_ascii=False, separators=(",", ":")) for r in records]
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)


def unpack(raw: bytes) -> list[Record]:
    """Raises `RecordingError` where a line is no record."""
    try:
        lines = gzip.decompress(raw).splitlines()  # of bytes: a text is cut at U+2028, too
        return [_record(json.loads(line)) for line in lines]
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise RecordingError(f"no recorded log: {error!r}") from None


def _line(record: Record) -> dict[str, Any]:
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": _text(record.key),
        "headers": [[name, _text(value)] for name, value in record.headers],
        "value": _text(record.value),
    }


def _record(line: dict[str, Any]) -> Record:
    return Record(
        line["topic"],
        line["partition"],
        line["offset"],
        _bytes(line["key"]),
        tuple((name, _bytes(value)) for name, value in line["headers"]),
        _bytes(line["value"]),
    )


def _text(raw: bytes | None) -> str | dict[str, str] | None:
    """UTF-8 as the text that it is; anything else in base64, under that name."""
    try:
        return raw if raw is None else raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw or b"").decode()}


def _bytes(written: str | dict[str, str] | None) -> bytes | None:
    match written:
        case None:
            return None
        case str():
            return written.encode()
        case _:
            return base64.b64decode(written["base64"], validate=True)


def read_told(records: Iterable[Record]) -> tuple[list[Told], list[str]]:
    """The events in a log, and a sentence for each record that today's contracts do not read as
    what it is: a type that is gone, a field that is missing or has another meaning.
    """
    told, faults = [], []
    for record in records:
        found = _read(record)
        if isinstance(found, Told):
            told.append(found)
        else:
            faults.append(f"{place_of(record)}: {found}")
    return told, faults


def _read(record: Record) -> Told | str:
    envelope = read_envelope(producer_of(record), record.key, record.headers)
    if isinstance(envelope, Unreadable):
        return f"its envelope is unreadable: {envelope.reason}"
    contract = CONTRACTS.get(envelope.type)
    if contract is None:
        return f"there is no {envelope.type} any more"
    try:
        event = decode(contract, envelope, record.value)
    except Invalid as invalid:
        return f"{envelope.type}: {invalid}"
    lost = _lost(json.loads(record.value or b""), event.model_dump(mode="json"))
    return f"{envelope.type} has lost {', '.join(lost)}" if lost else Told(record, envelope, event)


def _lost(written: Any, read: Any, at: str = "") -> list[str]:
    """What was told and is not read the same, by its path. A reader may know of more."""
    match written, read:
        case dict(), dict():
            return [p for n in written for p in _lost(written[n], read.get(n), f"{at}.{n}")]
        case list(), list() if len(written) == len(read):
            pairs = enumerate(zip(written, read, strict=True))
            return [p for n, (one, other) in pairs for p in _lost(one, other, f"{at}.{n}")]
        case _:
            return [] if written == read else [at.removeprefix(".")]


def counts_of(told: Sequence[Told]) -> dict[str, dict[str, int]]:
    """How many events of each type, and how many in each stream."""
    types = Counter(one.envelope.type for one in told)
    streams = Counter(one.envelope.stream for one in told)
    return {"types": dict(sorted(types.items())), "streams": dict(sorted(streams.items()))}


def missing(told: Iterable[Told], streams: dict[str, int]) -> list[str]:
    """A sentence for each record of these streams that is not there, or not in its place."""
    found: dict[str, list[int]] = {stream: [] for stream in streams}
    for one in told:
        found.setdefault(one.envelope.stream, []).append(one.envelope.sequence)
    faults = []
    for stream, numbers in found.items():
        wanted = list(range(1, streams.get(stream, 0) + 1))
        lacking = [number for number in wanted if number not in numbers]
        faults += [f"{stream}: number {number} is not there" for number in lacking]
        if not lacking and numbers != wanted:
            faults.append(f"{stream}: {numbers} is not 1 to {len(wanted)}")
    return faults
