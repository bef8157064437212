"""`python -m ops rebuild`: is every state the fold of its journal, and writing anew what is not.

The service itself folds, compares and writes; this asks and shows. With `--verify` nothing is
written. What no journal knows is named and left alone.
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from ops.processes import end_command
from ops.services import ServiceError, ServicesOption, ask, client, read_addresses

Answers = Mapping[str, Mapping[str, Any]]


def command(
    services: ServicesOption,
    *,
    service: Annotated[
        list[str], typer.Option(help="Which service; repeatable; `all` is every one.")
    ],
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare only; exit status 1 where anything differs.")
    ] = False,
    by: Annotated[
        str | None,
        typer.Option(help="Who does it, where a service's AUTH is off: else the token says."),
    ] = None,
    why: Annotated[str, typer.Option(help="Why; it is journalled.")] = "",
) -> None:
    """Fold every journal again and compare; without --verify write anew what differs."""
    addresses = _chosen(read_addresses(services), service)

    async def work() -> int:
        found = await _ask_each(addresses, "verify")
        show(found, Console())
        differing = {name: url for name, url in addresses.items() if found[name]["differences"]}
        if verify or not differing:
            return 1 if differing else 0
        if not why.strip():
            raise ServiceError("these would be written anew: say who and why, with --by and --why")
        done = await _ask_each(differing, "rebuild", {"by": by, "why": why})
        print("\n".join(said(done)))
        return 1 if any(one["left"] for one in done.values()) else 0

    end_command(work(), ServiceError)


def show(found: Answers, console: Console) -> None:
    table = Table(box=SIMPLE, pad_edge=False)
    for column in ("service", "kind"):
        table.add_column(column)
    for column in ("aggregates", "differences"):
        table.add_column(column, justify="right")
    for name, one in found.items():
        for kind, counts in one["kinds"].items():
            numbers = (counts["aggregates"], counts["differences"])
            table.add_row(name, kind, *(f"{n:,}" for n in numbers))
    console.print(table)
    for name, one in found.items():
        for line in _named(name, one["differences"]):
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def said(done: Answers) -> Iterator[str]:
    for name, one in done.items():
        yield f"{name}: written anew: {len(one['rebuilt'])}, left as they are: {len(one['left'])}"
        yield from (f"left: {line}" for line in _named(name, one["left"]))


def _named(service: str, differences: list[Mapping[str, str]]) -> Iterator[str]:
    for one in differences:
        yield f"{service}: {one['kind']}/{one['key']}: {one['problem']}"


def _chosen(addresses: Mapping[str, str], services: list[str]) -> dict[str, str]:
    """Raises what typer shows as bad usage."""
    if "all" in services:
        return dict(addresses)
    for name in services:
        if name not in addresses:
            raise typer.BadParameter(f"{name} is none of {', '.join(addresses)}")
    return {name: addresses[name] for name in services}


async def _ask_each(
    addresses: Mapping[str, str], path: str, body: Mapping[str, Any] | None = None
) -> Answers:
    async with client() as http:
        asked = (ask(http, f"{url}/{path}", body=body) for url in addresses.values())
        found = await asyncio.gather(*asked)
    return dict(zip(addresses, found, strict=True))
