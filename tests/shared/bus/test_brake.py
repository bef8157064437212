"""Too much has failed: nothing more is taken, until operators bring the number down."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from shared.bus.brake import Brake
from shared.bus.operate import discard, release
from shared.metrics import table
from shared.mongo import Session
from shared.testing import NOW, Bench, MemoryStore
from tests.shared import toy
from tests.shared.toy import TALLIES, accepted, submitted

T = TypeVar("T")
ACT = {"by": "kim", "why": "ticket 12"}
PEOPLE = ("per_a", "per_b", "per_c")


class Counting(MemoryStore):
    """Counts the reads that stand outside a transaction."""

    reads = 0

    async def read(
        self, run: Callable[[Session], Awaitable[T]], patience_seconds: float = float("inf")
    ) -> T:
        self.reads += 1
        return await super().read(run, patience_seconds)


@pytest.fixture
async def bench(bench_on: Callable[..., Bench]) -> Bench:
    bench = bench_on("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    await bench.day("2022-03-03")
    return bench


def brake_of(bench: Bench, failed_max: int = 2) -> Brake:
    return Brake(bench.store, bench.metrics, bench.inbox, failed_max)


async def fail(bench: Bench, *people: str) -> None:
    toy.faulty.update(people)
    await bench.given(*(submitted(person) for person in people))


async def takes(brake: Brake) -> bool:
    """Whether a batch would be taken now."""
    try:
        async with asyncio.timeout(0.05):
            await brake.wait()
    except TimeoutError:
        return False
    return True


async def test_at_the_limit_records_are_taken_and_above_it_they_wait(bench: Bench) -> None:
    brake = brake_of(bench)
    await fail(bench, "per_a", "per_b")
    await brake.look()

    assert await takes(brake)
    assert brake.says() is None
    assert bench.metrics.value(table.TAKING_STOPPED) == 0

    await fail(bench, "per_c")
    await brake.look()

    assert not await takes(brake)
    assert brake.says() == "takes no more records: more than 2 are parked as failed"
    assert bench.metrics.value(table.TAKING_STOPPED) == 1


async def test_a_batch_that_waits_is_taken_when_a_discard_has_brought_the_number_down(
    bench: Bench,
) -> None:
    brake = brake_of(bench)
    await fail(bench, *PEOPLE)
    await brake.look()
    waiting = asyncio.create_task(brake.wait())
    await brake.look()

    assert not waiting.done()

    await bench.store.transact(lambda s: discard(s, "/womanup/intake/per_a/1", ACT, NOW))
    await brake.look()
    await waiting

    assert not brake.is_on
    assert bench.metrics.value(table.TAKING_STOPPED) == 0


async def test_releases_run_while_nothing_is_taken(bench: Bench) -> None:
    brake = brake_of(bench)
    await fail(bench, *PEOPLE)
    await brake.look()
    toy.faulty.clear()
    await bench.store.transact(
        lambda s: release(s, toy.SWEEPS, "/womanup/intake/per_a/1", ACT, NOW)
    )
    await bench.settle()
    total = (await bench.state(TALLIES, "per_a")).total
    await brake.look()

    assert total == 1
    assert not brake.is_on


async def test_what_waits_or_stands_behind_never_stops_a_service(bench: Bench) -> None:
    brake = brake_of(bench)
    await bench.given(*(accepted(person, "coh_9") for person in PEOPLE))
    await bench.given(*(submitted(person) for person in PEOPLE))
    kinds = [parked["kind"] for parked in bench.parked]
    bench.inbox.failed += 1  # as if something had failed, too: it counts
    await brake.look()

    assert (kinds.count("waits"), kinds.count("behind")) == (3, 3)
    assert await takes(brake)


async def test_who_starts_above_the_limit_takes_nothing(bench: Bench) -> None:
    await fail(bench, *PEOPLE)
    fresh = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, bench.store)
    brake = brake_of(fresh)
    await brake.look()

    assert not await takes(brake)


async def test_where_nothing_fails_nothing_is_counted() -> None:
    """The planted fault beside it shows that the count is seen: a failure costs one."""
    store = Counting()
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, store)
    await bench.day("2022-03-03")
    brake = brake_of(bench)
    await brake.look()
    before = store.reads
    await bench.inbox.take([bench.record(submitted("per_a"))])
    await brake.look()

    assert store.reads == before

    toy.faulty.add("per_b")
    await bench.inbox.take([bench.record(submitted("per_b"))])
    await brake.look()

    assert store.reads == before + 1
