"""How a service reads the log: what the engine could not store is never passed over."""

import asyncio
import gc
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError
from faststream import AckPolicy

from shared.bus import Record
from shared.bus.kafka import KafkaLog
from shared.bus.parking import Ends
from shared.settings import ServiceSettings


def log_of(service: str, kafka: str = "127.0.0.1:1") -> KafkaLog:
    settings = ServiceSettings(
        auth="off", kafka=kafka, mongo="", database="", instance=f"{service}-1", secret="x"
    )
    return KafkaLog(service, settings, {"intake", "calendar"})


def batch(offset: int, topic: str = "womanup.intake.v1") -> tuple[ConsumerRecord[Any, Any], ...]:
    found = ConsumerRecord(topic, 0, offset, 0, 0, b"per_a", b"{}", None, -1, -1, ())
    return (found,)


def test_of_several_brokers_each_is_asked() -> None:
    log = log_of("payroll", "one:9092,two:9092")

    assert list(log._broker.specification.url) == ["one:9092", "two:9092"]


async def test_after_a_fault_no_later_batch_is_taken() -> None:
    """Its offsets would be committed past those of the batch that failed."""
    log = log_of("payroll")
    taken: list[list[int]] = []
    faults: list[Exception] = []

    async def take(records: Sequence[Record], _: Ends) -> None:
        taken.append([r.offset for r in records])
        if len(taken) == 1:
            raise LookupError

    for offset in (0, 1):
        await log._consume_or_stop(batch(offset), take, faults.append)

    assert taken == [[0]]
    assert [type(f) for f in faults] == [LookupError]


class Away:
    """A consumer whose broker is away, then back without its topics, then whole again."""

    def __init__(self) -> None:
        self.asked = 0

    def partitions_for_topic(self, _: str) -> set[int] | None:
        self.asked += 1
        return None if self.asked == 2 else {0}

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        if self.asked == 1:
            raise KafkaTimeoutError
        return dict.fromkeys(partitions, 7)


async def test_a_day_is_never_announced_without_the_ends_of_the_other_topics(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broker that is away is waited for: not a fault of the engine, nor an empty topic."""

    async def at_once(_: float) -> None:
        return None

    monkeypatch.setattr("shared.bus.kafka.asyncio.sleep", at_once)
    log, consumer = log_of("payroll"), Away()
    log._subscriber = SimpleNamespace(consumer=consumer)

    assert await log._ends() == (("womanup.intake.v1", 0, 7),)
    assert consumer.asked == 3


INTAKE, OTHER = TopicPartition("womanup.intake.v1", 0), TopicPartition("womanup.intake.v1", 1)


class Consumer:
    """Has these partitions and keeps what it was told. A poll gives it one record of `OTHER`."""

    def __init__(self, *partitions: TopicPartition) -> None:
        self._partitions = set(partitions)
        self.committed: list[Mapping[TopicPartition, int]] = []
        self.did: list[tuple[str, Any]] = []

    def assignment(self) -> set[TopicPartition]:
        return self._partitions

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        self.committed.append(offsets)

    def partitions_for_topic(self, _: str) -> set[int]:
        return {0, 1}

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 7)

    def pause(self, *partitions: TopicPartition) -> None:
        self.did.append(("pause", set(partitions)))

    def resume(self, *partitions: TopicPartition) -> None:
        self.did.append(("resume", set(partitions)))

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.did.append(("seek", (partition, offset)))

    async def getmany(self, *, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        self.did.append(("poll", timeout_ms))
        return {OTHER: [SimpleNamespace(offset=4), SimpleNamespace(offset=5)]}


def reading(consumer: Consumer) -> KafkaLog:
    log = log_of("payroll")
    log._subscriber = SimpleNamespace(consumer=consumer)
    return log


async def nothing(_: Sequence[Record], __: Ends) -> None: ...


async def test_offsets_are_committed_behind_what_is_stored_and_not_before() -> None:
    consumer = Consumer(INTAKE)
    seen: list[int] = []

    async def take(_: Sequence[Record], __: Ends) -> None:
        seen.append(len(consumer.committed))

    await reading(consumer)._consume((*batch(3), *batch(4)), take)

    assert seen == [0]
    assert consumer.committed == [{INTAKE: 5}]


async def test_what_could_not_be_stored_is_not_committed() -> None:
    consumer, faults = Consumer(INTAKE), list[Exception]()

    async def take(_: Sequence[Record], __: Ends) -> None:
        raise LookupError

    await reading(consumer)._consume_or_stop(batch(3), take, faults.append)

    assert consumer.committed == []
    assert len(faults) == 1


async def test_a_partition_that_went_to_another_member_is_left_to_it() -> None:
    consumer = Consumer(OTHER)
    await reading(consumer)._consume(batch(3), nothing)

    assert consumer.committed == []


async def test_the_ends_of_the_other_topics_are_read_before_a_day_is_taken() -> None:
    taken: list[Ends] = []

    async def take(_: Sequence[Record], ends: Ends) -> None:
        taken.append(ends)

    log = reading(Consumer(INTAKE))
    await log._consume(batch(3), take)
    await log._consume(batch(0, "womanup.calendar.v1"), take)

    assert taken == [(), tuple(("womanup.intake.v1", p, 7) for p in (0, 1))]


async def test_while_the_store_is_away_it_polls_paused_and_rewinds_what_that_brings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A poll keeps the partitions; a rebalance in it may bring some that are not paused."""
    monkeypatch.setattr("shared.bus.kafka.KEEP_ALIVE_SHARE", 0)
    monkeypatch.setattr("shared.bus.kafka.AIOKafkaConsumer", Consumer)
    consumer = Consumer(INTAKE)

    async def take(_: Sequence[Record], __: Ends) -> None:
        for _turn in range(50):
            await asyncio.sleep(0)

    await reading(consumer)._consume(batch(3), take)

    assert consumer.did[:4] == [
        ("pause", {INTAKE}),
        ("poll", 0),
        ("seek", (OTHER, 4)),
        ("resume", {INTAKE}),
    ]


async def test_a_batch_that_is_stored_ends_the_polls_that_kept_its_partitions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.bus.kafka.KEEP_ALIVE_SHARE", 0)
    monkeypatch.setattr("shared.bus.kafka.AIOKafkaConsumer", Consumer)
    consumer = Consumer(INTAKE)
    async with asyncio.timeout(5):
        await reading(consumer)._consume(batch(3), nothing)
    before = len(consumer.did)
    for _ in range(10):
        await asyncio.sleep(0)

    assert len(consumer.did) == before


def test_the_subscription_acks_by_hand_from_the_first_record_under_a_name_that_stays() -> None:
    """FastStream's own defaults would ack before the work."""
    log = log_of("payroll")
    log.subscribe(nothing, lambda _: None)
    subscriber = log._subscriber
    options = subscriber._connection_args

    assert subscriber.ack_policy is AckPolicy.MANUAL
    assert options["enable_auto_commit"] is False
    assert options["auto_offset_reset"] == "earliest"
    assert options["group_instance_id"] == "payroll-1"


async def test_a_header_that_is_no_text_does_not_make_its_batch_vanish() -> None:
    """FastStream's own parser drops the batch: what was in it would be passed over."""
    log, taken = log_of("payroll"), list[Record]()

    async def take(records: Sequence[Record], _: Ends) -> None:
        taken.extend(records)

    log.subscribe(take, lambda _: None)
    subscriber = log._subscriber
    topic, headers = "womanup.intake.v1", (("odd", b"\xff"), ("none", None))
    odd = ConsumerRecord(topic, 0, 3, 0, 0, b"per_a", b"{}", None, -1, -1, headers)
    message = await subscriber._call_options.parser((odd,))

    assert message.headers == {}
    await log._consume(await subscriber._call_options.decoder(message), take)
    assert [r.headers for r in taken] == [headers]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_a_reader_of_the_own_topic_that_does_not_connect_is_closed(
    complaints: list[str],
) -> None:
    with pytest.raises(KafkaConnectionError):
        async with log_of("payroll").own_tail():
            pass
    gc.collect()

    assert complaints == []
