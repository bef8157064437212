"""The log as a service reads it: FastStream subscribes, an admin client counts.

FastStream 0.7.8's defaults would lose events here, each in a way that was reproduced: acks before
the work, a batch dropped over one odd header, one key on random partitions. So a batch subscriber
with manual acks and explicit offsets, a parser of our own, and no publishing through it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar, cast

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    CommitFailedError,
    ConsumerStoppedError,
    IllegalGenerationError,
    IllegalStateError,
    KafkaError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.security import SASLScram512

from shared.bus.backlog import Behind, count_behind, known_partitions, reading
from shared.bus.parking import Ends, Record
from shared.bus.polls import Polls
from shared.bus.tail import OwnTail
from shared.events import topic_of
from shared.login import aiokafka_options
from shared.logs import logger
from shared.settings import ServiceSettings

T = TypeVar("T")
log = logger()
KEEP_ALIVE_SHARE = 1 / 30  # of the poll interval: so often a batch that waits for the store polls
STOP_SECONDS_MAX = 10.0  # what a running batch gets to finish at a stop
_NOT_OURS_ANY_MORE = (
    CommitFailedError,
    IllegalGenerationError,
    IllegalStateError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)


class KafkaLog:
    """One service's subscription, its group's offsets, and the end of its own topic."""

    def __init__(self, service: str, settings: ServiceSettings, producers: Iterable[str]) -> None:
        self._settings = settings
        login = settings.login()
        self._client = {"bootstrap_servers": settings.kafka, **aiokafka_options(login)}
        self._prefix = settings.topic_prefix
        self._own_topic = f"{self._prefix}{topic_of(service)}"
        self._service = service
        self._group = f"{self._prefix}{service}"
        self._producer_of = {f"{self._prefix}{topic_of(p)}": p for p in producers}
        self._calendar_topic = f"{self._prefix}{topic_of('calendar')}"
        self._broker = KafkaBroker(
            settings.kafka.split(","),  # FastStream takes a text for one broker
            client_id=settings.instance,
            apply_types=False,
            allow_auto_create_topics=False,
            graceful_timeout=STOP_SECONDS_MAX,
            security=SASLScram512(login.user, login.password, use_ssl=False) if login else None,
            logger=None,
        )
        self._subscriber: Any = None
        self._admin: AIOKafkaAdminClient | None = None
        self._taking = 0
        self._polls = Polls()
        self._is_faulty = False

    def subscribe(
        self,
        take: Callable[[Sequence[Record], Ends], Awaitable[None]],
        on_fault: Callable[[Exception], None],
    ) -> None:
        """Declare the subscription. `take` returns when the effect is stored, however long.

        FastStream swallows what a handler raises and goes on, which would pass over records: so
        nothing is raised here, and a fault stops the process.
        """
        self._subscriber = self._broker.subscriber(
            *sorted(self._producer_of),
            group_id=self._group,
            group_instance_id=self._settings.instance,
            auto_offset_reset="earliest",
            batch=True,
            max_records=self._settings.batch_records_max,
            batch_timeout_ms=self._settings.batch_wait_ms,
            session_timeout_ms=self._settings.session_timeout_ms,
            heartbeat_interval_ms=self._settings.session_timeout_ms // 3,
            max_poll_interval_ms=self._settings.max_poll_interval_ms,
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            parser=_parse,
            decoder=_decode,
            title=f"{self._group} inbox",
        )

        @self._subscriber  # type: ignore[untyped-decorator]
        async def consume(batch: tuple[ConsumerRecord[Any, Any], ...]) -> None:
            await self._consume_or_stop(batch, take, on_fault)

    async def start(self) -> None:
        self._admin = AIOKafkaAdminClient(**self._client, client_id=self._settings.instance)
        await self._admin.start()
        await self._broker.start()
        self._polls.watch(_started(self._consumer))

    async def stop_polling(self) -> None:
        """What was taken is stored first; what was not will come again."""
        await self._broker.stop()

    async def stop(self) -> None:
        if self._admin is not None:
            await self._admin.close()

    async def committed(self) -> Mapping[tuple[str, int], int]:
        offsets = await _started(self._admin).list_consumer_group_offsets(self._group)
        return {(tp.topic, tp.partition): o.offset for tp, o in offsets.items() if o.offset >= 0}

    @asynccontextmanager
    async def own_tail(self) -> AsyncIterator[OwnTail]:
        """This service's own topic, to be read from where its store is known to agree with it."""
        consumer = AIOKafkaConsumer(**self._client, enable_auto_commit=False)
        try:
            await consumer.start()
            yield OwnTail(consumer, self._service, self._own_topic)
        finally:
            await consumer.stop()

    async def behind(self) -> dict[str, Behind]:
        """How far the whole group is behind on each topic, whoever of it has the partitions."""
        consumer, committed = _started(self._consumer), await self.committed()
        reader = partial(reading, self._client)
        return await count_behind(consumer, self._producer_of, committed, reader)

    async def lag(self) -> int:
        """Records that this instance knows to be in its partitions and has not stored yet."""
        consumer = self._consumer
        if consumer is None:
            return 0
        behind = 0
        for tp in consumer.assignment():
            end = consumer.highwater(tp)
            behind += max(0, end - await consumer.position(tp)) if end is not None else 0
        return behind + self._taking

    def last_poll_age_seconds(self) -> float | None:
        """Since this instance last asked Kafka for records; None before it has ever."""
        consumer = self._consumer
        if consumer is None or not consumer.assignment():
            return None
        return self._polls.age_seconds()

    @property
    def _consumer(self) -> AIOKafkaConsumer | None:
        return cast("AIOKafkaConsumer | None", self._subscriber and self._subscriber.consumer)

    async def _consume_or_stop(
        self,
        batch: tuple[ConsumerRecord[Any, Any], ...],
        take: Callable[[Sequence[Record], Ends], Awaitable[None]],
        on_fault: Callable[[Exception], None],
    ) -> None:
        """After a fault nothing more is taken: FastStream polls on until the process has stopped,
        and the offsets of a later batch would pass over this one's records.
        """
        if self._is_faulty:
            return
        try:
            await self._consume(batch, take)
        except Exception as error:  # noqa: BLE001  # see `subscribe`: the process stops
            self._is_faulty = True
            on_fault(error)

    async def _consume(
        self,
        batch: tuple[ConsumerRecord[Any, Any], ...],
        take: Callable[[Sequence[Record], Ends], Awaitable[None]],
    ) -> None:
        ends: Ends = ()
        if any(record.topic == self._calendar_topic for record in batch):
            ends = await self._ends()
        self._taking = len(batch)
        keeper = asyncio.create_task(self._keep_partitions())
        try:
            await take([self._record(r) for r in batch], ends)
        finally:
            keeper.cancel()
            await asyncio.wait([keeper])
            self._taking = 0
        if not keeper.cancelled():
            keeper.result()  # it ended by itself: that is a fault
        offsets: dict[TopicPartition, int] = {}
        for record in batch:
            partition = TopicPartition(record.topic, record.partition)
            offsets[partition] = max(offsets.get(partition, 0), record.offset + 1)
        await self._commit(offsets)

    def _record(self, record: ConsumerRecord[Any, Any]) -> Record:
        return Record(
            producer=self._producer_of[record.topic],
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            key=record.key,
            value=record.value,
            headers=tuple((str(name), value) for name, value in record.headers),
        )

    async def _ends(self) -> Ends:
        """Where the other topics end now: a day may be entered when they are read up to there.

        Waits while Kafka is away: a day that is announced without them would be entered too early.
        """
        while True:
            try:
                return await self._ends_now(_started(self._consumer))
            except KafkaError as error:
                log.warning("log_away", error=type(error).__name__)
                await asyncio.sleep(1)

    async def _ends_now(self, consumer: AIOKafkaConsumer) -> Ends:
        others = []
        for topic in self._producer_of.keys() - {self._calendar_topic}:
            others += [TopicPartition(topic, p) for p in known_partitions(consumer, topic)]
        ends = await consumer.end_offsets(others) if others else {}
        return tuple(sorted((tp.topic, tp.partition, end) for tp, end in ends.items() if end))

    async def _commit(self, offsets: dict[TopicPartition, int]) -> None:
        """Tell Kafka what is stored. Partitions that went to another member are told by it."""
        consumer = self._consumer
        while consumer is not None:
            mine = {tp: o for tp, o in offsets.items() if tp in consumer.assignment()}
            try:
                if mine:
                    await consumer.commit(mine)
            except _NOT_OURS_ANY_MORE as error:
                log.info("offsets_left_to_the_next_member", error=type(error).__name__)
            except KafkaError as error:
                log.warning("log_away", error=type(error).__name__)
                await asyncio.sleep(1)
                consumer = self._consumer
                continue
            return

    async def _keep_partitions(self) -> None:
        """While the store is away, keep polling with everything paused, or Kafka gives them away.

        A rebalance in that poll may bring partitions that are not paused yet: what it reads of
        them is rewound.
        """
        pause_seconds = self._settings.max_poll_interval_ms / 1000 * KEEP_ALIVE_SHARE
        while True:
            await asyncio.sleep(pause_seconds)
            consumer = self._consumer
            if consumer is None:
                return
            paused = consumer.assignment()
            consumer.pause(*paused)
            try:
                for tp, records in (await AIOKafkaConsumer.getmany(consumer, timeout_ms=0)).items():
                    consumer.seek(tp, records[0].offset)
            except (KafkaError, ConsumerStoppedError) as error:
                log.warning("log_away", error=type(error).__name__)
            finally:
                consumer.resume(*(paused & consumer.assignment()))


def _started(part: T | None) -> T:
    if part is None:
        raise RuntimeError("the log has not been started")
    return part


async def _parse(batch: tuple[ConsumerRecord[Any, Any], ...]) -> KafkaMessage:
    """A message that reads no header: FastStream's own parser drops a batch over one bad header."""
    return KafkaMessage(body=batch, raw_message=batch, headers={}, consumer=cast("Any", None))


async def _decode(message: KafkaMessage) -> Any:
    return message.raw_message
