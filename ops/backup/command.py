"""`python -m ops backup` and `restore`: one service's store into a folder, and back.

Offsets are read before the snapshot: a service commits them after it has stored, so up to there
everything is in the snapshot, and what lies behind is read again and found to be a duplicate. Read
after it, they could pass over records that the snapshot does not have.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from confluent_kafka import KafkaException
from pymongo.errors import PyMongoError
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from ops.backup.archive import FORMAT, ArchiveError, Manifest, Part, Writer, read_archive
from ops.backup.database import DatabaseError, opened
from ops.backup.group import Group, GroupActive
from ops.login import PasswordFileOption, UserOption, asked_login
from ops.processes import database_name, run_until_signal
from ops.provision.stores import with_password
from shared.bus.past import LostPast
from shared.login import Login

SERVICES = ("intake", "placement", "payroll", "counseling")
WAIT_SECONDS = 15.0  # for an instance that has stopped: its session lasts 10 s by default

KafkaOption = Annotated[str, typer.Option(envvar="WOMANUP_KAFKA", help="Kafka, host:port.")]
MongoOption = Annotated[
    list[str],
    typer.Option(
        "--mongo",
        envvar="WOMANUP_STORES",
        help="MongoDB's URI; where each service has its own: payroll=URI, repeatable.",
    ),
]
PrefixOption = Annotated[str, typer.Option(help="Goes before each topic's name.")]
DatabaseOption = Annotated[
    str | None, typer.Option(help="The database, where it has another name than by default.")
]

PasswordsOption = Annotated[
    Path | None,
    typer.Option(
        envvar="WOMANUP_PASSWORDS", help="The folder of mongo-root, where the URI's user is root."
    ),
]

WaitOption = Annotated[
    float, typer.Option(help="How long a stopped instance may still be in its group.")
]


@dataclass(frozen=True, slots=True)
class Reach:
    """What the options of these commands say, for whichever service."""

    kafka: str
    mongo: Sequence[str]
    prefix: str
    database: str | None
    user: str | None
    password_file: Path | None
    passwords: Path | None

    def place(self, service: str) -> "Place":
        """Raises what typer shows as bad usage."""
        return Place(
            service,
            with_password(uri_of(self.mongo, service), self.passwords),
            self.database or database_name(service, self.prefix),
            self.kafka,
            self.prefix,
            asked_login(self.user, self.password_file),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where one service keeps what it has: its database, and its group on Kafka."""

    service: str
    mongo: str = field(repr=False)
    database: str
    kafka: str
    prefix: str = ""
    login: Login | None = None


def backup(
    service: Annotated[str, typer.Option(help="Which service, or: all.")],
    out: Annotated[Path, typer.Option(help="The folder; each service gets one in it.")],
    kafka: KafkaOption,
    mongo: MongoOption,
    *,
    user: UserOption = None,
    password_file: PasswordFileOption = None,
    passwords: PasswordsOption = None,
    prefix: PrefixOption = "",
    database: DatabaseOption = None,
) -> None:
    """Copy a service's store as it stands at one moment. The service may run.

    Personal data in it stays sealed under the service's secret: keep that, too, and elsewhere.
    """
    names = SERVICES if service == "all" else (known(service),)
    if database and len(names) > 1:
        raise typer.BadParameter("--database names one service's: say which with --service")

    reach = Reach(kafka, mongo, prefix, database, user, password_file, passwords)

    async def work() -> None:
        console = Console()
        made = [await back_up(reach.place(n), out / n, said(console, n)) for n in names]
        show_manifests(made, console)

    run(work)


def restore(
    service: Annotated[str, typer.Option(help="Which service.")],
    from_: Annotated[Path, typer.Option("--from", help="The folder that `backup --out` named.")],
    kafka: KafkaOption,
    mongo: MongoOption,
    *,
    user: UserOption = None,
    password_file: PasswordFileOption = None,
    passwords: PasswordsOption = None,
    prefix: PrefixOption = "",
    database: DatabaseOption = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Throw away what the database has.")
    ] = False,
    wait_seconds: WaitOption = WAIT_SECONDS,
) -> None:
    """Write a backup into the service's database and rewind its group to the backup's offsets.

    The service must be stopped. Everything is checked first: a torn or changed file, a group with
    members, a database that is not empty are refused before anything is touched.
    """
    name = known(service)
    reach = Reach(kafka, mongo, prefix, database, user, password_file, passwords)
    place = reach.place(name)

    async def work() -> None:
        console = Console()
        manifest, again = await put_back(
            place, from_ / name, said(console, name), replace=replace, wait_seconds=wait_seconds
        )
        show_manifests([manifest], console)
        print(f"{again:,} records will be read again; what is known of them is passed over")
        print(f"start {name}; if it says that it is older than its own topic: ops takeover")

    run(work)


async def back_up(place: Place, folder: Path, say: Callable[[Part], None]) -> Manifest:
    """Raises `ArchiveError`, `DatabaseError`; then there is no `folder`."""
    with Writer(folder) as writer:
        offsets = await group_of(place).offsets()  # see above: first
        taken_at = datetime.now(UTC)
        async with opened(place.mongo, place.database) as store:
            calendar = await store.back_up(writer, say)
        manifest = Manifest(
            format=FORMAT,
            service=place.service,
            database=place.database,
            prefix=place.prefix,
            taken_at=taken_at,
            day=calendar.day,
            offsets=tuple(
                (topic.removeprefix(place.prefix), n, offset)
                for (topic, n), offset in sorted(offsets.items())
            ),
            parts=tuple(writer.parts),
        )
        writer.finish(manifest)
    return manifest


async def put_back(
    place: Place,
    folder: Path,
    say: Callable[[Part], None],
    *,
    replace: bool = False,
    wait_seconds: float = WAIT_SECONDS,
) -> tuple[Manifest, int]:
    """The manifest, and how many records the service will read again. Raises before it writes."""
    manifest = read_archive(folder, place.service, place.prefix)
    group = group_of(place)
    async with opened(place.mongo, place.database) as store:
        if not replace:
            await store.refuse_filled()
        await group.refuse_active(wait_seconds)
        await store.restore(folder, manifest, say)
        again = await group.rewind({(f"{place.prefix}{t}", n): o for t, n, o in manifest.offsets})
        await store.finish()
    return manifest, again


def show_manifests(manifests: list[Manifest], console: Console) -> None:
    table = Table(box=SIMPLE, pad_edge=False)
    for column in ("service", "day", "taken at (UTC)"):
        table.add_column(column, no_wrap=True)
    for column in ("documents", "journal", "KiB"):
        table.add_column(column, justify="right", no_wrap=True)
    for one in manifests:
        journal = sum(part.documents for part in one.parts if part.collection == "journal")
        size = sum(part.bytes for part in one.parts)
        table.add_row(
            one.service,
            one.day.isoformat() if one.day else "–",
            f"{one.taken_at:%Y-%m-%d %H:%M}",
            f"{one.documents:,}",
            f"{journal:,}",
            f"{size / 1024:,.0f}",
        )
    console.print(table)


def said(console: Console, service: str) -> Callable[[Part], None]:
    """A line for each collection when it is done."""

    def say(part: Part) -> None:
        console.print(f"{service}: {part.documents:,} of {part.collection}", highlight=False)

    return say


def group_of(place: Place) -> Group:
    return Group(place.kafka, place.service, place.prefix, place.login)


def known(service: str) -> str:
    if service not in SERVICES:
        raise typer.BadParameter(f"{service} is none of {', '.join(SERVICES)}")
    return service


def uri_of(mongo: Sequence[str], service: str) -> str:
    """`payroll=mongodb://…` for it alone, or the one that stands for all."""
    named: Mapping[str, str] = dict(
        part.split("=", 1) for part in mongo if not part.startswith("mongodb")
    )
    shared = [part for part in mongo if part.startswith("mongodb")]
    if service in named:
        return named[service]
    if len(shared) != 1:
        raise typer.BadParameter(f"--mongo says no URI for {service}, or more than one for all")
    return shared[0]


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Ends with 1 and a sentence where it must not go on."""

    async def once() -> None:
        await work()

    try:
        code = run_until_signal(once())
    except (ArchiveError, DatabaseError, GroupActive, LostPast) as error:
        typer.secho(str(error), fg="red", err=True)
        code = 1
    except (KafkaException, PyMongoError) as error:
        typer.secho(f"{type(error).__name__}: {error}", fg="red", err=True)
        code = 1
    raise typer.Exit(code)
