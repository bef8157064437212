"""Who looked at whose personal data, when, from where, by what (PIPA Art. 29: domain.md §3.9).

Each opening of a vault on somebody's request is a row, written in the same transaction, or, for a
question, before its answer leaves: no row, no answer. Rows are kept for two years at least, and
nothing in this programme changes or deletes one; each carries a keyed hash of itself, so that one
that was changed shows.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from shared.digests import canonical_json
from shared.mongo import Document, Put, Session
from shared.security import Vault
from shared.service.limits import PATIENCE_SECONDS
from shared.service.rules import Visit, allowed, visit_of

COLLECTION = "access_log"
ENTRY_LENGTH_MAX = 200

AfterEntry = Annotated[
    str,
    Query(max_length=64, description="The id that `next` gave, or a day: entries after it."),
]
OfPerson = Annotated[str, Query(max_length=ENTRY_LENGTH_MAX, description="Of one person only.")]


async def keep(
    session: Session, visit: Visit, people: Iterable[str], vault: Vault, now: datetime
) -> None:
    """A row for each person. Its id begins with its instant, and ends by chance: it decides
    nothing, and two instances must not need to agree on it.
    """
    rows = [Put(_row(visit, person_id, vault, now), 0) for person_id in people]
    if rows:
        await session.write(COLLECTION, rows)


def _row(visit: Visit, person_id: str, vault: Vault, now: datetime) -> Document:
    row = {
        "_id": f"{now:%Y-%m-%dT%H:%M:%S.%f}Z-{secrets.token_hex(6)}",
        "account": visit.caller.subject,
        "address": visit.address,
        "person_id": person_id,
        "action": visit.action,
    }
    return {**row, "hash": vault.keyed_hash(canonical_json(row))}


def access_log_routes() -> APIRouter:
    router = APIRouter(tags=["auditor"])

    @router.get(
        "/access-log",
        summary="Who looked at whose personal data, by time; looking here is an entry, too",
        dependencies=[allowed("auditor")],
    )
    async def show_access_log(
        request: Request,
        after: AfterEntry = "",
        person_id: OfPerson = "",
        limit: Annotated[int, Query(ge=1, le=500, description="The most items of a page.")] = 100,
    ) -> Response:
        desk, visit = request.app.state.edge.desk, visit_of(request)
        query: Document = {"_id": {"$gt": after}, **({"person_id": person_id} if person_id else {})}

        async def look(session: Session) -> list[Document]:
            return await session.find(COLLECTION, query, limit=limit + 1)

        async def note(session: Session) -> None:
            await keep(session, visit, [person_id], desk.vault, desk.now())

        found = await desk.store.read(look, PATIENCE_SECONDS)
        await desk.store.transact(note, PATIENCE_SECONDS)
        following = found[limit - 1]["_id"] if len(found) > limit else None
        page = {"items": [_shown(row, desk.vault) for row in found[:limit]], "next": following}
        return Response(canonical_json(page), media_type="application/json")

    return router


def _shown(row: Document, vault: Vault) -> dict[str, Any]:
    """`is_genuine`: the row is as it was written."""
    written = {name: row[name] for name in ("_id", "account", "address", "person_id", "action")}
    return {
        "id": row["_id"],
        "at": row["_id"][: len("2022-01-01T00:00:00.000000Z")],
        "account": row["account"],
        "address": row["address"],
        "person_id": row["person_id"],
        "action": row["action"],
        "is_genuine": row["hash"] == vault.keyed_hash(canonical_json(written)),
    }
