"""`python -m ops clock`: the passing of days, real or simulated. A stack is one or the other."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from ops.clock import real
from ops.clock.api import build_app, build_real_app
from ops.clock.calendar import Calendar, ClockError
from ops.clock.kind import Kind, keep_kind
from ops.clock.rest import NotAtRest
from ops.clock.simulated import SimulatedClock
from ops.login import PasswordFileOption, UserOption, asked_login
from ops.processes import end_command
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
STOP_SECONDS_MAX = 5  # a long step is cut off; the next clock goes on from the last day

clock = typer.Typer(
    help="The passing of days: the real one, or a simulated one for demos and tests.",
    no_args_is_help=True,
)


@clock.command()
def run(
    kafka: KafkaOption,
    user: UserOption = None,
    password_file: PasswordFileOption = None,
    prefix: PrefixOption = "",
) -> None:
    """Publish each day of Asia/Seoul when it begins, and those that were missed."""
    login = asked_login(user, password_file)

    async def work() -> None:
        async with Calendar(kafka, prefix, login) as calendar:
            await real.run(calendar, lambda line: print(line, flush=True))

    _exit_with(work)


@clock.command()
def advance(
    *,
    kafka: KafkaOption,
    services: ServicesOption,
    user: UserOption = None,
    password_file: PasswordFileOption = None,
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
    login = asked_login(user, password_file)

    async def work() -> None:
        async with SimulatedClock(
            kafka, read_addresses(services), prefix=prefix, bank=bank, login=login
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
    user: UserOption = None,
    password_file: PasswordFileOption = None,
    bank: BankOption = None,
    prefix: PrefixOption = "",
    kind: Annotated[
        Kind | None, typer.Option(envvar="WOMANUP_CLOCK", help="As the stack's so far, else real.")
    ] = None,
    kind_file: Annotated[
        Path | None, typer.Option(help="Keeps the stack's kind; without one it is simulated.")
    ] = None,
    first_day: FirstDayOption = None,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Where to listen.")] = 8090,
) -> None:
    """Serve the clock over HTTP: POST /advance {"days": 1} or {"until": "2022-04-01"}; GET /."""
    login = asked_login(user, password_file)
    try:
        kept = keep_kind(kind_file, kind) if kind_file else kind or Kind.SIMULATED
    except ClockError as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(1) from None
    if kept is Kind.REAL:
        app = build_real_app(Calendar(kafka, prefix, login), lambda line: print(line, flush=True))
    else:
        simulated = SimulatedClock(
            kafka, read_addresses(services), prefix=prefix, bank=bank, login=login
        )
        app = build_app(simulated, first_day and first_day.date())
    uvicorn.run(
        app,
        host=host,
        port=port,
        access_log=False,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
    )


def _exit_with(work: Callable[[], Awaitable[None]]) -> None:
    end_command(work(), ClockError, NotAtRest, TopicsError)
