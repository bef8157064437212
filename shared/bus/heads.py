"""Which parked streams may go on: their heads were released, or what they wait for has come."""

from collections.abc import Mapping
from datetime import date

from shared.mongo import GATE, Document, Session, read_gate

HEADS_MAX = 500  # parked streams looked at in one round trip


async def ready(session: Session) -> list[str]:
    """The first parked streams whose heads may run: none only when no page has any."""
    after = ""
    while True:
        rows = await session.find(
            "inbox", {"parked": {"$gt": 0}, "_id": {"$gt": after}}, limit=HEADS_MAX
        )
        heads = await session.get("parked", [_next_id(row) for row in rows])
        waits = [head["waits"] for head in heads.values() if head["waits"]]
        moved = await session.get("inbox", sorted({w["stream"] for w in waits}))
        gate = await _gate(session) if any("until" in w for w in waits) else None
        found = [h["stream"] for h in heads.values() if _may_run(h, moved, gate)]
        if found or len(rows) < HEADS_MAX:
            return found
        after = rows[-1]["_id"]


def _next_id(row: Document) -> str:
    return f"{row['_id']}/{row['last_sequence'] + 1}"


async def _gate(session: Session) -> date | None:
    return read_gate(await session.get("calendar", [GATE]))


def _may_run(head: Document, moved: Mapping[str, Document], gate: date | None) -> bool:
    if head["kind"] == "waits" and "until" in head["waits"]:
        return gate is None or head["waits"]["until"] <= gate.isoformat()
    if head["kind"] == "waits":
        row = moved.get(head["waits"]["stream"])
        return bool(row and row["last_sequence"] > head["waits"]["seen"])
    return bool(head["kind"] == "behind")
