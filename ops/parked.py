"""`python -m ops parked`: what the services could not take, why, and what to do about it.

Parked records hold up their own stream and nobody else's. Those with one fingerprint have one
cause: mend it, then release the first of each stream; what stands behind follows by itself.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
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

Item = Mapping[str, Any]
parked = typer.Typer(help="What the services could not take: list, show, release, mend, discard.")
ServiceArgument = Annotated[
    str, typer.Argument(metavar="SERVICE", help="The service that parked it.")
]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The id as `list` shows it.")]
SomeId = Annotated[str | None, typer.Argument(metavar="[ID]", help="The id as `list` shows it.")]
Stream = Annotated[str | None, typer.Option(help="Instead of an id: the first of this stream.")]
Fingerprint = Annotated[
    str | None, typer.Option(help="Instead of an id: the first of each stream with this cause.")
]
By = Annotated[
    str | None, typer.Option(help="Who does it, where a service's AUTH is off: else the token.")
]
Why = Annotated[str, typer.Option(help="Why it is right to do so; it is journalled.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


@dataclass(frozen=True, slots=True)
class Group:
    """Parked records of one service with one cause. `behind`: records of their streams that stand
    behind one of them.
    """

    service: str
    kind: str
    cause: str
    ids: tuple[str, ...]
    oldest_at: str
    behind: int = 0


def group(items: Mapping[str, list[dict[str, Any]]]) -> list[Group]:
    """By fingerprint; what only waits or stands behind another has none, and goes by its kind."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for service, found in items.items():
        for item in found:
            cause = item["fingerprint"] or f"({item['kind']})"
            groups.setdefault((service, item["kind"], cause), []).append(item)
    return [
        Group(
            *key,
            ids=tuple(i["id"] for i in found),
            oldest_at=min(i["at"] for i in found),
            behind=_behind(found, items[key[0]]) if key[1] != "behind" else 0,
        )
        for key, found in sorted(groups.items())
    ]


def first_of(items: Sequence[Item], stream: str) -> list[Item]:
    """The first parked record of this stream, or none."""
    own = sorted((i for i in items if i["stream"] == stream), key=_sequence)
    return own[:1]


def first_of_each(items: Sequence[Item], fingerprint: str) -> list[Item]:
    """With this cause, the first of each stream, by stream; and what names no stream, by id."""
    caused = [i for i in items if i["fingerprint"] == fingerprint]
    streams = sorted({i["stream"] for i in caused if i["stream"] is not None})
    heads = [i for stream in streams for i in first_of(items, stream)]
    loose = sorted((i for i in caused if i["stream"] is None), key=lambda i: str(i["id"]))
    return [i for i in heads if i["fingerprint"] == fingerprint] + loose


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
    """Show one parked record, with its headers and bytes, and who mended it."""

    async def work() -> None:
        async with client() as http:
            found = await ask(http, f"{_address(services, service)}/parked/{quoted(id_)}")
        print(json.dumps(found, indent=2, ensure_ascii=False))

    _run(work)


@parked.command()
def release(
    services: ServicesOption,
    service: ServiceArgument,
    id_: SomeId = None,
    *,
    stream: Stream = None,
    fingerprint: Fingerprint = None,
    by: By = None,
    why: Why,
    dry_run: DryRun = False,
) -> None:
    """Let it run again, and then those that stand behind it, in order."""
    asked = (id_, stream, fingerprint)
    _run(lambda: _act(_address(services, service), "release", asked, (by, why), dry_run=dry_run))


@parked.command()
def discard(
    services: ServicesOption,
    service: ServiceArgument,
    id_: SomeId = None,
    *,
    stream: Stream = None,
    fingerprint: Fingerprint = None,
    by: By = None,
    why: Why,
    dry_run: DryRun = False,
) -> None:
    """Let its stream go on without it. The journal keeps the record: nothing is lost."""
    asked = (id_, stream, fingerprint)
    _run(lambda: _act(_address(services, service), "discard", asked, (by, why), dry_run=dry_run))


@parked.command()
def mend(
    services: ServicesOption,
    service: ServiceArgument,
    id_: IdArgument,
    *,
    value_file: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="The body that is right, as JSON.")
    ],
    by: By = None,
    why: Why,
) -> None:
    """Put a body that is right in the place of the one that came, and let it run."""

    async def work() -> None:
        body = {"by": by, "why": why, "value": value_file.read_text()}
        async with client() as http:
            await ask(http, f"{_address(services, service)}/parked/{quoted(id_)}/mend", body=body)
        print(f"mended {id_}; `parked list` shows whether it went through")

    _run(work)


async def _act(
    url: str,
    verb: str,
    asked: tuple[str | None, str | None, str | None],
    act: tuple[str | None, str],
    *,
    dry_run: bool,
) -> None:
    """One after another; the first that is refused ends it, and says how many were done."""
    by, why = act
    ids = await _chosen(url, *asked)
    if dry_run:
        print(f"would {verb} {len(ids)}, in this order:", *ids, sep="\n    ")
        return
    async with client() as http:
        for done, id_ in enumerate(ids):
            body = {"by": by, "why": why}
            try:
                await ask(http, f"{url}/parked/{quoted(id_)}/{verb}", body=body)
            except ServiceError as error:
                raise ServiceError(f"{error}; {done} of {len(ids)} were done before") from None
            print(f"{verb}: {id_}")
    print(f"{len(ids)} done; `parked list` shows whether they went through")


async def _chosen(
    url: str, id_: str | None, stream: str | None, fingerprint: str | None
) -> list[str]:
    if [id_, stream, fingerprint].count(None) != 2:
        raise ServiceError("say which: an ID, --stream or --fingerprint, and one of them")
    if id_ is not None:
        return [id_]
    items = (await fetch_parked({"": url}))[""]
    found = first_of(items, stream) if stream else first_of_each(items, str(fingerprint))
    if not found:
        raise ServiceError(f"nothing is parked there: {stream or fingerprint}")
    return [str(item["id"]) for item in found]


def _behind(found: Sequence[Item], items: Sequence[Item]) -> int:
    streams = {i["stream"] for i in found}
    return sum(i["kind"] == "behind" and i["stream"] in streams for i in items)


def _sequence(item: Item) -> int:
    return int(item["sequence"])


def _show_groups(groups: list[Group], console: Console) -> None:
    if not groups:
        console.print("nothing is parked")
        return
    for found in groups:
        since = found.oldest_at[:16].replace("T", " ")
        behind = f", {found.behind} behind them" if found.behind else ""
        console.print(
            f"{found.service}: {len(found.ids)} {found.kind}{behind}, since {since} UTC: "
            f"{found.cause}",
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
