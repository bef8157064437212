"""What an operator may do about what is parked or set aside: look, let it run again, mend it,
throw it away. Each act is journalled with who and why, and with the record as it was: nothing is
lost. Each writes the stream's inbox row, so that it and a new parking on that stream cannot pass
each other.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.bus.parking import Record
from shared.bus.tables import Sweeps
from shared.errors import Invalid, NotFound, Rejected
from shared.events import CONTRACTS, Envelope, decode, read_envelope
from shared.mongo import Delete, Document, Put, Session

_RUNS_AGAIN = {"kind": "behind", "waits": None}  # what the engine looks for at a stream's head
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
    row = await _parked(session, id_)
    headers = [[name, _readable(value)] for name, value in row["headers"]]
    place = f"{row['topic']}/{row['partition']}/{row['offset']}"
    return {
        **_shown(row),
        "place": place,
        "headers": headers,
        "key": _readable(row["key"]),
        "value": _readable(row["value"]),
        "mended": row.get("mended"),
    }


async def release(
    session: Session, sweeps: Sequence[Sweeps], id_: str, act: Document, now: datetime
) -> Document:
    """Let it run again: the engine takes it from here, in order.

    Raises `NotFound`, and `Rejected` for what no release can help.
    """
    row = (await session.get("parked", [id_])).get(id_)
    await _journal(session, "released", id_=id_, row=row, act=act, now=now)
    if row is None:
        return await _lift_mark(session, sweeps, id_)
    inbox = await _inbox_row(session, row, "run")
    await session.write("inbox", [Put(inbox)])
    await session.write("parked", [Put({**row, **_RUNS_AGAIN})])
    return _done(row)


async def mend(session: Session, id_: str, value: bytes, act: Document, now: datetime) -> Document:
    """A body that is right takes the place of the one that came, under the same number; then it may
    run again. The record links to the journal's entry, which has it as it came.

    Raises `NotFound`, `Rejected` for a record that names no stream, and `Invalid` for a body that
    is not what its type says.
    """
    row = await _parked(session, id_)
    inbox = await _inbox_row(session, row, "run")
    record = Record.from_parked(row)
    envelope = read_envelope(record.producer, record.key, record.headers)
    contract = CONTRACTS.get(envelope.type) if isinstance(envelope, Envelope) else None
    if contract is None or not isinstance(envelope, Envelope):
        raise Invalid("this version does not know the record's type: release it instead")
    decode(contract, envelope, value)
    entry = await _journal(session, "mended", id_=id_, row=row, act=act, now=now)
    mended = {"by": act["by"], "why": act["why"], "original": entry}
    await session.write("inbox", [Put(inbox)])
    await session.write("parked", [Put({**row, **_RUNS_AGAIN, "value": value, "mended": mended})])
    return _done(row)


async def discard(session: Session, id_: str, act: Document, now: datetime) -> Document:
    """Its stream goes on without it, as if it said nothing. The journal keeps it.

    Raises `NotFound`, and `Rejected` where another record of its stream stands before it.
    """
    row = await _parked(session, id_)
    if row["stream"] is not None:
        inbox = await _inbox_row(session, row, "be thrown away")
        following = inbox["last_sequence"] + 1
        if row["sequence"] != following:
            raise Rejected(
                f"only the first of a stream can be thrown away: {row['stream']}/{following}",
                code="not-the-head",
            )
        left = {"last_sequence": following, "parked": inbox["parked"] - 1}
        await session.write("inbox", [Put({**inbox, **left})])
    await _journal(session, "discarded", id_=id_, row=row, act=act, now=now)
    await session.write("parked", [Delete(id_)])
    return _done(row)


async def _parked(session: Session, id_: str) -> Document:
    row = (await session.get("parked", [id_])).get(id_)
    if row is None:
        raise NotFound("nothing is parked under this id: list what is")
    return row


async def _inbox_row(session: Session, row: Document, what: str) -> Document:
    if row["stream"] is None:
        raise Rejected(
            f"this record names no stream, so it cannot {what}: put the mended record on the topic,"
            " and discard this one",
            code="belongs-to-no-stream",
        )
    return (await session.get("inbox", [row["stream"]]))[row["stream"]]


async def _journal(
    session: Session, type_: str, *, id_: str, row: Document | None, act: Document, now: datetime
) -> str:
    entry = f"parked/{id_}/{now.isoformat()}"
    kept = {name: row[name] for name in (*Record.__slots__, *SHOWN)} if row else None
    journal = {"_id": entry, "kind": "parked", "key": id_, **act, "record": kept}
    await session.write("journal", [Put({**journal, "type": type_, "at": now})])
    return entry


def _done(row: Document) -> Document:
    return {"id": row["_id"], "stream": row["stream"], "sequence": row["sequence"]}


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
