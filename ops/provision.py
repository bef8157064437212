"""Makes a broker and stores fit for the services: topics, MongoDB's limits, and, where it is asked
to, replica sets of one member and a secret for each service.

Safe to run again: it changes what differs and says so. What it must not change (a topic's
partitions: people would move between them and lose their order) is an error.
"""

import asyncio
import base64
import secrets
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Annotated, Any

import typer
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
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

from ops.processes import run_until_signal
from ops.stack.parts import TRANSACTION_LIFETIME_SECONDS, Stack, StackError
from ops.stack.probe import READY_SECONDS, become_primary, no_check
from shared.events import TOPICS

REQUEST_SECONDS = 30.0
POLL_SECONDS = 0.05
TOPIC_SETTINGS = {"retention.ms": "-1"}
SET_NAME = "rs0"
SECRET_FILE = "secret"  # noqa: S105  # its name
SECRET_BYTES = 32


class ProvisionError(Exception):
    """What is there contradicts what the services need."""


def command(
    kafka: Annotated[str, typer.Option(envvar="WOMANUP_KAFKA", help="Kafka, host:port.")],
    mongo: Annotated[
        list[str], typer.Option(envvar="WOMANUP_MONGO", help="MongoDB's URI; repeatable.")
    ],
    prefix: Annotated[str, typer.Option(help="Goes before each topic's name.")] = "",
    replication: Annotated[int, typer.Option(help="Copies of each topic.")] = 1,
    *,
    initiate: Annotated[
        bool, typer.Option("--initiate", help="Make each MongoDB a replica set of one.")
    ] = False,
    secrets_folder: Annotated[
        Path | None, typer.Option("--secrets", help="Makes a secret in each of its folders.")
    ] = None,
) -> None:
    """Make the topics and limits that the services need; safe to run again."""

    async def work() -> None:
        changes = make_secrets(secrets_folder) if secrets_folder else []
        if initiate:
            changes += await initiate_sets(mongo)
        changes += await _provision(kafka, mongo, prefix, replication)
        print("\n".join(changes) or "nothing to change")

    try:
        code = run_until_signal(work())
    except (ProvisionError, StackError, KafkaException, PyMongoError) as error:
        print(error)
        code = 1
    raise typer.Exit(code)


async def provision(stack: Stack, *, prefix: str = "", replication: int = 1) -> list[str]:
    """Returns what it changed, a sentence each."""
    return await _provision(stack.kafka, [stack.mongo], prefix, replication)


async def _provision(kafka: str, mongos: Sequence[str], prefix: str, replication: int) -> list[str]:
    changes = await asyncio.gather(
        _provision_topics(kafka, prefix, replication), *map(_provision_mongo, mongos)
    )
    return [change for part in changes for change in part]


def make_secrets(folder: Path) -> list[str]:
    """A random secret in each folder of this one that has none; never another in place of one:
    what it sealed could not be opened again. Returns what it made.
    """
    made = []
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        if not (place / SECRET_FILE).exists():
            new = place / f"{SECRET_FILE}.new"  # so that none is ever seen half written
            new.unlink(missing_ok=True)
            new.write_text(base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode())
            new.chmod(0o400)
            new.replace(place / SECRET_FILE)
            made.append(f"secret of {place.name} made")
    return made


async def initiate_sets(uris: Sequence[str]) -> list[str]:
    """Makes each of these a replica set of one, under the host name of its URI. Waits for it as
    long as `ops.stack.probe` does. Returns what it made.
    """
    made = await asyncio.gather(*map(_initiate, uris))
    return [one for one in made if one]


async def _initiate(uri: str) -> str | None:
    parsed = parse_uri(uri)
    (host, port), *others = parsed["nodelist"]
    wanted, member = parsed["options"].get("replicaSet"), f"{host}:{port}"
    if others or wanted != SET_NAME:
        raise ProvisionError(f"{uri}: name one host, and replicaSet={SET_NAME}")
    direct = f"mongodb://{member}/?directConnection=true"
    wait_ms = round(READY_SECONDS * 1000)
    async with AsyncMongoClient[dict[str, Any]](direct, serverSelectionTimeoutMS=wait_ms) as client:
        hello = await client.admin.command("hello")
    await become_primary(direct, member, no_check)
    if "setName" not in hello:
        return f"MongoDB at {member}: replica set {SET_NAME} initiated"
    if member not in hello.get("hosts", [member]):
        raise ProvisionError(f"{member} calls itself {hello['hosts'][0]}: name it so")
    return None


async def withdraw(stack: Stack, *, prefix: str) -> None:
    """Removes what `provision` and the services made under a test's prefix."""
    if not prefix:
        raise ProvisionError("without a prefix this would remove the programme's own topics")
    admin = AdminClient({"bootstrap.servers": stack.kafka, "log_level": 0})
    names = [prefix + topic for topic in TOPICS]
    await _all(admin.delete_topics(names, operation_timeout=REQUEST_SECONDS))
    async with AsyncMongoClient[dict[str, Any]](stack.mongo) as client:
        for database in await client.list_database_names():
            if database.endswith("_" + prefix.strip(".").replace(".", "_")):
                await client.drop_database(database)


async def _provision_topics(bootstrap: str, prefix: str, replication: int) -> list[str]:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    wanted = {prefix + topic: partitions for topic, partitions in TOPICS.items()}
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
        await _all(admin.incremental_alter_configs(resources))
    return [
        f"topic {name}: {change.name} set to {change.value}"
        for name, changes in wrong.items()
        for change in changes
    ]


async def _provision_mongo(uri: str) -> list[str]:
    name = "transactionLifetimeLimitSeconds"
    async with AsyncMongoClient[dict[str, Any]](uri) as client:
        limit = (await client.admin.command({"getParameter": 1, name: 1}))[name]
        if limit == TRANSACTION_LIFETIME_SECONDS:
            return []
        await client.admin.command({"setParameter": 1, name: TRANSACTION_LIFETIME_SECONDS})
    return [f"MongoDB: {name} set to {TRANSACTION_LIFETIME_SECONDS}, was {limit}"]


async def _all(futures: Mapping[Any, Future[Any]]) -> None:
    await asyncio.gather(*(asyncio.wrap_future(future) for future in futures.values()))
