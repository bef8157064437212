"""Runs schedules, one tape each; counts what happened; makes a tape that breaks something small."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

import structlog

from proofs.simulation.tape import Tape, shrink, tape_of
from proofs.simulation.world import World
from shared.bus import heads, inbox, relay

ROWS_MAX = 4  # small enough for a story of some twenty events to reach the engine's limits
RELEASED_MAX = 2
HEADS_MAX = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one schedule came to. `breaches`: a sentence for each, none when all held."""

    breaches: tuple[str, ...]
    faults: Counter[str]
    counts: Counter[str]
    drain_steps: int


@dataclass(slots=True)
class Totals:
    schedules: int = 0
    broken: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    drain_steps_max: int = 0

    def add(self, outcome: Outcome) -> None:
        self.schedules += 1
        self.broken += bool(outcome.breaches)
        self.faults.update(outcome.faults)
        self.counts.update(outcome.counts)
        self.drain_steps_max = max(self.drain_steps_max, outcome.drain_steps)


@dataclass(frozen=True, slots=True)
class Broken:
    """The first schedule that broke something, and the smallest tape that breaks the same."""

    seed: int
    breaches: tuple[str, ...]
    tape: bytes
    breaches_of_tape: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"seed {self.seed} breaks: {'; '.join(self.breaches)}\n"
            f"the smallest tape found breaks: {'; '.join(self.breaches_of_tape)}\n"
            f"replay: python -m proofs simulate --tape {self.tape.hex() or '00'}"
        )


@contextmanager
def small_limits() -> Iterator[None]:
    """The engine's page sizes, so small that a short story turns pages; and its lines unwritten."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with (
        patch.object(relay, "ROWS_MAX", ROWS_MAX),
        patch.object(inbox, "RELEASED_MAX", RELEASED_MAX),
        patch.object(heads, "HEADS_MAX", HEADS_MAX),
    ):
        try:
            yield
        finally:
            structlog.configure(**before)


def run_tape(tape: bytes) -> Outcome:
    """One schedule. Never raises for what the engine does: that is a breach, too."""
    world = World(Tape(tape))
    try:
        world.run()
    except Exception as error:  # noqa: BLE001  # whatever stops a loop would stop the service
        world.checks.breaches.append(f"the engine stopped: {type(error).__name__}: {error}")
    finally:
        world.close()
    counts = world.checks.figures(world.shelf.documents)
    counts.update(
        steps=world.steps,
        events=sum(len(messages) for messages in world.log.messages.values()),
        transactions=world.shelf.commits,
        conflicts=world.shelf.conflicts,
        late_commits=world.shelf.late_commits,
        restarts=world.restarts,
    )
    breaches = tuple(dict.fromkeys(world.checks.breaches))
    return Outcome(breaches, world.scheduler.faults, counts, world.drain_steps)


def run_seeds(seeds: Iterable[int], totals: Totals) -> Broken | None:
    """The first seed that breaks something, made small; None when all held. Fills `totals`."""
    with small_limits():
        for seed in seeds:
            outcome = run_tape(tape_of(seed))
            totals.add(outcome)
            if outcome.breaches:
                return _make_small(seed, outcome)
    return None


def _make_small(seed: int, outcome: Outcome) -> Broken:
    kinds = {_kind(breach) for breach in outcome.breaches}
    small = shrink(
        tape_of(seed), lambda tape: any(_kind(b) in kinds for b in run_tape(tape).breaches)
    )
    return Broken(seed, outcome.breaches, small, run_tape(small).breaches)


def _kind(breach: str) -> str:
    """A breach without its names and numbers: what stays the same when a tape shrinks."""
    return " ".join(w for w in breach.split() if w.isalpha())
