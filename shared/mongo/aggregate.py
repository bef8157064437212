"""What a service keeps: kinds of aggregates, each the fold of its events."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from shared.errors import Invalid
from shared.events import CONTRACTS, Event, IntegrationEvent, event_type

S = TypeVar("S")
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Index:
    """An index on fields of the state, for the queries in `storage.py`."""

    fields: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True, eq=False)
class Aggregate(Generic[S]):
    """A kind of aggregate: where it is kept, how its state grows, when it falls due.

    `evolve` is pure and total over the events that `save` is given; `due_on` says on which day
    the sweep must look at a state (None: never). The state is a frozen dataclass.
    """

    name: str
    state: type[S]
    evolve: Callable[[S | None, Any], S]
    due_on: Callable[[S], date | None] = lambda _: None
    indexes: tuple[Index, ...] = ()

    @cached_property
    def _adapter(self) -> TypeAdapter[S]:
        return TypeAdapter(self.state)

    def to_json(self, state: S) -> Document:
        """The state as JSON values: dates as ISO strings, which sort as days do."""
        found: Document = self._adapter.dump_python(state, mode="json")
        return found

    def from_json(self, document: Document) -> S:
        return self._adapter.validate_python(document)

    def fold(self, events: Iterable[Event], state: S | None = None) -> S | None:
        for event in events:
            state = self.evolve(state, event)
        return state


def journal_type(event: Event) -> str:
    """An event's name in the journal: its wire type, or `payroll/AccountRegistered` inside."""
    if isinstance(event, IntegrationEvent):
        return event_type(type(event))
    return f"{_owner(type(event))}/{type(event).__name__}"


def read_journal(type_: str, body: Document) -> Event:
    """The event behind a journal row. Raises `Invalid` for a type that no code here knows."""
    contract: type[Event] | None = CONTRACTS.get(type_)
    if contract is None:
        service, _, name = type_.partition("/")
        inside = [c for c in Event.__subclasses__() if c.__name__ == name and _owner(c) == service]
        contract = inside[0] if inside else None
    if contract is None:
        raise Invalid(f"the journal names {type_}, which this version does not know")
    return contract.model_validate(body)


def _owner(contract: type[Event]) -> str:
    """The service that defines an inner event: `services.payroll.domain` → `payroll`."""
    module = contract.__module__.removeprefix("services.")
    return module.partition(".")[0]


def journal_id(kind: str, key: str, version: int) -> str:
    """Sorts by version within an aggregate: nine digits outlast any aggregate's life."""
    return f"{kind}/{key}/{version:09d}"
