"""The store's twin that gives way at every operation, and loses replies as a real one does.

Snapshots, write conflicts and versions, as `shared.testing.MemoryStore` has them, and besides: a
deleted document conflicts, too, and several clients share one store. Documents are not copied.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeVar

from proofs.simulation.scheduler import pause
from shared.mongo import Conflict, Delete, Document, Overdue, Put, Refused, Session, Unavailable
from shared.testing.memory import answers, sortable

T = TypeVar("T")
Documents = Mapping[str, Mapping[Any, Document]]
CALM_STEPS_MAX = 4_000
NOTHING: Mapping[Any, Document] = {}


class Away(Exception):
    """The store was away for a moment; what came of the transaction is unknown."""


class Shelf:
    """What is stored, behind all clients. `refuses` says which document it will never take."""

    def __init__(
        self,
        refuses: Callable[[str, Document], bool],
        on_commit: Callable[[Documents, Documents, AbstractSet[str]], None],
    ) -> None:
        self.documents: Documents = {}
        self.commits = 0
        self.late_commits = 0
        self.conflicts = 0
        self.calm_steps: int | None = None
        self._last_began = 0
        self._stamps: dict[tuple[str, Any], int] = {}
        self._refuses = refuses
        self._on_commit = on_commit

    async def pause(self, point: str) -> str:
        """Give way, unless all is calm: then nobody else goes on until this one sleeps."""
        if self.calm_steps is None:
            fault = await pause(point)
            if fault == "away":
                raise Away
            return fault
        self.calm_steps += 1
        if self.calm_steps > CALM_STEPS_MAX:
            raise AssertionError(f"not at rest after {CALM_STEPS_MAX} steps without a fault")
        return ""

    def commit(self, session: "SimSession") -> None:
        """All of it or nothing. Raises `Conflict`, `Refused`."""
        writes = session.writes
        for name, key, document in writes:
            if self._stamps.get((name, key), 0) > session.seen:
                self.conflicts += 1
                raise Conflict(name)
            if document is not None and self._refuses(name, document):
                raise Refused("DocumentTooLarge")
        self.commits += 1
        if session.seen < self._last_began:
            self.late_commits += 1
        self._last_began = max(self._last_began, session.seen)
        changed = {name: dict(self.documents.get(name, NOTHING)) for name, _, _ in writes}
        for name, key, document in writes:
            self._stamps[name, key] = self.commits
            if document is None:
                changed[name].pop(key, None)
            else:
                changed[name][key] = document
        self.documents = {**self.documents, **changed}
        self._on_commit(session.documents, self.documents, changed.keys())


class SimStore:
    """One client of the shelf: what the engine knows as its store."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def transact(
        self,
        run: Callable[[Session], Awaitable[T]],
        patience_seconds: float = float("inf"),  # noqa: ARG002
    ) -> T:
        while True:
            try:
                return await self._once(run)
            except (Conflict, Away):
                continue

    async def read(
        self,
        run: Callable[[Session], Awaitable[T]],
        patience_seconds: float = float("inf"),  # noqa: ARG002
    ) -> T:
        while True:
            try:
                await self._shelf.pause("begin")
                return await run(SimSession(self._shelf))
            except Away:
                continue

    def is_interruption(self, error: Exception) -> bool:
        return isinstance(error, (Conflict, Away, Unavailable))

    async def hold_lease(self, name: str, holder: str) -> bool:  # noqa: ARG002
        """Always: two who think that they hold it do no harm."""
        return True

    async def _once(self, run: Callable[[Session], Awaitable[T]]) -> T:
        await self._shelf.pause("begin")
        session = SimSession(self._shelf)
        result = await run(session)
        fault = await self._shelf.pause("commit")
        if fault == "overdue":
            raise Overdue("too slow")
        if fault == "reply_lost_unstored":
            raise Away
        if session.writes:
            self._shelf.commit(session)
        if await self._shelf.pause("reply") == "reply_lost_stored":
            raise Away
        return result


class SimSession:
    """One transaction: reads the snapshot of its beginning, keeps its writes for the commit."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self.documents = shelf.documents
        self.seen = shelf.commits
        self.writes: list[tuple[str, Any, Document | None]] = []
        self._own: dict[str, dict[Any, Document | None]] = {}

    async def get(self, collection: str, ids: Sequence[Any]) -> dict[Any, Document]:
        if not ids:
            return {}
        await self._shelf.pause("read")
        found = {i: self._see(collection, _key(i)) for i in ids}
        return {i: document for i, document in found.items() if document is not None}

    async def find(
        self, collection: str, query: Document, *, sort: Sequence[str] = ("_id",), limit: int
    ) -> list[Document]:
        await self._shelf.pause("read")
        seen = self.documents.get(collection, NOTHING)
        if own := self._own.get(collection):
            both = {**seen, **own}
            seen = {key: document for key, document in both.items() if document is not None}
        found = [d for d in seen.values() if answers(d, query)] if query else [*seen.values()]
        found.sort(key=lambda d: sortable(d, sort))
        return found[:limit]

    async def count(self, collection: str, query: Document, *, limit: int) -> int:
        return len(await self.find(collection, query, limit=limit))

    async def write(self, collection: str, writes: Sequence[Put | Delete]) -> None:
        await self._shelf.pause("write")
        own = self._own.setdefault(collection, {})
        for write in writes:
            document = None if isinstance(write, Delete) else write.document
            key = _key(write.id if isinstance(write, Delete) else write.document["_id"])
            if isinstance(write, Put) and write.version is not None:
                before = self._see(collection, key)
                if (before["version"] if before else 0) != write.version:
                    raise Conflict(collection)
            own[key] = document
            self.writes.append((collection, key, document))

    def _see(self, collection: str, key: Any) -> Document | None:
        own = self._own.get(collection)
        if own is not None and key in own:
            return own[key]
        return self.documents.get(collection, NOTHING).get(key)


def _key(id_: Any) -> Any:
    return id_ if isinstance(id_, str) else tuple(id_.values())
