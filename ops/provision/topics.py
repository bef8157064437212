"""The topics that the services need, on a broker."""

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaError, KafkaException

# Its types hide what its documentation shows.
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from ops.provision.faults import ProvisionError

REQUEST_SECONDS = 30.0
POLL_SECONDS = 0.05
TOPIC_SETTINGS = {"retention.ms": "-1"}


async def provision_topics(
    admin: AdminClient, wanted: Mapping[str, int], replication: int
) -> list[str]:
    """Name → partitions. Returns what it changed, a sentence each."""
    present = await _served_topics(admin)
    missing = {name: wanted[name] for name in wanted if name not in present}
    made = await _make_topics(admin, missing, replication)
    # Asked anew: a twin may have made some at this moment.
    present = await _served_topics(admin)
    for name, partitions in wanted.items():
        if present[name] != partitions:
            raise ProvisionError(
                f"{name} has {present[name]} partitions and should have {partitions}; to change "
                "that would break the order per stream, so make a new topic"
            )
    changes = [f"topic {name} made with {wanted[name]} partitions" for name in made]
    return changes + await _correct_settings(admin, [name for name in wanted if name not in made])


async def _make_topics(
    admin: AdminClient, missing: Mapping[str, int], replication: int
) -> list[str]:
    """Returns those it made, once the broker serves them all: it confirms a moment before that."""
    if not missing:
        return []
    topics = [
        NewTopic(name, partitions, replication, config=TOPIC_SETTINGS)
        for name, partitions in missing.items()
    ]
    made = []
    answers = admin.create_topics(topics, operation_timeout=REQUEST_SECONDS)
    for name, answer in answers.items():
        try:
            await asyncio.wrap_future(answer)
        except KafkaException as error:
            # A twin was faster; whether it made the same is checked afterwards.
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
        else:
            made.append(name)
    deadline = time.monotonic() + REQUEST_SECONDS
    while not missing.keys() <= (await _served_topics(admin)).keys():
        if time.monotonic() > deadline:
            raise ProvisionError(f"not served after {REQUEST_SECONDS:.0f} s: {', '.join(missing)}")
        await asyncio.sleep(POLL_SECONDS)
    return made


async def _served_topics(admin: AdminClient) -> dict[str, int]:
    """Name and partitions of those with a leader for each partition."""
    listing = await asyncio.to_thread(admin.list_topics, timeout=REQUEST_SECONDS)
    return {
        name: len(topic.partitions)
        for name, topic in listing.topics.items()
        if topic.partitions and all(one.leader >= 0 for one in topic.partitions.values())
    }


async def _correct_settings(admin: AdminClient, names: list[str]) -> list[str]:
    if not names:
        return []
    asked = admin.describe_configs([ConfigResource(ResourceType.TOPIC, name) for name in names])
    wrong: dict[str, list[ConfigEntry]] = {}
    for resource, answer in asked.items():
        settings = await asyncio.wrap_future(answer)
        for key, value in TOPIC_SETTINGS.items():
            if settings[key].value != value:
                change = ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
                wrong.setdefault(resource.name, []).append(change)
    if wrong:
        resources = [
            ConfigResource(ResourceType.TOPIC, name, incremental_configs=changes)
            for name, changes in wrong.items()
        ]
        await all_of(admin.incremental_alter_configs(resources))
    return [
        f"topic {name}: {change.name} set to {change.value}"
        for name, changes in wrong.items()
        for change in changes
    ]


async def all_of(futures: Mapping[Any, Future[Any]]) -> None:
    await asyncio.gather(*(asyncio.wrap_future(future) for future in futures.values()))
