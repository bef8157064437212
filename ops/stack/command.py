"""`python -m ops stack`: the embedded stack for as long as one wants it."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ops.processes import ProcessError, run_until_signal
from ops.stack import Ports, Stack, StackError, running_stack


def stack(
    kafka_port: Annotated[int | None, typer.Option(help="A fixed port for Kafka.")] = None,
    mongo_port: Annotated[int | None, typer.Option(help="A fixed port for MongoDB.")] = None,
) -> None:
    """Run Kafka and MongoDB here until Ctrl-C.

    They listen on free ports of 127.0.0.1, keep their data in a temporary folder, and leave
    nothing behind. Each part is taken from WOMANUP_KAFKA / WOMANUP_MONGO, else Docker, else
    Kafka's own jars and the mongod of a PyPI wheel; WOMANUP_PROVIDER=docker|local forces one.
    """
    console = Console()
    try:
        code = run_until_signal(_serve(console, Ports(kafka_port, mongo_port)))
    except (StackError, ProcessError) as error:
        Console(stderr=True).print(str(error), style="red", markup=False, highlight=False)
        code = 1
    raise typer.Exit(code)


async def _serve(console: Console, ports: Ports) -> None:
    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False)  # log lines carry square brackets

    async with running_stack(say, ports=ports) as stack:
        console.print(parts_table(stack))
        # For eval or a copy into another terminal, so never wrapped.
        print(f"export WOMANUP_KAFKA='{stack.kafka}'")
        print(f"export WOMANUP_MONGO='{stack.mongo}'", flush=True)
        console.print("Ctrl-C ends it.")
        await asyncio.Event().wait()


def parts_table(stack: Stack) -> Table:
    table = Table("part", "version", "from", "because")
    for part in stack.parts:
        table.add_row(part.name, part.version, part.provider, part.why)
    return table
