"""Reading topics whole, from their beginning to where they end now, without joining a group."""

from collections.abc import Iterable
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaConnectionError

from ops.admin import Admin, Offsets
from shared.events import TOPICS
from shared.login import Login, aiokafka_options

POLL_MS = 1000  # the longest that one poll waits for records that are known to be there

Ends = Offsets
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
    """Tells where topics end, as often as it is asked, and after a restart of the broker, too."""

    def __init__(
        self,
        kafka: str,
        prefix: str = "",
        topics: Iterable[str] = tuple(TOPICS),
        login: Login | None = None,
    ) -> None:
        self._places = [(prefix + topic, n) for topic in topics for n in range(TOPICS[topic])]
        self._admin = Admin(kafka, login)

    async def close(self) -> None:
        await self._admin.close()

    async def ends(self) -> Ends:
        """Topics with their prefix. Raises `KafkaError` while Kafka does not say."""
        return await self._admin.ends(self._places)


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
