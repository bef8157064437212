"""A whole store: what is its digest, is each state the fold of its journal, and making it so."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, cast

from shared.digests import canonical_json, digest_of
from shared.errors import Invalid
from shared.mongo.aggregate import Aggregate, Document, read_journal
from shared.mongo.store import Put, Session

PAGE = 1000
REBUILT_MAX = 500  # states in one transaction
EXCLUDED = (
    "versions of aggregates: relying on one counts it up, and that may be tried twice",
    "journal, outbox, inbox, parked, idempotency, leases: the way with its instants, no outcome",
    "vault: sealed under fresh keys each time",
    "access log: who looked, no outcome",
)
"""What the digest leaves out, and why. Everything else of every aggregate is in it."""


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
    checked, differences = 0, []
    for kind in kinds:
        stored = {d["_id"]: d["state"] async for d in _all(session, kind.name)}
        async for key, rows in _journals(session, kind.name):
            state = kind.fold(read_journal(row["type"], row["event"]) for row in rows)
            folded = canonical_json(kind.to_json(state))
            if key not in stored:
                differences.append({"kind": kind.name, "key": key, "problem": "not in the store"})
            elif canonical_json(stored.pop(key)) != folded:
                differences.append({"kind": kind.name, "key": key, "problem": "not the fold"})
            checked += 1
        differences += [
            {"kind": kind.name, "key": key, "problem": "not in the journal"} for key in stored
        ]
    return {"checked": checked, "differences": differences}


async def rebuild(
    session: Session, kinds: Sequence[Aggregate[Any]], act: Document, now: datetime
) -> Document:
    """Make each state that is not the fold of its journal that fold again. Who and why is
    journalled. What is in the store and not in the journal is named and left alone.

    Raises `Invalid` where more than 500 differ: then it is not a state that is wrong.
    """
    found = (await verify(session, kinds))["differences"]
    wrong = {(d["kind"], d["key"]) for d in found if d["problem"] != "not in the journal"}
    if len(wrong) > REBUILT_MAX:
        raise Invalid(f"{len(wrong)} states differ: restore a backup, or the journal is wrong")
    for kind in kinds:
        keys = sorted(key for name, key in wrong if name == kind.name)
        stored = await session.get(kind.name, keys)
        for key in keys:
            above, below = f"{kind.name}/{key}/", f"{kind.name}/{key}0"
            rows = [row async for row in _all(session, "journal", above, below)]
            state = cast("Any", kind.fold(read_journal(row["type"], row["event"]) for row in rows))
            version = stored[key]["version"] if key in stored else 0
            due_on = kind.due_on(state)
            document = {
                "_id": key,
                "version": max(version, rows[-1]["version"]) + 1,
                "due_on": due_on.isoformat() if due_on else None,
                "state": kind.to_json(state),
            }
            await session.write(kind.name, [Put(document, version)])
    row = {"_id": f"rebuilt/{now.isoformat()}", "kind": "rebuilt", "key": "", **act, "at": now}
    await session.write(
        "journal", [Put({**row, "type": "rebuilt", "states": sorted(map(list, wrong))})]
    )
    left = [d for d in found if (d["kind"], d["key"]) not in wrong]
    return {"rebuilt": sorted(map(list, wrong)), "left": left}


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
