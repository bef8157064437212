"""A service's consumer group as seen from outside: its offsets, its members, its rewinding."""

import asyncio
import time

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition

from ops.admin import REQUEST_SECONDS, Offsets
from ops.login import admin_client
from shared.login import Login

POLL_SECONDS = 0.5


class GroupActive(Exception):
    """The service runs; the message says so."""


class Group:
    """The group that a service reads in: its name, behind the prefix."""

    def __init__(self, kafka: str, service: str, prefix: str, login: Login | None = None) -> None:
        self._name = f"{prefix}{service}"
        self._admin = admin_client(kafka, login)

    async def offsets(self) -> Offsets:
        """What it has committed, topics with their prefix."""
        asked = [ConsumerGroupTopicPartitions(self._name)]
        futures = self._admin.list_consumer_group_offsets(asked, request_timeout=REQUEST_SECONDS)
        found = await asyncio.wrap_future(futures[self._name])
        return {(p.topic, p.partition): p.offset for p in found.topic_partitions if p.offset >= 0}

    async def members(self) -> list[str]:
        """The instances that Kafka counts as running."""
        futures = self._admin.describe_consumer_groups(
            [self._name], request_timeout=REQUEST_SECONDS
        )
        found = await asyncio.wrap_future(futures[self._name])
        return sorted(m.group_instance_id or m.client_id for m in found.members)

    async def refuse_active(self, wait_seconds: float) -> None:
        """A stopped instance keeps its name in the group until its session ends: that is waited
        for. Raises `GroupActive` when somebody is there still.
        """
        deadline = time.monotonic() + wait_seconds
        while members := await self.members():
            if time.monotonic() > deadline:
                raise GroupActive(
                    f"the group {self._name} has members ({', '.join(members)}): stop every "
                    "instance of the service first"
                )
            await asyncio.sleep(POLL_SECONDS)

    async def rewind(self, offsets: Offsets) -> int:
        """Set these; what was committed beside them goes to the beginning. How many records will
        be read again.
        """
        before = await self.offsets()
        wanted = rewound(before, offsets)
        if not wanted:
            return 0
        places = [TopicPartition(t, p, offset) for (t, p), offset in sorted(wanted.items())]
        asked = [ConsumerGroupTopicPartitions(self._name, places)]
        futures = self._admin.alter_consumer_group_offsets(asked, request_timeout=REQUEST_SECONDS)
        found = await asyncio.wrap_future(futures[self._name])
        for place in found.topic_partitions:
            if place.error:
                raise GroupActive(f"{place.topic}/{place.partition}: {place.error}")
        return sum(max(0, before.get(place, 0) - offset) for place, offset in wanted.items())


def rewound(before: Offsets, backup: Offsets) -> dict[tuple[str, int], int]:
    """A partition that the backup does not know had nothing stored of it: from its beginning."""
    return {**dict.fromkeys(before, 0), **backup}
