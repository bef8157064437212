"""HTTP at the edge: commands that happen once, and answers that say how to mend what was wrong."""

import hashlib
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request
from fastapi import Query as Parameter
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.bus.parking import fingerprint
from shared.digests import canonical_json
from shared.errors import Rejected, Waits
from shared.logs import caused_by, logger
from shared.mongo import (
    Cause,
    Desk,
    Put,
    Refused,
    Session,
    Unavailable,
    Work,
)
from shared.tracing import SERVER, Span, follow

log = logger()
PATIENCE_SECONDS = 5.0  # how long a caller waits for a store that is away before it gets 503
IDEMPOTENCY_KEY_LENGTH_MAX = 200

NOT_AN_OBJECT = {"json_invalid", "model_attributes_type"}
BODY_WANTED = "send one JSON object in UTF-8 as the body, with content-type: application/json"

PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "Refused, and nothing was stored: `code` is stable, `detail` says how to "
        "mend it (RFC 9457)",
        "content": {
            "application/problem+json": {
                "schema": {
                    "type": "object",
                    "required": ["type", "title", "status", "code", "detail"],
                    "properties": {
                        "type": {"type": "string"},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "code": {"type": "string"},
                        "detail": {"type": "string"},
                    },
                }
            }
        },
    }
}
"""What /docs says of refusals, in place of FastAPI's own shape, which nothing here answers."""

Handle = Callable[[Work], Awaitable[Any]]


class Edge:
    """What the routes need of the service: its store, its name, and a bell for the relay."""

    def __init__(self, desk: Desk, ring: Callable[[], None]) -> None:
        self.desk = desk
        self.store = desk.store
        self.ring = ring

    async def run(self, handle: Handle, cause: Cause, key: str, request_hash: str) -> str:
        """Run a command in one transaction and keep its reply under its key in the same one.

        The same key and request: the kept reply. A concurrent twin meets a write conflict, runs
        again and finds it. Raises `Rejected` `idempotency-key-reused` for another request.
        """

        async def once(session: Session) -> str:
            kept = (await session.get("idempotency", [key])).get(key)
            if kept:
                if kept["request"] != request_hash:
                    raise Rejected(
                        "this Idempotency-Key was used for another request: take a new key",
                        code="idempotency-key-reused",
                        status=422,
                    )
                return str(kept["reply"])
            batch = await self.desk.batch(session)
            work = batch.work(cause)
            work.today  # noqa: B018  # raises while no day has been entered
            reply = _text(await handle(work))
            batch.absorb(work)
            await batch.flush()
            row = {"_id": key, "request": request_hash, "reply": reply, "at": batch.now}
            await session.write("idempotency", [Put(row, 0)])
            return reply

        return await self.store.transact(once, PATIENCE_SECONDS)

    async def ask(self, handle: Handle) -> str:
        """Answer a question from one snapshot; nothing is written."""

        async def look(session: Session) -> str:
            batch = await self.desk.batch(session)
            return _text(await handle(batch.work(Cause("", ""))))

        return await self.store.read(look, PATIENCE_SECONDS)


class CommandRunner:
    """One command, once: `return await command(lambda work: handlers.do(body, work))`."""

    def __init__(self, edge: Edge, request: Request, key: str) -> None:
        self._edge = edge
        self._request = request
        self._key = hashlib.sha256(key.encode()).hexdigest()[:40]

    async def __call__(self, handle: Handle) -> Response:
        request = self._request
        line = f"{request.method} {request.url.path}\n".encode()
        # Under the secret: a plain hash of a name and a birth date can be guessed from a dump.
        request_hash = self._edge.desk.vault.keyed_hash(line + await request.body())
        cause_id = f"/womanup/{self._edge.desk.service}/commands/{self._key}"
        desk, route = self._edge.desk, request.scope["route"]
        given = request.headers.get("traceparent", "")
        trace = follow(desk.service, cause_id, cause_id, given)
        cause = Cause(cause_id, cause_id, trace.traceparent)
        span = Span(trace, f"{request.method} {route.path}", SERVER, desk.now())

        async def act() -> str:
            with desk.tracer.during(span, desk.now):
                reply = await self._edge.run(handle, cause, self._key, request_hash)
            self._edge.ring()
            return reply

        with caused_by(cause_id, cause_id, trace.trace_id):
            return await _answer(act, route.status_code or 200)


class QueryRunner:
    """One question: `return await query(lambda work: handlers.show(id, work))`."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    async def __call__(self, handle: Handle) -> Response:
        return await _answer(lambda: self._edge.ask(handle), 200)


def _command(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(description="Required. Yours, one per command: a repeat is answered, not repeated."),
    ] = None,
) -> CommandRunner:
    if not idempotency_key or len(idempotency_key) > IDEMPOTENCY_KEY_LENGTH_MAX:
        raise Rejected(
            "send an Idempotency-Key header of 1 to 200 characters, a new one for each command",
            code="idempotency-key-required",
            status=400,
        )
    return CommandRunner(request.app.state.edge, request, idempotency_key)


def _query(request: Request) -> QueryRunner:
    return QueryRunner(request.app.state.edge)


Command = Annotated[CommandRunner, Depends(_command)]
Query = Annotated[QueryRunner, Depends(_query)]


After = Annotated[
    str, Parameter(max_length=64, description="The id that the previous page gave as `next`.")
]
Limit = Annotated[int, Parameter(ge=1, le=500, description="The most items of a page.")]


def problem(status: int, code: str, detail: str, **more: Any) -> JSONResponse:
    """RFC 9457: `code` is stable and for programs, `detail` says how to mend it."""
    headers = {"Retry-After": "1"} if code in {"not-yet-known", "unavailable"} else None
    title = code.replace("-", " ")
    body = {"type": f"/problems/{code}", "title": title, "status": status, "code": code}
    return JSONResponse(
        {**body, "detail": detail, **more},
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )


def map_errors(app: FastAPI) -> None:
    """One table: what goes wrong → what the client reads. Values of the request stay out of it."""

    @app.exception_handler(Rejected)
    async def rejected(_: Request, error: Rejected) -> JSONResponse:
        return problem(error.status, error.code, str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        fields = [
            {"field": ".".join(map(str, e["loc"])), "problem": _wording(e)} for e in error.errors()
        ]
        if any(e["loc"][0] == "body" and e["type"] in NOT_AN_OBJECT for e in error.errors()):
            return problem(400, "malformed-body", BODY_WANTED)
        named = "; ".join(f"{f['field']}: {f['problem']}" for f in fields[:5])
        return problem(422, "invalid-request", f"mend these fields: {named}", fields=fields)

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        if (
            error.status_code == HTTPStatus.BAD_REQUEST
        ):  # FastAPI's word for bytes that no JSON parser takes
            return problem(400, "malformed-body", BODY_WANTED)
        code = {404: "no-such-route", 405: "method-not-allowed"}.get(error.status_code, "http")
        return problem(error.status_code, code, f"{error.detail}: see /docs for what there is")


class LimitBody:
    """Refuses a request body above the limit before anything reads it into memory."""

    def __init__(self, app: ASGIApp, bytes_max: int) -> None:
        self._app = app
        self._bytes_max = bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if len(body) > self._bytes_max:
                detail = f"send at most {self._bytes_max} bytes in one request"
                await problem(413, "request-too-large", detail)(scope, receive, send)
                return
            if not message.get("more_body", False):
                break
        replayed = False

        async def replay() -> Message:
            nonlocal replayed
            if replayed:
                return await receive()
            replayed = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, send)


async def _answer(act: Callable[[], Awaitable[str]], status: int) -> Response:
    """Run it, and say what went wrong in the client's words.

    A fault of ours is logged by type and place only: its message may quote personal data.
    """
    try:
        return Response(await act(), status_code=status, media_type="application/json")
    except Rejected:
        raise
    except Waits:
        detail = "what this rests on has not arrived yet: try again in a moment"
        return problem(409, "not-yet-known", detail)
    except Unavailable as error:
        return problem(503, "unavailable", str(error))
    except Refused:
        detail = "this conflicts with something that exists: look it up, then change the request"
        return problem(409, "conflicts-with-existing", detail)
    except Exception as error:  # noqa: BLE001  # the edge: nothing of it was stored
        place = fingerprint(error)
        log.error("request_failed", fingerprint=place)  # noqa: TRY400  # no message, see above
        detail = (
            "a fault of this service: nothing was stored, and its operators can find it by this"
        )
        return problem(500, "fault", detail, fingerprint=place)


def _text(reply: Any) -> str:
    return canonical_json(reply.model_dump(mode="json") if isinstance(reply, BaseModel) else reply)


def _wording(error: Any) -> str:
    """Pydantic's sentence without the value: a custom validator's own words may quote it."""
    return "is not valid" if error["type"] in {"value_error", "assertion_error"} else error["msg"]
