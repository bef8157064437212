"""`python -m proofs mutants`: each safety rule is removed, and who notices stands in a table."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from os import environ
from pathlib import Path
from queue import SimpleQueue
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ops.stack import running_stack
from proofs.mutants.mutants import Mutant, faults
from proofs.mutants.rules import MUTANTS
from proofs.mutants.trial import Found, Workspace, red_already

ROOT = Path(__file__).resolve().parents[2]
GOOD = {"killed", "equivalent"}
FILE_COLUMNS = 180

Say = Callable[[str], None]


class Meaningless(Exception):
    """No verdict would count; the message says what to mend first."""


def command(
    names: Annotated[list[str] | None, typer.Argument(help="Only these; all when none.")] = None,
    only_listed: Annotated[bool, typer.Option("--list", help="List them, run nothing.")] = False,
    memory: Annotated[
        bool, typer.Option("--memory", help="Only those that need no Kafka and no MongoDB.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, help="How many are tried at once.")] = 2,
) -> None:
    """Remove each safety rule, one at a time: the tests must turn red for it.

    Exit status 1 when one survives, 2 when no verdict would count.
    """
    try:
        chosen = choose(MUTANTS, names or [])
    except Meaningless as fault:
        raise typer.BadParameter(str(fault)) from None
    chosen = [m for m in chosen if not (memory and m.real)]
    if only_listed:
        show_list(chosen, _console())
        return
    try:
        found = asyncio.run(with_parts(chosen, ROOT, jobs, print))
    except Meaningless as fault:
        typer.secho(str(fault), fg="red", err=True)
        raise typer.Exit(2) from None
    raise typer.Exit(show(found, _console()))


def choose(mutants: Sequence[Mutant], names: Sequence[str]) -> list[Mutant]:
    if unknown := sorted(set(names) - {m.name for m in mutants}):
        raise Meaningless(f"there is no mutant {', '.join(unknown)}: see --list")
    return [m for m in mutants if not names or m.name in names]


async def with_parts(
    mutants: Sequence[Mutant], root: Path, jobs: int, say: Say = print
) -> list[Found]:
    """Try them, with one Kafka and one MongoDB for those that need them, started only then."""
    if not any(m.real for m in mutants):
        return await asyncio.to_thread(run, mutants, root, jobs, environ, say)
    async with running_stack(say, provisioned=False) as stack:
        parts = {"WOMANUP_KAFKA": stack.kafka, "WOMANUP_MONGO": stack.mongo}
        return await asyncio.to_thread(run, mutants, root, jobs, {**environ, **parts}, say)


def run(
    mutants: Sequence[Mutant],
    root: Path,
    jobs: int,
    environment: Mapping[str, str] = environ,
    say: Say = print,
) -> list[Found]:
    """What became of each, in their order. Raises `Meaningless`.

    Those on real parts share databases by name, so there is one of them at a time.
    """
    if wrong := list(faults(mutants, root)):
        raise Meaningless("\n".join(wrong))
    with ExitStack() as exits:
        spaces: SimpleQueue[Workspace] = SimpleQueue()
        first = exits.enter_context(Workspace(root, environment))
        say("every catcher on the sound code first")
        if red := red_already(first, mutants):
            raise Meaningless("red already, so nothing can be learnt:\n" + "\n".join(red))
        spaces.put(first)
        for _ in range(jobs - 1):
            spaces.put(exits.enter_context(Workspace(root, environment)))

        def attempt(mutant: Mutant) -> Found:
            space = spaces.get()
            try:
                found = space.try_out(mutant)
            finally:
                spaces.put(space)
            say(f"  {found.verdict:<10} {mutant.name} ({found.seconds:.1f} s)")
            return found

        lanes = [[m for m in mutants if m.real], *([m] for m in mutants if not m.real)]
        with ThreadPoolExecutor(jobs) as pool:
            done = pool.map(lambda lane: [attempt(m) for m in lane], lanes)
            found = {one.mutant.name: one for lane in done for one in lane}
        return [found[m.name] for m in mutants]


def show(found: Sequence[Found], console: Console) -> int:
    """Print the table; the exit status."""
    table = Table("mutant", "the rule that is gone", "verdict", "noticed by", "s")
    for one in found:
        by = one.by.rpartition("::")[2] or one.by
        seconds = "" if one.verdict == "equivalent" else f"{one.seconds:.1f}"
        table.add_row(one.mutant.name, one.mutant.rule, one.verdict, by, seconds)
    console.print(table)
    counts = Counter(one.verdict for one in found)
    console.print(", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())))
    bad = [one for one in found if one.verdict not in GOOD]
    for one in bad:
        line = f"{one.mutant.name} {one.verdict}: {one.by}"
        console.print(line, markup=False, soft_wrap=True)
    return 1 if bad else 0


def show_list(mutants: Sequence[Mutant], console: Console) -> None:
    table = Table("mutant", "the rule", "file", "needs", "caught by, or why nothing can")
    for m in mutants:
        by = m.equivalent_because or "\n".join(node.rpartition("::")[2] for node in m.caught_by)
        table.add_row(m.name, m.rule, m.file, "real parts" if m.real else "", by)
    console.print(table)


def _console() -> Console:
    """A file has no width of its own: the table would be cut to 80 columns there."""
    return Console() if sys.stdout.isatty() else Console(width=FILE_COLUMNS)
