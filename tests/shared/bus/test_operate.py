"""What operators do about what is parked, on the twin in memory and on real MongoDB."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.bus import Record
from shared.bus.operate import discard, mend, release, show_parked
from shared.errors import Invalid, NotFound, Rejected
from shared.mongo import Document
from shared.testing import NOW, Bench
from tests.shared import toy
from tests.shared.toy import TALLIES, submitted

ACT = {"by": "operator", "why": "the host sent it twice"}
FIRST, SECOND = "/womanup/intake/per_a/1", "/womanup/intake/per_a/2"


@pytest.fixture(autouse=True)
def mended() -> Iterator[None]:
    toy.faulty.clear()
    yield
    toy.faulty.clear()


@pytest.fixture
async def bench(bench_on: Callable[..., Bench]) -> Bench:
    found = bench_on("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    await found.day("2022-03-03")
    return found


async def act(bench: Bench, do: Callable[[Any], Awaitable[Document]]) -> Document:
    reply = await bench.store.transact(do)
    await bench.settle()
    return reply


async def journalled(bench: Bench, type_: str) -> list[Document]:
    async def read(session: Any) -> list[Document]:
        return list(await session.find("journal", {"type": type_}, limit=10))

    return await bench.store.read(read)


async def test_a_record_that_is_thrown_away_has_no_effect_and_those_behind_it_run(
    bench: Bench,
) -> None:
    toy.faulty.add("per_a")
    await bench.given(submitted("per_a"), submitted("per_a"))
    toy.faulty.clear()

    reply = await act(bench, lambda s: discard(s, FIRST, ACT, NOW))

    assert reply == {"id": FIRST, "stream": "/womanup/intake/per_a", "sequence": 1}
    assert (await bench.state(TALLIES, "per_a")).total == 1
    assert bench.parked == []
    (entry,) = await journalled(bench, "discarded")
    assert (entry["by"], entry["why"], entry["key"]) == ("operator", ACT["why"], FIRST)
    assert b"per_a" in bytes(entry["record"]["value"])
    await bench.verify()


async def test_a_record_that_was_thrown_away_and_comes_again_is_a_duplicate(bench: Bench) -> None:
    toy.faulty.add("per_a")
    record = bench.record(submitted("per_a"))
    await bench.take([record])
    toy.faulty.clear()
    await act(bench, lambda s: discard(s, FIRST, ACT, NOW))

    await bench.take([record])

    with pytest.raises(NotFound):
        await bench.state(TALLIES, "per_a")


async def test_only_the_first_of_a_stream_can_be_thrown_away(bench: Bench) -> None:
    toy.faulty.add("per_a")
    await bench.given(submitted("per_a"), submitted("per_a"))

    with pytest.raises(Rejected, match=FIRST):
        await act(bench, lambda s: discard(s, SECOND, ACT, NOW))

    await bench.look()
    assert len(bench.parked) == 2
    assert await journalled(bench, "discarded") == []


async def test_a_record_that_names_no_stream_can_only_be_thrown_away(bench: Bench) -> None:
    garbage = Record("intake", "womanup.intake.v1", 3, 7, None, b"\xde\xad", (("x", None),))
    await bench.take([garbage])
    place = "womanup.intake.v1/3/7"

    for do in (
        lambda s: release(s, toy.SWEEPS, place, ACT, NOW),
        lambda s: mend(s, place, b"{}", ACT, NOW),
    ):
        with pytest.raises(Rejected, match="names no stream"):
            await act(bench, do)
    await act(bench, lambda s: discard(s, place, ACT, NOW))

    assert bench.parked == []
    (entry,) = await journalled(bench, "discarded")
    assert bytes(entry["record"]["value"]) == b"\xde\xad"


async def test_a_mended_record_runs_in_its_place_and_links_to_what_came(bench: Bench) -> None:
    broken = replace(bench.record(submitted("per_a")), value=b'{"person_id": 5}')
    await bench.take([broken, bench.record(submitted("per_a"))])
    right = submitted("per_a").model_dump_json().encode()

    await bench.store.transact(lambda s: mend(s, FIRST, right, ACT, NOW))
    shown = await bench.store.read(lambda s: show_parked(s, FIRST))
    await bench.settle()

    (entry,) = await journalled(bench, "mended")
    assert shown["mended"] == {**ACT, "original": entry["_id"]}
    assert bytes(entry["record"]["value"]) == b'{"person_id": 5}'
    assert (await bench.state(TALLIES, "per_a")).total == 2
    assert bench.parked == []

    await bench.take([broken])

    assert bench.parked == []


async def test_a_body_that_is_not_what_its_type_says_is_refused(bench: Bench) -> None:
    broken = replace(bench.record(submitted("per_a")), value=b'{"person_id": 5}')
    await bench.take([broken])

    with pytest.raises(Invalid):
        await act(bench, lambda s: mend(s, FIRST, b'{"person_id": 6}', ACT, NOW))

    await bench.look()
    assert [bytes(p["value"]) for p in bench.parked] == [b'{"person_id": 5}']
    assert await journalled(bench, "mended") == []


async def test_a_stream_that_is_released_runs_in_order(bench: Bench) -> None:
    toy.faulty.add("per_a")
    await bench.given(*(submitted("per_a") for _ in range(4)))
    toy.faulty.clear()

    await act(bench, lambda s: release(s, toy.SWEEPS, FIRST, ACT, NOW + timedelta(minutes=1)))

    assert (await bench.state(TALLIES, "per_a")).total == 4
    assert bench.parked == []
