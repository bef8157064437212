"""The routes about what is parked: look, and act with a name and a reason."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.bus import Sweeps
from shared.bus.operate import discard, list_acts, list_parked, release, show_parked
from shared.digests import canonical_json
from shared.errors import Rejected
from shared.metrics import table
from shared.mongo import Document, Session
from shared.mongo.acts import Trial
from shared.mongo.batch import RECORD_BYTES_MAX
from shared.service.http import Limit, actor_of
from shared.service.rules import allowed

AfterId = Annotated[str, Query(max_length=600, description="The id that `next` gave.")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]


class Act(BaseModel):
    """Who does it, and why: both are journalled. `by` is the token's subject, and the body's word
    for it only while AUTH is off.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: Name | None = None
    why: Reason


class ParkedAct(Act):
    """With `dry_run` it is answered as if it were done, and nothing is."""

    dry_run: bool = False


class Release(ParkedAct):
    """`value`: a mended body in the place of the one that came."""

    value: str | None = Field(default=None, max_length=RECORD_BYTES_MAX)


class Discard(ParkedAct):
    """`whole`: the record and those that directly follow it in its stream."""

    whole: bool = False


def parked_routes(router: APIRouter, sweeps: Sequence[Sweeps]) -> None:
    _looking_routes(router, sweeps)

    @router.post(
        "/parked/{parked_id:path}/release",
        summary="Let it run again, in order; with `value`, mended",
        dependencies=[allowed("operator")],
    )
    async def let_run(request: Request, parked_id: str, body: Release) -> Response:
        value = None if body.value is None else body.value.encode()

        async def act(session: Session, who: Document) -> Document:
            now = request.app.state.edge.desk.now()
            return await release(session, sweeps, parked_id, who, now, value=value)

        return await _done(request, body, act, "released" if value is None else "mended")

    @router.post(
        "/parked/{parked_id:path}/discard",
        summary="Skip the head of a stream for good; it is kept in the journal",
        dependencies=[allowed("operator")],
    )
    async def skip(request: Request, parked_id: str, body: Discard) -> Response:
        async def act(session: Session, who: Document) -> Document:
            now = request.app.state.edge.desk.now()
            return await discard(session, parked_id, who, now, whole=body.whole)

        return await _done(request, body, act, "discarded")


def _looking_routes(router: APIRouter, sweeps: Sequence[Sweeps]) -> None:
    @router.get(
        "/parked",
        summary="What is parked, and which aggregates are set aside",
        dependencies=[allowed("operator")],
    )
    async def parked(request: Request, after: AfterId = "", limit: Limit = 100) -> Response:
        store = request.app.state.edge.store
        return as_json(await store.read(lambda s: list_parked(s, sweeps, after, limit)))

    @router.get(
        "/parked-acts",
        summary="What operators did about parked records",
        dependencies=[allowed("operator")],
    )
    async def acts(request: Request, after: AfterId = "", limit: Limit = 100) -> Response:
        store = request.app.state.edge.store
        return as_json(await store.read(lambda s: list_acts(s, after, limit)))

    @router.get(
        "/parked/{parked_id:path}",
        summary="One parked record with its bytes, and what was done about it",
        dependencies=[allowed("operator")],
    )
    async def show(request: Request, parked_id: str) -> Response:
        store = request.app.state.edge.store
        return as_json(await store.read(lambda s: show_parked(s, parked_id)))


def author(request: Request, body: Act) -> Document:
    """Who and why, for the journal. Raises `Rejected` where nobody is named."""
    by = actor_of(request.state.caller, body.by)
    if by is None:
        raise Rejected("say who does it: `by`", code="invalid-request", status=422)
    return {"by": by, "why": body.why}


def as_json(content: Any) -> Response:
    return Response(canonical_json(content), media_type="application/json")


async def _done(
    request: Request,
    body: ParkedAct,
    act: Callable[[Session, Document], Awaitable[Document]],
    name: str,
) -> Response:
    edge = request.app.state.edge
    if body.dry_run:
        nobody = {"by": "", "why": ""}
        return as_json(await edge.store.read(lambda s: act(Trial(s), nobody)))
    who = author(request, body)
    reply = await edge.store.transact(lambda s: act(s, who))
    edge.desk.metrics.add(table.PARKED_ACTS, len(reply.get("discarded", [1])), kind=name)
    edge.ring()
    return as_json(reply)
