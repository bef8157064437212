"""`python -m proofs record`: at each release, what this version tells is written down for ever."""

import asyncio
import logging
import tempfile
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console
from rich.table import Table

from ops.stack import running_stack
from ops.topics import Record
from proofs.recording.collection import (
    COLLECTION,
    LOG,
    accept,
    keep,
    log_faults,
    outcome_faults,
    read_recording,
    refuse_existing,
    this_version,
)
from proofs.recording.play import play_recorded
from proofs.recording.replay import Outcomes, replay
from proofs.recording.topics import RecordingError, in_order


def record(
    *,
    outcomes: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="Only write anew what is made of this version's log."),
    ] = None,
    reason: Annotated[
        str, typer.Option(help="With --outcomes: which rule was changed on purpose.")
    ] = "",
) -> None:
    """Play a small cohort on real Kafka and MongoDB and keep its topics in tests/recordings/.

    WOMANUP_KAFKA and WOMANUP_MONGO name a stack that runs; else one is started.
    """
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)  # a line for each day of each service
    console = Console()
    try:
        if outcomes is None:
            _record(console, this_version())
        else:
            _rewrite(console, outcomes, reason.strip())
    except RecordingError as error:
        console.print(str(error), style="red", markup=False, highlight=False)
        raise typer.Exit(1) from None


def _record(console: Console, version: str) -> None:
    refuse_existing(COLLECTION / version)
    records = in_order(asyncio.run(_play(console)))
    found = replay(records)
    keep(version, records, found)
    _show(console, found)
    size = (COLLECTION / version / LOG).stat().st_size
    console.print(f"{len(records)} records of {version} in {size:,} bytes", highlight=False)


async def _play(console: Console) -> list[Record]:
    with tempfile.TemporaryDirectory(prefix="womanup-record-") as logs:
        say = console.print
        async with running_stack(lambda said: say(f"  {said}"), provisioned=False) as stack:
            return await play_recorded(stack, Path(logs))


def _rewrite(console: Console, version: str, reason: str) -> None:
    if not reason:
        raise RecordingError("--reason is missing: outcomes change on purpose, or not at all")
    recording = read_recording(version)
    if broken := log_faults(recording):
        raise RecordingError("\n".join([*broken, "contracts are never changed: nothing accepted"]))
    found = replay(recording.records)
    faults = outcome_faults(recording, found)
    for fault in faults:
        console.print(fault, markup=False, highlight=False)
    if faults:
        accept(recording, found, reason)
    console.print(f"{len(faults)} differences accepted", highlight=False)


def _show(console: Console, found: Outcomes) -> None:
    shown = Table("service", "taken", "kinds", "parked", "set aside", "published")
    for name, outcome in found.items():
        taken = ", ".join(f"{count} {what}" for what, count in outcome["taken"].items())
        counts = [str(len(outcome[part])) for part in ("parked", "set aside", "published")]
        shown.add_row(name, taken, ", ".join(outcome["kinds"]), *counts)
    console.print(shown)
