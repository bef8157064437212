"""The two tables that a service's `handlers.py` ends with: what reacts to what."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.events import IntegrationEvent
from shared.mongo import Aggregate, Work


@dataclass(frozen=True, slots=True)
class Handles:
    """This event goes to this function. `touches` names the aggregates it will load, and by
    which key, so that the engine reads those of a whole batch in one round trip a kind.
    """

    event: type[IntegrationEvent]
    run: Callable[[Any, Work], Awaitable[Any]]
    touches: Mapping[Aggregate[Any], Callable[[Any], str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sweeps:
    """What is due of this kind goes to this function, `at_once` aggregates a transaction.

    500 keeps a transaction far below MongoDB's 16 MB and 60 s; 1 is for an aggregate whose sweep
    writes hundreds of others.
    """

    kind: Aggregate[Any]
    run: Callable[[Any, Work], Awaitable[Any]]
    at_once: int = 500
