"""The contracts between the services and with the city: one module per publishing service.

The registry is the modules themselves: a class in them is a contract, its topic is its producer's.
"""

from shared.events import calendar, counseling, intake, payroll, placement
from shared.events.base import Event, IntegrationEvent
from shared.events.envelope import (
    Envelope,
    Unreadable,
    decode,
    envelope_of,
    event_type,
    read_envelope,
    read_traceparent,
    source_of,
    topic_of,
    write_headers,
)

__all__ = [
    "CONTRACTS",
    "TOPICS",
    "Envelope",
    "Event",
    "IntegrationEvent",
    "Unreadable",
    "decode",
    "envelope_of",
    "event_type",
    "read_envelope",
    "read_traceparent",
    "source_of",
    "topic_of",
    "write_headers",
]

CONTRACTS: dict[str, type[IntegrationEvent]] = {
    event_type(contract): contract
    for module in (intake, placement, payroll, counseling, calendar)
    for contract in vars(module).values()
    if isinstance(contract, type)
    and issubclass(contract, IntegrationEvent)
    and contract.__module__ == module.__name__
}
"""Every contract by its type on the wire: `womanup.intake.CohortOpened.v1` → the class."""

TOPICS: dict[str, int] = {
    **{topic_of(name): 12 for name in ("intake", "placement", "payroll", "counseling")},
    topic_of("calendar"): 1,
}
"""Every topic and its partitions: 12 is room for twelve instances of a service; the calendar is
one stream and so has one partition. The count never changes: it would move keys (docs/decisions).
"""
