"""Waiting for a broker and a store to serve, by asking them, not by the clock."""

import asyncio
import time
from collections.abc import Callable

from confluent_kafka import KafkaException
from pymongo import AsyncMongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

from ops.login import admin_client
from ops.stack.parts import StackError

READY_SECONDS = 90.0  # a JVM on two busy cores takes 10
ASK_SECONDS = 1.0
PAUSE_SECONDS = 0.1

# Raises, with the log's end, when whoever should answer has ended.
Check = Callable[[], None]


def no_check() -> None:
    """For an address that was given: nobody here knows whether its process lives."""


async def wait_for_kafka(address: str, check: Check = no_check) -> None:
    admin = admin_client(address, None)
    deadline = time.monotonic() + READY_SECONDS
    while True:
        check()
        try:
            await asyncio.to_thread(admin.list_topics, timeout=ASK_SECONDS)
        except KafkaException as error:
            if time.monotonic() > deadline:
                raise StackError(f"Kafka at {address} does not answer: {error}") from error
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return


async def become_primary(address: str, member: str, check: Check) -> None:
    """Makes a fresh mongod a replica set of one, and waits until it takes writes."""
    deadline = time.monotonic() + READY_SECONDS
    async with _client(address) as client:
        while True:
            check()
            try:
                hello = await client.admin.command("hello")
                if hello["isWritablePrimary"]:
                    return
                if "setName" not in hello:
                    members = [{"_id": 0, "host": member}]
                    await client.admin.command(
                        "replSetInitiate", {"_id": "rs0", "members": members}
                    )
                    continue
                trouble = "it does not become primary"
            except (ConnectionFailure, OperationFailure) as error:
                trouble = str(error)
            if time.monotonic() > deadline:
                raise StackError(
                    f"MongoDB at {member} is not ready: {trouble}"
                )  # the address may hold a password
            await asyncio.sleep(PAUSE_SECONDS)


async def mongo_version(address: str) -> str:
    async with _client(address, seconds=10) as client:
        try:
            return str((await client.admin.command("buildInfo"))["version"])
        except ConnectionFailure as error:
            raise StackError(f"MongoDB at {address} does not answer: {error}") from error


def _client(address: str, seconds: float = ASK_SECONDS) -> AsyncMongoClient[dict[str, object]]:
    return AsyncMongoClient(address, serverSelectionTimeoutMS=round(seconds * 1000))
