"""What a unit of work relies on must still hold when it is stored."""

from functools import partial
from typing import Any

import pytest

from shared.mongo import Cause, Session, Work
from shared.testing import Bench
from tests.shared import toy
from tests.shared.toy import TALLIES


@pytest.fixture
async def bench() -> Bench:
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    await bench.day("2022-03-03")
    for person in ("per_a", "per_b"):
        await bench.command(partial(toy.add, person, 1))
    return bench


async def together(bench: Bench, first: Any, second: Any) -> None:
    """Both decide by what was there before; then the second is stored, then the first."""
    runs = 0

    async def run(session: Session, handle: Any) -> None:
        nonlocal runs
        batch = await bench._desk.batch(session)
        work = batch.work(Cause("x", "x"))
        await handle(work)
        batch.absorb(work)
        await batch.flush()
        runs += 1
        if runs == 1:
            await bench.store.transact(lambda s: run(s, second))

    await bench.store.transact(lambda s: run(s, first))


async def test_two_decisions_that_rely_on_one_another_are_not_both_made_on_the_old_world(
    bench: Bench,
) -> None:
    """Each adds only while the other has nothing more than 1: one of them must see that it has."""

    def add_unless(person: str, other: str) -> Any:
        async def handle(work: Work) -> None:
            seen = await work.require(TALLIES, other)
            work.rely_on(TALLIES, other)
            if seen.total == 1:
                await toy.add(person, 1, work)

        return handle

    await together(bench, add_unless("per_a", "per_b"), add_unless("per_b", "per_a"))

    totals = [(await bench.state(TALLIES, p)).total for p in ("per_a", "per_b")]
    assert sorted(totals) == [1, 2]
    await bench.verify()


async def test_two_changes_of_one_aggregate_both_count(bench: Bench) -> None:
    async def add(work: Work) -> None:
        await toy.add("per_a", 1, work)

    await together(bench, add, add)

    assert (await bench.state(TALLIES, "per_a")).total == 3
    await bench.verify()


async def test_what_was_not_loaded_cannot_be_saved_or_relied_on(bench: Bench) -> None:
    async def save(work: Work) -> None:
        work.save(TALLIES, "per_a", [toy.counted("per_a", 1, work.today)])

    async def rely(work: Work) -> None:
        work.rely_on(TALLIES, "per_a")

    for handle in (save, rely):
        with pytest.raises(LookupError, match="without having been loaded"):
            await bench.command(handle)
    with pytest.raises(LookupError, match="does not exist"):
        await bench.command(_rely_on_nobody)


async def _rely_on_nobody(work: Work) -> None:
    await work.load(TALLIES, "per_z")
    work.rely_on(TALLIES, "per_z")
