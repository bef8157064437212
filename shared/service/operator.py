"""The routes that every service has for those who run it: health, parked, and the proofs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from shared.bus import Sweeps
from shared.bus.operate import discard, list_parked, mend, release, show_parked
from shared.digests import canonical_json
from shared.errors import Rejected
from shared.mongo import CALENDAR, Aggregate, Calendar, Document, Session
from shared.mongo.batch import RECORD_BYTES_MAX
from shared.mongo.proofs import digest, rebuild, verify
from shared.service.http import Limit
from shared.service.problems import problem
from shared.service.rules import OPEN, allowed

POLL_AGE_SECONDS_MAX = 30.0  # a consumer that has not asked for records that long is not consuming
ParkedId = Annotated[str, Query(max_length=400, description="The id that `next` gave.")]
ORPHANS_COUNTED_MAX = 1000  # of what a takeover has left: more is many
LOOK_SECONDS_MAX = 5.0  # a store that answers no faster is away, for whoever asks


class Act(BaseModel):
    """Who does it, and why: both are journalled. `by` is the token's subject, and the body's word
    for it only while AUTH is off.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str | None = Field(default=None, min_length=1, max_length=80)
    why: str = Field(min_length=1, max_length=400)


class Mending(Act):
    """`value` is the whole new body, as JSON text."""

    value: str = Field(min_length=1, max_length=RECORD_BYTES_MAX)


def operator_routes(kinds: Sequence[Aggregate[Any]], sweeps: Sequence[Sweeps]) -> APIRouter:
    router = APIRouter(tags=["operator"])
    _health_routes(router)
    _parked_routes(router, sweeps)
    _proof_routes(router, kinds)
    return router


def _health_routes(router: APIRouter) -> None:
    @router.get("/health/live", summary="The process answers", dependencies=[OPEN])
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @router.get(
        "/health/ready",
        summary="The service consumes, publishes and keeps its days",
        dependencies=[OPEN],
    )
    async def ready(request: Request) -> JSONResponse:
        runtime = request.app.state.runtime
        try:
            async with asyncio.timeout(LOOK_SECONDS_MAX):
                body, is_ready = await _health(runtime)
                body["auth"] = request.app.state.auth()
        except Exception as error:
            if not (isinstance(error, TimeoutError) or runtime.store.is_interruption(error)):
                raise
            return problem(503, "unavailable", "the store is away: look at MongoDB first")
        return JSONResponse(body, status_code=200 if is_ready else 503)


def _parked_routes(router: APIRouter, sweeps: Sequence[Sweeps]) -> None:
    @router.get(
        "/parked",
        summary="What is parked, and which aggregates are set aside",
        dependencies=[allowed("operator")],
    )
    async def parked(request: Request, after: ParkedId = "", limit: Limit = 100) -> Response:
        store = request.app.state.edge.store
        return _json(await store.read(lambda s: list_parked(s, sweeps, after, limit)))

    @router.get(
        "/parked/{parked_id:path}",
        summary="One parked record, with its bytes",
        dependencies=[allowed("operator")],
    )
    async def show(request: Request, parked_id: str) -> Response:
        store = request.app.state.edge.store
        return _json(await store.read(lambda s: show_parked(s, parked_id)))

    _act_routes(router, sweeps)


def _act_routes(router: APIRouter, sweeps: Sequence[Sweeps]) -> None:
    @router.post(
        "/parked/{parked_id:path}/release",
        summary="Let it run again, in order",
        dependencies=[allowed("operator")],
    )
    async def let_run(request: Request, parked_id: str, body: Act) -> Response:
        return await _act(request, body, lambda s, a, now: release(s, sweeps, parked_id, a, now))

    @router.post(
        "/parked/{parked_id:path}/mend",
        summary="Put a body that is right in its place, and let it run",
        dependencies=[allowed("operator")],
    )
    async def put_right(request: Request, parked_id: str, body: Mending) -> Response:
        value = body.value.encode()
        return await _act(request, body, lambda s, act, now: mend(s, parked_id, value, act, now))

    @router.post(
        "/parked/{parked_id:path}/discard",
        summary="Let its stream go on without it",
        dependencies=[allowed("operator")],
    )
    async def throw_away(request: Request, parked_id: str, body: Act) -> Response:
        return await _act(request, body, lambda s, act, now: discard(s, parked_id, act, now))


async def _act(
    request: Request,
    body: Act,
    do: Callable[[Session, Document, datetime], Awaitable[Document]],
) -> Response:
    edge, caller = request.app.state.edge, request.state.caller
    by = caller.subject if caller.is_known else body.by
    if by is None:
        raise Rejected("say who does it: `by`", code="invalid-request", status=422)
    act, now = {"by": by, "why": body.why}, edge.desk.now()
    reply = await edge.store.transact(lambda session: do(session, act, now))
    edge.ring()
    return _json(reply)


def _proof_routes(router: APIRouter, kinds: Sequence[Aggregate[Any]]) -> None:
    @router.get(
        "/digest",
        summary="SHA-256 of every aggregate, less what `excluded` says",
        dependencies=[allowed("operator", "auditor")],
    )
    async def show_digest(request: Request) -> Response:
        edge = request.app.state.edge
        found = await edge.store.read(lambda s: digest(s, kinds))
        return _json({"service": edge.desk.service, **found})

    @router.get(
        "/verify",
        summary="Folds every journal again and compares",
        dependencies=[allowed("operator", "auditor")],
    )
    async def show_verify(request: Request) -> Response:
        edge = request.app.state.edge
        found = await edge.store.read(lambda s: verify(s, kinds))
        return _json({"service": edge.desk.service, **found})

    @router.post(
        "/rebuild",
        summary="Makes each state that is not the fold of its journal that fold again",
        dependencies=[allowed("operator")],
    )
    async def mend_states(request: Request, body: Act) -> Response:
        return await _act(request, body, lambda s, act, now: rebuild(s, kinds, act, now))


async def _health(runtime: Any) -> tuple[dict[str, Any], bool]:
    async def look(session: Session) -> tuple[Calendar, int]:
        calendar = Calendar.read(await session.get("calendar", [CALENDAR]))
        return calendar, len(await session.find("orphans", {}, limit=ORPHANS_COUNTED_MAX))

    calendar, orphans = await runtime.store.read(look, 1.0)
    outbox, outbox_age = await runtime.store.outbox()
    poll_age = runtime.log.last_poll_age_seconds()
    body = {
        "service": runtime.service,
        "instance": runtime.instance,
        "day": calendar.day.isoformat() if calendar.day else None,
        "announced": len(calendar.announced),
        "due_left": await runtime.days.due_left(),
        "releasable": await runtime.inbox.releasable(),
        "parked": await runtime.store.parked(),
        "orphans": orphans,
        "outbox": outbox,
        "outbox_age_seconds": round(outbox_age, 3),
        "lag": await runtime.log.lag(),
        "last_poll_age_seconds": poll_age,
        "transactions": runtime.store.transactions,
        "has_stopped": runtime.brake.is_on,  # too much has failed: see shared/bus/brake.py
    }
    is_polling = poll_age is not None and poll_age < POLL_AGE_SECONDS_MAX
    return body, is_polling and not runtime.brake.is_on


def _json(content: Any) -> Response:
    return Response(canonical_json(content), media_type="application/json")
