"""The envelope on the wire: CloudEvents 1.0, Kafka binary mode. Reading it never raises.

An envelope names the event's stream (source and key) and its place in it (sequence), which is all
that the engine needs to keep order, skip duplicates and notice loss, also for types it has never
heard of. The body is read later, and only for types that a service handles.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.errors import Invalid
from shared.events.base import IntegrationEvent

if TYPE_CHECKING:
    from datetime import datetime

KEY = re.compile(r"[a-z0-9_]{1,64}")
SEQUENCE_MAX = 2**53  # what every JSON reader of the topics can hold exactly
_DIGITS = re.compile(r"[1-9][0-9]{0,15}")
_NAME = re.compile(r"[A-Za-z0-9_/.:-]{1,200}")
_REQUIRED = ("ce_id", "ce_type", "ce_source", "ce_sequence")
_VERSION = re.compile(r"V(\d+)$")
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

Headers = Iterable[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who says it (source), about what (key), the how-manieth fact about it (sequence)."""

    type: str
    source: str
    key: str
    sequence: int
    correlation_id: str
    causation_id: str
    traceparent: str = ""  # W3C's, of what made it; "": none that could be read

    @property
    def stream(self) -> str:
        return f"{self.source}/{self.key}"

    @property
    def id(self) -> str:
        return f"{self.stream}/{self.sequence}"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record whose envelope cannot be read: it belongs to no stream we could hold up."""

    reason: str


def topic_of(producer: str) -> str:
    return f"womanup.{producer}.v1"


def source_of(producer: str) -> str:
    return f"/womanup/{producer}"


def event_type(contract: type[IntegrationEvent]) -> str:
    """`CohortOpened` of intake → `womanup.intake.CohortOpened.v1`; `…V2` → `….v2`."""
    name = contract.__name__
    version = _VERSION.search(name)
    return f"womanup.{contract.producer}.{_VERSION.sub('', name)}.v{version[1] if version else '1'}"


def envelope_of(
    event: IntegrationEvent,
    sequence: int,
    correlation_id: str,
    causation_id: str = "",
    traceparent: str = "",
) -> Envelope:
    """The envelope of an event that is the `sequence`-th of its stream."""
    return Envelope(
        type=event_type(type(event)),
        source=source_of(event.producer),
        key=event.key,
        sequence=sequence,
        correlation_id=correlation_id,
        causation_id=causation_id,
        traceparent=traceparent,
    )


def write_headers(
    contract: type[IntegrationEvent], envelope: Envelope, time: "datetime"
) -> list[tuple[str, bytes]]:
    """The headers of one event. `time` is an aware UTC instant, for the record only."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": envelope.id,
        "ce_source": envelope.source,
        "ce_type": envelope.type,
        "ce_time": time.isoformat(timespec="milliseconds"),
        "ce_subject": envelope.key,
        "ce_sequence": str(envelope.sequence),
        "ce_sequencetype": "Integer",
        "ce_partitionkey": envelope.key,
        "ce_correlationid": envelope.correlation_id,
        "ce_causationid": envelope.causation_id,
        "ce_dataschema": f"/womanup/schemas/{contract.producer}/{envelope.type}.json",
        "traceparent": envelope.traceparent or _own_trace(envelope),
        "content-type": "application/json",
    }
    return [(name, value.encode()) for name, value in headers.items()]


def read_envelope(producer: str, key: bytes | None, headers: Headers) -> Envelope | Unreadable:
    """The envelope of a record on that producer's topic, or why there is none. Never raises."""
    texts = _texts(headers)
    if isinstance(texts, Unreadable):
        return texts
    subject = (key or b"").decode(errors="replace")
    problem = _problem(producer, subject, texts)
    if problem:
        return Unreadable(problem)
    return Envelope(
        type=texts["ce_type"],
        source=texts["ce_source"],
        key=subject,
        sequence=int(texts["ce_sequence"]),
        correlation_id=_name(texts, "ce_correlationid") or texts["ce_id"],
        causation_id=_name(texts, "ce_causationid"),
        traceparent=read_traceparent(texts.get("traceparent", "")),
    )


def read_traceparent(text: str) -> str:
    """A W3C `traceparent` that a stranger sent: as it is when it is one, else "".

    Only version 00: of a later one no more than this could be handed on.
    """
    return text if _TRACEPARENT.fullmatch(text) else ""


def _own_trace(envelope: Envelope) -> str:
    """Of a story that came without a trace: made of its id, so that all of it is one."""
    trace = hashlib.sha256(envelope.correlation_id.encode()).hexdigest()[:32]
    span = hashlib.sha256(envelope.id.encode()).hexdigest()[:16]
    return f"00-{trace}-{span}-01"


def _texts(headers: Headers) -> dict[str, str] | Unreadable:
    texts: dict[str, str] = {}
    for name, value in headers:
        if name in texts:
            return Unreadable(f"header {name} stands twice")
        try:
            texts[name] = (value or b"").decode()
        except UnicodeDecodeError:
            return Unreadable(f"header {name} is not UTF-8")
    missing = [name for name in _REQUIRED if not texts.get(name)]
    return Unreadable(f"no header {', '.join(missing)}") if missing else texts


def _name(texts: dict[str, str], header: str) -> str:
    """A foreign id that we hand on: as it is when it can be one, else as if it were not there.

    It goes into every log line, journal row and record that follows from this one. Unbounded, it
    would make a record that no batch can hold, and its partition of our topic would stand still.
    """
    text = texts.get(header, "")
    return text if _NAME.fullmatch(text) else ""


def _problem(producer: str, subject: str, texts: dict[str, str]) -> str | None:
    """What is wrong with headers that are all there, in words without their values."""
    sequence = texts["ce_sequence"]
    claims = {
        "ce_source is not the service whose topic this is": texts["ce_source"]
        == source_of(producer),
        "the record key is no id": KEY.fullmatch(subject),
        "ce_sequence is no positive integer": _DIGITS.fullmatch(sequence)
        and int(sequence) < SEQUENCE_MAX,
        "ce_id is not <ce_source>/<key>/<ce_sequence>": texts["ce_id"]
        == f"{source_of(producer)}/{subject}/{sequence}",
    }
    return next((problem for problem, holds in claims.items() if not holds), None)


def decode(
    contract: type[IntegrationEvent], envelope: Envelope, value: bytes | None
) -> IntegrationEvent:
    """The event in a record's value. Raises `Invalid` when it is not what its type says."""
    try:
        event = contract.model_validate_json(value or b"")
    except ValueError as error:
        fields = sorted({".".join(map(str, e["loc"])) for e in getattr(error, "errors", list)()})
        raise Invalid(f"not a {contract.__name__}: {', '.join(fields) or 'no JSON'}") from None
    if event.key != envelope.key:
        raise Invalid(f"the key of this {contract.__name__} is not the record key")
    return event
