"""Reading topics whole, from their beginning to where they end now, without joining a group."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaConnectionError
from confluent_kafka import KafkaError, KafkaException, TopicPartition

# Its types hide what its documentation shows.
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from ops.login import admin_client
from shared.events import TOPICS
from shared.login import Login, aiokafka_options

POLL_MS = 1000  # the longest that one poll waits for records that are known to be there
REQUEST_SECONDS = 10.0

_LATEST = OffsetSpec.latest()  # type: ignore[no-untyped-call]
# librdkafka's admin client does not look again who leads a partition, and at which epoch; nor, when
# a broker that was coming up named no leader, whether there is one now.
_OUTDATED = {
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError._NOENT,  # noqa: SLF001  # so it is documented
}

Ends = Mapping[tuple[str, int], int]
"""By topic and partition, how many records there are: they are kept for ever."""


class TopicsError(Exception):
    """What should be read is not there."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it lies on its topic; `topic` is without a test's prefix, `timestamp_ms` is when
    the broker was handed it, in milliseconds since 1970.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    value: bytes | None
    timestamp_ms: int = 0


class Measure:
    """Tells where topics end, as often as it is asked, and after a restart of the broker, too: a
    client with an outdated view of it is replaced, because it would be refused for ever.
    """

    def __init__(
        self,
        kafka: str,
        prefix: str = "",
        topics: Iterable[str] = tuple(TOPICS),
        login: Login | None = None,
    ) -> None:
        self._kafka = kafka
        self._login = login
        self._places = {
            TopicPartition(prefix + topic, n): _LATEST
            for topic in topics
            for n in range(TOPICS[topic])
        }
        self._admin = self._connect()

    async def ends(self, timeout_seconds: float = REQUEST_SECONDS) -> Ends:
        """Topics with their prefix. Raises `KafkaException` while Kafka does not say."""
        try:
            return await self._ask(timeout_seconds)
        except KafkaException as error:
            if error.args[0].code() not in _OUTDATED:
                raise
        self._admin = self._connect()
        return await self._ask(timeout_seconds)

    async def _ask(self, timeout_seconds: float) -> Ends:
        asked = self._admin.list_offsets(self._places, request_timeout=timeout_seconds)
        found = await asyncio.gather(*map(asyncio.wrap_future, asked.values()))
        return {(p.topic, p.partition): int(f.offset) for p, f in zip(asked, found, strict=True)}

    def _connect(self) -> AdminClient:
        """Dear: to give one up blocks for seconds."""
        return admin_client(self._kafka, self._login)


async def read_records(
    bootstrap: str,
    prefix: str = "",
    topics: Iterable[str] = tuple(TOPICS),
    login: Login | None = None,
) -> list[Record]:
    """Every record that is there now, by topic, partition and offset. Order holds per stream."""
    wanted = {prefix + topic for topic in topics}
    consumer = AIOKafkaConsumer(
        *wanted,
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        **aiokafka_options(login),
    )
    try:
        await consumer.start()
        missing = wanted - {partition.topic for partition in consumer.assignment()}
        if missing:
            raise TopicsError(f"there is no topic {', '.join(sorted(missing))} at {bootstrap}")
        return sorted(
            await _read_to_end(consumer, len(prefix)),
            key=lambda r: (r.topic, r.partition, r.offset),
        )
    except KafkaConnectionError:
        raise TopicsError(f"Kafka does not answer at {bootstrap}: is it up?") from None
    finally:
        await consumer.stop()


async def _read_to_end(consumer: AIOKafkaConsumer, prefix_length: int) -> list[Record]:
    ends = await consumer.end_offsets(consumer.assignment())
    left = {partition for partition, end in ends.items() if end > 0}
    records = []
    while left:
        for partition, found in (await consumer.getmany(timeout_ms=POLL_MS)).items():
            records += [
                Record(
                    partition.topic[prefix_length:],
                    partition.partition,
                    r.offset,
                    r.key,
                    tuple(r.headers),
                    r.value,
                    r.timestamp,
                )
                for r in found
                if r.offset < ends[partition]
            ]
        left = {p for p in left if await consumer.position(p) < ends[p]}
    return records
