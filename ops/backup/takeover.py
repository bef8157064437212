"""`python -m ops takeover`: the way on for a store that is older than its own topic.

What the service published since the backup is on its topic, and others have acted on it. Its
inputs are there, too, and are read again; what clients asked for over HTTP is nowhere but with
them. So the service decides again what it can, a day at a time, says nothing twice, and a person
sees what is left: docs/decisions/0017-backup-restore-takeover.md.
"""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer
from aiokafka import AIOKafkaConsumer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from ops.backup.command import (
    WAIT_SECONDS,
    DatabaseOption,
    KafkaOption,
    MongoOption,
    PasswordsOption,
    Place,
    PrefixOption,
    Reach,
    WaitOption,
    group_of,
    known,
    run,
)
from ops.backup.database import Database, DatabaseError, opened
from ops.login import PasswordFileOption, UserOption
from shared.bus.past import take_over_tail
from shared.bus.tail import OwnTail
from shared.errors import NotFound
from shared.events import topic_of
from shared.login import aiokafka_options
from shared.mongo import GATE, Document, Session, put_gate, read_gate
from shared.mongo.orphans import ORPHANS, TakenOver, give_up

SHOWN_MAX = 20  # lines on a screen; --json has all
LISTED_MAX = 600_000  # more than one takeover can leave
NO_GATE = "none"


def command(
    service: Annotated[str, typer.Option(help="Which service.")],
    kafka: KafkaOption,
    mongo: MongoOption,
    *,
    user: UserOption = None,
    password_file: PasswordFileOption = None,
    passwords: PasswordsOption = None,
    prefix: PrefixOption = "",
    database: DatabaseOption = None,
    show: Annotated[bool, typer.Option("--list", help="Only show what is left.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --list: all, as JSON.")] = False,
    until: Annotated[
        str | None, typer.Option(help="The last day it may enter; 'none': it goes on by itself.")
    ] = None,
    given_up: Annotated[
        list[str] | None, typer.Option("--give-up", metavar="ID", help="Judged; repeatable.")
    ] = None,
    by: Annotated[str, typer.Option(help="With --give-up: who; it is journalled.")] = "",
    why: Annotated[str, typer.Option(help="With --give-up: why; it is journalled.")] = "",
    wait_seconds: WaitOption = WAIT_SECONDS,
) -> None:
    """Take over what the service's own topic has and its store has not.

    First, with the service stopped and nothing but --service. It then stands on the backup's day:
    start it, let its clients repeat that day's commands, and move on with --until.
    """
    name = known(service)
    place = Reach(kafka, mongo, prefix, database, user, password_file, passwords).place(name)
    gate = _read_until(until)
    if given_up and not (by and why):
        raise typer.BadParameter("--give-up needs --by and --why: both are journalled")

    async def work() -> None:
        async with opened(place.mongo, place.database) as store:
            if given_up:
                await _give_up(store, given_up, {"by": by, "why": why})
            if until:
                await set_gate(store, gate)
            if not (given_up or until or show):
                await group_of(place).refuse_active(wait_seconds)
                _tell(name, await begin(place, store), await store.today())
            await _show_left(name, store, as_json=as_json)

    run(work)


async def begin(place: Place, store: Database) -> list[TakenOver]:
    """Take over, and keep the service on its day until somebody moves it on."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=place.kafka, enable_auto_commit=False, **aiokafka_options(place.login)
    )
    await consumer.start()
    try:
        today = await store.today()
        tail = OwnTail(consumer, place.service, f"{place.prefix}{topic_of(place.service)}")
        if today and not await store.read(_has_any):
            await set_gate(store, today)
        taken = await take_over_tail(place.service, store, tail)
        if not await store.read(_has_any):
            await set_gate(store, None)
    finally:
        await consumer.stop()
    return taken


async def orphans(store: Database) -> list[Document]:
    """What was told and is not decided again, in the order of days."""
    found = await store.read(lambda session: session.find(ORPHANS, {}, limit=LISTED_MAX))
    return sorted(found, key=lambda row: (row["recorded_on"], row["stream"], row["sequence"]))


async def set_gate(store: Database, until: date | None) -> None:
    await store.transact(lambda session: session.write("calendar", [put_gate(until)]))


async def _gate(session: Session) -> dict[str, Document]:
    return await session.get("calendar", [GATE])


async def _has_any(session: Session) -> bool:
    return bool(await session.find(ORPHANS, {}, limit=1))


async def _give_up(store: Database, ids: Sequence[str], act: Document) -> None:
    async def all_of_them(session: Session) -> None:
        for id_ in ids:
            await give_up(session, id_, act, datetime.now(UTC))

    try:
        await store.transact(all_of_them)
    except NotFound as error:
        raise DatabaseError(str(error)) from None
    print(f"given up: {', '.join(ids)}")


def _tell(service: str, taken: Sequence[TakenOver], today: date | None) -> None:
    count = sum(len(one.orphans) for one in taken)
    print(f"{count:,} events of {len(taken):,} streams taken over; numbers go on behind them")
    if count:
        print(f"start {service}, let its clients repeat the commands of {today}, then --until")


async def _show_left(service: str, store: Database, *, as_json: bool) -> None:
    left, last = await orphans(store), read_gate(await store.read(_gate))
    if as_json:
        print(json.dumps([_shown(row) for row in left], indent=2, ensure_ascii=False))
        return
    _show(service, left, Console())
    if last:
        print(f"{service} enters no day after {last}: --until moves that")


def _show(service: str, left: Sequence[Document], console: Console) -> None:
    if not left:
        console.print(f"{service} has decided again all that it has told", highlight=False)
        return
    table = Table(box=SIMPLE, pad_edge=False)
    for column in ("recorded on", "id", "event", "because of"):
        table.add_column(column, overflow="fold")
    for row in left[:SHOWN_MAX]:
        table.add_row(row["recorded_on"], row["_id"], row["type"], row["causation_id"])
    console.print(f"told and not decided again: {len(left):,}", highlight=False)
    console.print(table)


def _shown(row: Document) -> dict[str, Any]:
    fields = {name: row[name] for name in ("type", "recorded_on", "causation_id", "place")}
    return {"id": row["_id"], **fields, "event": bytes(row["value"]).decode(errors="replace")}


def _read_until(text: str | None) -> date | None:
    if text is None or text == NO_GATE:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"--until takes a day such as 2022-04-05, or {NO_GATE}") from None
