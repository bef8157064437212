"""How much was said on the topics, and how fast news travelled: from the records alone."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ops.topics import Record
from shared.events import Envelope, read_envelope
from shared.events.calendar import DayStarted

CALENDAR = f"/womanup/{DayStarted.producer}/"


@dataclass(frozen=True, slots=True)
class Latency:
    """`count` samples in milliseconds."""

    name: str
    count: int
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Said:
    """An event with its times: when it was decided, and when the broker was handed it."""

    id: str
    causation_id: str
    decided_ms: float
    handed_ms: float


def count_events(records: Iterable[Record]) -> dict[str, int]:
    """Records by topic, all of them."""
    return dict(sorted(Counter(record.topic for record in records).items()))


def latencies(records: Iterable[Record]) -> tuple[Latency, ...]:
    """Of events whose cause is an event on the topics, and of all on their way to the broker."""
    said = {one.id: one for record in records if (one := _read(record))}
    hops = [(cause, one) for one in said.values() if (cause := said.get(one.causation_id))]
    news = [o.decided_ms - c.decided_ms for c, o in hops if not c.id.startswith(CALENDAR)]
    days = [o.decided_ms - c.decided_ms for c, o in hops if c.id.startswith(CALENDAR)]
    relay = [one.handed_ms - one.decided_ms for one in said.values() if one.handed_ms]
    return (
        summary("an event, to the event that it causes in another service", news),
        summary("a day, to each event that fell due on it", days),
        summary("an event decided, to the broker (transaction and relay)", relay),
    )


def first_at(records: Iterable[Record], kind: str) -> datetime | None:
    """When the broker was handed the first event of that type, in UTC; None where there is none."""
    handed = [record.timestamp_ms for record in records if _type(record) == kind]
    return datetime.fromtimestamp(min(handed) / 1000, UTC) if handed else None


def _type(record: Record) -> str | None:
    return (dict(record.headers).get("ce_type") or b"").decode() or None


def summary(name: str, samples_ms: Sequence[float]) -> Latency:
    ordered = sorted(samples_ms)
    return Latency(name, len(ordered), *_percentiles(ordered, (50, 95)))


def _percentiles(ordered: Sequence[float], of: Iterable[int]) -> Iterator[float]:
    for percent in of:
        yield ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


def _read(record: Record) -> Said | None:
    envelope = read_envelope(record.topic.split(".")[1], record.key, record.headers)
    time = dict(record.headers).get("ce_time")
    if not isinstance(envelope, Envelope) or not time:
        return None
    decided_ms = datetime.fromisoformat(time.decode()).timestamp() * 1000
    return Said(envelope.id, envelope.causation_id, decided_ms, float(record.timestamp_ms))
