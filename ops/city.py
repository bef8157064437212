"""The city on a stack: the four services and the bank, each a process of its own.

What the demo plays on, what `make dev` leaves running, and what the system tests kill parts of.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from ops.processes import Processes, free_ports, service_command, service_environment
from ops.stack import Stack

SERVICES = ("intake", "placement", "payroll", "counseling")
BANK = "bank"


@dataclass(frozen=True)
class City:
    """`services` is a table of name → address; `processes` knows each by the same name."""

    stack: Stack
    prefix: str
    logs: Path
    processes: Processes
    services: Mapping[str, str]
    bank: str

    @property
    def bank_file(self) -> Path:
        return bank_file(self.logs)


def addresses_table(city: City, **more: str) -> Table:
    """Where everything answers; `more` are addresses beside the city's own, by name."""
    table = Table("what", "address")
    table.add_column("its pages and routes", overflow="fold")
    for name, url in {**city.services, "bank": city.bank, **more}.items():
        table.add_row(name, url, f"{url}/docs")
    table.add_row("Kafka", city.stack.kafka)
    table.add_row("MongoDB", "", city.stack.mongo)
    table.add_row("logs", "", f"{city.logs}/*.log")
    return table


def operator_lines(city: City) -> tuple[str, ...]:
    """The operator's commands with this city's addresses, to be pasted.

    Kafka is an option and no export: WOMANUP_KAFKA would make a later `make test` use it, too.
    """
    addresses = ",".join(f"{name}={url}" for name, url in city.services.items())
    ops = f"{Path(sys.executable)} -m ops"
    payroll, file = city.services["payroll"], city.bank_file
    return (
        f"export WOMANUP_SERVICES={addresses}",
        f"{ops} parked list",
        f"{ops} digest",
        f"{ops} audit --kafka {city.stack.kafka} --payroll {payroll} --bank-file {file}",
    )


def bank_file(logs: Path) -> Path:
    return logs / "bank.csv"


@asynccontextmanager
async def running_city(stack: Stack, logs: Path, *, prefix: str = "") -> AsyncIterator[City]:
    """Everything answers when the block begins and is gone when it is left.

    What an earlier run left in `logs` is removed: its bank's file would be taken for this one's.
    """
    remove_traces(logs)
    ports = free_ports(len(SERVICES) + 1)
    addresses = [f"http://127.0.0.1:{port}" for port in ports]
    services = dict(zip(SERVICES, addresses[:-1], strict=True))
    async with Processes(logs) as processes:
        for name, port in zip(SERVICES, ports[:-1], strict=True):
            environment = service_environment(stack, name, prefix=prefix)
            processes.start(name, service_command(name, port), env=environment)
        city = City(stack, prefix, logs, processes, services, addresses[-1])
        processes.start(BANK, _bank_command(city, ports[-1]))
        await asyncio.gather(
            *(processes.wait_for_url(n, f"{url}/health/ready") for n, url in services.items()),
            processes.wait_for_url(BANK, f"{city.bank}/idle"),
        )
        yield city


def remove_traces(logs: Path) -> None:
    """Our own files only: the folder may be anybody's."""
    for path in (*logs.glob("*.log"), bank_file(logs)):
        path.unlink(missing_ok=True)


def _bank_command(city: City, port: int) -> list[str]:
    payroll, file = city.services["payroll"], str(city.bank_file.resolve())
    options = ["--payroll", payroll, "--file", file, "--port", str(port)]
    return [sys.executable, "-m", "ops", "bank", *options]
