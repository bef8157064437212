"""The unit of work: what a handler loads, decides on and saves.

Each event, command or due aggregate runs on a `Work` of its own; only when it succeeds does the
transaction's `Batch` absorb its changes. So a failed one leaves no trace (states are frozen,
nothing leaks) and the rest of the batch goes on.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from shared.errors import CalendarNotStarted, Invalid, NotFound, Waits
from shared.events import Event
from shared.mongo.aggregate import Aggregate, Document

if TYPE_CHECKING:
    from shared.mongo.batch import Batch

S = TypeVar("S")

FOUND_MAX = 20_000  # the largest set a sweep may ask for: a big city's cohort, well inside memory


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something happens: the id of the event, command or day it follows from.

    `traceparent` goes out with what is published of it; "": one is made of the correlation id.
    """

    correlation_id: str
    causation_id: str
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """An aggregate as this transaction sees it. `stored` is the version that the store has."""

    state: Any
    version: int
    stored: int
    is_changed: bool = False


Key = tuple[Aggregate[Any], str]


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that was saved: to the journal, and to the outbox if it leaves the service."""

    kind: str
    key: str
    version: int
    event: Event
    cause: Cause
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Page(Generic[S]):
    """One page of a list. `next` is the id to go on after, None where there is nothing more."""

    states: list[S]
    next: str | None

    def show(self, show: Callable[[S], Document]) -> Document:
        """As every list is answered: `{"items": [...], "next": id | null}`."""
        return {"items": [show(state) for state in self.states], "next": self.next}


class Work:
    """What one event, command or due aggregate does, kept apart until it has succeeded."""

    def __init__(self, batch: "Batch", cause: Cause, recorded_on: date | None) -> None:
        self._batch = batch
        self._recorded_on = recorded_on
        self.cause = cause
        self.held: dict[Key, Held] = {}
        self.recorded: list[Recorded] = []
        self.vault_writes: dict[str, Document] = {}
        self.opened: dict[str, None] = {}  # whose personal data, in order: for the access log

    @property
    def today(self) -> date:
        """The day to decide by: the last that this service has entered.

        News recorded on a later day is proof that this day has come: then it is that one. Else
        what an event does would depend on whether it or its day arrived first. Raises
        `CalendarNotStarted`.
        """
        if self._batch.today is None:
            raise CalendarNotStarted("no day has been entered yet: start the clock, then try again")
        return max(self._batch.today, self._recorded_on or self._batch.today)

    async def load(self, kind: Aggregate[S], key: str) -> S | None:
        return cast("S | None", (await self._hold(kind, key)).state)

    async def preload(self, kind: Aggregate[Any], keys: Iterable[str]) -> None:
        """Read many in one round trip, for what touches hundreds: `load` is free then."""
        await self._batch.preload((kind, key) for key in keys)

    async def require(self, kind: Aggregate[S], key: str) -> S:
        """The state, for a command that names it. Raises `NotFound`."""
        state = await self.load(kind, key)
        if state is None:
            raise NotFound(f"there is no {key} among the {kind.name} here: check the id")
        return state

    async def await_from(self, source: str, kind: Aggregate[S], key: str, on: str = "") -> S:
        """The state that an event of `source` brings. Raises `Waits` while it has not.

        `on` names the record key that brings it where that is not the aggregate's own key.
        """
        state = await self.load(kind, key)
        if state is None:
            raise Waits(source, on or key)
        return state

    async def find(self, kind: Aggregate[S], *, limit: int = FOUND_MAX, **equals: Any) -> list[S]:
        """All states with these field values, by id. A question over a set: sweeps and GETs only.

        What this transaction has changed already is seen as changed. Raises `Invalid` above
        `limit`, because a set that is silently cut would be a wrong answer.
        """
        query = {f"state.{name}": value for name, value in equals.items()}
        documents = await self._batch.session.find(kind.name, query, limit=limit + 1)
        if len(documents) > limit:
            raise Invalid(f"more than {limit} {kind.name} answer this question")
        states = {d["_id"]: (await self._hold(kind, d["_id"], d)).state for d in documents}
        states.update({k: h.state for (a, k), h in self._changed().items() if a is kind})
        return [s for _, s in sorted(states.items()) if _matches(kind, s, equals)]

    async def page(
        self, kind: Aggregate[S], *, after: str = "", limit: int = 100, **equals: Any
    ) -> "Page[S]":
        """At most `limit` states with an id above `after`, as stored before this transaction."""
        query: Document = {f"state.{name}": value for name, value in equals.items()}
        query["_id"] = {"$gt": after}
        found = await self._batch.session.find(kind.name, query, limit=limit + 1)
        states = [kind.from_json(d["state"]) for d in found[:limit]]
        return Page(states, found[limit - 1]["_id"] if len(found) > limit else None)

    def save(self, kind: Aggregate[S], key: str, events: Iterable[Event]) -> S | None:
        """Fold events into the aggregate, journal them, publish those that are this service's.

        Load it first: the version that was seen is the version that must still be there.
        Raises `Invalid` for an event that is too large to publish.
        """
        held = self._seen(kind, key)
        for event in events:
            version = held.version + 1
            held = replace(
                held, state=kind.evolve(held.state, event), version=version, is_changed=True
            )
            value = self._batch.encode(event)
            self.recorded.append(Recorded(kind.name, key, version, event, self.cause, value))
        self.held[kind, key] = held
        return cast("S | None", held.state)

    def rely_on(self, kind: Aggregate[Any], key: str) -> None:
        """This decision holds only while that aggregate stays as seen: write its version, too.

        Else two transactions could each decide by the old world (write skew).
        """
        held = self._seen(kind, key)
        if held.state is None:
            raise LookupError(f"{kind.name} {key} is relied on but does not exist")
        self.held[kind, key] = replace(held, is_changed=True)

    def is_new(self, kind: Aggregate[Any], key: str) -> bool:
        """This work made it: the store has none."""
        return self._seen(kind, key).stored == 0

    async def read_vault(self, subject: str, *, about: str = "") -> dict[str, str]:
        """The personal data kept for this subject, decrypted; empty when there is none.

        `about` is the person, where the subject is a thing of hers.
        """
        self.opened[about or subject] = None
        document = self.vault_writes.get(subject) or self._batch.vault_writes.get(subject)
        if document is None:
            document = (await self._batch.session.get("vault", [subject])).get(subject)
        return self._batch.vault.open(document) if document else {}

    async def write_vault(
        self, subject: str, fields: Mapping[str, str], *, about: str = ""
    ) -> None:
        """Keep personal data, encrypted under the subject's own key. Merges with what is there."""
        merged = {**await self.read_vault(subject, about=about), **fields}
        self.vault_writes[subject] = self._batch.vault.seal(subject, merged)

    def keyed_hash(self, text: str) -> str:
        """A hash under the service's secret: finds a person again without keeping who she is."""
        return self._batch.vault.keyed_hash(text)

    async def _hold(self, kind: Aggregate[Any], key: str, document: Document | None = None) -> Held:
        if (kind, key) not in self.held:
            self.held[kind, key] = await self._batch.hold(kind, key, document)
        return self.held[kind, key]

    def _seen(self, kind: Aggregate[Any], key: str) -> Held:
        held = self.held.get((kind, key))
        if held is None:
            raise LookupError(f"{kind.name} {key} is saved without having been loaded")
        return held

    def _changed(self) -> dict[Key, Held]:
        return {k: h for k, h in {**self._batch.held, **self.held}.items() if h.is_changed}


def _matches(kind: Aggregate[Any], state: Any, equals: Mapping[str, Any]) -> bool:
    document = kind.to_json(state)
    return all(document[name] == value for name, value in equals.items())
