"""The routes of every service for those who run it: health, digest, verify, rebuild, parked."""

import asyncio
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from shared.bus import Sweeps
from shared.mongo import CALENDAR, Aggregate, Calendar, Session
from shared.mongo.proofs import digest, verify
from shared.mongo.rebuild import rebuild
from shared.service.parked import Act, as_json, author, parked_routes
from shared.service.problems import problem
from shared.service.rules import OPEN, allowed

POLL_AGE_SECONDS_MAX = 30.0  # a consumer that has not asked for records that long is not consuming
ORPHANS_COUNTED_MAX = 1000  # of what a takeover has left: more is many
LOOK_SECONDS_MAX = 5.0  # a store that answers no faster is away, for whoever asks


def operator_routes(kinds: Sequence[Aggregate[Any]], sweeps: Sequence[Sweeps]) -> APIRouter:
    router = APIRouter(tags=["operator"])
    _health_routes(router)
    parked_routes(router, sweeps)
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


def _proof_routes(router: APIRouter, kinds: Sequence[Aggregate[Any]]) -> None:
    @router.get(
        "/digest",
        summary="SHA-256 of every aggregate, less what `excluded` says",
        dependencies=[allowed("operator", "auditor")],
    )
    async def show_digest(request: Request) -> Response:
        edge = request.app.state.edge
        found = await edge.store.read(lambda s: digest(s, kinds))
        return as_json({"service": edge.desk.service, **found})

    @router.get(
        "/verify",
        summary="Folds every journal again and compares",
        dependencies=[allowed("operator", "auditor")],
    )
    async def show_verify(request: Request) -> Response:
        edge = request.app.state.edge
        found = await edge.store.read(lambda s: verify(s, kinds))
        return as_json({"service": edge.desk.service, **found})

    @router.post(
        "/rebuild",
        summary="Writes anew each state that is not the fold of its journal",
        dependencies=[allowed("operator")],
    )
    async def write_anew(request: Request, body: Act) -> Response:
        edge, who = request.app.state.edge, author(request, body)
        found = await rebuild(edge.store, kinds, who, edge.desk.now())
        edge.ring()
        return as_json({"service": edge.desk.service, **found})


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
        "stopped": runtime.brake.says(),
    }
    is_polling = poll_age is not None and poll_age < POLL_AGE_SECONDS_MAX
    return body, is_polling and not runtime.brake.is_on
