"""Too much that fails stops a consumer, and nothing else does."""

import asyncio
from collections.abc import Iterator
from datetime import date

import pytest

from shared.bus import brake as module
from shared.bus.brake import Brake
from shared.bus.operate import discard
from shared.testing import NOW, Bench
from tests.shared import toy
from tests.shared.toy import accepted, submitted

ACT = {"by": "operator", "why": "garbage"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    toy.faulty.clear()
    yield
    toy.faulty.clear()


@pytest.fixture
async def bench() -> Bench:
    found = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    await found.day(date(2022, 3, 3))
    return found


async def test_a_consumer_waits_while_more_has_failed_than_may_and_goes_on_when_it_is_mended(
    bench: Bench,
) -> None:
    brake = Brake(bench.store, failed_max=1)
    toy.faulty.update({"per_a", "per_b"})
    await bench.given(submitted("per_a"), submitted("per_b"))

    held = asyncio.create_task(brake.hold())
    while not brake.is_on:
        await asyncio.sleep(0)
    assert not held.done()

    id_ = "/womanup/intake/per_a/1"
    await bench.store.transact(lambda session: discard(session, id_, ACT, NOW))
    await asyncio.wait_for(held, 10)
    assert not brake.is_on


async def test_what_waits_or_stands_behind_never_stops_a_consumer(bench: Bench) -> None:
    """What it waits for may be the next record."""
    brake = Brake(bench.store, failed_max=1)
    toy.faulty.add("per_a")
    await bench.given(*(submitted("per_a") for _ in range(5)))
    await bench.given(*(accepted(person, "coh_2") for person in ("per_b", "per_c", "per_d")))
    assert len(bench.parked) == 8

    await asyncio.wait_for(brake.hold(), 10)
    assert not brake.is_on
