"""When this instance last asked the log for records, and could read the answer.

The client's own time-stamps are those of its fetches, which go on behind a loop that stands still;
and FastStream tries again at once, without a word, what will always fail.
"""

import asyncio
from time import monotonic
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import ConsumerStoppedError, KafkaError

from shared.logs import logger

UNREAD_SECONDS = 30.0  # an unreadable record comes up again and again, between polls that succeed
log = logger()


class Polls:
    def __init__(self) -> None:
        self._polled_at: float | None = None
        self._unread_at = -UNREAD_SECONDS

    def watch(self, consumer: AIOKafkaConsumer) -> None:
        """Note each poll of this consumer, and slow down what it can never read.

        aiokafka raises on a header whose name is not UTF-8: its partition stands still until the
        record is gone, and readiness says so.
        """
        poll = consumer.getmany

        async def getmany(*args: Any, **options: Any) -> Any:
            try:
                records = await poll(*args, **options)
            except (KafkaError, ConsumerStoppedError):
                raise
            except Exception as error:
                log.critical("log_unreadable", error=type(error).__name__)
                self._polled_at, self._unread_at = None, monotonic()
                await asyncio.sleep(1)
                raise
            if monotonic() - self._unread_at > UNREAD_SECONDS:
                self._polled_at = monotonic()
            return records

        consumer.getmany = getmany

    def age_seconds(self) -> float | None:
        """None before the first poll, and while there is something that cannot be read."""
        return None if self._polled_at is None else monotonic() - self._polled_at
