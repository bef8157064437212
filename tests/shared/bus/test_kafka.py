"""How a service reads the log: what the engine could not store is never passed over."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaTimeoutError

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
