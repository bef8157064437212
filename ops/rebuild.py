"""`python -m ops rebuild`: is each state the fold of its journal; and make it so.

The service itself folds, with its own code. Without --verify it writes what differs.
"""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ops.processes import run_until_signal
from ops.services import ServiceError, ServicesOption, ask, client, read_addresses

Reply = dict[str, Any]


def command(
    services: ServicesOption,
    *,
    service: Annotated[str, typer.Option(help="Of which service; `all`: of each.")] = "all",
    verify: Annotated[bool, typer.Option("--verify", help="Only compare, byte for byte.")] = False,
    by: Annotated[str | None, typer.Option(help="Who, where a service's AUTH is off.")] = None,
    why: Annotated[str | None, typer.Option(help="Why; it is journalled.")] = None,
) -> None:
    """Fold the journals again and compare; without --verify, put right what differs."""
    addresses = read_addresses(services)
    if service != "all" and service not in addresses:
        raise typer.BadParameter(f"{service} is none of {', '.join(addresses)}")
    if not verify and why is None:
        raise typer.BadParameter("say --why the states are written anew, or only --verify")
    wanted = addresses if service == "all" else {service: addresses[service]}
    body = None if verify else {"by": by, "why": why}
    try:
        code = run_until_signal(_rebuild(wanted, body))
    except ServiceError as error:
        typer.secho(str(error), fg="red", err=True)
        code = 1
    raise typer.Exit(code)


async def _rebuild(addresses: dict[str, str], body: Reply | None) -> int:
    """1 while any state is not the fold of its journal."""
    left = 0
    async with client() as http:
        table = Table("service", "states folded", "differ", "rebuilt")
        for name, url in addresses.items():
            rebuilt = (await ask(http, f"{url}/rebuild", body=body))["rebuilt"] if body else []
            found = await ask(http, f"{url}/verify")
            table.add_row(
                name, f"{found['checked']}", f"{len(found['differences'])}", f"{len(rebuilt)}"
            )
            left += len(found["differences"])
            for difference in found["differences"]:
                print(f"{name}: {difference['kind']}/{difference['key']} {difference['problem']}")
    Console().print(table)
    return 1 if left else 0
