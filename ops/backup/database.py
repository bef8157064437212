"""A service's database as seen from outside: read on one snapshot, written anew, and the engine's
own port on it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from bson.raw_bson import RawBSONDocument
from pymongo import ASCENDING, AsyncMongoClient, DeleteOne, ReplaceOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import OperationFailure
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from ops.backup.archive import RAW, Manifest, Part, Writer, read_documents
from shared.bus.past import RESTORING
from shared.bus.relay import RELAYED
from shared.mongo import CALENDAR, Calendar, Delete, Document, Put, Session

T = TypeVar("T")
Say = Callable[[Part], None]

LEFT_OUT = ("leases",)  # who works just now: of no worth a moment later
INSERTED_AT_ONCE = 1000
MAJORITY = WriteConcern("majority")
_GONE = {239, 246}  # SnapshotTooOld, SnapshotUnavailable


class DatabaseError(Exception):
    """The store is not as this needs it; the message says what to do."""


class Database:
    """One service's. It must be stopped for `restore`, and may run for everything else."""

    def __init__(self, client: AsyncMongoClient[dict[str, Any]], name: str) -> None:
        self._client = client
        self._found = client.get_database(name, write_concern=MAJORITY)
        self.name = name

    async def back_up(self, writer: Writer, say: Say) -> Calendar:
        """Every collection, all as they stood at one moment. Returns the day of that moment.

        MongoDB keeps a snapshot for minSnapshotHistoryWindowInSeconds, 300 by default: a backup
        that takes longer is refused by it, and so not written.
        """
        names = await self._collections()
        if not names:
            raise DatabaseError(f"there is nothing in {self.name}: is that the service's database?")
        try:
            async with self._client.start_session(snapshot=True) as session:
                await self._refuse_half_restored(session)
                row = await self._found["calendar"].find_one({"_id": CALENDAR}, session=session)
                for name in names:
                    say(await writer.add(name, self._documents(name, session)))
        except OperationFailure as error:
            if error.code not in _GONE:
                raise
            raise DatabaseError(
                "MongoDB did not keep the snapshot: back up again; if it took minutes, raise "
                "minSnapshotHistoryWindowInSeconds (300 by default) before"
            ) from None
        return Calendar.read({CALENDAR: row} if row else {})

    async def restore(self, place: Path, manifest: Manifest, say: Say) -> None:
        """Write everything over what is there. A service that starts meanwhile, or after this was
        cut off, finds the mark and refuses; `finish` takes it away.
        """
        mark = {"_id": RESTORING, "from": str(place), "at": datetime.now(UTC)}
        await self._found[RELAYED].replace_one({"_id": RESTORING}, mark, upsert=True)
        for name in await self._collections():
            if name != RELAYED:
                await self._found.drop_collection(name)
        await self._found[RELAYED].delete_many({"_id": {"$ne": RESTORING}})
        for part in manifest.parts:
            collection = self._found.get_collection(part.collection, RAW, None, MAJORITY)
            for page in _pages(read_documents(place, part)):
                await collection.insert_many(page, ordered=False)
            await self._compare(part)
            say(part)

    async def finish(self) -> None:
        await self._found[RELAYED].delete_one({"_id": RESTORING})

    async def refuse_filled(self) -> None:
        filled = [n for n in await self._collections() if await self._found[n].find_one({})]
        if filled:
            raise DatabaseError(
                f"{self.name} is not empty ({', '.join(filled)}): look what it is; --replace "
                "throws it away"
            )

    async def transact(self, run: Callable[[Session], Awaitable[T]]) -> T:
        """The engine's port, as far as the operator's commands need it."""
        async with self._client.start_session() as session:
            return await session.with_transaction(
                lambda s: run(_Port(self._found, s)),
                read_concern=ReadConcern("snapshot"),
                write_concern=MAJORITY,
            )

    async def read(self, run: Callable[[Session], Awaitable[T]]) -> T:
        async with self._client.start_session(snapshot=True) as session:
            return await run(_Port(self._found, session))

    async def today(self) -> date | None:
        found = await self.read(lambda session: session.get("calendar", [CALENDAR]))
        return Calendar.read(found).day

    async def _collections(self) -> list[str]:
        names = await self._found.list_collection_names()
        return sorted(n for n in names if n not in LEFT_OUT and not n.startswith("system."))

    async def _documents(
        self, name: str, session: AsyncClientSession
    ) -> AsyncIterator[RawBSONDocument]:
        collection: Any = self._found.get_collection(name, RAW)
        async for document in collection.find({}, session=session).sort("_id", ASCENDING):
            yield document

    async def _refuse_half_restored(self, session: AsyncClientSession) -> None:
        if await self._found[RELAYED].find_one({"_id": RESTORING}, session=session):
            raise DatabaseError(f"{self.name} is half restored: restore it, then back it up")

    async def _compare(self, part: Part) -> None:
        query = {"_id": {"$ne": RESTORING}} if part.collection == RELAYED else {}
        count = await self._found[part.collection].count_documents(query)
        if count != part.documents:
            raise DatabaseError(
                f"{self.name}.{part.collection} has {count} documents after {part.documents} were "
                "written: does something else write to it? Restore again with --replace"
            )


@asynccontextmanager
async def opened(uri: str, name: str) -> AsyncIterator[Database]:
    async with AsyncMongoClient[dict[str, Any]](
        uri, serverSelectionTimeoutMS=5000, tz_aware=True
    ) as client:
        yield Database(client, name)


class _Port:
    """A session as the engine's functions ask for one. It writes no versions: none need it."""

    def __init__(self, database: Any, session: AsyncClientSession) -> None:
        self._database = database
        self._session = session

    async def get(self, collection: str, ids: Sequence[Any]) -> dict[Any, Document]:
        cursor = self._database[collection].find({"_id": {"$in": list(ids)}}, session=self._session)
        return {document["_id"]: document async for document in cursor}

    async def find(
        self, collection: str, query: Document, *, sort: Sequence[str] = ("_id",), limit: int
    ) -> list[Document]:
        cursor = self._database[collection].find(query, session=self._session)
        found = cursor.sort([(name, ASCENDING) for name in sort]).limit(limit)
        return [document async for document in found]

    async def count(self, collection: str, query: Document, *, limit: int) -> int:
        found: int = await self._database[collection].count_documents(
            query, session=self._session, limit=limit
        )
        return found

    async def write(self, collection: str, writes: Sequence[Put | Delete]) -> None:
        operations = [
            DeleteOne({"_id": w.id})
            if isinstance(w, Delete)
            else ReplaceOne({"_id": w.document["_id"]}, w.document, upsert=True)
            for w in writes
        ]
        if operations:
            await self._database[collection].bulk_write(operations, session=self._session)


def _pages(documents: Iterator[RawBSONDocument]) -> Iterator[list[RawBSONDocument]]:
    while page := list(islice(documents, INSERTED_AT_ONCE)):
        yield page
