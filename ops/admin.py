"""Questions to Kafka, for a process that asks for days and outlives the brokers it asks.

Asked with aiokafka, as the services do: librdkafka's admin client aborts its whole process while a
broker comes back (confluentinc/librdkafka, issue 3663; seen twice), and its view of one that was
restarted may stay outdated for ever.
"""

import asyncio
from collections.abc import Iterable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import for_code
from aiokafka.structs import OffsetAndMetadata

from shared.clients import start_or_close
from shared.login import Login, aiokafka_options

REQUEST_SECONDS = 10.0
STABLE = "Stable"  # Kafka's word for a group whose members have settled who reads what

Offsets = Mapping[tuple[str, int], int]
"""By topic, with its prefix, and partition."""


class Admin:
    """Connects at the first question, and again when Kafka was away then. Each question raises
    `KafkaError` while Kafka does not say.
    """

    def __init__(self, kafka: str, login: Login | None = None) -> None:
        self._options = {
            "bootstrap_servers": kafka,
            "request_timeout_ms": int(REQUEST_SECONDS * 1000),
            **aiokafka_options(login),
        }
        self._coordinators: dict[str, int] = {}
        self._connecting = asyncio.Lock()
        self._admin: AIOKafkaAdminClient | None = None
        self._reader: AIOKafkaConsumer | None = None

    async def close(self) -> None:
        admin, reader, self._admin, self._reader = self._admin, self._reader, None, None
        try:
            if admin is not None:
                await admin.close()
        finally:
            if reader is not None:
                await reader.stop()

    async def ends(self, places: Iterable[tuple[str, int]]) -> Offsets:
        """The offset that the next record of each will have."""
        reader = await self._connected_reader()
        found = await reader.end_offsets([TopicPartition(*place) for place in places])
        return {(place.topic, place.partition): end for place, end in found.items()}

    async def committed(self, group: str) -> Offsets:
        """What a group has committed; nothing of a group that is unknown."""
        admin = await self._connected_admin()
        kept = self._coordinators.pop(group, None)
        found: Mapping[TopicPartition, OffsetAndMetadata] = {}
        if kept is not None:
            found = await admin.list_consumer_group_offsets(group, kept)
        if not found:  # so answers, too, whoever does not coordinate it any more
            kept = await admin.find_coordinator(group)
            found = await admin.list_consumer_group_offsets(group, kept)
        if found and kept is not None:
            self._coordinators[group] = kept
        return {(place.topic, place.partition): at.offset for place, at in found.items()}

    async def members(self, group: str) -> frozenset[str]:
        """The client ids of those who are in the group, by Kafka's count."""
        return frozenset(
            client for _, members in await self._describe(group) for client, _ in members
        )

    async def assigned_topics(self, group: str) -> frozenset[str]:
        """What the members of a group read; nothing while they still settle who reads what."""
        topics: set[str] = set()
        for state, members in await self._describe(group):
            if state == STABLE:
                topics.update(*(_topics_of(assignment) for _, assignment in members))
        return frozenset(topics)

    async def _describe(self, group: str) -> list[tuple[str, list[tuple[str, bytes]]]]:
        """State, and of each member its client id and assignment; one, or none, for a group."""
        admin = await self._connected_admin()
        answers = await admin.describe_consumer_groups([group])
        found = []
        for error_code, _, state, _, _, members, *_ in (g for a in answers for g in a.groups):
            if error_code:
                raise for_code(error_code)(f"group {group}")
            found.append((state, [(client, assignment) for _, client, *_, assignment in members]))
        return found

    async def _connected_admin(self) -> AIOKafkaAdminClient:
        async with self._connecting:
            if self._admin is None:
                admin = AIOKafkaAdminClient(**self._options)
                await start_or_close(admin.start, admin.close)
                self._admin = admin
            return self._admin

    async def _connected_reader(self) -> AIOKafkaConsumer:
        async with self._connecting:
            if self._reader is None:
                reader = AIOKafkaConsumer(**self._options, enable_auto_commit=False)
                await start_or_close(reader.start, reader.stop)
                self._reader = reader
            return self._reader


def _topics_of(assignment: bytes) -> set[str]:
    found = ConsumerProtocolMemberAssignment.decode(assignment)
    return {place.topic for place in found.partitions()}
