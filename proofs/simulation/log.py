"""The log's twin: partitions, one consumer group with its offsets, and producers that lose acks."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from proofs.simulation.scheduler import pause
from proofs.simulation.story import (
    OWN,
    PARTITION_OF,
    PLACES,
    PRODUCER_OF,
    Message,
    Place,
)
from proofs.simulation.tape import Tape
from shared.bus import Record
from shared.bus.parking import Ends
from shared.bus.relay import Sent
from shared.mongo import Document

FETCH_MAX = 8  # records of one batch
BATCH_MAX = 3  # records that fit into one produced batch of a partition


class LogAway(Exception):
    """A batch was not acknowledged: it may be on the log or not."""


class SimLog:
    """What is on it and how far the group has stored it, as the broker knows it.

    A rebalance raises the partition's generation: the owner before it commits nothing any more,
    except where the tape lets a zombie do so.
    """

    def __init__(self) -> None:
        self.messages: dict[Place, list[Message]] = {place: [] for place in PLACES}
        self.places: dict[Place, list[tuple[str, int]]] = {place: [] for place in PLACES}
        self.told: dict[Place, list[Message]] = {}
        self.committed_offsets: dict[Place, int] = dict.fromkeys(PLACES, 0)
        self.owner: dict[Place, int] = {place: n % 2 for n, place in enumerate(PLACES)}
        self.generation: dict[Place, int] = dict.fromkeys(PLACES, 0)
        self.ends_at: dict[date, Mapping[Place, int]] = {}

    def append(self, message: Message) -> None:
        if message.day is not None and message.day not in self.ends_at:
            self.ends_at[message.day] = self.ends()
        self.messages[message.place].append(message)
        self.places[message.place].append((message.stream, message.sequence))

    def ends(self) -> dict[Place, int]:
        """Of all topics but the calendar: where each partition that has something ends."""
        return {p: len(self.messages[p]) for p in PLACES[:2] if self.messages[p]}

    def give(self, place: Place, instance: int) -> None:
        self.owner[place] = instance
        self.generation[place] += 1

    async def committed(self) -> Mapping[Place, int]:
        await pause("committed")
        return {place: offset for place, offset in self.committed_offsets.items() if offset}


class Consumer:
    """One instance's reading. It notices a rebalance when it next asks for records."""

    def __init__(self, log: SimLog, instance: int) -> None:
        self._log = log
        self._instance = instance
        self._known: dict[Place, int] = {}
        self._positions: dict[Place, int] = {}

    def poll(self, tape: Tape) -> list[Record]:
        """A few of the records that it has not read yet, of any of its partitions first."""
        mine = [p for p in PLACES if self._log.owner[p] == self._instance]
        for place in mine:
            if self._known.get(place) != self._log.generation[place]:
                self._positions[place] = self._log.committed_offsets[place]
        self._known = {place: self._log.generation[place] for place in mine}
        waiting = [p for p in mine if self._positions[p] < len(self._log.messages[p])]
        first = tape.pick(len(waiting)) if waiting else 0
        size = FETCH_MAX - tape.pick(FETCH_MAX) if waiting else 0
        records: list[Record] = []
        for place in waiting[first:] + waiting[:first]:
            begin = self._positions[place]
            found = self._log.messages[place][begin : begin + size - len(records)]
            records += [_record(m, n) for n, m in enumerate(found, begin)]
            self._positions[place] = begin + len(found)
        return records

    def offsets(self, records: Sequence[Record], *, is_zombie: bool) -> dict[Place, int]:
        """What these commit: of the partitions that are still this consumer's, by the broker."""
        ends: dict[Place, int] = {}
        for r in records:
            place = (r.topic, r.partition)
            ends[place] = max(ends.get(place, 0), r.offset + 1)
        now = self._log.generation
        return {p: end for p, end in ends.items() if is_zombie or self._known.get(p) == now[p]}


class OwnTopicTwin:
    """One relay's producer: one batch a partition, and all acknowledged or an error."""

    def __init__(self, tell: Callable[[Sequence[Message]], None], log: SimLog) -> None:
        self._tell = tell
        self._log = log

    async def send(self, rows: Sequence[Document]) -> Sent:
        batches: dict[Place, list[Document]] = {}
        for row in rows:
            place = (OWN, PARTITION_OF[row["key"].decode()])
            batch = batches.setdefault(place, [])
            if len(batch) < BATCH_MAX:
                batch.append(row)
        ends = {}
        is_lost = False
        for place, batch in batches.items():
            if await pause("append") == "unsent":
                is_lost = True
                continue
            self._tell([_message(place, row) for row in batch])
            ends[place] = len(self._log.told[place])
            if await pause("acknowledge") == "ack_lost":
                is_lost = True
        if is_lost:
            raise LogAway
        return Sent([row["_id"] for batch in batches.values() for row in batch], ends)


def ends_of(log: SimLog) -> Ends:
    return tuple(sorted((topic, partition, end) for (topic, partition), end in log.ends().items()))


def _message(place: Place, row: Document) -> Message:
    headers = {name: value.decode() for name, value in row["headers"]}
    stream = f"{headers['ce_source']}/{row['key'].decode()}"
    return Message(place, stream, int(headers["ce_sequence"]), row["key"], row["value"], ())


def _record(message: Message, offset: int) -> Record:
    topic, partition = message.place
    return Record(
        producer=PRODUCER_OF[topic],
        topic=topic,
        partition=partition,
        offset=offset,
        key=message.key,
        value=message.value,
        headers=message.headers,
    )
