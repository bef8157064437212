"""What a restored store has already told the world and no longer knows: its orphans.

A store from a backup is behind its own topic. Its inputs come again, and what they do is the same
as before, so most of what it published is decided a second time. `take_over` notes what is on the
topic above the store's own numbers; from then on, what is decided again claims its orphan instead
of going out twice, and every later number stands behind the topic's last
(docs/decisions/0017-backup-restore-takeover.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.errors import NotFound
from shared.events import CONTRACTS, Envelope, IntegrationEvent, event_type
from shared.mongo.aggregate import Document
from shared.mongo.calendar import GATE, read_gate
from shared.mongo.store import Delete, Put, Refused, Session

ORPHANS = "orphans"
NO_DAY = "0001-01-01"  # of a body that this version cannot read: a person must look at it first


@dataclass(frozen=True, slots=True)
class Told:
    """A record of the service's own on its topic. `place` is topic/partition/offset."""

    envelope: Envelope
    value: bytes
    place: str


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What to write for one stream, in one transaction."""

    orphans: tuple[Document, ...]
    stream: Document


def take_over(told: Iterable[Told], known: Mapping[str, Document]) -> list[TakenOver]:
    """The streams that are further on the topic than in the store (`known`: its stream rows).

    Of a number that stands on the topic twice the first counts, as it does for every subscriber.
    """
    ahead: dict[str, dict[int, Document]] = {}
    for one in told:
        envelope = one.envelope
        last = known.get(envelope.key, {"sequence": 0})["sequence"]
        if envelope.sequence > last:
            rows = ahead.setdefault(envelope.key, {})
            rows.setdefault(envelope.sequence, _row(one))
    return [_taken(key, rows, known.get(key)) for key, rows in sorted(ahead.items())]


class Claims:
    """The orphans of the streams that one transaction publishes on, claimed one by one."""

    def __init__(self, rows: Sequence[Document]) -> None:
        self._left: dict[str, list[Document]] = {}
        for row in rows:
            self._left.setdefault(row["stream"], []).append(row)
        self.writes: list[Put | Delete] = []

    @classmethod
    async def open(cls, session: Session, streams: Mapping[str, Document]) -> "Claims":
        """Costs a read only where a takeover has left something."""
        counts = {key: row["orphans"] for key, row in streams.items() if row.get("orphans")}
        if not counts:
            return cls([])
        query = {"stream": {"$in": sorted(counts)}}
        return cls(await session.find(ORPHANS, query, limit=sum(counts.values())))

    def claim(self, event: IntegrationEvent, stream: Document) -> Document:
        """The stream's row with one orphan fewer. Raises `Refused` when this event was not told:
        on a stream whose past is not whole, what differs from it would contradict it.
        """
        left = self._left.get(event.key, [])
        found = next((row for row in left if _tells(row, event)), None)
        if found is None:
            raise Refused("it contradicts what was published: see python -m ops takeover")
        left.remove(found)
        self.writes.append(Delete(found["_id"]))
        return without_one(stream)


def without_one(stream: Document) -> Document:
    """The stream's row when one of its orphans is claimed or given up."""
    left = stream["orphans"] - 1
    kept = {name: value for name, value in stream.items() if name != "orphans"}
    return {**kept, "orphans": left} if left else kept


async def is_held(session: Session, today: date) -> bool:
    """Whether something told on or before this day is not decided again yet, or an operator keeps
    the service on this day (its gate) because commands are still to be repeated on it.

    The next day would then be decided by less than was known: it waits.
    """
    gate = read_gate(await session.get("calendar", [GATE]))
    if gate and gate <= today:
        return True
    query = {"recorded_on": {"$lte": today.isoformat()}}
    return bool(await session.find(ORPHANS, query, limit=1))


async def give_up(session: Session, id_: str, act: Document, now: datetime) -> None:
    """A person has judged it: it stays on the topic, and this store decides no more on its account.

    Who and why are journalled. Raises `NotFound`.
    """
    orphan = (await session.get(ORPHANS, [id_])).get(id_)
    if orphan is None:
        raise NotFound(f"there is no orphan {id_}: list what is left")
    stream = (await session.get("streams", [orphan["stream"]]))[orphan["stream"]]
    journal = {"_id": f"{ORPHANS}/{id_}/{now.isoformat()}", "kind": ORPHANS, "key": id_, **act}
    await session.write("journal", [Put({**journal, "type": "given-up", "at": now})])
    await session.write("streams", [Put(without_one(stream))])
    await session.write(ORPHANS, [Delete(id_)])


def _row(told: Told) -> Document:
    envelope = told.envelope
    event = _read(envelope.type, told.value)
    return {
        "_id": f"{envelope.key}/{envelope.sequence}",
        "stream": envelope.key,
        "sequence": envelope.sequence,
        "type": envelope.type,
        "value": told.value,
        "recorded_on": event.recorded_on.isoformat() if event else NO_DAY,
        "causation_id": envelope.causation_id,
        "place": told.place,
    }


def _taken(key: str, rows: Mapping[int, Document], known: Document | None) -> TakenOver:
    before = known or {"_id": key, "clock": 0}
    stream = {**before, "sequence": max(rows), "orphans": before.get("orphans", 0) + len(rows)}
    return TakenOver(tuple(rows[number] for number in sorted(rows)), stream)


def _tells(row: Document, event: IntegrationEvent) -> bool:
    """As read by this version: a field that is newer than the record has its default in both."""
    return (
        bool(row["type"] == event_type(type(event))) and _read(row["type"], row["value"]) == event
    )


def _read(type_: str, value: Any) -> IntegrationEvent | None:
    contract = CONTRACTS.get(type_)
    try:
        return contract.model_validate_json(bytes(value)) if contract else None
    except ValueError:
        return None
