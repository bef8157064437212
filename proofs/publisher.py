"""A foreign producer: writes to the topics as the services and the clock do, and as none would."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Self

from aiokafka import AIOKafkaProducer

from ops.stack import Stack
from shared.events import IntegrationEvent, envelope_of, topic_of, write_headers
from shared.events.calendar import DayStarted
from shared.testing import NOW


@dataclass
class Publisher:
    """Counts each stream by itself, so that its records are the next in their place."""

    stack: Stack
    prefix: str
    sequences: dict[str, int] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        self.producer = AIOKafkaProducer(bootstrap_servers=self.stack.kafka, acks="all")
        await self.producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.producer.stop()

    async def say(
        self, *events: IntegrationEvent, sequence: int | None = None, **instead: Any
    ) -> None:
        """Publish events, each next in its stream or at `sequence`; `instead` replaces parts."""
        for event in events:
            record = self.record(event, sequence)
            await self.producer.send(f"{self.prefix}{topic_of(event.producer)}", **record | instead)
        await self.producer.flush()

    def record(self, event: IntegrationEvent, sequence: int | None = None) -> dict[str, Any]:
        stream = f"{event.producer}/{event.key}"
        number = sequence or self.sequences.get(stream, 0) + 1
        self.sequences[stream] = max(number, self.sequences.get(stream, 0))
        envelope = envelope_of(event, number, f"{stream}/{number}")
        return {
            "key": event.key.encode(),
            "value": event.model_dump_json().encode(),
            "headers": write_headers(type(event), envelope, NOW),
        }

    async def days(self, first: date, last: date) -> None:
        for n in range((last - first).days + 1):
            day = first + timedelta(days=n)
            await self.say(
                DayStarted(effective_on=day, recorded_on=day, is_business_day=day.weekday() < 5)
            )
