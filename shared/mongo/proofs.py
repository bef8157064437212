"""Two questions about a whole store: what is its digest, is each state the fold of its journal."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from itertools import groupby
from typing import Any

from shared.digests import canonical_json, digest_of
from shared.mongo.aggregate import Aggregate, Document, read_journal
from shared.mongo.store import Session

PAGE = 1000
EXCLUDED = (
    "versions of aggregates: relying on one counts it up, and that may be tried twice",
    "journal, outbox, inbox, parked, idempotency, leases: the way with its instants, no outcome",
    "vault: sealed under fresh keys each time",
    "access log: who looked, no outcome",
)
"""What the digest leaves out, and why. Everything else of every aggregate is in it."""

NOT_STORED = "not in the store"
NOT_THE_FOLD = "not the fold"
NOT_JOURNALLED = "not in the journal"
NOT_FOLDED = "its journal cannot be folded"


async def digest(session: Session, kinds: Sequence[Aggregate[Any]]) -> Document:
    """SHA-256 over the canonical JSON of every aggregate, per kind and of all kinds together."""
    found: dict[str, Document] = {}
    for kind in sorted(kinds, key=lambda k: k.name):
        sha, count = hashlib.sha256(), 0
        async for document in _all(session, kind.name):
            sha.update(canonical_json([document["_id"], document["state"]]).encode() + b"\n")
            count += 1
        found[kind.name] = {"count": count, "sha256": sha.hexdigest()}
    total = digest_of(found)
    return {"kinds": found, "sha256": total, "excluded": list(EXCLUDED)}


async def verify(session: Session, kinds: Sequence[Aggregate[Any]]) -> Document:
    """Fold every journal again and compare, byte for byte. Names each aggregate that differs."""
    checked, found = 0, {}
    differences: list[Document] = []
    for kind in kinds:
        folded, wrong = await _verify_kind(session, kind)
        strays = sum(one["problem"] == NOT_JOURNALLED for one in wrong)
        found[kind.name] = {"aggregates": folded + strays, "differences": len(wrong)}
        checked += folded
        differences += wrong
    return {"checked": checked, "kinds": found, "differences": differences}


def fold(kind: Aggregate[Any], rows: Sequence[Document]) -> Any:
    """The state that these journal rows make."""
    return kind.fold(read_journal(row["type"], row["event"]) for row in rows)


async def journal_of(session: Session, kind: str, key: str) -> list[Document]:
    """One aggregate's journal, in order."""
    return [row async for row in _all(session, "journal", f"{kind}/{key}/", f"{kind}/{key}0")]


async def _verify_kind(session: Session, kind: Aggregate[Any]) -> tuple[int, list[Document]]:
    """How many journals of this kind were folded, and what differs."""
    stored = {d["_id"]: d["state"] async for d in _all(session, kind.name)}
    problems: dict[str, str] = {}
    folded = 0
    async for key, rows in _journals(session, kind.name):
        folded += 1
        try:
            state = canonical_json(kind.to_json(fold(kind, rows)))
        except Exception as error:  # noqa: BLE001  # a journal that no code here can read
            stored.pop(key, None)
            problems[key] = f"{NOT_FOLDED}: {type(error).__name__}"
            continue
        if key not in stored:
            problems[key] = NOT_STORED
        elif canonical_json(stored.pop(key)) != state:
            problems[key] = NOT_THE_FOLD
    problems.update(dict.fromkeys(stored, NOT_JOURNALLED))
    return folded, [{"kind": kind.name, "key": k, "problem": p} for k, p in problems.items()]


async def _journals(session: Session, kind: str) -> AsyncIterator[tuple[str, list[Document]]]:
    """Each aggregate's journal, in order: ids sort by kind, key and version."""
    rows = [row async for row in _all(session, "journal", f"{kind}/", f"{kind}0")]
    for key, group in groupby(rows, key=lambda row: row["key"]):
        yield key, list(group)


async def _all(
    session: Session, collection: str, above: str = "", below: str | None = None
) -> AsyncIterator[Document]:
    """Every document with an id in (above, below), by id, a page at a time."""
    while True:
        bounds = {"$gt": above} if below is None else {"$gt": above, "$lt": below}
        page = await session.find(collection, {"_id": bounds}, limit=PAGE)
        for document in page:
            yield document
        if len(page) < PAGE:
            return
        above = page[-1]["_id"]
