"""What operators did by hand: rows of the journal, each with who and why.

Their ids begin with `parked/` or `rebuilt/`, which no kind of aggregate is called: a fold never
meets them.
"""

from collections.abc import Sequence
from typing import Any, Literal

from shared.mongo.aggregate import Document
from shared.mongo.store import Delete, Put, Session

ACTS_MAX = 1000  # of one thing: a person did each of them
Matter = Literal["parked", "rebuilt"]


async def acts_of(session: Session, matter: Matter, key: str) -> list[Document]:
    """What was done about this one, in order."""
    bounds = {"$gt": f"{matter}/{key}/", "$lt": f"{matter}/{key}0"}
    return await session.find("journal", {"_id": bounds}, limit=ACTS_MAX)


async def acts_after(
    session: Session, matter: Matter, after: str, limit: int = ACTS_MAX
) -> list[Document]:
    """A page of all acts of a matter, by what they were about."""
    bounds = {"$gt": after or f"{matter}/", "$lt": f"{matter}0"}
    return await session.find("journal", {"_id": bounds}, limit=limit)


async def note_act(session: Session, matter: Matter, key: str, act: Document) -> None:
    """Journal an act: its `type`, `by`, `why`, `at`, and what it took away. Two of one instant are
    two rows.
    """
    count = len(await acts_of(session, matter, key))
    row = {"_id": f"{matter}/{key}/{act['at'].isoformat()}/{count + 1}", "kind": matter, "key": key}
    await session.write("journal", [Put({**row, **act})])


class Trial:
    """A session that forgets what is written: what an act would do, and whether it may."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, collection: str, ids: Sequence[Any]) -> dict[Any, Document]:
        return await self._session.get(collection, ids)

    async def find(
        self, collection: str, query: Document, *, sort: Sequence[str] = ("_id",), limit: int
    ) -> list[Document]:
        return await self._session.find(collection, query, sort=sort, limit=limit)

    async def count(self, collection: str, query: Document, *, limit: int) -> int:
        return await self._session.count(collection, query, limit=limit)

    async def write(self, collection: str, writes: Sequence[Put | Delete]) -> None:
        """Nothing."""
