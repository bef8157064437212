"""Parking and release of one stream both write its inbox row: they cannot pass each other."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from shared.bus.operate import release
from shared.bus.parking import Blame
from shared.mongo import Refused, Session
from shared.testing import NOW, Bench
from tests.shared import toy
from tests.shared.refusing import Refusing
from tests.shared.toy import TALLIES, submitted

STREAM = "/womanup/intake/per_a"
ACT = {"by": "operator", "why": "mended"}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """Number 1 of the stream has failed, and its fault is not mended yet."""
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    await bench.day("2022-03-03")
    toy.faulty.add("per_a")
    await bench.given(submitted("per_a"))
    yield bench
    toy.faulty.clear()


async def overtaken(bench: Bench, run: Callable[[Session], Awaitable[Any]]) -> int:
    """How often `run` runs when number 2 is parked behind 1 while it runs for the first time."""
    runs = 0

    async def slowly(session: Session) -> None:
        nonlocal runs
        runs += 1
        await run(session)
        if runs == 1:
            await bench.inbox.take([bench.record(submitted("per_a"))])

    await bench.store.transact(slowly)
    return runs


async def let_run(bench: Bench) -> None:
    released = partial(release, sweeps=toy.SWEEPS, id_=f"{STREAM}/1", act=ACT, now=NOW)
    await bench.store.transact(released)


async def row(bench: Bench) -> tuple[int, int]:
    (found,) = await bench._rows("inbox", {"_id": STREAM})
    return found["last_sequence"], found["parked"]


async def test_an_operator_s_release_that_a_parking_overtakes_is_run_again(bench: Bench) -> None:
    released = partial(release, sweeps=toy.SWEEPS, id_=f"{STREAM}/1", act=ACT, now=NOW)

    assert await overtaken(bench, released) == 2
    assert await row(bench) == (0, 2)


async def test_a_release_that_fails_again_and_that_a_parking_overtakes_is_run_again(
    bench: Bench,
) -> None:
    await let_run(bench)

    assert await overtaken(bench, lambda s: bench.inbox._release(s, STREAM, Blame(200))) == 2
    assert await row(bench) == (0, 2)


async def test_a_release_that_a_parking_overtakes_loses_none_of_both(bench: Bench) -> None:
    await let_run(bench)
    toy.faulty.clear()

    assert await overtaken(bench, lambda s: bench.inbox._release(s, STREAM, Blame(200))) == 2
    await bench.settle()
    assert await row(bench) == (2, 0)
    assert (await bench.state(TALLIES, "per_a")).total == 2
    assert bench.parked == []


async def test_a_parking_that_a_release_overtakes_is_run_again_and_not_left_behind(
    bench: Bench,
) -> None:
    """It read that 1 was parked; by the time it is stored, 1 has run: it is 2's own turn."""
    await let_run(bench)
    toy.faulty.clear()
    second = bench.record(submitted("per_a"))
    runs = 0

    async def take_slowly(session: Session) -> None:
        nonlocal runs
        runs += 1
        await bench.inbox._take(session, [second], ())
        if runs == 1:
            await bench.settle()

    await bench.store.transact(take_slowly)
    await bench.look()

    assert runs == 2
    assert bench.parked == []
    assert (await bench.state(TALLIES, "per_a")).total == 2


async def refused_meanwhile(
    store: Refusing, bench: Bench, do: Callable[[], Awaitable[Any]]
) -> None:
    """The stream's head is refused, alone too; and before that is stored, another does this."""
    store.refuse(2, do)
    await bench.inbox._release_stream(STREAM, 2)
    await bench.settle()


async def test_a_refusal_from_before_an_operator_s_release_does_not_outlive_it() -> None:
    store = Refusing()
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, store)
    await failed_once(bench)
    await let_run(bench)
    await refused_meanwhile(store, bench, lambda: let_run(bench))

    assert await row(bench) == (1, 0)
    assert bench.parked == []


async def test_a_refusal_is_not_borne_by_who_stands_there_by_then() -> None:
    store = Refusing()
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, store)
    await failed_once(bench)
    await bench.given(submitted("per_a"))
    await let_run(bench)
    await refused_meanwhile(
        store, bench, lambda: store.transact(lambda s: bench.inbox._release(s, STREAM, Blame(1)))
    )

    assert await row(bench) == (2, 0)
    assert bench.parked == []


async def test_a_refusal_is_borne_by_what_was_refused() -> None:
    store = Refusing()
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, store)
    await failed_once(bench)
    await let_run(bench)
    await refused_meanwhile(store, bench, nothing)

    (parked,) = bench.parked
    assert (parked["kind"], parked["fingerprint"]) == ("failed", "store-refused")


async def test_what_cannot_even_be_parked_stops_the_service() -> None:
    store = Refusing()
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, store)
    await failed_once(bench)
    await let_run(bench)
    store.refuse(3, nothing)

    with pytest.raises(Refused):
        await bench.inbox._release_stream(STREAM, 2)
    assert store.refused == 3


async def failed_once(bench: Bench) -> None:
    """Number 1 of the stream has failed, and its fault is mended."""
    await bench.day("2022-03-03")
    toy.faulty.add("per_a")
    await bench.given(submitted("per_a"))
    toy.faulty.clear()


async def nothing() -> None:
    """Nobody interferes."""
