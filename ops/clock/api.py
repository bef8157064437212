"""The clock over HTTP: the simulated one is stepped by it, the real one only tells its day.

| route | what it does |
|---|---|
| `GET /day` | `{"day": …}`, the last day that was published; `null`: none yet |
| `GET /` | the same, and what speaks against rest now |
| `POST /start {"first_day": …}` | begins an empty calendar; else goes on with its last day |
| `POST /advance {"days": 1}`, `{"until": …}` | steps, and waits until the last of these is done |
| `POST /rest` | waits for rest |
| `GET /health/ready` | 200 while it can tell its day |

Refusals are `application/problem+json`: 409 `not-at-rest`, `clock-refused`, `clock-is-real`; 422
`invalid-request`; 503 `unavailable` while Kafka is away.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

from aiokafka.errors import KafkaError
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ops.clock import real
from ops.clock.calendar import Calendar, ClockError
from ops.clock.rest import NotAtRest
from ops.clock.simulated import SimulatedClock
from ops.processes import end_process_with
from ops.topics import TopicsError

DAYS_MAX = 2000  # of one request: five years; who wants more asks again
STEPPED = ("/start", "/advance", "/rest")


class Start(BaseModel):
    """Where an empty calendar begins."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_day: date


class Advance(BaseModel):
    """How far to step: so many days, or until a day is done."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: int | None = Field(default=None, ge=0, le=DAYS_MAX)
    until: date | None = None

    @model_validator(mode="after")
    def _says_one(self) -> "Advance":
        if (self.days is None) == (self.until is None):
            raise ValueError("say either days or until")
        return self


def build_app(simulated: SimulatedClock, first_day: date | None = None) -> FastAPI:
    """The simulated clock. Begins an empty calendar with `first_day`, or waits for `/start`."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with simulated:
            if first_day is not None:
                await simulated.start(first_day)
            yield

    app = FastAPI(title="Woman-Up's simulated clock", lifespan=lifespan)
    _tell_day(app, "simulated", simulated)

    @app.get("/")
    async def show() -> dict[str, Any]:
        await simulated.catch_up()
        busy = (await simulated.look()).busy if simulated.day else ()
        return {"day": simulated.day, "at_rest": not busy, "busy": busy}

    @app.post("/start")
    async def start(body: Start) -> dict[str, Any]:
        await simulated.catch_up()
        return {"day": await simulated.start(body.first_day)}

    @app.post("/advance")
    async def step(body: Advance) -> dict[str, Any]:
        await simulated.catch_up()
        today = await simulated.start()
        target = body.until or today + timedelta(days=body.days or 0)
        if (target - today).days > DAYS_MAX:
            raise ClockError(f"at most {DAYS_MAX} days at once")
        return {"day": await simulated.advance_until(target)}

    @app.post("/rest")
    async def rest() -> dict[str, Any]:
        await simulated.catch_up()
        await simulated.wait_until_rest()
        return {"day": simulated.day}

    return app


def build_real_app(calendar: Calendar, say: Callable[[str], None] = print) -> FastAPI:
    """The real clock: publishes days by itself, and ends its process when it no longer can."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with calendar:
            task = asyncio.create_task(real.run(calendar, say))
            end_process_with(task, "the clock", say)
            yield
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    app = FastAPI(title="Woman-Up's clock", lifespan=lifespan)
    _tell_day(app, "real", calendar)

    async def refuse() -> JSONResponse:
        detail = "this stack's days are real: they begin at midnight in Seoul and not before"
        return problem(409, "clock-is-real", detail)

    for path in STEPPED:
        app.post(path)(refuse)
    return app


def problem(status: int, code: str, detail: str) -> JSONResponse:
    body = {"type": "about:blank", "title": code, "status": status, "code": code}
    return JSONResponse({**body, "detail": detail}, status, media_type="application/problem+json")


def _tell_day(app: FastAPI, kind: str, clock: SimulatedClock | Calendar) -> None:
    """What both kinds answer, and how both refuse."""

    @app.get("/day")
    @app.get("/health/ready")
    async def day() -> dict[str, Any]:
        await clock.catch_up()
        return {"kind": kind, "day": clock.day}

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Any, error: RequestValidationError) -> JSONResponse:
        named = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        return problem(422, "invalid-request", f"mend these fields: {named}")

    @app.exception_handler(NotAtRest)
    async def not_at_rest(_: Any, error: Exception) -> JSONResponse:
        return problem(409, "not-at-rest", str(error))

    @app.exception_handler(ClockError)
    async def refused(_: Any, error: Exception) -> JSONResponse:
        return problem(409, "clock-refused", str(error))

    @app.exception_handler(TopicsError)
    @app.exception_handler(KafkaError)
    async def away(_: Any, error: Exception) -> JSONResponse:
        return problem(503, "unavailable", f"Kafka is away: {error}")
