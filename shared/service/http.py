"""HTTP at the edge: commands that happen once, and answers that say how to mend what was wrong."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi import Query as Parameter
from fastapi.responses import Response
from pydantic import BaseModel

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
)
from shared.service.access_log import keep
from shared.service.limits import PATIENCE_SECONDS
from shared.service.problems import problem
from shared.service.rules import Handle, Visit, visit_of
from shared.tracing import SERVER, Span, follow

log = logger()
IDEMPOTENCY_KEY_LENGTH_MAX = 200


class Edge:
    """What the routes need of the service: its store, its name, and a bell for the relay."""

    def __init__(self, desk: Desk, ring: Callable[[], None]) -> None:
        self.desk = desk
        self.store = desk.store
        self.ring = ring

    async def run(
        self, handle: Handle, visit: Visit, cause: Cause, key: str, request_hash: str
    ) -> str:
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
            reply = _text(await visit.guarded(handle)(work))
            batch.absorb(work)
            await batch.flush()
            await keep(session, visit, work.opened, self.desk.vault, batch.now)
            row = {"_id": key, "request": request_hash, "reply": reply, "at": batch.now}
            await session.write("idempotency", [Put(row, 0)])
            return reply

        return await self.store.transact(once, PATIENCE_SECONDS)

    async def ask(self, handle: Handle, visit: Visit) -> str:
        """Answer a question from one snapshot. Nothing is written but who was looked at, and that
        before the answer leaves.
        """

        async def look(session: Session) -> tuple[str, list[str]]:
            batch = await self.desk.batch(session)
            work = batch.work(Cause("", ""))
            return _text(await visit.guarded(handle)(work)), list(work.opened)

        async def note(session: Session) -> None:
            await keep(session, visit, people, self.desk.vault, self.desk.now())

        answer, people = await self.store.read(look, PATIENCE_SECONDS)
        if people:
            await self.store.transact(note, PATIENCE_SECONDS)
        return answer


class CommandRunner:
    """One command, once: `return await command(lambda work: handlers.do(body, work))`."""

    def __init__(self, edge: Edge, request: Request, key: str) -> None:
        self._edge = edge
        self._request = request
        caller = request.state.caller
        # Each caller's keys are her own: nobody is answered with what another was told.
        own_key = f"{caller.subject}\n{key}" if caller.is_known else key
        self._key = hashlib.sha256(own_key.encode()).hexdigest()[:40]

    @property
    def owned_as(self) -> frozenset[str]:
        """The roles by which it is done for what is the caller's own; empty: for the office."""
        return frozenset(role for role, _ in self._request.state.owns)

    def actor(self, said: str | None) -> str | None:
        """Whose deed it is: the token's subject. What the body says counts while AUTH is off.
        Raises `Rejected` where the body names another than the token.
        """
        caller = self._request.state.caller
        if not caller.is_known:
            return said
        subject = str(caller.subject)
        if said is not None and said.lower() != subject.lower():
            raise Rejected(
                "the body names somebody else than your token: leave it out, your token counts",
                code="speaks-for-another",
                status=403,
            )
        return subject

    async def __call__(self, handle: Handle) -> Response:
        request = self._request
        line = f"{request.method} {request.url.path}\n".encode()
        # Under the secret: a plain hash of a name and a birth date can be guessed from a dump.
        body = await request.body()
        request_hash = self._edge.desk.vault.keyed_hash(line + body)
        cause_id = f"/womanup/{self._edge.desk.service}/commands/{self._key}"
        desk, route = self._edge.desk, request.scope["route"]
        given = request.headers.get("traceparent", "")
        trace = follow(desk.service, cause_id, cause_id, given)
        cause = Cause(cause_id, cause_id, trace.traceparent)
        span = Span(trace, f"{request.method} {route.path}", SERVER, desk.now())

        visit = visit_of(request, body)

        async def act() -> str:
            with desk.tracer.during(span, desk.now):
                reply = await self._edge.run(handle, visit, cause, self._key, request_hash)
            self._edge.ring()
            return reply

        with caused_by(cause_id, cause_id, trace.trace_id):
            return await _answer(act, route.status_code or 200)


class QueryRunner:
    """One question: `return await query(lambda work: handlers.show(id, work))`."""

    def __init__(self, edge: Edge, request: Request) -> None:
        self._edge = edge
        self._request = request

    @property
    def only(self) -> dict[str, str]:
        """For the handler of a list: what its items must have; empty for who may see all."""
        return visit_of(self._request).only

    async def __call__(self, handle: Handle) -> Response:
        visit = visit_of(self._request)
        return await _answer(lambda: self._edge.ask(handle, visit), 200)


async def _command(
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


async def _query(request: Request) -> QueryRunner:
    return QueryRunner(request.app.state.edge, request)


Command = Annotated[CommandRunner, Depends(_command)]
Query = Annotated[QueryRunner, Depends(_query)]


After = Annotated[
    str, Parameter(max_length=64, description="The id that the previous page gave as `next`.")
]
Limit = Annotated[int, Parameter(ge=1, le=500, description="The most items of a page.")]


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
