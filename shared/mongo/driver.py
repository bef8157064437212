"""The store on real MongoDB. The only module that imports Motor (docs/decisions: its end is 2027).

Everything runs in `with_transaction`: snapshot reads, majority writes. What that does not answer by
itself is answered here: a store that is away (wait, with jitter), a race for a new document (run
again, then it is seen), and data that can never be stored (`Refused`).
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, TypeVar

from bson.errors import InvalidDocument
from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorDatabase,
)
from pymongo import ASCENDING, DeleteOne, IndexModel, InsertOne, ReplaceOne
from pymongo.errors import BulkWriteError, DocumentTooLarge, DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.logs import logger
from shared.metrics import Metrics, table
from shared.mongo.aggregate import Aggregate, Document
from shared.mongo.store import Conflict, Delete, Overdue, Put, Refused, Session, Unavailable
from shared.mongo.troubles import TOO_LARGE, may_pass, raise_if_refused

T = TypeVar("T")
log = logger()

COLLECTIONS = (
    "calendar", "journal", "outbox", "streams", "inbox", "parked", "idempotency", "leases", "vault",
    "relayed", "orphans",
    "access_log",
)  # fmt: skip
LEASE_SECONDS = 5.0  # how long a dead instance's work waits for another: a restart takes it at once
TRANSACTION_SECONDS_MAX = 10.0  # mongod ends those that live longer (ops/provision sets it)
SOCKET_SECONDS_MAX = 20  # a mongod that hangs is away, too; twice what a transaction may last
BACKOFF_SECONDS_MAX = 2.0
IDEMPOTENCY_DAYS = 90  # a client that repeats itself later than that is not repeating itself
AWAY = "the store is away: try again in a moment"


def app_name(database: str, instance: str) -> str:
    return f"{database}/{instance}"


class MongoStore:
    """A service's database. `instance` is its stable name within it: both make the `appName` by
    which MongoDB tells its sessions from those of a namesake on another database.

    Without `metrics` it counts for nobody.
    """

    def __init__(
        self,
        uri: str,
        database: str,
        instance: str,
        password: str | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        login: dict[str, Any] = {} if password is None else {"password": password}
        self._client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            uri,
            appName=app_name(database, instance),
            tz_aware=True,
            serverSelectionTimeoutMS=3000,
            socketTimeoutMS=SOCKET_SECONDS_MAX * 1000,
            retryWrites=True,
            **login,
        )
        self._database: AsyncIOMotorDatabase[Document] = self._client[database]
        self._app_name = app_name(database, instance)
        self._leases: dict[str, float] = {}
        self._metrics = metrics or Metrics(instance)
        self.transactions = 0

    async def prepare(self, kinds: Sequence[Aggregate[Any]]) -> None:
        """Make collections and indexes (never inside a transaction), end a dead self's sessions."""
        existing = set(await self._database.list_collection_names())
        for name in (*COLLECTIONS, *(kind.name for kind in kinds)):
            if name not in existing:
                await self._create(name)
        for kind in kinds:
            await self._database[kind.name].create_indexes(_indexes(kind))
        await self._database["inbox"].create_index([("parked", 1), ("_id", 1)])
        for field in ("stream", "recorded_on"):
            await self._database["orphans"].create_index(field)
        await self._database["access_log"].create_index([("person_id", 1), ("_id", 1)])
        await self._database["parked"].create_index([("kind", 1), ("at", 1)])
        await self._database["idempotency"].create_index(
            "at", expireAfterSeconds=IDEMPOTENCY_DAYS * 86_400
        )
        await self._end_own_transactions()

    async def transact(
        self, run: Callable[[Session], Awaitable[T]], patience_seconds: float = float("inf")
    ) -> T:
        """One transaction. Waits for a store that is away, at most as long as the caller can.

        Raises `Refused` for data that can never be stored, `Unavailable` when patience ends.
        """
        began = monotonic()
        deadline = began + patience_seconds
        races, failures = 0, 0
        while True:
            try:
                result = await self._once(run, deadline)
            except (Conflict, DuplicateKeyError, BulkWriteError) as error:
                raise_if_refused(error, races)
                races += 1
                self._metrics.add(table.TRANSACTION_RETRIES, cause="conflict")
            except (DocumentTooLarge, InvalidDocument, OverflowError) as error:
                raise Refused(type(error).__name__) from None
            except PyMongoError as error:
                if getattr(error, "code", None) in TOO_LARGE:
                    raise Refused("DocumentTooLarge") from None
                if not may_pass(error):
                    raise
                failures += 1
                self._metrics.add(table.TRANSACTION_RETRIES, cause="away")
                await self._back_off(error, failures, deadline)
            else:
                self.transactions += 1
                self._metrics.observe(table.TRANSACTION_SECONDS, monotonic() - began)
                return result

    async def read(
        self, run: Callable[[Session], Awaitable[T]], patience_seconds: float = float("inf")
    ) -> T:
        """Reads on one snapshot, outside a transaction."""
        deadline = monotonic() + patience_seconds
        failures = 0
        while True:
            try:
                async with await self._client.start_session(snapshot=True) as session:
                    return await run(MongoSession(self._database, session))
            except PyMongoError as error:
                if not may_pass(error):
                    raise
                failures += 1
                await self._back_off(error, failures, deadline)

    def is_interruption(self, error: Exception) -> bool:
        return isinstance(error, (PyMongoError, Conflict, Unavailable))

    async def hold_lease(self, name: str, holder: str) -> bool:
        if self._leases.get(name, 0.0) > monotonic():
            return True
        now = datetime.now(UTC)
        until = now + timedelta(seconds=LEASE_SECONDS)
        try:
            await self._database["leases"].update_one(
                {"_id": name, "$or": [{"holder": holder}, {"until": {"$lt": now}}]},
                {"$set": {"holder": holder, "until": until}},
                upsert=True,
            )
        except DuplicateKeyError:
            return False
        self._leases[name] = monotonic() + LEASE_SECONDS / 2
        return True

    async def outbox(self) -> tuple[int, float]:
        """Rows that wait in the outbox and the age of the oldest, in seconds."""
        rows = await self._database["outbox"].count_documents({})
        oldest = await self._database["outbox"].find_one(sort=[("_id", ASCENDING)])
        if oldest is None:
            return rows, 0.0
        return rows, datetime.now(UTC).timestamp() - oldest["_id"]["clock"] / 1_000_000

    async def parked(self) -> int:
        return await self._database["parked"].count_documents({})

    async def close(self) -> None:
        self._client.close()

    async def _once(self, run: Callable[[Session], Awaitable[T]], deadline: float) -> T:
        began: float | None = None

        async def callback(session: AsyncIOMotorClientSession) -> T:
            nonlocal began
            if began is not None and monotonic() - began > TRANSACTION_SECONDS_MAX:
                log.warning("transaction_overdue", seconds=round(monotonic() - began, 1))
                self._metrics.add(table.TRANSACTION_RETRIES, cause="overdue")
                raise Overdue("this took too long to be stored: try again in a moment")
            if began is not None:
                self._metrics.add(table.TRANSACTION_RETRIES, cause="transient")
            began = monotonic()
            if monotonic() > deadline:  # `with_transaction` tries again for 120 s by itself
                raise Unavailable(AWAY)
            return await run(MongoSession(self._database, session))

        async with await self._client.start_session() as session:
            result: T = await session.with_transaction(
                callback,
                read_concern=ReadConcern("snapshot"),
                write_concern=WriteConcern("majority"),
            )
            return result

    async def _back_off(self, error: PyMongoError, failures: int, deadline: float) -> None:
        if monotonic() > deadline:
            raise Unavailable(AWAY) from error
        log.warning("store_away", error=type(error).__name__, failures=failures)
        seconds = min(BACKOFF_SECONDS_MAX, 0.05 * 2 ** min(failures, 8))
        await asyncio.sleep(seconds * random.uniform(0.5, 1.0))  # noqa: S311  # jitter, no secret

    async def _create(self, name: str) -> None:
        try:
            await self._database.create_collection(name)
        except PyMongoError:
            if name not in await self._database.list_collection_names():
                raise  # else a second instance was faster

    async def _end_own_transactions(self) -> None:
        """A killed process leaves its transaction open: it blocks documents until it times out.

        It carried this instance's name, and there is one process of a name.
        """
        operations = self._client.admin.aggregate(
            [
                {"$currentOp": {"allUsers": False, "idleSessions": True}},
                {"$match": {"appName": self._app_name, "transaction": {"$exists": True}}},
            ]
        )
        sessions = [o["lsid"] async for o in operations if "lsid" in o]
        if sessions:
            await self._client.admin.command("killSessions", [{"id": s["id"]} for s in sessions])
            log.warning("orphaned_transactions_ended", count=len(sessions))


class MongoSession:
    """The port's session on a real one."""

    def __init__(
        self, database: AsyncIOMotorDatabase[Document], session: AsyncIOMotorClientSession
    ) -> None:
        self._database = database
        self._session = session

    async def get(self, collection: str, ids: Sequence[Any]) -> dict[Any, Document]:
        if not ids:
            return {}
        cursor = self._database[collection].find({"_id": {"$in": list(ids)}}, session=self._session)
        return {document["_id"]: document async for document in cursor}

    async def find(
        self, collection: str, query: Document, *, sort: Sequence[str] = ("_id",), limit: int
    ) -> list[Document]:
        cursor = (
            self._database[collection]
            .find(query, session=self._session)
            .sort([(name, ASCENDING) for name in sort])
            .limit(limit)
        )
        return [document async for document in cursor]

    async def count(self, collection: str, query: Document, *, limit: int) -> int:
        found: int = await self._database[collection].count_documents(
            query, session=self._session, limit=limit
        )
        return found

    async def write(self, collection: str, writes: Sequence[Put | Delete]) -> None:
        """Versioned puts apart from the rest, so that a version that is gone can be counted."""
        versioned = [w for w in writes if isinstance(w, Put) and w.version]
        others = [w for w in writes if not (isinstance(w, Put) and w.version)]
        for group in (versioned, others):
            if group:
                operations = [_operation(w) for w in group]
                result = await self._database[collection].bulk_write(
                    operations, session=self._session
                )
                if group is versioned and result.matched_count != len(versioned):
                    raise Conflict(collection)


def _operation(write: Put | Delete) -> Any:
    if isinstance(write, Delete):
        return DeleteOne({"_id": write.id})
    document = write.document
    if write.version is None:
        return ReplaceOne({"_id": document["_id"]}, document, upsert=True)
    if write.version == 0:
        return InsertOne(document)
    return ReplaceOne({"_id": document["_id"], "version": write.version}, document)


def _indexes(kind: Aggregate[Any]) -> list[IndexModel]:
    """What the sweep asks for, what is set aside, and what the service's own queries ask for."""
    due = IndexModel([("due_on", 1), ("_id", 1)], partialFilterExpression={"due_on": {"$gt": ""}})
    marked = {"set_aside.reason": {"$gt": ""}}  # as a rule none: the index costs nothing
    aside = IndexModel([("set_aside.reason", 1)], partialFilterExpression=marked)
    own = [IndexModel([(f"state.{f}", 1) for f in i.fields], unique=i.unique) for i in kind.indexes]
    return [due, aside, *own]
