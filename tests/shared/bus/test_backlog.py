"""How far a group is behind: by its committed offsets and by Kafka's own record times."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import UnknownTopicOrPartitionError

from shared.bus.backlog import Behind, count_behind
from shared.bus.kafka import KafkaLog
from shared.settings import ServiceSettings

INTAKE, DAYS = "womanup.intake.v1", "womanup.calendar.v1"


class Topics:
    """What is on the topics: the times, in ms, of the records of each partition."""

    def __init__(self, times: dict[tuple[str, int], list[int]]) -> None:
        self._times = times
        self._at: dict[TopicPartition, int] = {}
        self._paused: set[TopicPartition] = set()
        self.opened = 0

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return {p for t, p in self._times if t == topic} or None

    async def end_offsets(self, asked: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return {tp: len(self._times[tp.topic, tp.partition]) for tp in asked}

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Any]:
        self.opened += 1
        yield self

    def assign(self, partitions: Sequence[TopicPartition]) -> None:
        self._at = dict.fromkeys(partitions, 0)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._at[partition] = offset

    def pause(self, partition: TopicPartition) -> None:
        self._paused.add(partition)

    async def getmany(self, *, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        """One partition at a time, as a small fetch may come."""
        for tp in sorted(self._at.keys() - self._paused):
            times = self._times[tp.topic, tp.partition][self._at[tp] :]
            if times:
                return {tp: [record(tp, at) for at in times]}
        return {}


def record(tp: TopicPartition, at: int) -> ConsumerRecord[Any, Any]:
    return ConsumerRecord(tp.topic, tp.partition, 0, at, 0, b"per_a", b"{}", None, -1, -1, ())


async def test_the_group_is_behind_by_what_is_not_committed_and_since_the_first_of_it() -> None:
    topics = Topics({(INTAKE, 0): [1000, 2000, 9000], (INTAKE, 1): [5000, 7000], (DAYS, 0): [1]})
    committed = {(INTAKE, 0): 2, (INTAKE, 1): 0, (DAYS, 0): 1}
    found = await count_behind(topics, [INTAKE, DAYS], committed, topics.reading)

    assert found == {INTAKE: Behind(3, 5.0), DAYS: Behind(0, None)}


async def test_what_was_never_committed_is_behind_from_the_first_record() -> None:
    topics = Topics({(INTAKE, 0): [1000, 2000]})

    found = await count_behind(topics, [INTAKE], {}, topics.reading)

    assert found == {INTAKE: Behind(2, 1.0)}


async def test_at_rest_nothing_is_read() -> None:
    topics = Topics({(INTAKE, 0): [1000]})
    await count_behind(topics, [INTAKE], {(INTAKE, 0): 1}, topics.reading)

    assert topics.opened == 0


async def test_a_topic_that_is_not_served_yet_is_no_empty_topic() -> None:
    topics = Topics({(INTAKE, 0): []})

    with pytest.raises(UnknownTopicOrPartitionError):
        await count_behind(topics, [INTAKE, DAYS], {}, topics.reading)


class Reader:
    """Stands for aiokafka's consumer: keeps what it was told, and finds one record a partition."""

    made: list[dict[str, Any]]

    def __init__(self, **options: Any) -> None:
        self.made.append(options)

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def assign(self, partitions: Sequence[TopicPartition]) -> None:
        self._assigned = partitions

    def seek(self, partition: TopicPartition, offset: int) -> None: ...

    def pause(self, partition: TopicPartition) -> None: ...

    async def getmany(self, *, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        return {tp: [record(tp, 4000)] for tp in self._assigned}


async def test_the_reader_of_no_group_logs_in_as_the_service_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A broker that asks who one is refuses a client without a login, and there is lag to tell."""
    monkeypatch.setattr(Reader, "made", [], raising=False)
    monkeypatch.setattr("shared.bus.backlog.AIOKafkaConsumer", Reader)
    password = tmp_path / "kafka-payroll"
    password.write_text("river-stone")
    settings = ServiceSettings(
        auth="off", kafka="kafka:9092", mongo="", database="", instance="payroll-1", secret="x",
        kafka_user="payroll", kafka_password_file=password,
    )  # fmt: skip
    log = KafkaLog("payroll", settings, {"intake"})
    log._subscriber = SimpleNamespace(consumer=Topics({(INTAKE, 0): [4000]}))

    async def nothing(_: str) -> dict[TopicPartition, Any]:
        return {}

    log._admin = SimpleNamespace(list_consumer_group_offsets=nothing)

    assert await log.behind() == {INTAKE: Behind(1, 4.0)}
    (options,) = Reader.made
    assert options["bootstrap_servers"] == "kafka:9092"
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert options["sasl_plain_username"] == "payroll"
    assert options["sasl_plain_password"] == "river-stone"
    assert "group_id" not in options
