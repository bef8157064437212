"""`python -m ops digest`: one number for the state of everything, to compare two runs by.

Each service makes its own, of every aggregate it holds; this asks them and puts theirs together.
Ask at rest, else the number is of a moment that never was.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ops.processes import end_command
from ops.services import ServiceError, ServicesOption, ask, client, read_addresses


async def fetch_digests(services: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Each service's own answer, by name."""
    async with client() as http:
        found = await asyncio.gather(*(ask(http, f"{url}/digest") for url in services.values()))
    return dict(sorted((digest["service"], digest) for digest in found))


def overall(digests: Mapping[str, Mapping[str, Any]]) -> str:
    """SHA-256 over the services' names and digests, by name."""
    lines = [f"{name} {digest['sha256']}\n" for name, digest in sorted(digests.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def command(
    services: ServicesOption,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Print the digest of each service and of all, and what they leave out."""

    async def work() -> None:
        digests = await fetch_digests(read_addresses(services))
        if as_json:
            print(json.dumps({"sha256": overall(digests), "services": digests}, indent=2))
        else:
            show(digests, Console())

    end_command(work(), ServiceError)


def show(digests: Mapping[str, Mapping[str, Any]], console: Console) -> None:
    table = Table("service", "kind", "count", "sha256")
    for name, digest in digests.items():
        for kind, found in digest["kinds"].items():
            table.add_row(name, kind, f"{found['count']:,}", found["sha256"][:16])
        table.add_row(name, "all", "", digest["sha256"][:16], end_section=True)
    console.print(table)
    for line in sorted({line for digest in digests.values() for line in digest["excluded"]}):
        console.print(f"left out: {line}", markup=False, highlight=False)
    print(overall(digests))
