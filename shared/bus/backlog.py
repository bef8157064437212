"""Reading outside the subscription: in no group, a few records by their place.

How far a service is behind is counted for its group, not for one instance: so what an instance
that is down has left lying is seen by the one beside it.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import UnknownTopicOrPartitionError

FETCH_BYTES = 65_536  # of a partition: only its first record is looked at
FETCH_MS = 500
FETCHES_EMPTY_MAX = 2  # a partition that gives nothing by then has nothing with a time

Reading = Callable[[], AbstractAsyncContextManager[AIOKafkaConsumer]]


@dataclass(frozen=True, slots=True)
class Behind:
    """Records of a topic that the group has not stored, and since when the oldest of them waits:
    Kafka's record timestamp, in Unix seconds.
    """

    records: int
    since: float | None


@asynccontextmanager
async def reading(client: Mapping[str, Any]) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of no group, for as long as the block lasts. `client`: where, and logged in as
    whom; it needs no right of its own, because what it reads is what the group reads.
    """
    consumer = AIOKafkaConsumer(
        **client,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def count_behind(
    consumer: AIOKafkaConsumer,
    topics: Iterable[str],
    committed: Mapping[tuple[str, int], int],
    reading_now: Reading,
) -> dict[str, Behind]:
    """By topic. `consumer` tells the ends; records are read only where something is behind."""
    partitions = [TopicPartition(t, p) for t in topics for p in known_partitions(consumer, t)]
    ends = await consumer.end_offsets(partitions)
    starts = {tp: committed.get((tp.topic, tp.partition), 0) for tp in partitions}
    behind = {tp: ends[tp] - start for tp, start in starts.items() if ends[tp] > start}
    times: dict[TopicPartition, float] = {}
    if behind:
        async with reading_now() as reader:
            times = await _first_times(reader, {tp: starts[tp] for tp in behind})
    found = {}
    for topic in {tp.topic for tp in partitions}:
        count = sum(n for tp, n in behind.items() if tp.topic == topic)
        since = min((at for tp, at in times.items() if tp.topic == topic), default=None)
        found[topic] = Behind(count, since)
    return found


def known_partitions(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    """Raises `UnknownTopicOrPartitionError`: a broker just back may not serve a topic yet."""
    found: set[int] | None = consumer.partitions_for_topic(topic)
    if not found:
        raise UnknownTopicOrPartitionError(topic)
    return found


async def _first_times(
    reader: AIOKafkaConsumer, starts: Mapping[TopicPartition, int]
) -> dict[TopicPartition, float]:
    """When the record at each of these places was written."""
    reader.assign(list(starts))
    for tp, start in starts.items():
        reader.seek(tp, start)
    times: dict[TopicPartition, float] = {}
    empty = 0
    while len(times) < len(starts) and empty < FETCHES_EMPTY_MAX:
        found: dict[TopicPartition, list[Any]] = await reader.getmany(timeout_ms=FETCH_MS)
        empty = 0 if found else empty + 1
        for tp, records in found.items():
            times.setdefault(tp, records[0].timestamp / 1000)
            reader.pause(tp)
    return times
