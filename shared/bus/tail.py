"""A service's own topic, from where its store is known to agree with it to its end."""

from collections.abc import AsyncIterator, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.bus.relay import Ends
from shared.events import Envelope, read_envelope
from shared.mongo.orphans import Told

POLL_MS = 1000  # the longest that one poll waits for records that are known to be there


class OwnTail:
    """Read by a consumer of its own, without a group; the caller starts and stops it."""

    def __init__(self, consumer: AIOKafkaConsumer, service: str, topic: str) -> None:
        self._consumer = consumer
        self._service = service
        self._topic = topic

    async def ends(self) -> Ends:
        """By topic and partition, how many records there are now."""
        found = await self._consumer.end_offsets(await self._partitions())
        return {(tp.topic, tp.partition): end for tp, end in found.items()}

    async def read(self, since: Ends, until: Ends) -> AsyncIterator[Told]:
        """What this service has said between them. What a stranger put there is passed over."""
        wanted = [place for place, end in until.items() if since.get(place, 0) < end]
        left = {TopicPartition(*place): until[place] for place in wanted}
        if not left:
            return
        self._consumer.assign(list(left))
        for tp in left:
            self._consumer.seek(tp, since.get((tp.topic, tp.partition), 0))
        while left:
            for tp, records in (await self._consumer.getmany(timeout_ms=POLL_MS)).items():
                for told in self._told([r for r in records if r.offset < until[tp]]):
                    yield told
            left = {tp: e for tp, e in left.items() if await self._consumer.position(tp) < e}

    def _told(self, records: Sequence[ConsumerRecord]) -> list[Told]:
        found = []
        for r in records:
            envelope = read_envelope(self._service, r.key, r.headers)
            if isinstance(envelope, Envelope):
                found.append(Told(envelope, r.value or b"", f"{r.topic}/{r.partition}/{r.offset}"))
        return found

    async def _partitions(self) -> list[TopicPartition]:
        await self._consumer._client.force_metadata_update()  # noqa: SLF001  # no public way
        found = self._consumer.partitions_for_topic(self._topic) or set()
        if not found:
            raise LookupError(
                f"there is no topic {self._topic}: run `python -m ops provision` first"
            )
        return [TopicPartition(self._topic, p) for p in sorted(found)]
