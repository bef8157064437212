"""`python -m ops parked`: what the services could not take, why, and what to do about it.

Parked records hold up their own stream and nobody else's. Those with one fingerprint have one
cause: mend it, then release the first of each stream; what stands behind follows by itself.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ops.processes import end_command
from ops.services import (
    ServiceError,
    ServicesOption,
    ask,
    ask_pages,
    client,
    quoted,
    read_addresses,
)
from ops.targets import Act, Target, choose, do, read_body

EXAMPLES_MAX = 3  # ids shown of a group; --json has all

parked = typer.Typer(help="What the services could not take: list, show, release, discard, acts.")
ServiceArgument = Annotated[
    str, typer.Argument(metavar="SERVICE", help="The service that parked it.")
]
SomeArgument = Annotated[
    str, typer.Argument(metavar="SERVICE", help="The service that parked it; `all` without an ID.")
]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The id as `list` shows it.")]
OneArgument = Annotated[
    str | None, typer.Argument(metavar="[ID]", help="The id as `list` shows it.")
]
StreamOption = Annotated[
    str | None, typer.Option(help="Instead of an ID: the head of this stream.")
]
FingerprintOption = Annotated[
    str | None,
    typer.Option(help="Instead of an ID: all heads that failed of this cause, oldest first."),
]
ByOption = Annotated[
    str | None,
    typer.Option(help="Who does it, where a service's AUTH is off: else the token says."),
]
WhyOption = Annotated[str, typer.Option(help="Why; it is journalled.")]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done, and whether it may; do nothing.")
]


@dataclass(frozen=True, slots=True)
class Group:
    """Heads of one service with one cause; `behind`: how many stand behind them."""

    service: str
    kind: str
    cause: str
    ids: tuple[str, ...]
    streams: int
    behind: int
    oldest_at: str


def group(items: Mapping[str, list[dict[str, Any]]]) -> list[Group]:
    """By fingerprint of the first of each stream. What only waits, or stands behind a number that
    has not come, has none, and goes by its kind.
    """
    groups: dict[tuple[str, str, str], list[list[dict[str, Any]]]] = {}
    for service, found in items.items():
        for line in _lines(found):
            first = line[0]
            cause = first["fingerprint"] or f"({first['kind']})"
            groups.setdefault((service, first["kind"], cause), []).append(line)
    return [
        Group(
            *key,
            ids=tuple(line[0]["id"] for line in lines),
            streams=sum(line[0]["stream"] is not None for line in lines),
            behind=sum(len(line) - 1 for line in lines),
            oldest_at=min(line[0]["at"] for line in lines),
        )
        for key, lines in sorted(groups.items())
    ]


def _lines(items: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """What is parked of each stream, in order; what belongs to none stands alone."""
    lines: dict[str, list[dict[str, Any]]] = {}
    for item in sorted(items, key=lambda i: i["sequence"] or 0):
        lines.setdefault(item["stream"] or item["id"], []).append(item)
    return sorted(lines.values(), key=lambda line: str(line[0]["id"]))


async def fetch_parked(services: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Everything that is parked, by service. Raises `ServiceError` when one is away."""
    return await _fetch(services, "parked")


async def _fetch(services: Mapping[str, str], what: str) -> dict[str, list[dict[str, Any]]]:
    async def of(url: str) -> list[dict[str, Any]]:
        return [item async for item in ask_pages(http, f"{url}/{what}")]

    async with client() as http:
        found = await asyncio.gather(*map(of, services.values()))
    return dict(zip(services, found, strict=True))


@parked.command("list")
def list_(
    services: ServicesOption,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """List what is parked, by its cause."""

    async def work() -> None:
        found = await fetch_parked(read_addresses(services))
        if as_json:
            print(json.dumps(found, indent=2, ensure_ascii=False))
        else:
            _show_groups(group(found), Console())

    _run(work)


@parked.command()
def show(services: ServicesOption, service: ServiceArgument, id_: IdArgument) -> None:
    """Show one record with its headers and bytes, and what was done about it, then and since."""

    async def work() -> None:
        async with client() as http:
            found = await ask(http, f"{_chosen(services, service)[service]}/parked/{quoted(id_)}")
        print(json.dumps(found, indent=2, ensure_ascii=False))

    _run(work)


@parked.command()
def acts(services: ServicesOption) -> None:
    """List what was released, mended and discarded, by whom and why, in order of time."""

    async def work() -> None:
        found = await _fetch(read_addresses(services), "parked-acts")
        rows = [(act["at"], name, act) for name, done in found.items() for act in done]
        for at, name, act in sorted(rows, key=lambda row: row[:2]):
            when = at[:16].replace("T", " ")
            print(f"{when} UTC {name}: {act['parked_id']} {act['type']} by {act['by']}", end=": ")
            print(act["why"])
        if not rows:
            print("nothing was done by hand")

    _run(work)


@parked.command()
def release(
    services: ServicesOption,
    service: SomeArgument,
    id_: OneArgument = None,
    *,
    stream: StreamOption = None,
    fingerprint: FingerprintOption = None,
    value_file: Annotated[
        Path | None, typer.Option(help="A mended body for the record with this ID.")
    ] = None,
    by: ByOption = None,
    why: WhyOption = "",
    dry_run: DryRunOption = False,
) -> None:
    """Let it run again, and then those that stand behind it, in order."""
    if value_file and id_ is None:
        raise typer.BadParameter("--value-file mends one record: name it by its ID")
    more = {"value": read_body(value_file)} if value_file else {}
    _act(
        services, Target(service, id_, stream, fingerprint), Act("release", by, why, dry_run, more)
    )


@parked.command()
def discard(
    services: ServicesOption,
    service: SomeArgument,
    id_: OneArgument = None,
    *,
    stream: StreamOption = None,
    fingerprint: FingerprintOption = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="With --stream: all that directly follow the head, too.")
    ] = False,
    by: ByOption = None,
    why: WhyOption = "",
    dry_run: DryRunOption = False,
) -> None:
    """Skip a stream's head for good: kept in the journal, without effect; what follows may run."""
    if whole and stream is None:
        raise typer.BadParameter("--whole is for a stream: name it with --stream")
    more = {"whole": True} if whole else {}
    _act(
        services, Target(service, id_, stream, fingerprint), Act("discard", by, why, dry_run, more)
    )


def _act(services: str, target: Target, act: Act) -> None:
    target.check()
    act.check()
    addresses = _chosen(services, target.service)

    async def work() -> int:
        found = {} if target.id else await fetch_parked(addresses)
        chosen = [(target.service, target.id)] if target.id else choose(found, target)
        async with client() as http:
            return await do(http, addresses, chosen, act)

    _run(work)


def _show_groups(groups: list[Group], console: Console) -> None:
    if not groups:
        console.print("nothing is parked")
        return
    for found in groups:
        since = found.oldest_at[:16].replace("T", " ")
        count = f"{len(found.ids)} {found.kind}"
        if found.streams:
            count += f" in {found.streams} streams, {found.behind} behind"
        console.print(
            f"{found.service}: {count}, since {since} UTC: {found.cause}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        for id_ in found.ids[:EXAMPLES_MAX]:  # whole, on a line of its own: to be pasted
            console.print(f"    {id_}", markup=False, highlight=False, soft_wrap=True)


def _chosen(services: str, service: str) -> dict[str, str]:
    addresses = read_addresses(services)
    if service == "all":
        return addresses
    if service not in addresses:
        raise typer.BadParameter(f"{service} is none of {', '.join(addresses)}")
    return {service: addresses[service]}


def _run(work: Callable[[], Awaitable[int | None]]) -> None:
    end_command(work(), ServiceError)
