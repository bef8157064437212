"""Where it is played: a city that is up, and the clock that it goes by."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.city import City, remove_traces, running_city
from ops.clock import SimulatedClock
from ops.clock.remote import Clock, RemoteClock
from ops.compose import Addresses
from ops.processes import Processes
from ops.secret_files import FOLDER
from ops.stack import Part, Stack
from shared.login import Login

OFFICE = "statistics-office"
OFFICE_PASSWORD = FOLDER / f"subscriber-{OFFICE}"  # `make demo TARGET=compose` grants it its topics


@dataclass(frozen=True)
class Venue:
    """`payments`: the bank's own file, or the bank's address where the file is out of reach."""

    city: City
    clock: Clock
    payments: Path | str


@asynccontextmanager
async def local_venue(
    stack: Stack,
    logs: Path,
    *,
    prefix: str = "",
    instances: int = 1,
    vaults: Mapping[str, str] | None = None,
) -> AsyncIterator[Venue]:
    """On a provisioned stack: services up when the block begins, all down when it is left."""
    where = running_city(stack, logs, prefix=prefix, instances=instances, vaults=vaults)
    async with where as city:
        # One instance answers for all: what is due, unsent or unread is the service's, not its own.
        clock = SimulatedClock(stack.kafka, city.services, prefix=prefix, bank=city.bank)
        yield Venue(city, clock, city.bank_file)


@asynccontextmanager
async def compose_venue(
    addresses: Addresses,
    logs: Path,
    login: Login | None,
    *,
    patience_seconds: float = 0.0,
    office_password: Path = OFFICE_PASSWORD,
) -> AsyncIterator[Venue]:
    """What compose has started. Nothing of it is started or ended here; the statistics office and
    the audit run from here, as they would from anywhere, each with a login of its own.
    `patience_seconds`: how long the clock may be away in a play.
    """
    remove_traces(logs)
    part = Part("Kafka, MongoDB, services", "", "docker-compose.yml", "")
    stack = Stack(addresses.kafka, "", (part,), login)
    office = ("--user", OFFICE, "--password-file", str(office_password))
    instances = {name: (url,) for name, url in addresses.services.items()}
    async with Processes(logs) as processes:
        city = City(
            stack, "", logs, processes, addresses.services, addresses.bank, instances, office
        )
        clock = RemoteClock(addresses.clock, patience_seconds=patience_seconds)
        yield Venue(city, clock, addresses.bank)
