"""`python -m ops clock`: the passing of days, real or simulated. A stack is one or the other."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import typer
import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ops.clock import real
from ops.clock.calendar import Calendar, ClockError
from ops.clock.rest import NotAtRest
from ops.clock.simulated import SimulatedClock
from ops.processes import run_until_signal
from ops.services import ServicesOption, read_addresses
from ops.topics import TopicsError

KafkaOption = Annotated[str, typer.Option(envvar="WOMANUP_KAFKA", help="Kafka, host:port.")]
PrefixOption = Annotated[
    str, typer.Option(envvar="WOMANUP_TOPIC_PREFIX", help="Goes before each topic's name.")
]
BankOption = Annotated[
    str | None, typer.Option(envvar="WOMANUP_BANK", help="The bank simulator's address.")
]
FirstDayOption = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Where an empty calendar begins."),
]
DAYS_MAX = 2000  # of one request: five years; who wants more asks again

clock = typer.Typer(
    help="The passing of days: the real one, or a simulated one for demos and tests.",
    no_args_is_help=True,
)


@clock.command()
def run(kafka: KafkaOption, prefix: PrefixOption = "") -> None:
    """Publish each day of Asia/Seoul when it begins, and those that were missed."""

    async def work() -> None:
        async with Calendar(kafka, prefix) as calendar:
            await real.run(calendar, lambda line: print(line, flush=True))

    _exit_with(work)


@clock.command()
def advance(
    *,
    kafka: KafkaOption,
    services: ServicesOption,
    bank: BankOption = None,
    prefix: PrefixOption = "",
    first_day: FirstDayOption = None,
    days: Annotated[int | None, typer.Option(min=0, help="So many days on.")] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Until this day is done.")
    ] = None,
) -> None:
    """Step the simulated clock, a day at a time and only at rest."""
    if (days is None) == (until is None):
        raise typer.BadParameter("say either --days or --until")

    async def work() -> None:
        async with SimulatedClock(
            kafka, read_addresses(services), prefix=prefix, bank=bank
        ) as simulated:
            today = await simulated.start(first_day and first_day.date())
            target = until.date() if until else today + timedelta(days=days or 0)
            print(f"{await simulated.advance_until(target)} is done")

    _exit_with(work)


@clock.command()
def serve(
    *,
    kafka: KafkaOption,
    services: ServicesOption,
    bank: BankOption = None,
    prefix: PrefixOption = "",
    first_day: FirstDayOption = None,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Where to listen.")] = 8090,
) -> None:
    """Serve the simulated clock: POST /advance {"days": 1} or {"until": "2022-04-01"}; GET /."""
    simulated = SimulatedClock(kafka, read_addresses(services), prefix=prefix, bank=bank)
    app = build_app(simulated, first_day and first_day.date())
    uvicorn.run(app, host=host, port=port, access_log=False)


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


def build_app(simulated: SimulatedClock, first_day: date | None) -> FastAPI:
    """The clock as a small HTTP service; it starts the calendar when it comes up."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with simulated:
            await simulated.start(first_day)
            yield

    app = FastAPI(title="Woman-Up's simulated clock", lifespan=lifespan)

    @app.get("/")
    async def show() -> dict[str, Any]:
        await simulated.catch_up()
        busy = (await simulated.look()).busy
        return {"day": simulated.day, "at_rest": not busy, "busy": busy}

    @app.post("/advance")
    async def step(body: Advance) -> dict[str, Any]:
        await simulated.catch_up()
        today = await simulated.start()
        target = body.until or today + timedelta(days=body.days or 0)
        if (target - today).days > DAYS_MAX:
            raise ClockError(f"at most {DAYS_MAX} days at once")
        return {"day": await simulated.advance_until(target)}

    @app.exception_handler(NotAtRest)
    @app.exception_handler(ClockError)
    async def refuse(_: Any, error: Exception) -> JSONResponse:
        code = "not-at-rest" if isinstance(error, NotAtRest) else "clock-refused"
        problem = {"type": "about:blank", "title": code, "status": 409, "code": code}
        return JSONResponse(
            {**problem, "detail": str(error)}, 409, media_type="application/problem+json"
        )

    return app


def _exit_with(work: Callable[[], Awaitable[None]]) -> None:
    async def once() -> None:
        await work()

    try:
        code = run_until_signal(once())
    except (ClockError, NotAtRest, TopicsError) as error:
        typer.secho(str(error), fg="red", err=True)
        code = 1
    raise typer.Exit(code)
