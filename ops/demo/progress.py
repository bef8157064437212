"""Progress while it plays: one live line on a terminal, a few plain ones elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from ops.demo.player import Moment

Show = Callable[[Moment | None], None]
"""Takes a moment, or None when the play is over."""


@contextmanager
def watching(console: Console) -> Iterator[Show]:
    if console.is_terminal:
        with _live(console) as show:
            yield show
    else:
        yield _plain(console)


@contextmanager
def _live(console: Console) -> Iterator[Show]:
    progress = Progress(
        TextColumn("[bold]{task.fields[day]}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[events]:>6,} events"),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
        console=console,
        transient=True,
    )
    task = progress.add_task("", total=1.0, day="", events=0)

    def show(moment: Moment | None) -> None:
        if moment is None:
            progress.stop()
            return
        progress.update(task, completed=moment.done, day=moment.day, events=moment.events)
        if moment.says:
            progress.update(task, description=moment.says)

    with progress:
        yield show


def _plain(console: Console) -> Show:
    """A line when something else begins, or a month does."""
    shown: set[str] = set()
    month: date | None = None

    def show(moment: Moment | None) -> None:
        nonlocal month
        if moment is None:
            return
        first = moment.day.replace(day=1)
        if moment.says in shown and first == month:
            return
        shown.add(moment.says)
        month = first
        line = f"{moment.day}  {moment.done:4.0%}  {moment.events:>6,} events  {moment.says}"
        console.print(line.rstrip(), highlight=False, markup=False)

    shown.add("")
    return show
