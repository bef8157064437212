import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, NodeNotReadyError
from aiokafka.structs import OffsetAndMetadata

from ops.admin import Admin
from ops.provision import provision, withdraw
from ops.stack import Stack
from shared.events import TOPICS

AWAY = "127.0.0.1:1"


@pytest.fixture
async def prefix(stack: Stack) -> AsyncIterator[str]:
    name = f"admin-{uuid4().hex[:6]}."
    await provision(stack, prefix=name)
    yield name
    await withdraw(stack, prefix=name)


async def test_it_tells_ends_offsets_and_who_reads_what(stack: Stack, prefix: str) -> None:
    topic = f"{prefix}{next(iter(TOPICS))}"
    producer = AIOKafkaProducer(bootstrap_servers=stack.kafka)
    await producer.start()
    await producer.send_and_wait(topic, b"one", partition=0)
    await producer.stop()
    admin = Admin(stack.kafka)
    group = f"{prefix}readers"
    try:
        assert await admin.ends([(topic, 0)]) == {(topic, 0): 1}

        consumer = AIOKafkaConsumer(
            topic,
            bootstrap_servers=stack.kafka,
            group_id=group,
            client_id="reader-1",
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            await consumer.getone()
            await consumer.commit({TopicPartition(topic, 0): 1})

            assert (await admin.committed(group))[topic, 0] == 1
            assert await admin.assigned_topics(group) == {topic}
            assert await admin.members(group) == {"reader-1"}
        finally:
            await consumer.stop()
        assert await admin.assigned_topics(group) == frozenset()
        assert await admin.committed(f"{prefix}nobody") == {}
    finally:
        await admin.close()


async def test_questions_asked_at_once_share_a_connection(stack: Stack, prefix: str) -> None:
    admin = Admin(stack.kafka)
    places = [(f"{prefix}{topic}", 0) for topic in TOPICS]
    try:
        found = await asyncio.gather(*(admin.ends(places) for _ in range(5)))
        reader = admin._reader
        assert found == [dict.fromkeys(places, 0)] * 5
        assert await admin.ends(places) == found[0]
        assert admin._reader is reader
    finally:
        await admin.close()


class Moved:
    """Aiokafka's admin client, of which the group's coordinator is another by now."""

    def __init__(self) -> None:
        self.coordinator, self.looked = 1, 0

    async def find_coordinator(self, _: str) -> int:
        self.looked += 1
        return self.coordinator

    async def list_consumer_group_offsets(self, _: str, node: int) -> dict[Any, Any]:
        if node == -1:
            raise NodeNotReadyError
        return (
            {TopicPartition("t", 0): OffsetAndMetadata(5, "")} if node == self.coordinator else {}
        )


async def test_a_coordinator_is_looked_for_once_and_again_when_it_has_moved() -> None:
    admin, client = Admin(AWAY), Moved()
    admin._admin = cast("Any", client)
    found = [await admin.committed("group") for _ in range(3)]
    assert (found, client.looked) == ([{("t", 0): 5}] * 3, 1)

    client.coordinator = 2
    assert [await admin.committed("group") for _ in range(2)] == [{("t", 0): 5}] * 2
    assert client.looked == 2

    client.coordinator, admin._coordinators["group"] = 3, -1
    with pytest.raises(NodeNotReadyError):
        await admin.committed("group")
    assert await admin.committed("group") == {("t", 0): 5}


async def test_while_kafka_is_away_it_says_so_and_asks_anew() -> None:
    admin = Admin(AWAY)
    for _ in range(2):
        with pytest.raises(KafkaError):
            await admin.ends([("topic", 0)])
        with pytest.raises(KafkaError):
            await admin.committed("group")
        with pytest.raises(KafkaError):
            await admin.assigned_topics("group")
    await admin.close()
