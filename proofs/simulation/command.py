"""`python -m proofs simulate`: so many schedules, a table at the end, status 1 when one broke."""

import sys
from typing import Annotated

import typer

from proofs.simulation.runs import Broken, Totals, run_seeds, run_tape, small_limits
from proofs.simulation.scheduler import KINDS

CHUNK = 500  # schedules between two lines of progress

Schedules = Annotated[int, typer.Option(min=1, help="how many seeds to play")]
First = Annotated[int, typer.Option("--seed", min=0, help="the first of them")]
OneTape = Annotated[str, typer.Option(help="play this one tape, in hex, instead of seeds")]


def simulate(schedules: Schedules = 10_000, seed: First = 0, tape: OneTape = "") -> None:
    """The engine in memory under a seeded scheduler: every fault, every promise, every step."""
    totals = Totals()
    broken = _replay(bytes.fromhex(tape), totals) if tape else _play(seed, schedules, totals)
    for name, value in table(totals):
        print(f"{name:<28}{value:>12,}")
    if broken:
        print(broken)
        raise typer.Exit(1)


def table(totals: Totals) -> list[tuple[str, int]]:
    """What was counted, in the order in which it is told."""
    rows = [("schedules", totals.schedules), ("broken", totals.broken)]
    rows += [(name, totals.counts[name]) for name in sorted(totals.counts)]
    rows += [(f"fault: {name}", totals.faults[name]) for name in KINDS]
    rows += [("faults", sum(totals.faults.values()))]
    return [*rows, ("worst drain, in steps", totals.drain_steps_max)]


def _play(first: int, schedules: int, totals: Totals) -> Broken | str | None:
    end = first + schedules
    for begin in range(first, end, CHUNK):
        broken = run_seeds(range(begin, min(begin + CHUNK, end)), totals)
        if broken:
            return broken
        print(f"{totals.schedules:,} of {schedules:,} schedules", file=sys.stderr)
    return None


def _replay(tape: bytes, totals: Totals) -> str | None:
    with small_limits():
        outcome = run_tape(tape)
    totals.add(outcome)
    return f"this tape breaks: {'; '.join(outcome.breaches)}" if outcome.breaches else None
