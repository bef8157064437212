"""Each blow in a life of its own, compared with a life that nobody disturbed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from proofs.crash.arming import Blow
from proofs.crash.life import LifeError
from proofs.crash.points import PARTS, POINTS, START
from proofs.crash.trial import Trial

RECOVERY_SECONDS_MAX = 5.0  # after any single crash (design.md §4)
TRIES_MAX = 3  # a hit that is there in one life need not be in the next: batches fall otherwise

# Held past its grace where something is half done; a thread of MongoDB's or Kafka's is on its way.
TERM_POINTS = (
    "consumer.batch.before",
    "consumer.ends.after",
    "consumer.write.inbox",
    "consumer.commit.before",
    "consumer.commit.after",
    "consumer.offsets.before",
    "release.commit.before",
    "days.write.state",
    "days.commit.before",
    "relay.send.before",
    "relay.send.after",
    "relay.ack.all",
    "relay.commit.before",
    "http.commit.before",
    "http.reply.before",
)
# The loop of the relay or the days is there when a stop cancels it: at that very await. It ends by
# itself then, in its grace.
CANCEL_POINTS = (
    "release.load.after",
    "release.write.inbox",
    "release.commit.after",
    "days.load.before",
    "days.write.calendar",
    "days.commit.before",
    "days.commit.after",
    "relay.send.before",
    "relay.send.after",
    "relay.ack.first",
    "relay.ack.all",
    "relay.commit.before",
    "relay.commit.after",
)
# Frozen for longer than its session lasts, while another takes over: a zombie when it wakes.
PAUSE_POINTS = (
    "consumer.write.inbox",
    "consumer.commit.after",
    "consumer.offsets.before",
    "days.commit.before",
    "relay.send.before",
    "relay.ack.all",
)
# In the first process; the second dies at each point of its start, and where it takes up the work.
DOUBLE_FIRST = ("consumer.commit.before", "relay.ack.all")
DOUBLE_SECOND = (
    *(f"start.{name}" for name in START),
    "consumer.batch.before",
    "consumer.commit.before",
    "relay.send.before",
)

Blows = tuple[Blow, ...]
Attempt = Callable[[Blows], Awaitable[Trial]]


@dataclass(slots=True)
class Row:
    """What became of the blows of one kind. `passed` of the undisturbed life; `struck` of `tried`
    fell. A recovery is from a death to ready, and counts where there was a single one.
    """

    name: str
    passed: int = 0
    tried: int = 0
    struck: int = 0
    worst_seconds: float = 0.0
    findings: list[str] = field(default_factory=list)


def every_hit(hits: Mapping[str, int], most: int | None) -> Iterator[Blows]:
    """A kill at each hit of each point that was passed, or at `most` of them, evenly chosen."""
    for point in POINTS:
        passed = hits.get(point, 0)
        for hit in _chosen(passed, passed if most is None else most):
            yield (Blow(point, hit),)


def chains(hits: Mapping[str, int]) -> Iterator[Blows]:
    """Every point that was passed once, a life for each part of the engine: its first process dies
    at the point that was passed first, the next at the second, and so on. A blow that nobody passes
    any more leaves those behind it unstruck.
    """
    for part in PARTS:
        found = tuple(Blow(point) for point in hits if point.startswith(f"{part}."))
        if found:
            yield found


def other_blows() -> Iterator[Blows]:
    """Two deaths in a row, stops past their grace, cancellations, zombies."""
    for first in DOUBLE_FIRST:
        for second in DOUBLE_SECOND:
            yield Blow(first), Blow(second)
    for point in TERM_POINTS:
        yield (Blow(point, how="term"),)
    for point in CANCEL_POINTS:
        yield (Blow(point, how="cancel"),)
    for point in PAUSE_POINTS:
        yield (Blow(point, how="pause"),)


def check_registry(hits: Mapping[str, int]) -> list[str]:
    """A point that is never passed proves nothing; a boundary without a name is proved by none."""
    never = [f"{point} is never passed" for point in POINTS if not hits.get(point)]
    return never + [f"{name} has no name in the registry" for name in hits if name not in POINTS]


async def run(
    calm: Trial,
    plan: Iterable[Blows],
    attempt: Attempt,
    jobs: int,
    on_done: Callable[[Row], None] = lambda _: None,
) -> list[Row]:
    """Tries every blow, `jobs` lives at once; a row a point, in the order of the plan."""
    blows = list(plan)
    rows = {name_of(b): Row(name_of(b), calm.hits[b[-1].point]) for b in blows}

    async def work(blow: Blows) -> None:
        await _try(blow, calm, attempt, rows[name_of(blow)])
        on_done(rows[name_of(blow)])

    await _in_parallel(blows, work, jobs)
    for row in rows.values():
        if not row.struck:
            row.findings.append(f"{row.name} was never struck")
    return list(rows.values())


async def run_chains(calm: Trial, attempt: Attempt, jobs: int) -> list[Row]:
    """Each point once, a row a part; what a chain left unstruck is tried in a life of its own."""
    rows: list[Row] = []
    left: list[Blows] = []

    async def try_chain(chain: Blows) -> None:
        row = Row(name_of(chain), len(chain), len(chain))
        rows.append(row)
        try:
            trial = await attempt(chain)
        except LifeError as error:
            row.findings.append(f"{row.name}: {error}")
            return
        row.struck = trial.struck
        row.findings += [f"{row.name}: {said}" for said in trial.outcome.differences(calm.outcome)]
        left.extend((blow,) for blow in chain[trial.struck :])

    await _in_parallel(chains(calm.hits), try_chain, jobs)
    return rows + await run(calm, left, attempt, jobs)


def name_of(blows: Sequence[Blow]) -> str:
    if len(blows) > 2:
        return f"chain: {blows[0].point.partition('.')[0]}"
    if len(blows) > 1:
        return "double: " + ", then ".join(blow.point for blow in blows)
    return blows[0].point if blows[0].how == "kill" else f"{blows[0].how}: {blows[0].point}"


async def _in_parallel(
    blows: Iterable[Blows], work: Callable[[Blows], Awaitable[None]], jobs: int
) -> None:
    waiting = iter(blows)

    async def worker() -> None:
        for blow in waiting:
            await work(blow)

    async with asyncio.TaskGroup() as group:
        for _ in range(jobs):
            group.create_task(worker())


async def _try(blows: Blows, calm: Trial, attempt: Attempt, row: Row) -> None:
    row.tried += 1
    where = ", then ".join(f"{blow.point}:{blow.hit}" for blow in blows)
    for _ in range(TRIES_MAX):
        try:
            trial = await attempt(blows)
        except LifeError as error:
            row.struck += 1
            row.findings.append(f"{where}: {error}")
            return
        row.findings += [f"{where}: {said}" for said in trial.outcome.differences(calm.outcome)]
        if trial.struck == len(blows):
            row.struck += 1
            _note_recovery(trial, blows, where, row)
            return


def _note_recovery(trial: Trial, blows: Blows, where: str, row: Row) -> None:
    if len(blows) > 1 or blows[0].how != "kill" or not trial.recoveries:
        return
    seconds = trial.recoveries[0]
    row.worst_seconds = max(row.worst_seconds, seconds)
    if seconds > RECOVERY_SECONDS_MAX:
        row.findings.append(f"{where}: back after {seconds:.1f} s")


def _chosen(passed: int, most: int) -> list[int]:
    if passed <= most:
        return list(range(1, passed + 1))
    if most == 1:
        return [1]
    return sorted({1 + round(n * (passed - 1) / (most - 1)) for n in range(most)})
