"""The engine's promises, one by one, on the twin in memory and on real MongoDB."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ops.policies import read_policy
from shared.bus import Record
from shared.bus.operate import release
from shared.errors import CalendarNotStarted, NotFound
from shared.events.intake import ApplicantNotSelected, CohortOpened
from shared.mongo import Put
from shared.testing import NOW, Bench
from tests.shared import toy
from tests.shared.toy import TALLIES, accepted, submitted


@pytest.fixture
def bench(bench_on: Callable[..., Bench]) -> Bench:
    return bench_on("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)


def opened() -> CohortOpened:
    policy = read_policy("2022-h1")
    return CohortOpened(cohort_id="coh_1", policy=policy, effective_on=toy.DAY, recorded_on=toy.DAY)


async def total(bench: Bench, person: str) -> int:
    return (await bench.state(TALLIES, person)).total


async def let_run(bench: Bench, parked_id: str) -> None:
    act = {"by": "operator", "why": "mended"}

    async def run(session: Any) -> Any:
        return await release(session, toy.SWEEPS, parked_id, act, NOW)

    await bench.store.transact(run)
    await bench.settle()


async def test_a_duplicate_is_skipped(bench: Bench) -> None:
    await bench.day("2022-03-03")
    record = bench.record(submitted("per_a"))
    await bench.take([record, record])
    await bench.take([record])

    assert await total(bench, "per_a") == 1
    assert bench.parked == []


async def test_a_gap_parks_its_stream_only_and_closes_in_order(bench: Bench) -> None:
    await bench.day("2022-03-03")
    first, second, third = (bench.record(submitted("per_a")) for _ in range(3))
    await bench.take([first, third, bench.record(submitted("per_b"))])

    assert await total(bench, "per_a") == 1
    assert await total(bench, "per_b") == 1
    assert [p["kind"] for p in bench.parked] == ["behind"]

    await bench.take([second])

    assert await total(bench, "per_a") == 3
    assert bench.parked == []


async def test_an_unknown_type_is_passed_over_but_counted(bench: Bench) -> None:
    await bench.day("2022-03-03")
    unknown = ApplicantNotSelected(
        application_id="app_1",
        person_id="per_a",
        cohort_id="coh_1",
        round=1,
        effective_on=toy.DAY,
        recorded_on=toy.DAY,
    )
    strange = bench.record(unknown)
    strange = replace(
        strange,
        headers=tuple(
            (n, b"womanup.intake.NeverHeardOf.v9" if n == "ce_type" else v)
            for n, v in strange.headers
        ),
        value=b"\x00\xff",
    )
    await bench.take([strange, bench.record(submitted("per_a"))])

    assert await total(bench, "per_a") == 1
    assert bench.parked == []


async def test_garbage_is_parked_with_its_bytes_and_holds_up_nobody(bench: Bench) -> None:
    await bench.day("2022-03-03")
    garbage = Record("intake", "womanup.intake.v1", 3, 7, None, b"\xde\xad", ((("x"), None),))
    await bench.take([garbage, bench.record(submitted("per_a"))])

    assert await total(bench, "per_a") == 1
    assert [(p["stream"], bytes(p["value"])) for p in bench.parked] == [(None, b"\xde\xad")]


async def test_a_body_that_is_not_what_it_says_is_parked_and_its_stream_waits(
    bench: Bench,
) -> None:
    await bench.day("2022-03-03")
    broken = replace(bench.record(submitted("per_a")), value=b'{"person_id": 5}')
    await bench.take([broken, bench.record(submitted("per_a"))])

    assert [p["kind"] for p in bench.parked] == ["failed", "behind"]
    with pytest.raises(NotFound):
        await bench.state(TALLIES, "per_a")


async def test_a_failing_handler_leaves_no_trace_and_its_release_keeps_order(bench: Bench) -> None:
    await bench.day("2022-03-03")
    toy.faulty.add("per_a")
    await bench.given(submitted("per_a"), submitted("per_b"), submitted("per_a"))

    assert await total(bench, "per_b") == 1
    assert [p["kind"] for p in bench.parked] == ["failed", "behind"]
    with pytest.raises(NotFound):
        await bench.state(TALLIES, "per_a")

    await let_run(bench, bench.parked[0]["_id"])  # not mended: it fails again, nothing is lost

    assert [p["kind"] for p in bench.parked] == ["failed", "behind"]

    toy.faulty.clear()
    await let_run(bench, bench.parked[0]["_id"])

    assert await total(bench, "per_a") == 2
    assert bench.parked == []
    await bench.verify()


async def test_a_redelivered_parked_record_does_not_run(bench: Bench) -> None:
    await bench.day("2022-03-03")
    toy.faulty.add("per_a")
    record = bench.record(submitted("per_a"))
    await bench.take([record])
    toy.faulty.clear()
    await bench.take([record])

    assert [p["kind"] for p in bench.parked] == ["failed"]
    with pytest.raises(NotFound):
        await bench.state(TALLIES, "per_a")


async def test_an_event_waits_for_the_stream_it_rests_on(bench: Bench) -> None:
    await bench.day("2022-03-03")
    await bench.given(submitted("per_a"), accepted("per_a"), submitted("per_a"))

    assert [p["kind"] for p in bench.parked] == ["waits", "behind"]

    await bench.given(opened())

    assert await total(bench, "per_a") == 2
    assert bench.parked == []
    assert [e.paid_krw for e in bench.published] == [1]  # type: ignore[attr-defined]


async def test_what_comes_before_the_first_day_waits_for_it(bench: Bench) -> None:
    await bench.given(submitted("per_a"))

    assert [p["kind"] for p in bench.parked] == ["waits"]

    await bench.day("2022-03-03")

    assert await total(bench, "per_a") == 1


async def test_a_command_needs_a_day(bench: Bench) -> None:
    with pytest.raises(CalendarNotStarted):
        await bench.command(lambda work: toy.add("per_a", 1, work))


async def test_the_store_s_refusal_is_pinned_on_the_culprit_alone(bench: Bench) -> None:
    """Two people would carry the same unique label: one of a batch of many is at fault."""
    await bench.day("2022-03-03")
    people = [f"per_{n}" for n in range(9)]
    await bench.given(*(submitted(p) for p in people[:4]))

    async def steal(work: Any) -> None:
        await work.load(TALLIES, "per_thief")
        work.save(TALLIES, "per_thief", [toy.counted("per_4", 1, work.today)])

    await bench.command(steal)
    await bench.given(*(submitted(p) for p in people[4:]))

    assert [(p["stream"], p["fingerprint"]) for p in bench.parked] == [
        ("/womanup/intake/per_4", "store-refused")
    ]
    for person in people[5:]:
        assert await total(bench, person) == 1


async def test_what_is_due_is_done_once_also_after_days_were_missed(bench: Bench) -> None:
    await bench.day("2022-03-03")
    await bench.given(opened(), submitted("per_a"), accepted("per_a"))
    await bench.day("2022-03-04")

    assert (await bench.state(TALLIES, "per_a")).label == "per_a"

    await bench.day("2022-04-30")

    assert (await bench.state(TALLIES, "per_a")).label == "per_a+rested"


async def test_a_failing_aggregate_is_set_aside_and_time_goes_on_for_others(bench: Bench) -> None:
    await bench.day("2022-03-03")
    toy.faulty.add("per_b")
    for person in ("per_a", "per_c"):
        await bench.given(opened(), submitted(person), accepted(person))
    toy.faulty.clear()
    await bench.given(submitted("per_b"), accepted("per_b"))
    toy.faulty.add("per_b")
    await bench.day("2022-03-10")

    assert [s["key"] for s in bench.set_aside] == ["per_b"]
    assert (await bench.state(TALLIES, "per_c")).label == "per_c+rested"

    toy.faulty.clear()
    await let_run(bench, "tallies/per_b")

    assert bench.set_aside == []
    assert (await bench.state(TALLIES, "per_b")).label == "per_b+rested"


async def test_published_events_count_up_without_a_gap_in_each_stream(bench: Bench) -> None:
    await bench.day("2022-03-03")
    for _ in range(4):
        await bench.command(lambda work: toy.add("per_a", 1, work))
    rows = await bench._rows("outbox", {})

    assert [dict(r["headers"])["ce_sequence"] for r in rows] == [b"1", b"2", b"3"]
    assert [r["_id"]["clock"] for r in rows] == sorted({r["_id"]["clock"] for r in rows})


async def test_every_state_is_the_fold_of_its_journal_and_a_planted_change_is_named(
    bench: Bench,
) -> None:
    await bench.day("2022-03-03")
    await bench.given(opened(), submitted("per_a"), submitted("per_b"))
    await bench.verify()
    honest = await bench.digest()

    async def tamper(session: Any) -> None:
        found = await session.get("tallies", ["per_a"])
        document = found["per_a"]
        document["state"]["total"] = 2
        await session.write("tallies", [Put(document)])

    await bench.store.transact(tamper)

    with pytest.raises(AssertionError, match="per_a"):
        await bench.verify()
    assert await bench.digest() != honest


async def test_personal_data_is_sealed_and_comes_back(bench: Bench) -> None:
    await bench.day("2022-03-03")

    async def keep(work: Any) -> None:
        await work.write_vault("per_a", {"name": "김하늘"})
        await work.write_vault("per_a", {"phone": "010-1234-5678"})

    await bench.command(keep)
    kept = await bench._rows("vault", {})

    assert "김하늘".encode() not in bytes(kept[0]["fields"])
    fields = await bench.query(lambda work: work.read_vault("per_a"))
    assert fields == {"name": "김하늘", "phone": "010-1234-5678"}


async def test_news_of_a_later_day_is_decided_by_that_day(bench: Bench) -> None:
    """The day's own news and its announcement come by two topics: either may be first."""
    await bench.day("2022-03-03")
    tomorrow = toy.DAY + timedelta(days=1)
    news = accepted("per_a").model_copy(update={"recorded_on": tomorrow})
    await bench.given(opened(), submitted("per_a"), news)

    assert [e.recorded_on for e in bench.published] == [tomorrow]


async def test_a_stored_state_that_cannot_be_read_stops_only_who_asks_for_it(
    bench: Bench,
) -> None:
    await bench.day("2022-03-03")
    await bench.given(submitted("per_a"), submitted("per_b"))

    async def spoil(session: Any) -> None:
        document = (await session.get("tallies", ["per_a"]))["per_a"]
        state = {**document["state"], "total": "many"}
        await session.write("tallies", [Put({**document, "state": state})])

    await bench.store.transact(spoil)
    await bench.given(submitted("per_a"), submitted("per_b"))

    assert [p["stream"] for p in bench.parked] == ["/womanup/intake/per_a"]
    assert await total(bench, "per_b") == 2


async def test_a_state_that_cannot_be_written_stops_only_its_own_event(bench: Bench) -> None:
    """Its due day fails only when the state is to be stored: that is still the event's fault."""
    await bench.day("2022-03-03")
    toy.undated.add("per_a")
    await bench.given(submitted("per_a"), submitted("per_b"))
    toy.undated.clear()

    assert [p["stream"] for p in bench.parked] == ["/womanup/intake/per_a"]
    assert await total(bench, "per_b") == 1
