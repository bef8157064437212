"""Kafka's admin client, for a process that asks for days and outlives the brokers it asks."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from ops.login import admin_client
from shared.login import Login

REQUEST_SECONDS = 10.0

_Answer = TypeVar("_Answer")


class Admin:
    """A client that was refused is replaced, and the question asked once more.

    librdkafka's view of a broker that was restarted may stay outdated for ever: seen were
    FENCED_LEADER_EPOCH, "no leaders found", and requests that all time out while a client that is
    new is answered at once. Which errors mean that is not for us to know, and a new client never
    harms.
    """

    def __init__(self, kafka: str, login: Login | None = None) -> None:
        self._kafka = kafka
        self._login = login
        self._client = self._connect()
        self._replaced = 0

    async def ask(self, question: Callable[[AdminClient], Awaitable[_Answer]]) -> _Answer:
        """Raises `KafkaException` while Kafka does not say."""
        replaced = self._replaced
        with suppress(KafkaException):
            return await question(self._client)
        # In a thread: to give the old one up may block for seconds.
        await asyncio.to_thread(self._replace, replaced)
        return await question(self._client)

    def _replace(self, replaced: int) -> None:
        if replaced == self._replaced:  # else another question did so meanwhile
            self._replaced += 1
            self._client = self._connect()

    def _connect(self) -> AdminClient:
        return admin_client(self._kafka, self._login)
