"""Writing states anew from their journals, where they are not the fold.

What no journal knows is named and never touched: a rebuild deletes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from shared.digests import canonical_json
from shared.mongo.acts import note_act
from shared.mongo.aggregate import Aggregate, Document
from shared.mongo.proofs import NOT_STORED, NOT_THE_FOLD, fold, journal_of, verify
from shared.mongo.store import Put, Refused, Session, Store

REBUILT_MAX = 1000  # in one request: some ten seconds; the rest is named, and the next one's
REFUSED = "the store refuses the fold: another has what only one may have"


async def rebuild(
    store: Store, kinds: Sequence[Aggregate[Any]], act: Document, now: datetime
) -> Document:
    """Find what differs, and write each anew in a transaction of its own: `rebuilt`, and `left`."""
    found = await store.read(lambda session: verify(session, kinds))
    by_name = {kind.name: kind for kind in kinds}
    rebuilt: list[Document] = []
    left: list[Document] = []
    for one in found["differences"]:
        if one["problem"] not in {NOT_STORED, NOT_THE_FOLD} or len(rebuilt) >= REBUILT_MAX:
            left.append(one)
            continue
        run = partial(_rewrite, kind=by_name[one["kind"]], key=one["key"], act=act, now=now)
        try:
            if await store.transact(run):
                rebuilt.append(one)
        except Refused:
            left.append({**one, "problem": REFUSED})
    return {"checked": found["checked"], "rebuilt": rebuilt, "left": left}


async def _rewrite(
    session: Session, kind: Aggregate[Any], key: str, act: Document, now: datetime
) -> bool:
    """False where it is the fold by now. The version never goes back behind the journal's, or the
    next event would be written over one that is there.
    """
    rows = await journal_of(session, kind.name, key)
    state = fold(kind, rows)
    document = (await session.get(kind.name, [key])).get(key)
    folded = kind.to_json(state)
    if document is not None and canonical_json(document["state"]) == canonical_json(folded):
        return False
    stored = document["version"] if document else 0
    due_on = kind.due_on(state)
    written = {
        **(document or {"_id": key}),
        "version": max(stored + 1, rows[-1]["version"]),
        "due_on": due_on.isoformat() if due_on else None,
        "state": folded,
    }
    await session.write(kind.name, [Put(written, stored)])
    before = document and document["state"]
    noted = {**act, "type": "rebuilt", "at": now, "before": before}
    await note_act(session, "rebuilt", f"{kind.name}/{key}", noted)
    return True
