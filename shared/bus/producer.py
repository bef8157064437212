"""The log as a service writes it: an aiokafka producer of our own, not FastStream's.

FastStream's batch publisher puts records of one key on random partitions. Here a partition has one
batch on its way at the most, so that a later one can never overtake an earlier one that failed.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from shared.bus.relay import Sent
from shared.clients import start_or_close
from shared.events import topic_of
from shared.login import aiokafka_options
from shared.mongo import Document
from shared.settings import ServiceSettings

DROP_SECONDS_MAX = 3.0  # what is on its way gets to arrive before the producer is thrown away
BATCH_BYTES_MAX = 1_000_000  # of one produced batch: what a broker takes by default


class OwnTopic:
    """The one topic that this service writes."""

    def __init__(self, service: str, settings: ServiceSettings) -> None:
        self._settings = settings
        self._login = settings.login()
        self._topic = f"{settings.topic_prefix}{topic_of(service)}"
        self._producer: AIOKafkaProducer | None = None

    async def send(self, rows: Sequence[Document]) -> Sent:
        """One batch a partition, all acknowledged or the producer is thrown away."""
        producer = await self._start_producer()
        try:
            return await self._send(producer, rows)
        except BaseException:
            await self._drop_producer()
            raise

    async def stop(self) -> None:
        await self._drop_producer()

    async def _start_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._settings.kafka,
                client_id=f"{self._settings.instance}-relay",
                acks="all",
                enable_idempotence=True,
                max_batch_size=BATCH_BYTES_MAX,
                **aiokafka_options(self._login),
            )
            await start_or_close(producer.start, producer.stop)
            self._producer = producer
        return self._producer

    async def _drop_producer(self) -> None:
        """Close it. An idempotent producer never gives a batch up: while the log is away its own
        stop would wait for ever. What it has not sent stays in the outbox.
        """
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            async with asyncio.timeout(DROP_SECONDS_MAX):
                await producer.stop()
        except TimeoutError:
            await producer._sender.close()  # noqa: SLF001  # its stop would have gone on to this
            await producer.client.close()

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[Document]) -> Sent:
        partitions = sorted(await producer.partitions_for(self._topic))
        choose = DefaultPartitioner()
        batches: dict[int, Any] = {}
        full: set[int] = set()
        ids = []
        for row in rows:
            partition = choose(row["key"], partitions, partitions)
            if partition in full:
                continue
            if partition not in batches:
                batches[partition] = producer.create_batch()
            headers = [(name, value) for name, value in row["headers"]]
            if batches[partition].append(
                key=row["key"], value=row["value"], timestamp=None, headers=headers
            ):
                ids.append(row["_id"])
            else:
                full.add(partition)
        counts = {partition: batch.record_count() for partition, batch in batches.items()}
        sent = [
            await producer.send_batch(batch, self._topic, partition=partition)
            for partition, batch in batches.items()
        ]
        acknowledged = await asyncio.gather(*sent)
        firsts = {found.partition: found.offset for found in acknowledged if found}
        # A batch that the broker had already is acknowledged without its place (-1).
        ends = {(self._topic, p): n + counts[p] for p, n in firsts.items() if n >= 0}
        return Sent(ids, ends)
