"""`python -m proofs crash`: kill payroll at every point, as often as it is passed."""

import asyncio
import itertools
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ops.stack import Stack, running_stack
from proofs.crash.arming import Blow
from proofs.crash.matrix import Row, check_registry, every_hit, other_blows, run
from proofs.crash.sabotage import SABOTAGES
from proofs.crash.trial import Trial, attempt

SHOWN_MAX = 400  # characters of a finding


def crash(
    *,
    hits: Annotated[
        str, typer.Option(help="How many hits of each point: `all`, or at most so many.")
    ] = "all",
    point: Annotated[
        list[str] | None, typer.Option(help="Only here: `consumer.commit.sent`, or with `:3`.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Lives at once.")] = 2,
    sabotage: Annotated[
        str | None, typer.Option(help=f"Plant a fault: {', '.join(SABOTAGES)}.")
    ] = None,
) -> None:
    """Kill payroll at every boundary of the engine, and compare with an undisturbed life."""
    most = None if hits == "all" else int(hits)
    raise typer.Exit(asyncio.run(_crash(Asked(most, tuple(point or ()), jobs, sabotage))))


@dataclass(frozen=True, slots=True)
class Asked:
    most: int | None
    points: tuple[str, ...]
    jobs: int
    sabotage: str | None


async def _crash(asked: Asked) -> int:
    console, began = Console(), time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="womanup-crash-"))
    async with running_stack(lambda said: console.print(f"  {said}"), provisioned=False) as stack:
        calm, rows = await _all(console, stack, folder, asked)
    findings = [] if asked.points else check_registry(calm.hits)
    findings += [said for row in rows for said in row.findings]
    _show(console, rows)
    lives = sum(row.tried for row in rows)
    worst = max((row.worst_seconds for row in rows), default=0.0)
    console.print(
        f"{len(calm.hits)} points, {sum(calm.hits.values())} hits in the undisturbed life; "
        f"{lives} lives with {sum(row.struck for row in rows)} that were struck; worst recovery "
        f"{worst:.2f} s (from a death to ready, the interpreter's start apart); "
        f"{time.monotonic() - began:.0f} s in all",
        highlight=False,
    )
    for said in findings:
        console.print(f"[red]✗[/] {said[:SHOWN_MAX]}", highlight=False)
    if findings:
        console.print(f"[red]{len(findings)} findings[/]; the lives' logs are in {folder}")
        return 1
    shutil.rmtree(folder)
    console.print("[green]every life came to the undisturbed one's end[/]")
    return 0


async def _all(
    console: Console, stack: Stack, folder: Path, asked: Asked
) -> tuple[Trial, list[Row]]:
    numbers = itertools.count()

    async def live(blows: tuple[Blow, ...]) -> Trial:
        number = next(numbers)
        where = folder / f"{number}"
        return await attempt(stack, f"crash{number}.", where, blows, sabotage=asked.sabotage)

    console.print("the undisturbed life")
    calm = await attempt(stack, "calm.", folder / "calm")
    plan = list(every_hit(calm.hits, asked.most))
    if asked.points:
        plan = [blows for blows in plan if _is_asked(blows[0], asked.points)]
    else:
        plan += other_blows()
    columns = (
        TextColumn("{task.description:>30}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=len(plan))

        def tell(row: Row) -> None:
            progress.update(task, advance=1, description=row.name[:30])

        return calm, await run(calm, plan, live, asked.jobs, tell)


def _is_asked(blow: Blow, points: Sequence[str]) -> bool:
    return any(asked in (blow.point, f"{blow.point}:{blow.hit}") for asked in points)


def _show(console: Console, rows: Sequence[Row]) -> None:
    table = Table("where it dies", "passed", "tried", "struck", "worst recovery", "differences")
    for row in rows:
        seconds = f"{row.worst_seconds:.2f} s" if row.worst_seconds else "-"
        found = f"[red]{len(row.findings)}" if row.findings else "0"
        table.add_row(row.name, str(row.passed), str(row.tried), str(row.struck), seconds, found)
    console.print(table)
