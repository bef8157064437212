"""The small port between the engine and a store, so that a twin in memory can stand in for it.

A store runs a function in one transaction; what the function reads is one snapshot, what it writes
happens whole or not at all. `Conflict` and dependencies that are away are the store's to retry;
`Refused` says that this data can never be stored.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from shared.mongo.aggregate import Document

T = TypeVar("T")


class Refused(Exception):
    """The store will never take this data: a duplicate in a unique index, an oversized document.

    The engine finds the culprit by halving and parks it. The message carries no values.
    """


class Conflict(Exception):
    """Another transaction was faster. The store runs this one again."""


class Unavailable(Exception):
    """The store is away for longer than the caller can wait."""


class Overdue(Unavailable):
    """The transaction lasts longer than the store lets one live. A part of it may not."""


@dataclass(frozen=True, slots=True)
class Put:
    """Write a whole document. With `version`, only over that version (0: it must be new)."""

    document: Document
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    id: Any


class Session(Protocol):
    """One transaction's reads and writes."""

    async def get(self, collection: str, ids: Sequence[Any]) -> dict[Any, Document]:
        """The documents with these `_id`s, in one round trip."""

    async def find(
        self, collection: str, query: Document, *, sort: Sequence[str] = ("_id",), limit: int
    ) -> list[Document]:
        """Documents by equality, `$lte`, `$gt`, `$in` on fields, ascending by `sort`."""

    async def count(self, collection: str, query: Document, *, limit: int) -> int:
        """How many answer such a query, counted up to `limit`; none of them is read."""

    async def write(self, collection: str, writes: Sequence[Put | Delete]) -> None:
        """Bulk write. A version that is not there any more is a conflict: run again."""


class Store(Protocol):
    async def transact(
        self, run: Callable[[Session], Awaitable[T]], patience_seconds: float = float("inf")
    ) -> T:
        """Run it in one transaction, again on conflicts and while the store is away.

        Raises `Refused` when the data can never be stored, `Unavailable` when patience ends,
        `Overdue` when it took longer than a transaction may and was thrown away by the store.
        """

    async def read(
        self, run: Callable[[Session], Awaitable[T]], patience_seconds: float = float("inf")
    ) -> T:
        """Run it on one snapshot, without writing."""

    def is_interruption(self, error: Exception) -> bool:
        """Whether this came from the store itself: nothing that the event is to blame for."""

    async def hold_lease(self, name: str, holder: str) -> bool:
        """Take or keep a lease. Efficiency only: nothing breaks when two think they hold it."""
