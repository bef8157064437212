"""The passing of time is an event: nothing decides by the wall clock."""

from typing import ClassVar

from shared.events.base import IntegrationEvent


class DayStarted(IntegrationEvent):
    """A day of the Asia/Seoul calendar has begun: `effective_on`. The one stream of its topic."""

    producer: ClassVar[str] = "calendar"
    key_field: ClassVar[str] = "calendar"

    calendar: str = "seoul"
    is_business_day: bool
