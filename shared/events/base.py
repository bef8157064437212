"""What every event is: frozen, in the past tense, keyed by what it is about."""

from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """A fact, with two dates: the day it counts from and the day it was recorded.

    They differ for late facts, this domain's daily bread: a consumer decides by them, never by
    when the record happened to arrive. Unknown fields are ignored, because a producer may be
    newer than its consumer; a field is never removed or given another meaning (docs/decisions).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    effective_on: date
    recorded_on: date


class IntegrationEvent(Event):
    """An event that leaves its service: the city's contract, without direct personal data.

    `producer` is the publishing service and so the topic; `key_field` names the field that is
    the record key. Both together name the stream, in which order is promised.
    """

    producer: ClassVar[str]
    key_field: ClassVar[str]

    @property
    def key(self) -> str:
        return str(getattr(self, self.key_field))
