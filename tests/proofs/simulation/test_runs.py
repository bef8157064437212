"""The engine holds in ten thousand schedules, and without any one of its rules it does not."""

import inspect
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from proofs.simulation import runs
from proofs.simulation.runs import Totals, run_seeds, run_tape, small_limits
from proofs.simulation.scheduler import KINDS
from proofs.simulation.tape import tape_of
from shared.bus import Days, Inbox, Relay, heads, parking
from shared.mongo import Batch, calendar

SEEDS = 10_000
AT_ONCE = 1_000
SEEDS_TO_RED = 400
REGRESSIONS = Path(runs.__file__).with_name("regressions.txt")
Plant = Callable[[Any, str, str, str], None]


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Plant:
    """Change the text of one function of the engine, for as long as the test lasts."""

    def plant(owner: Any, name: str, old: str, new: str) -> None:
        function = getattr(owner, name)
        text = textwrap.dedent(inspect.getsource(function))
        assert text.count(old) == 1, f"{name} does not say {old} once"
        found: dict[str, Any] = {}
        exec(text.replace(old, new), function.__globals__, found)
        monkeypatch.setattr(owner, name, found[name])

    return plant


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_every_promise_holds_in_every_schedule(first: int) -> None:
    """And all kinds of faults do happen."""
    totals = Totals()
    broken = run_seeds(range(first, first + AT_ONCE), totals)

    assert broken is None, str(broken)
    assert totals.schedules == AT_ONCE
    assert {kind for kind in KINDS if not totals.faults[kind]} == set()
    for count in ("events", "told", "told_again", "restarts", "conflicts", "late_commits"):
        assert totals.counts[count] > 0, count
    assert [totals.counts[c] for c in ("lost", "duplicated", "reordered")] == [0, 0, 0]


def test_a_tape_is_one_schedule() -> None:
    with small_limits():
        first, second = run_tape(tape_of(5)), run_tape(tape_of(5))

    assert first == second
    assert first.faults


def test_without_a_tape_nothing_goes_wrong() -> None:
    with small_limits():
        outcome = run_tape(b"")

    assert outcome.breaches == ()
    assert outcome.faults.total() == 0


def regressions() -> list[tuple[str, str]]:
    lines = [line.partition(" ") for line in REGRESSIONS.read_text().splitlines()]
    return [(tape, word) for tape, _, word in lines if tape and tape != "#"]


@pytest.mark.parametrize(("tape", "word"), [pytest.param(t, w, id=w) for t, w in regressions()])
def test_what_once_broke_something_breaks_nothing(tape: str, word: str) -> None:
    with small_limits():
        assert run_tape(bytes.fromhex(tape)).breaches == (), word


FAILURE = "lanes.park(item.record, envelope, found, ends)"
ABSORBED = """try:
                await handles.run(event, work)
            finally:
                batch.absorb(work)
"""
SEND = "sent = await self._producer.send(rows)"
EARLY = "await self._store.transact(lambda s: s.write('outbox', [Delete(r['_id']) for r in rows]))"
PLANTED = {
    "the duplicate check": (Inbox, "_place", "envelope.sequence <= last or ", ""),
    "the look for what is parked": (Inbox, "_place", " or lanes.is_parked(envelope.id)", ""),
    "the gap check": (Inbox, "_place", "envelope.sequence > last + 1", "False"),
    "a failure that does not advance": (
        Inbox, "_place", FAILURE, f"{FAILURE}; lanes.advance(envelope, 'taken')",
    ),
    "the store is not the event's fault": (
        Inbox, "_run", "self._store.is_interruption(error)", "False",
    ),
    "absorbed only what succeeded": (
        Inbox, "_run", "await handles.run(event, work)\n",
        ABSORBED,
    ),
    "halving": (Inbox, "take", "len(part) > 1", "False"),
    "the look at what waits": (heads, "_may_run", '["last_sequence"] > ', '["last_sequence"] < '),
    "the inbox row of what is parked": (
        parking.Lanes, "park", "lane.is_changed = True", "lane.is_changed = False",
    ),
    "the count of what is parked": (parking.Lanes, "unpark", "lane.parked -= 1", "pass"),
    "the acknowledgement before the deletion": (
        Relay, "step", SEND, f"{EARLY}; {SEND}",
    ),
    "only what was acknowledged": (
        Relay, "step", "[Delete(id_) for id_ in sent.ids]", "[Delete(r['_id']) for r in rows]",
    ),
    "the growing clock": (
        Batch, "_publish", 'max(_microseconds(self.now), old["clock"] + 1)',
        "_microseconds(self.now)",
    ),
    "the backlog before the day": (
        Days, "_enter", "not _has_read(await self._log.committed(), following.ends)", "False",
    ),
    "the ends of an announced day": (
        Inbox, "_attempt", "item.envelope.id, ends)", "item.envelope.id, ())",
    ),
    "one day at a time": (
        calendar.Calendar, "enter", "following, *later =", "*_, following = later =",
    ),
    "due and not done": (
        Days, "_run_one", "batch.absorb(work)", "pass",
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", PLANTED)
def test_without_this_rule_a_few_hundred_schedules_are_red(rule: str, plant: Plant) -> None:
    plant(*PLANTED[rule])
    with small_limits():
        is_red = any(run_tape(tape_of(seed)).breaches for seed in range(SEEDS_TO_RED))

    assert is_red, rule


def test_a_broken_schedule_is_told_with_its_seed_and_a_small_tape(plant: Plant) -> None:
    plant(*PLANTED["the duplicate check"])
    totals = Totals()
    broken = run_seeds(range(SEEDS_TO_RED), totals)

    assert broken is not None
    assert totals.broken == 1
    assert len(broken.tape) < len(tape_of(broken.seed))
    assert f"seed {broken.seed} breaks" in str(broken)
    assert f"python -m proofs simulate --tape {broken.tape.hex()}" in str(broken)
    with small_limits():
        assert run_tape(broken.tape).breaches == broken.breaches_of_tape
