"""The store's twin in memory: what the engine may rely on, and nothing more."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from shared.digests import canonical_json
from shared.metrics import Metrics, table
from shared.mongo import Aggregate, Conflict, Delete, Document, Put, Refused, Session

T = TypeVar("T")
CONFLICTS_MAX = 100

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda v, w: bool(v == w),
    "$lte": lambda v, w: v is not None and v <= w,
    "$lt": lambda v, w: v is not None and v < w,
    "$gt": lambda v, w: v is not None and v > w,
    "$in": lambda v, w: v in w,
}


class MemoryStore:
    """The store's twin: snapshots, write conflicts, versions and unique indexes, in memory."""

    def __init__(self, metrics: Metrics | None = None) -> None:
        self._metrics = metrics or Metrics("memory")
        self._documents: dict[str, dict[str, tuple[int, Document]]] = {}
        self._commits = 0
        self._unique: list[tuple[str, tuple[str, ...]]] = []
        self.transactions = 0

    async def prepare(self, kinds: Sequence[Aggregate[Any]]) -> None:
        self._unique = [(k.name, i.fields) for k in kinds for i in k.indexes if i.unique]

    async def transact(
        self, run: Callable[[Session], Awaitable[T]], patience_seconds: float = float("inf")
    ) -> T:
        for _ in range(CONFLICTS_MAX):
            session = MemorySession(self._documents)
            seen = self._commits
            try:
                result = await run(session)
                self._commit(session.writes, seen)
            except Conflict:
                self._metrics.add(table.TRANSACTION_RETRIES, cause="conflict")
                continue
            self.transactions += 1
            self._metrics.observe(table.TRANSACTION_SECONDS, 0)
            return result
        raise AssertionError("a conflict that never ends")

    async def read(
        self, run: Callable[[Session], Awaitable[T]], patience_seconds: float = float("inf")
    ) -> T:
        return await run(MemorySession(self._documents))

    def is_interruption(self, error: Exception) -> bool:
        return isinstance(error, Conflict)

    async def hold_lease(self, name: str, holder: str) -> bool:
        return True

    async def close(self) -> None:
        return None

    def _commit(self, writes: Sequence[tuple[str, Put | Delete]], seen: int) -> None:
        """Makes new tables beside the old ones, which sessions may still be reading."""
        names = {name for name, _ in writes}
        changed = {name: dict(self._documents.get(name, {})) for name in names}
        for name, write in writes:
            found = changed[name]
            key = _key(write.id if isinstance(write, Delete) else write.document["_id"])
            stamp, _ = self._documents.get(name, {}).get(key, (0, {}))
            if stamp > seen:
                raise Conflict(name)
            if isinstance(write, Delete):
                found.pop(key, None)
            else:
                found[key] = (self._commits + 1, _copy(write.document))
        self._check_unique(changed)
        self._documents = {**self._documents, **changed}
        self._commits += 1

    def _check_unique(self, changed: Mapping[str, Mapping[str, tuple[int, Document]]]) -> None:
        for name, fields in self._unique:
            values = [
                canonical_json([d["state"][f] for f in fields])
                for _, d in changed.get(name, {}).values()
            ]
            if len(values) != len(set(values)):
                raise Refused("duplicate key")


class MemorySession:
    """One transaction on the twin: reads its own snapshot, keeps its writes for the commit."""

    def __init__(self, documents: Mapping[str, Mapping[str, tuple[int, Document]]]) -> None:
        self._documents = documents
        self._own: dict[str, dict[str, Document | None]] = {}
        self.writes: list[tuple[str, Put | Delete]] = []

    async def get(self, collection: str, ids: Sequence[Any]) -> dict[Any, Document]:
        found = {i: self._see(collection, _key(i)) for i in ids}
        return {i: _copy(document) for i, document in found.items() if document is not None}

    async def find(
        self, collection: str, query: Document, *, sort: Sequence[str] = ("_id",), limit: int
    ) -> list[Document]:
        found = self._found(collection, query)
        found.sort(key=lambda d: sortable(d, sort))
        return [_copy(document) for document in found[:limit]]

    async def count(self, collection: str, query: Document, *, limit: int) -> int:
        return min(len(self._found(collection, query)), limit)

    def _found(self, collection: str, query: Document) -> list[Document]:
        """Not copies: only what is handed out is copied."""
        own = self._own.get(collection, {})
        kept = self._documents.get(collection, {})
        found = [d for key, (_, d) in kept.items() if key not in own]
        found += [d for d in own.values() if d is not None]
        for path, wanted in query.items():
            found = _fitting(found, path.split("."), wanted)
        return found

    async def write(self, collection: str, writes: Sequence[Put | Delete]) -> None:
        own = self._own.setdefault(collection, {})
        for write in writes:
            if isinstance(write, Delete):
                own[_key(write.id)] = None
            else:
                key = _key(write.document["_id"])
                wanted = write.version
                if wanted is not None and _version(self._see(collection, key)) != wanted:
                    raise Conflict(collection)
                own[key] = write.document
            self.writes.append((collection, write))

    def _see(self, collection: str, key: str) -> Document | None:
        own = self._own.get(collection, {})
        if key in own:
            return own[key]
        _, document = self._documents.get(collection, {}).get(key, (0, None))
        return document


def answers(document: Document, query: Document) -> bool:
    """Whether `find` with this query gives this document."""
    found = [document]
    for path, wanted in query.items():
        found = _fitting(found, path.split("."), wanted)
    return bool(found)


def sortable(document: Document, sort: Sequence[str]) -> list[Any]:
    """Its place among others that `find` gives. A composed id sorts by its parts."""
    values = [_field(document, name.split(".")) for name in sort]
    return [tuple(v.values()) if isinstance(v, dict) else v for v in values]


def _copy(value: Any) -> Any:
    """Documents are plain trees; `deepcopy`, which minds cycles, takes five times as long."""
    if isinstance(value, dict):
        return {key: _copy(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_copy(part) for part in value]
    return value


def _key(id_: Any) -> str:
    return id_ if isinstance(id_, str) else canonical_json(id_)


def _version(document: Document | None) -> int:
    return document["version"] if document else 0


def _field(document: Document, path: Sequence[str]) -> Any:
    value: Any = document
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _fitting(documents: list[Document], path: Sequence[str], wanted: Any) -> list[Document]:
    """Equality and the comparisons of the port. As in MongoDB, a comparison never fits null."""
    conditions = wanted.items() if isinstance(wanted, dict) else [("$eq", wanted)]
    for operator, bound in conditions:
        fits = COMPARISONS[operator]
        documents = [d for d in documents if fits(_field(d, path), bound)]
    return documents
