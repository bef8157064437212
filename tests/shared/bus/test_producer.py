"""The producer of the relay: thrown away after any error, and at every stop."""

import asyncio
import gc
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError

from shared.bus.producer import OwnTopic
from shared.mongo import Document
from shared.settings import ServiceSettings

PLACES = (0, 1, 2)
AWAY = ServiceSettings(
    auth="off", kafka="127.0.0.1:1", mongo="", database="", instance="payroll-1", secret="x"
)


class Stuck:
    """A producer with a batch that no broker will ever take."""

    def __init__(self) -> None:
        self.closed: list[str] = []
        self._sender = self
        self.client = self

    async def stop(self) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        self.closed.append("closed")


async def test_a_stop_ends_also_while_the_log_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.bus.producer.DROP_SECONDS_MAX", 0)
    topic, stuck = OwnTopic("payroll", AWAY), Stuck()
    topic._producer = cast("Any", stuck)

    async with asyncio.timeout(5):
        await topic.stop()

    assert stuck.closed == ["closed", "closed"]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_a_producer_that_does_not_connect_is_closed(complaints: list[str]) -> None:
    with pytest.raises(KafkaConnectionError):
        await OwnTopic("payroll", AWAY).send([])
    gc.collect()

    assert complaints == []


class Batch:
    """Takes records of 100 bytes together."""

    def __init__(self) -> None:
        self.values: list[bytes] = []

    def append(self, *, key: bytes, value: bytes, timestamp: None, headers: Any) -> bool:
        if sum(map(len, self.values)) + len(value) > 100:
            return False
        self.values.append(value)
        return True

    def record_count(self) -> int:
        return len(self.values)


class Producer:
    """Keeps what it was told, and acknowledges when the test says so."""

    def __init__(self, *, offset: int = 0) -> None:
        self.sent: dict[int, list[list[bytes]]] = {}
        self.acknowledges = asyncio.Event()
        self.error: Exception | None = None
        self.stopped = False
        self._offset = offset
        self._acks: list[asyncio.Task[Any]] = []

    async def partitions_for(self, _: str) -> set[int]:
        return set(PLACES)

    def create_batch(self) -> Batch:
        return Batch()

    async def send_batch(self, batch: Batch, _: str, *, partition: int) -> asyncio.Task[Any]:
        self.sent.setdefault(partition, []).append(batch.values)
        self._acks.append(asyncio.create_task(self._acknowledge(partition)))
        return self._acks[-1]

    async def stop(self) -> None:
        self.stopped = True

    async def _acknowledge(self, partition: int) -> Any:
        await self.acknowledges.wait()
        if self.error:
            raise self.error
        return SimpleNamespace(partition=partition, offset=self._offset)


def topic_of(producer: Producer) -> OwnTopic:
    settings = ServiceSettings(
        auth="off", kafka="127.0.0.1:1", mongo="", database="", instance="payroll-1", secret="x"
    )
    topic = OwnTopic("payroll", settings)
    topic._producer = cast("Any", producer)
    return topic


def rows(*values: tuple[str, int]) -> list[Document]:
    """Of a person, with so many bytes."""
    return [
        {"_id": n, "key": key.encode(), "value": bytes([n]) * size, "headers": []}
        for n, (key, size) in enumerate(values)
    ]


async def sent_at_once(found: Sequence[Document]) -> tuple[Producer, Sequence[Any]]:
    producer = Producer()
    producer.acknowledges.set()
    return producer, (await topic_of(producer).send(found)).ids


async def test_the_records_of_one_key_go_to_one_partition_in_their_order() -> None:
    """Four people on three partitions: turn and turn about would scatter each of them."""
    people = [(f"per_{n}", 5) for n in range(4)]
    producer, ids = await sent_at_once(rows(*people * 4))

    assert list(ids) == list(range(16))
    for first in range(4):
        hers = [bytes([n]) * 5 for n in range(first, 16, 4)]
        kept = [[v for v in b if v in hers] for found in producer.sent.values() for b in found]
        assert [found for found in kept if found] == [hers]


async def test_what_does_not_fit_is_not_overtaken_by_what_would() -> None:
    """Of one partition there is one batch on its way; the rest waits for the next step."""
    producer, ids = await sent_at_once(rows(("per_a", 60), ("per_a", 60), ("per_a", 5)))

    assert list(ids) == [0]
    assert [[len(v) for v in b] for found in producer.sent.values() for b in found] == [[60]]


async def test_nothing_counts_as_sent_before_it_is_acknowledged() -> None:
    producer = Producer()
    sending = asyncio.create_task(topic_of(producer).send(rows(("per_a", 5))))
    for _ in range(10):
        await asyncio.sleep(0)

    assert producer.sent
    assert not sending.done()

    producer.acknowledges.set()
    assert list((await sending).ids) == [0]


async def test_after_an_error_the_producer_is_thrown_away() -> None:
    """What it still has on its way could arrive behind what the next one sends."""
    producer = Producer()
    producer.error = KafkaTimeoutError()
    producer.acknowledges.set()
    topic = topic_of(producer)
    with pytest.raises(KafkaTimeoutError):
        await topic.send(rows(("per_a", 5)))

    assert producer.stopped
    assert topic._producer is None


async def test_a_send_that_is_cancelled_throws_the_producer_away_too() -> None:
    producer = Producer()
    topic = topic_of(producer)
    sending = asyncio.create_task(topic.send(rows(("per_a", 5))))
    for _ in range(10):
        await asyncio.sleep(0)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending

    assert producer.stopped
    assert topic._producer is None


@pytest.mark.parametrize(("offset", "ends"), [(7, [8]), (-1, [])])
async def test_how_far_the_topic_is_known_is_told_only_where_the_broker_says_so(
    offset: int, ends: list[int]
) -> None:
    producer = Producer(offset=offset)
    producer.acknowledges.set()
    found = await topic_of(producer).send(rows(("per_a", 5)))

    assert list(found.ends.values()) == ends


async def test_a_record_is_sent_when_all_replicas_have_it_and_never_twice_by_a_retry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[dict[str, Any]] = []

    class Made(Producer):
        def __init__(self, **options: Any) -> None:
            super().__init__()
            made.append(options)

        async def start(self) -> None:
            self.acknowledges.set()

    monkeypatch.setattr("shared.bus.producer.AIOKafkaProducer", Made)
    topic = topic_of(Producer())
    topic._producer = None
    await topic.send(rows(("per_a", 5)))

    (options,) = made
    assert options["acks"] == "all"
    assert options["enable_idempotence"] is True
