"""Planted faults: the engine with one of its promises broken, for the rig to find."""

from collections.abc import Callable, Mapping
from typing import Any

from aiokafka import TopicPartition

from shared.bus.kafka import KafkaLog
from shared.bus.relay import Relay
from shared.mongo import Delete


def _ack_first() -> None:
    """Tells Kafka before the effect is stored: a crash in between loses the records."""
    consume = KafkaLog._consume  # noqa: SLF001

    async def ack_and_consume(self: KafkaLog, batch: Any, take: Any) -> None:
        await self._commit({TopicPartition(r.topic, r.partition): r.offset + 1 for r in batch})
        await consume(self, batch, take)

    KafkaLog._consume = ack_and_consume  # type: ignore[method-assign]  # noqa: SLF001


def _delete_first() -> None:
    """Forgets what it is about to send: a crash in between loses events of the service's own."""
    step = Relay.step

    async def delete_and_step(self: Relay) -> int:
        send = self._producer.send

        async def send_what_is_gone(rows: Any) -> Any:
            async def forget(session: Any) -> None:
                await session.write("outbox", [Delete(row["_id"]) for row in rows])

            await self._store.transact(forget)
            return await send(rows)

        self._producer.send = send_what_is_gone  # type: ignore[method-assign]
        try:
            return await step(self)
        finally:
            self._producer.send = send  # type: ignore[method-assign]

    Relay.step = delete_and_step  # type: ignore[method-assign]


SABOTAGES: Mapping[str, Callable[[], None]] = {
    "ack-first": _ack_first,
    "delete-first": _delete_first,
}
