"""`python -m ops trace PERSON`: what happened to her, when it was known, and why."""

import json
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.login import PasswordFileOption, UserOption, asked_login
from ops.processes import end_command
from ops.services import ServiceError, ServicesOption, client, read_addresses
from ops.topics import TopicsError, read_records
from ops.trace.life import Life, Step, tell
from ops.trace.reasons import ask_reasons
from ops.trace.told import CHAIN, NoSuchPerson, read_told, select
from ops.trace.words import won
from shared.events import topic_of
from shared.login import Login


async def run_trace(
    kafka: str,
    services: Mapping[str, str],
    person_id: str,
    *,
    cohort: str | None = None,
    prefix: str = "",
    login: Login | None = None,
) -> Life:
    """Reads the topics, then asks why. Raises `NoSuchPerson`, `ServiceError`, `TopicsError`."""
    records = await read_records(kafka, prefix, map(topic_of, CHAIN), login)
    told = select(read_told(records), person_id, cohort)
    async with client() as http:
        return tell(person_id, told, await ask_reasons(http, services, told))


def command(
    *,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Her id: per_…")],
    kafka: Annotated[str, typer.Option(envvar="WOMANUP_KAFKA", help="Kafka, host:port.")],
    services: ServicesOption,
    user: UserOption = None,
    password_file: PasswordFileOption = None,
    prefix: Annotated[
        str, typer.Option(envvar="WOMANUP_TOPIC_PREFIX", help="Goes before each topic's name.")
    ] = "",
    cohort: Annotated[
        str | None, typer.Option(help="Only of this cohort: its number, or its id.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Tell one person's life across the services, day by day, with the reasons of decisions.

    No name, note or account is in it. Exit status 1 if nothing is told of her.
    """
    addresses, login = read_addresses(services), asked_login(user, password_file)

    async def work() -> int:
        life = await run_trace(kafka, addresses, person, cohort=cohort, prefix=prefix, login=login)
        if as_json:
            print(json.dumps(life.to_json(), indent=2, ensure_ascii=False))
        else:
            show(life, Console())
        return 0

    end_command(work(), NoSuchPerson, ServiceError, TopicsError)


def show(life: Life, console: Console) -> None:
    cohorts = ", ".join(f"cohort {number} ({id_})" for id_, number in life.cohorts.items())
    console.print(f"{life.person_id}, {cohorts}", highlight=False, markup=False, soft_wrap=True)
    table = Table(box=SIMPLE, pad_edge=False)
    for column in ("day", "by"):
        table.add_column(column, no_wrap=True)
    table.add_column("what, and why")
    table.add_column("owed to her", justify="right", no_wrap=True)
    day = ""
    for step in life.steps:
        before, day = day, step.recorded_on.isoformat()
        owed = "" if step.owed_krw is None else won(step.owed_krw)
        table.add_row("" if day == before else day, step.producer, _text(step), owed)
    console.print(table)
    console.print(f"open at the end: {won(life.owed_krw)}", highlight=False)


def _text(step: Step) -> Text:
    text = Text(step.says)
    for line in (*([step.dating] if step.dating else []), *step.why):
        text.append(f"\n  {line}", style="dim")
    return text
