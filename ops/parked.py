"""`python -m ops parked`: what the services could not take, why, and letting it run again.

Parked records hold up their own stream and nobody else's. Those with one fingerprint have one
cause: mend it, then release the first of each stream; what stands behind follows by itself.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Console

from ops.processes import run_until_signal
from ops.services import (
    ServiceError,
    ServicesOption,
    ask,
    ask_pages,
    client,
    quoted,
    read_addresses,
)

EXAMPLES_MAX = 3  # ids shown of a group; --json has all

parked = typer.Typer(help="What the services could not take: list, show, release.")
ServiceArgument = Annotated[
    str, typer.Argument(metavar="SERVICE", help="The service that parked it.")
]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The id as `list` shows it.")]


@dataclass(frozen=True, slots=True)
class Group:
    """Parked records of one service with one cause."""

    service: str
    kind: str
    cause: str
    ids: tuple[str, ...]
    oldest_at: str


def group(items: Mapping[str, list[dict[str, Any]]]) -> list[Group]:
    """By fingerprint; what only waits or stands behind another has none, and goes by its kind."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for service, found in items.items():
        for item in found:
            cause = item["fingerprint"] or f"({item['kind']})"
            groups.setdefault((service, item["kind"], cause), []).append(item)
    return [
        Group(*key, ids=tuple(i["id"] for i in found), oldest_at=min(i["at"] for i in found))
        for key, found in sorted(groups.items())
    ]


async def fetch_parked(services: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Everything that is parked, by service. Raises `ServiceError` when one is away."""

    async def of(url: str) -> list[dict[str, Any]]:
        return [item async for item in ask_pages(http, f"{url}/parked")]

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
    """Show one parked record, with its headers and bytes."""

    async def work() -> None:
        async with client() as http:
            found = await ask(http, f"{_address(services, service)}/parked/{quoted(id_)}")
        print(json.dumps(found, indent=2, ensure_ascii=False))

    _run(work)


@parked.command()
def release(
    services: ServicesOption,
    service: ServiceArgument,
    id_: IdArgument,
    *,
    by: Annotated[
        str | None,
        typer.Option(help="Who releases it, where a service's AUTH is off: else the token says."),
    ] = None,
    why: Annotated[str, typer.Option(help="What was mended; it is journalled.")],
) -> None:
    """Let it run again, and then those that stand behind it, in order."""

    async def work() -> None:
        url = f"{_address(services, service)}/parked/{quoted(id_)}/release"
        async with client() as http:
            await ask(http, url, body={"by": by, "why": why})
        print(f"released {id_}; `parked list` shows whether it went through")

    _run(work)


def _show_groups(groups: list[Group], console: Console) -> None:
    if not groups:
        console.print("nothing is parked")
        return
    for found in groups:
        since = found.oldest_at[:16].replace("T", " ")
        console.print(
            f"{found.service}: {len(found.ids)} {found.kind}, since {since} UTC: {found.cause}",
            markup=False,
            highlight=False,
        )
        for id_ in found.ids[:EXAMPLES_MAX]:  # whole, on a line of its own: to be pasted
            console.print(f"    {id_}", markup=False, highlight=False, soft_wrap=True)


def _address(services: str, service: str) -> str:
    addresses = read_addresses(services)
    if service not in addresses:
        raise typer.BadParameter(f"{service} is none of {', '.join(addresses)}")
    return addresses[service]


def _run(work: Callable[[], Awaitable[None]]) -> None:
    async def once() -> None:
        await work()

    try:
        code = run_until_signal(once())
    except ServiceError as error:
        typer.secho(str(error), fg="red", err=True)
        code = 1
    raise typer.Exit(code)
