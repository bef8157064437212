"""What an operator may do about what is parked or set aside: look, let it run again, mend it, or
discard it. Each act is journalled with who and why, and nothing is lost by it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.bus.parking import Record
from shared.bus.tables import Sweeps
from shared.errors import Invalid, NotFound, Rejected
from shared.events import CONTRACTS, Envelope, decode, read_envelope
from shared.mongo import Delete, Document, Put, Session
from shared.mongo.acts import acts_after, acts_of, note_act

SHOWN = ("stream", "sequence", "kind", "reason", "fingerprint", "waits", "at")
ACT_SHOWN = ("type", "by", "why", "at")
WHOLE_MAX = 500  # records of one stream that are discarded at once: one transaction, one person
ASIDE = "set-aside:"  # begins the place of a page that ends among them; no parked id does
NOTHING_HERE = "nothing is parked or set aside under this id: list what is"


class _Undecodable(Rejected):
    """A mended body that is no better."""

    code = "does-not-decode"
    status = 422

    def __init__(self, reason: str) -> None:
        super().__init__(f"the mended body is {reason}")


async def list_parked(
    session: Session, sweeps: Sequence[Sweeps], after: str, limit: int
) -> Document:
    """A page of what sweeps set aside and of parked records, in this order, each by id.

    `is_head`: nothing of its stream comes before it.
    """
    items: list[Document] = []
    if not after or after.startswith(ASIDE):
        items = await _list_set_aside(session, sweeps, after.removeprefix(ASIDE), limit)
        if len(items) == limit:
            return {"items": items, "next": f"{ASIDE}{items[-1]['id']}"}
        after = ""
    left = limit - len(items)
    rows = await session.find("parked", {"_id": {"$gt": after}}, limit=left)
    inbox = await session.get("inbox", sorted({r["stream"] for r in rows if r["stream"]}))
    items += [{**_shown(row), "is_head": _is_head(row, inbox.get(row["stream"]))} for row in rows]
    return {"items": items, "next": rows[-1]["_id"] if len(rows) == left else None}


async def _list_set_aside(
    session: Session, sweeps: Sequence[Sweeps], after: str, limit: int
) -> list[Document]:
    """By kind and key, from behind that id."""
    last_kind, _, last_key = after.partition("/")
    items: list[Document] = []
    for kind in sorted({s.kind.name for s in sweeps}):
        if kind < last_kind or len(items) == limit:
            continue
        behind = {"_id": {"$gt": last_key}} if kind == last_kind else {}
        query = {"set_aside.reason": {"$gt": ""}, **behind}
        marked = await session.find(kind, query, limit=limit - len(items))
        items += [_set_aside(kind, document) for document in marked]
    return items


async def list_acts(session: Session, after: str, limit: int) -> Document:
    """A page of what operators did about parked records, without the bytes."""
    rows = await acts_after(session, "parked", after, limit)
    items = [{"id": row["_id"], "parked_id": row["key"], **_act(row)} for row in rows]
    return {"items": items, "next": rows[-1]["_id"] if len(rows) == limit else None}


async def show_parked(session: Session, id_: str) -> Document:
    """One parked record with its bytes, as text where they are text, else as hex; what it was
    before it was mended; and what was done about it, also when it is not parked any more.
    """
    row = (await session.get("parked", [id_])).get(id_)
    acts = await acts_of(session, "parked", id_)
    if row is None and not acts:
        raise NotFound("nothing is parked under this id: list what is")
    shown = {"id": id_, "kind": "gone"} if row is None else {**_shown(row), **_content(row)}
    return {**shown, "acts": [_act_with_bytes(act) for act in acts]}


async def release(
    session: Session,
    sweeps: Sequence[Sweeps],
    id_: str,
    act: Document,
    now: datetime,
    *,
    value: bytes | None = None,
) -> Document:
    """Let it run again: the engine takes it from here, in order. The act is journalled.

    With `value`, a mended body takes the place of its bytes; the first ones are kept beside it.
    Raises `Rejected` for what no release can help, and for a body that does not decode. Writes the
    stream's inbox row, too, so that a release and a new parking on that stream cannot pass each
    other; and counts its releases: what an instance made of it before does not count after.
    """
    row = (await session.get("parked", [id_])).get(id_)
    noted = {**act, "type": "released", "at": now}
    if row is None:
        await _lift_mark(session, sweeps, id_, value)
        await note_act(session, "parked", id_, noted)
        return {"id": id_, "stream": None, "sequence": None}
    if row["stream"] is None:
        raise Rejected(
            "this record names no stream, so it cannot be run: put the mended record on the "
            "topic, then discard this one",
            code="belongs-to-no-stream",
        )
    if value is not None:
        noted |= {"type": "mended", "original": row["value"], "value": value}
        row = _mended(row, value, act, now)
    await note_act(session, "parked", id_, noted)
    inbox = await session.get("inbox", [row["stream"]])
    await session.write("inbox", [Put(inbox[row["stream"]])])
    again = {"kind": "behind", "waits": None, "releases": row.get("releases", 0) + 1}
    await session.write("parked", [Put({**row, **again})])
    return {"id": id_, "stream": row["stream"], "sequence": row["sequence"]}


async def discard(
    session: Session, id_: str, act: Document, now: datetime, *, whole: bool = False
) -> Document:
    """Skip it for good: its stream moves past it, and what stands behind it may run. With `whole`,
    so do those that directly follow it.

    Each is kept whole in the journal. Only a stream's head may go, else `Rejected`. Writes the
    stream's inbox row, so that a discard and a release or a parking cannot pass each other.
    """
    row = (await session.get("parked", [id_])).get(id_)
    if row is None:
        raise NotFound("no record is parked under this id; an aggregate can only be released")
    gone = [row] if row["stream"] is None else await _pass_over(session, row, whole=whole)
    for one in gone:
        noted = {**act, "type": "discarded", "at": now, "record": one}
        await note_act(session, "parked", one["_id"], noted)
    await session.write("parked", [Delete(one["_id"]) for one in gone])
    return {
        "id": id_,
        "stream": row["stream"],
        "sequence": row["sequence"],
        "discarded": [one["_id"] for one in gone],
    }


async def _pass_over(session: Session, row: Document, *, whole: bool) -> list[Document]:
    """Move the stream past its head, or past all that follow it without a gap."""
    stream, number = row["stream"], row["sequence"]
    inbox = (await session.get("inbox", [stream]))[stream]
    if row["producer"] == "calendar":
        raise Rejected("no day is skipped: release it with a mended body", code="day-must-pass")
    if not _is_head(row, inbox):
        head = f"{stream}/{inbox['last_sequence'] + 1}"
        is_here = await session.get("parked", [head])
        where = "is parked before it" if is_here else "comes before it and has not arrived"
        raise Rejected(f"only the head of a stream is discarded: {head} {where}", code="not-head")
    if whole and inbox["parked"] > WHOLE_MAX:
        raise Rejected(f"more than {WHOLE_MAX} stand in this stream: one by one", code="too-many")
    ids = [f"{stream}/{number + n}" for n in range(inbox["parked"] if whole else 1)]
    found = await session.get("parked", ids)
    following = next((n for n, i in enumerate(ids) if i not in found), len(ids))
    gone = [found[i] for i in ids[:following]]
    counts = {
        "last_sequence": gone[-1]["sequence"],
        "parked": inbox["parked"] - len(gone),
    }
    await session.write("inbox", [Put({**inbox, **counts})])
    return gone


def _mended(row: Document, value: bytes, act: Document, now: datetime) -> Document:
    """The row with another body, and what it had first. Raises `Rejected` where it does not decode
    by the contract of its type.
    """
    record = Record.from_parked(row)
    envelope = read_envelope(record.producer, record.key, record.headers)
    contract = CONTRACTS.get(envelope.type) if isinstance(envelope, Envelope) else None
    if contract is None or not isinstance(envelope, Envelope):
        raise _Undecodable("of a type that this version does not know")
    try:
        decode(contract, envelope, value)
    except Invalid as invalid:
        raise _Undecodable(str(invalid)) from None
    before = row.get("mended")
    original = before["original"] if before else row["value"]
    mended = {**act, "at": now, "original": original}
    return {**row, "value": value, "mended": mended}


async def _lift_mark(
    session: Session, sweeps: Sequence[Sweeps], id_: str, value: bytes | None
) -> None:
    name, _, key = id_.partition("/")
    found = await session.get(name, [key]) if name in {s.kind.name for s in sweeps} else {}
    document = found.get(key)
    if document is None or not document.get("set_aside"):
        raise NotFound(NOTHING_HERE)
    if value is not None:
        raise Rejected("an aggregate has no body to mend: release it", code="no-record")
    again = {"set_aside": None, "lifts": document.get("lifts", 0) + 1}  # as `releases` of a record
    await session.write(name, [Put({**document, **again}, document["version"])])


def _is_head(row: Document, inbox: Document | None) -> bool:
    return inbox is None or bool(row["sequence"] == inbox["last_sequence"] + 1)


def _set_aside(kind: str, document: Document) -> Document:
    mark = document["set_aside"]
    item: dict[str, Any] = dict.fromkeys(SHOWN)
    item |= {"id": f"{kind}/{document['_id']}", "kind": "set-aside", "reason": mark["reason"]}
    return item | {"fingerprint": mark["reason"], "at": mark["at"].isoformat(), "is_head": True}


def _shown(row: Document) -> Document:
    fields = {name: row[name] for name in SHOWN}
    return {"id": row["_id"], **fields, "at": row["at"].isoformat()}


def _content(row: Document) -> Document:
    mended = row.get("mended")
    return {
        "place": f"{row['topic']}/{row['partition']}/{row['offset']}",
        "headers": [[name, _readable(value)] for name, value in row["headers"]],
        "key": _readable(row["key"]),
        "value": _readable(row["value"]),
        "mended": mended
        and {
            **mended,
            "at": mended["at"].isoformat(),
            "original": _readable(mended["original"]),
        },
    }


def _act(row: Document) -> Document:
    return {**{name: row[name] for name in ACT_SHOWN}, "at": row["at"].isoformat()}


def _act_with_bytes(row: Document) -> Document:
    bodies: Document = {name: _readable(row[name]) for name in ("original", "value") if name in row}
    record = {"record": {**_shown(r), **_content(r)}} if (r := row.get("record")) else {}
    return {**_act(row), **bodies, **record}


def _readable(raw: bytes | None) -> str | None:
    if raw is None:
        return None
    try:
        return bytes(raw).decode()
    except UnicodeDecodeError:
        return f"hex:{bytes(raw).hex()}"
