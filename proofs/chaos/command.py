"""`python -m proofs chaos`: the small cohort, calm and then under the nemesis."""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated
from unittest.mock import patch

import httpx
import typer
from rich.console import Console
from rich.table import Table

from ops.city import SERVICES, City
from ops.clock.remote import Clock
from ops.demo.chaos import Chaos, Figures, busy_days, check_chaos
from ops.demo.checks import Check, named
from ops.demo.client import http_client
from ops.demo.outcome import Outcome
from ops.demo.player import Hooks, Options, play
from ops.processes import service_command
from ops.provision import provision
from ops.stack import Stack, running_stack
from proofs.chaos.differences import name_differences
from proofs.chaos.echo import Echo
from proofs.chaos.nemesis import Nemesis
from proofs.chaos.operator import Operator, check_operator
from proofs.chaos.troubles import Struck, check_troubles, draw
from proofs.invariants import Evidence, Verdict, gather, judge
from proofs.invariants.blind import check_looked_at
from proofs.small import small_programme

INSTANCES = 2
POLL_INTERVAL_MS = 6000  # 300,000 otherwise: batches that MongoDB holds up last longer than this
IMPATIENT = {
    f"{service.upper()}_MAX_POLL_INTERVAL_MS": f"{POLL_INTERVAL_MS}" for service in SERVICES
}
LOOKED_AT = frozenset(
    {"told", "once", "order", "committed", "won", "drained", "replies", "logs", "folds"}
)
PLAY = "play under chaos"
POISON_SEEN = frozenset({"statistics office", *(f"{service}: parked" for service in SERVICES)})


def chaos(
    *, seed: Annotated[int, typer.Option(help="Draws who suffers what, and when.")] = 7
) -> None:
    """Play a cohort on two instances of each service while everything fails, and compare."""
    raise typer.Exit(asyncio.run(_chaos(seed)))


@dataclass(slots=True)
class Wild:
    outcome: Outcome
    figures: dict[str, Figures]
    struck: Sequence[Struck]
    verdicts: Sequence[Verdict]
    evidence: Evidence
    operator: Operator
    seconds: float


def check_invariants(verdicts: Sequence[Verdict]) -> Iterator[Check]:
    """None is broken (proofs/invariants), and what a play can show was looked at."""
    found = [str(f) for v in verdicts for f in v.findings]
    yield Check("invariants", not found, f"{len(found)} are broken{named(found)}")
    yield from check_looked_at(verdicts, LOOKED_AT)


def check_poison(wild: Outcome) -> Iterator[Check]:
    """What nobody can read is seen by everybody who reads it: each service has parked it, and the
    statistics office says so. All else is met.
    """
    unmet = {check.name for check in wild.checks if not check.is_met}
    seen, else_ = POISON_SEEN & unmet, sorted(unmet - POISON_SEEN)
    blind = sorted(POISON_SEEN - seen)
    yield Check("poison is noticed", not blind, f"by {len(seen)} of its readers{named(blind)}")
    yield Check(PLAY, not else_, f"{len(else_)} other checks are not met{named(else_)}")


async def _chaos(seed: int) -> int:
    console, folder = Console(), Path(tempfile.mkdtemp(prefix="womanup-chaos-"))
    async with running_stack(lambda said: console.print(f"  {said}"), provisioned=False) as stack:
        options = Options((small_programme(),), folder / "calm", seed, "calm.")
        await provision(stack, prefix=options.prefix)
        console.print("the play that nobody disturbs")
        evidence: list[Evidence] = []

        async def at_end(_: City, __: Outcome) -> None:
            evidence.append(await gather(stack, options.prefix, SERVICES))

        calm = await play(stack, options, Hooks(at_end=at_end))
        options = replace(options, logs=folder / "wild", prefix="wild.", instances=INSTANCES)
        await provision(stack, prefix=options.prefix)
        console.print("the play under the nemesis")
        with patch.dict(os.environ, IMPATIENT):
            wild = await play_wild(stack, options, seed, lambda said: console.print(f"  {said}"))
    checks = [
        *(c for c in check_chaos(wild.figures, calm, wild.outcome) if c.name != PLAY),
        *check_poison(wild.outcome),
        *check_troubles(wild.struck),
        *check_operator(wild.operator),
        *check_invariants(wild.verdicts),
    ]
    _show(console, wild, checks)
    if not all(check.is_met for check in checks):
        other = [s for s in SERVICES if calm.digests[s] != wild.outcome.digests[s]]
        for said in name_differences(other, evidence[0], wild.evidence):
            console.print(said, markup=False, highlight=False, soft_wrap=True)
        console.print(f"[red]not met[/]; the logs are in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


async def play_wild(stack: Stack, options: Options, seed: int, say: Callable[[str], None]) -> Wild:
    """Kills and troubles are drawn for the busy days; before the last day all has healed."""
    began = time.monotonic()
    busy = busy_days(programme.policy for programme in options.programmes)
    dealt = draw(seed, sorted(busy), quiet_from=options.final_day)
    async with (
        Chaos(seed, busy, quiet_from=options.final_day) as killer,
        asyncio.TaskGroup() as group,
    ):
        nemesis = Nemesis(dealt, seed, group, options.logs, options.final_day, say)
        echo, operator = Echo(httpx.AsyncHTTPTransport()), Operator()
        operating: list[asyncio.Task[None]] = []

        async def on_day(day: date, city: City) -> None:
            if not operating:
                operating.append(group.create_task(operator.work(city.services)))
            echo.know(city.instances)
            await killer.on_day(day, city)
            await nemesis.on_day(day, city)

        async def on_pause(clock: Clock, city: City) -> None:
            await operator.settle(city.services, clock)

        async def at_end(city: City, _: Outcome) -> None:
            found = await gather(
                stack, options.prefix, SERVICES, addresses=city.services, logs=options.logs
            )
            foreign, replies = frozenset(nemesis.foreign), tuple(echo.replies)
            evidence.append(replace(found, foreign=foreign, replies=replies))

        evidence: list[Evidence] = []
        try:
            with (
                patch("ops.demo.player.http_client", lambda: http_client(echo)),
                patch("ops.city.service_command", _flawed),
            ):
                hooks = Hooks(on_day=on_day, on_pause=on_pause, at_end=at_end)
                outcome = await play(stack, options, hooks)
        finally:
            nemesis.end()
        for task in operating:
            task.cancel()
    seconds = time.monotonic() - began
    (found,) = evidence
    return Wild(outcome, killer.figures, nemesis.struck, judge(found), found, operator, seconds)


def _flawed(name: str, port: int) -> list[str]:
    return [sys.executable, "-m", "proofs.chaos.flawed", *service_command(name, port)[3:]]


def _show(console: Console, wild: Wild, checks: Sequence[Check]) -> None:
    table = Table("trouble", "day", "whose", "felt", "lasted")
    for s in wild.struck:
        trouble = s.trouble
        whose = f"{trouble.service}-{trouble.number}"
        table.add_row(trouble.kind, f"{trouble.day}", whose, f"{s.count}", f"{s.seconds:.1f} s")
    console.print(table)
    table = Table("service", "kill -9", "twice in a row", "SIGTERM", "median back", "worst back")
    for service in SERVICES:
        of = wild.figures[service]
        row = (of.kills, of.double_kills, of.stops)
        times = (f"{of.median_seconds:.2f} s", f"{of.worst_seconds:.2f} s")
        table.add_row(service, *map(str, row), *times)
    console.print(table)
    table = Table("invariant", "", "looked at")
    for verdict in wild.verdicts:
        seen = ", ".join(f"{count:,} {what}" for what, count in verdict.looked_at.items() if count)
        table.add_row(verdict.invariant, verdict.says, seen)
    console.print(table)
    table = Table("check", "met", "says")
    for check in checks:
        table.add_row(check.name, "[green]yes" if check.is_met else "[red]NO", check.says)
    console.print(table)
