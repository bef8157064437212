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

from ops.issuer import JWKS_FILE, issuer_of_this_run
from ops.processes import (
    DEVELOPMENT_SECRET,
    Processes,
    free_ports,
    service_command,
    service_environment,
)
from ops.stack import Stack
from ops.tokens import AUDIENCE, ISSUER

SERVICES = ("intake", "placement", "payroll", "counseling")
BANK = "bank"


@dataclass(frozen=True)
class City:
    """`services` is a table of name → address of its first instance, which has that name among the
    `processes`, too. `instances` is one of name → all its addresses: the processes of the others
    are `payroll-2` and so on. `office`: the statistics office's own login, as words of its command.
    """

    stack: Stack
    prefix: str
    logs: Path
    processes: Processes
    services: Mapping[str, str]
    bank: str
    instances: Mapping[str, tuple[str, ...]]
    office: tuple[str, ...] = ()

    @property
    def addresses(self) -> dict[str, str]:
        """Of every instance, by the name of its process."""
        return {
            process_name(service, number): url
            for service, urls in self.instances.items()
            for number, url in enumerate(urls, start=1)
        }

    @property
    def issuer(self) -> Path:
        """The folder of the issuer whose tokens its services take; `WOMANUP_ISSUER` of others."""
        return (self.logs / "issuer").resolve()

    @property
    def bank_file(self) -> Path:
        return bank_file(self.logs)


def process_name(service: str, number: int) -> str:
    """Of the service's instance with that number, 1 first."""
    return service if number == 1 else f"{service}-{number}"


def addresses_table(city: City, **more: str) -> Table:
    """Where everything answers; `more` are addresses beside the city's own, by name."""
    table = Table("what", "address")
    table.add_column("its pages and routes", overflow="fold")
    for name, url in {**city.addresses, "bank": city.bank, **more}.items():
        table.add_row(name, url, f"{url}/docs")
    table.add_row("Kafka", city.stack.kafka)
    table.add_row("MongoDB", "", city.stack.mongo)
    table.add_row("logs", "", f"{city.logs}/*.log")
    return table


def operator_lines(city: City) -> tuple[str, ...]:
    """The operator's commands with this city's addresses, to be pasted.

    Kafka is an option and no export: WOMANUP_KAFKA would make a later `make test` use it, too.
    """
    addresses, instances = _pairs(city.services), _pairs(city.addresses)
    ops = f"{Path(sys.executable)} -m ops"
    payroll, file = city.services["payroll"], city.bank_file
    topics = f"--kafka {city.stack.kafka}{f' --prefix {city.prefix}' if city.prefix else ''}"
    return (
        f"export WOMANUP_SERVICES={addresses}",
        f"export {ISSUER}={city.issuer}",
        f"{ops} status --watch {topics} --services {instances}",
        f"{ops} parked list",
        f"{ops} digest",
        f"{ops} trace per_... {topics}",
        f"{ops} audit {topics} --payroll {payroll} --bank-file {file}",
    )


def _pairs(addresses: Mapping[str, str]) -> str:
    return ",".join(f"{name}={url}" for name, url in addresses.items())


def bank_file(logs: Path) -> Path:
    return logs / "bank.csv"


@asynccontextmanager
async def running_city(
    stack: Stack,
    logs: Path,
    *,
    prefix: str = "",
    instances: int = 1,
    vaults: Mapping[str, str] | None = None,
) -> AsyncIterator[City]:
    """Everything answers when the block begins and is gone when it is left. `vaults`: service → its
    secret, where it is not the one that all know.

    What an earlier run left in `logs` is removed: its bank's file would be taken for this one's.
    """
    remove_traces(logs)
    bank, *given = [f"http://127.0.0.1:{p}" for p in free_ports(len(SERVICES) * instances + 1)]
    addresses = {name: tuple(given[n :: len(SERVICES)]) for n, name in enumerate(SERVICES)}
    services = {name: urls[0] for name, urls in addresses.items()}
    async with Processes(logs) as processes:
        city = City(stack, prefix, logs, processes, services, bank, addresses)
        issuer_of_this_run().write(city.issuer)
        for service, urls in addresses.items():
            secret = (vaults or {}).get(service, DEVELOPMENT_SECRET)
            for number, url in enumerate(urls, start=1):
                start_service(city, service, number, url, secret)
        processes.start(BANK, _bank_command(city), env={ISSUER: str(city.issuer)})
        await asyncio.gather(
            *(processes.wait_for_url(n, ready_url(u)) for n, u in city.addresses.items()),
            processes.wait_for_url(BANK, f"{city.bank}/idle"),
        )
        yield city


def ready_url(address: str) -> str:
    return f"{address}/health/ready"


def remove_traces(logs: Path) -> None:
    """Our own files only: the folder may be anybody's."""
    for path in (*logs.glob("*.log"), bank_file(logs)):
        path.unlink(missing_ok=True)


def start_service(city: City, service: str, number: int, url: str, secret: str) -> None:
    environment = service_environment(
        city.stack,
        service,
        instance=f"{service}-{number}",
        prefix=city.prefix,
        secret=secret,
        auth={
            "AUTH_ISSUER": issuer_of_this_run().name,
            "AUTH_AUDIENCE": AUDIENCE,
            "AUTH_JWKS": str(city.issuer / JWKS_FILE),
        },
    )
    name, command = process_name(service, number), service_command(service, _port(url))
    city.processes.start(name, command, env=environment)


def _bank_command(city: City) -> list[str]:
    payroll, file = city.services["payroll"], str(city.bank_file.resolve())
    options = ["--payroll", payroll, "--file", file, "--port", str(_port(city.bank))]
    return [sys.executable, "-m", "ops", "bank", *options]


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])
