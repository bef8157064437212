"""What an operator may do about what is parked or set aside: look, and let it run again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.bus.tables import Sweeps
from shared.errors import NotFound, Rejected
from shared.mongo import Document, Put, Session

SHOWN = ("stream", "sequence", "kind", "reason", "fingerprint", "waits", "at")


async def list_parked(
    session: Session, sweeps: Sequence[Sweeps], after: str, limit: int
) -> Document:
    """A page of parked records by id; the first page also has what sweeps set aside."""
    rows = await session.find("parked", {"_id": {"$gt": after}}, limit=limit)
    items = [_shown(row) for row in rows]
    if not after:
        for kind in (s.kind.name for s in sweeps):
            marked = await session.find(kind, {"set_aside.reason": {"$gt": ""}}, limit=limit)
            items += [_set_aside(kind, document) for document in marked]
    return {"items": items, "next": rows[-1]["_id"] if len(rows) == limit else None}


async def show_parked(session: Session, id_: str) -> Document:
    """One parked record with its bytes: as text where they are text, else as hex."""
    row = (await session.get("parked", [id_])).get(id_)
    if row is None:
        raise NotFound("nothing is parked under this id: list what is")
    headers = [[name, _readable(value)] for name, value in row["headers"]]
    place = f"{row['topic']}/{row['partition']}/{row['offset']}"
    return {
        **_shown(row),
        "place": place,
        "headers": headers,
        "key": _readable(row["key"]),
        "value": _readable(row["value"]),
    }


async def release(
    session: Session, sweeps: Sequence[Sweeps], id_: str, act: Document, now: datetime
) -> Document:
    """Let it run again: the engine takes it from here, in order. The act is journalled.

    Raises `Rejected` for what no release can help. Writes the stream's inbox row, too, so that a
    release and a new parking on that stream cannot pass each other.
    """
    journal = {"_id": f"parked/{id_}/{now.isoformat()}", "kind": "parked", "key": id_, **act}
    await session.write("journal", [Put({**journal, "type": "released", "at": now})])
    row = (await session.get("parked", [id_])).get(id_)
    if row is None:
        return await _lift_mark(session, sweeps, id_)
    if row["stream"] is None:
        raise Rejected(
            "this record names no stream, so it cannot be run: put the mended record on the topic",
            code="belongs-to-no-stream",
        )
    inbox = await session.get("inbox", [row["stream"]])
    await session.write("inbox", [Put(inbox[row["stream"]])])
    await session.write("parked", [Put({**row, "kind": "behind", "waits": None})])
    return {"id": id_, "stream": row["stream"], "sequence": row["sequence"]}


async def _lift_mark(session: Session, sweeps: Sequence[Sweeps], id_: str) -> Document:
    name, _, key = id_.partition("/")
    found = await session.get(name, [key]) if name in {s.kind.name for s in sweeps} else {}
    document = found.get(key)
    if document is None or not document.get("set_aside"):
        raise NotFound("nothing is parked or set aside under this id: list what is")
    await session.write(name, [Put({**document, "set_aside": None}, document["version"])])
    return {"id": id_, "stream": None, "sequence": None}


def _set_aside(kind: str, document: Document) -> Document:
    mark = document["set_aside"]
    item: dict[str, Any] = dict.fromkeys(SHOWN)
    item |= {"id": f"{kind}/{document['_id']}", "kind": "set-aside", "reason": mark["reason"]}
    return item | {"fingerprint": mark["reason"], "at": mark["at"].isoformat()}


def _shown(row: Document) -> Document:
    fields = {name: row[name] for name in SHOWN}
    return {"id": row["_id"], **fields, "at": row["at"].isoformat()}


def _readable(raw: bytes | None) -> str | None:
    if raw is None:
        return None
    try:
        return bytes(raw).decode()
    except UnicodeDecodeError:
        return f"hex:{bytes(raw).hex()}"
