"""`python -m proofs outage`: the broker dies, people go on applying, the broker comes back."""

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated
from unittest.mock import patch

import typer
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table

from ops.city import SERVICES, City, process_name, ready_url, running_city, start_service
from ops.clock import SimulatedClock
from ops.demo.acts import recruiting
from ops.demo.acts.stage import Stage
from ops.demo.agenda import first_day
from ops.demo.checks import Check, named
from ops.demo.client import Client, RefusedError, http_client
from ops.demo.population import draw
from ops.processes import DEVELOPMENT_SECRET, free_ports, service_command
from ops.provision import provision
from ops.stack import Stack, running_stack
from ops.topics import Measure
from proofs.chaos.parts import Part, end, part_at
from proofs.invariants import Sample, Verdict, gather, judge, sample_memory
from proofs.invariants.blind import check_looked_at
from proofs.small import SIZE, small_programme
from shared.events import event_type
from shared.events.intake import ApplicationSubmitted

PREFIX = "outage."
WARMING_UP = 40  # applications before it: what an interpreter needs once is taken by then
SAMPLE_SECONDS = 0.5
DRAIN_SECONDS_MAX = 300.0  # until the city is at rest: a minute for ten minutes' applications
LOOKED_AT = frozenset({"told", "once", "order", "committed", "drained", "memory"})
SABOTAGES = ("hoard",)
HOARDER = process_name("intake", 2)


@dataclass(slots=True)
class Outage:
    """`accepted` applications were answered while the broker was away; `unsent`: how many events
    waited in intake's outbox when it came back. `told`: applications on the topic at the end.
    """

    accepted: int = 0
    unsent: int = 0
    told: int = 0
    heard: bool = False
    away_seconds: float = 0.0
    drained_seconds: float = 0.0
    samples: list[Sample] = field(default_factory=list)
    verdicts: Sequence[Verdict] = ()


def outage(
    *,
    seconds: Annotated[int, typer.Option(min=5, help="How long the broker is away.")] = 600,
    per_second: Annotated[int, typer.Option(min=1, help="Applications meanwhile.")] = 10,
    seed: Annotated[int, typer.Option(help="Draws who applies.")] = 7,
    sabotage: Annotated[
        str | None, typer.Option(help=f"Plant a fault: {', '.join(SABOTAGES)}.")
    ] = None,
) -> None:
    """Kill the broker while people apply: nothing is lost, and no service's memory grows."""
    if sabotage and sabotage not in SABOTAGES:
        raise typer.BadParameter(f"there is no {sabotage}: choose from {', '.join(SABOTAGES)}")
    raise typer.Exit(asyncio.run(_outage(seconds, per_second, seed, sabotage)))


async def _outage(seconds: int, per_second: int, seed: int, sabotage: str | None) -> int:
    console, folder = Console(), Path(tempfile.mkdtemp(prefix="womanup-outage-"))

    def say(text: str) -> None:
        console.print(f"  {text}")

    async with running_stack(say, provisioned=False) as stack:
        found = await play(stack, folder, seconds, per_second, seed=seed, say=say, plant=sabotage)
    checks = list(check(found, seconds * per_second))
    _show(console, found, checks)
    if not all(one.is_met for one in checks):
        console.print(f"[red]not met[/]; the logs are in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


async def play(
    stack: Stack,
    folder: Path,
    seconds: int,
    per_second: int,
    *,
    seed: int = 7,
    say: Callable[[str], None] = lambda _: None,
    plant: str | None = None,
) -> Outage:
    """On a stack of its own: its broker dies, and a local one that we started again ends with us.
    `plant`: one of `SABOTAGES`. A second instance of intake serves every other applicant, and
    hoards: the first has the same to do, and must not be named.
    """
    await provision(stack, prefix=PREFIX)
    applicants = WARMING_UP + seconds * per_second
    programme = replace(small_programme(), size=replace(SIZE, applicants=applicants))
    found = Outage()
    async with AsyncExitStack() as exits:
        broker = await part_at(int(stack.kafka.rpartition(":")[2]), folder)
        exits.callback(end, broker)
        city = await exits.enter_async_context(running_city(stack, folder, prefix=PREFIX))
        clock = SimulatedClock(stack.kafka, city.services, prefix=PREFIX, bank=city.bank)
        await exits.enter_async_context(clock)
        http = await exits.enter_async_context(http_client())
        stage = Stage(Client(city.services, http), draw(seed, programme))
        stages, names = [stage], [*SERVICES]
        if plant:
            names.append(HOARDER)
            second = await _start_hoarder(city)
            stages.append(replace(stage, client=Client({**city.services, "intake": second}, http)))
        await _begin(clock, stages)
        async with _sampling(city, names, found.samples):
            say(f"the broker is away, {seconds * per_second} people apply")
            async with _broker_away(stack, broker, found):
                await _apply_for(stages, seconds, found)
                found.unsent = await _unsent(city)
            say(f"the broker is back, {found.unsent} events wait in intake's outbox")
            began = time.monotonic()
            await clock.wait_until_rest(DRAIN_SECONDS_MAX)
            found.drained_seconds = time.monotonic() - began
        await _read(stack, city, found)
    return found


def check(found: Outage, applied: int) -> Iterator[Check]:
    """All was accepted, kept, told once it could be, and the bound on memory was met."""
    yield Check("the broker was away", not found.heard, f"for {found.away_seconds:.0f} s")
    yield Check("people were answered", found.accepted == applied, f"{found.accepted} of {applied}")
    kept = found.unsent >= applied
    yield Check("what could not be told was kept", kept, f"{found.unsent} events in the outbox")
    all_told = found.told == applied + WARMING_UP
    yield Check("all was told", all_told, f"{found.told} applications are on the topic")
    for verdict in found.verdicts:
        if verdict.findings or any(verdict.looked_at.values()):
            findings = [str(f) for f in verdict.findings]
            seen = ", ".join(f"{n:,} {what}" for what, n in verdict.looked_at.items() if n)
            yield Check(verdict.invariant, not findings, f"{seen}{named(findings)}")
    yield from check_looked_at(found.verdicts, LOOKED_AT)


async def _begin(clock: SimulatedClock, stages: Sequence[Stage]) -> None:
    """The cohort is open, and a few have applied."""
    stage = stages[0]
    await clock.start(first_day(stage.policy))
    await clock.wait_until_rest()
    await recruiting.register_hosts(stage)
    await clock.advance()
    await clock.wait_until_rest()
    await recruiting.open_cohort(stage)
    for another in stages:
        another.cohort_id = stage.cohort_id
    await clock.wait_until_rest()
    await recruiting.offer_positions(stage)
    for number, applicant in enumerate(stage.population.applicants[:WARMING_UP]):
        await recruiting.apply(stages[number % len(stages)], [applicant])
    await clock.wait_until_rest()


async def _apply_for(stages: Sequence[Stage], seconds: int, found: Outage) -> None:
    """Evenly, and in turn, however long each of them takes; the last is answered at its end."""
    people = stages[0].population.applicants[WARMING_UP:]
    began = time.monotonic()

    async def apply(number: int) -> None:
        await asyncio.sleep(max(0.0, began + seconds * number / len(people) - time.monotonic()))
        try:
            await recruiting.apply(stages[number % len(stages)], [people[number]])
        except* RefusedError:
            pass  # it is not counted: a check says so
        else:
            found.accepted += 1

    async with asyncio.TaskGroup() as group:
        for number in range(len(people)):
            group.create_task(apply(number))


async def _start_hoarder(city: City) -> str:
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    with patch("ops.city.service_command", _hoarding):
        start_service(city, "intake", 2, url, DEVELOPMENT_SECRET)
    await city.processes.wait_for_url(HOARDER, ready_url(url))
    return url


@asynccontextmanager
async def _broker_away(stack: Stack, broker: Part, found: Outage) -> AsyncIterator[None]:
    """Killed with -9; at the end of the block it is started on its data. Whether it was `heard`
    meanwhile is asked just before.
    """
    await broker.kill9()
    began = time.monotonic()
    yield
    found.heard = await _answers(stack)
    found.away_seconds = time.monotonic() - began
    await broker.start()


async def _answers(stack: Stack) -> bool:
    measure = Measure(stack.kafka, PREFIX)
    try:
        await measure.ends()
    except KafkaError:
        return False
    else:
        return True
    finally:
        await measure.close()


@asynccontextmanager
async def _sampling(city: City, names: Sequence[str], samples: list[Sample]) -> AsyncIterator[None]:
    async def sample() -> None:
        while True:
            samples.extend(sample_memory(n, city.processes[n].process.pid) for n in names)
            await asyncio.sleep(SAMPLE_SECONDS)

    task = asyncio.create_task(sample())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _unsent(city: City) -> int:
    async with http_client() as http:
        return int((await http.get(f"{city.services['intake']}/health/ready")).json()["outbox"])


async def _read(stack: Stack, city: City, found: Outage) -> None:
    evidence = await gather(stack, PREFIX, SERVICES, addresses=city.services)
    wanted = event_type(ApplicationSubmitted)
    # Some may be there twice: who sends to a broker that is just back may miss its answer.
    found.told = len({said.envelope.id for said in evidence.said if said.envelope.type == wanted})
    found.verdicts = judge(replace(evidence, samples=tuple(found.samples)))


def _hoarding(name: str, port: int) -> list[str]:
    return [sys.executable, "-m", "proofs.outage.hoard", *service_command(name, port)[3:]]


def _show(console: Console, found: Outage, checks: Sequence[Check]) -> None:
    table = Table("process", "before", "most", "grew by")
    for process in dict.fromkeys(sample.process for sample in found.samples):
        sizes = [s.resident_bytes for s in found.samples if s.process == process]
        first, most = sizes[0] / 2**20, max(sizes) / 2**20
        table.add_row(process, f"{first:.1f} MiB", f"{most:.1f} MiB", f"{most - first:.1f} MiB")
    console.print(table)
    table = Table("check", "met", "says")
    for one in checks:
        table.add_row(one.name, "[green]yes" if one.is_met else "[red]NO", one.says)
    console.print(table)
    console.print(f"at rest {found.drained_seconds:.1f} s after the broker was started again")
