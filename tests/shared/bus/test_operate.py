"""What operators do about parked records: who and why is kept, nothing is lost, order stays."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from ops.policies import read_policy
from shared.bus import Record
from shared.bus.operate import discard, list_acts, list_parked, release, show_parked
from shared.errors import NotFound, Rejected
from shared.events.calendar import DayStarted
from shared.events.intake import CohortOpened
from shared.events.payroll import PayrollRecordClosed
from shared.metrics import table
from shared.mongo import Document, Put, Session
from shared.mongo.acts import Trial
from shared.testing import NOW, Bench
from tests.shared import toy
from tests.shared.toy import TALLIES, accepted, submitted

ACT = {"by": "kim", "why": "ticket 12"}
GARBAGE = Record("intake", "womanup.intake.v1", 3, 7, None, b"\xff\xfe", (("x", None),))
STREAM = "/womanup/intake/per_a"


@pytest.fixture
async def bench(bench_on: Callable[..., Bench]) -> Bench:
    bench = bench_on("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    await bench.day("2022-03-03")
    return bench


async def do_discard(bench: Bench, id_: str, *, whole: bool = False) -> Document:
    reply = await bench.store.transact(lambda s: discard(s, id_, ACT, NOW, whole=whole))
    await bench.settle()
    return reply


async def do_release(bench: Bench, id_: str, value: bytes | None = None) -> Document:
    reply = await bench.store.transact(lambda s: release(s, toy.SWEEPS, id_, ACT, NOW, value=value))
    await bench.settle()
    return reply


async def shown(bench: Bench, id_: str) -> Document:
    return await bench.store.read(lambda s: show_parked(s, id_))


async def inbox(bench: Bench, stream: str = STREAM) -> tuple[int, int]:
    """The last sequence taken, and how many are parked."""
    row = (await bench.store.read(lambda s: s.get("inbox", [stream])))[stream]
    return row["last_sequence"], row["parked"]


async def total(bench: Bench) -> int:
    return (await bench.state(TALLIES, "per_a")).total


def broken(bench: Bench, value: bytes = b'{"person_id": 5}') -> Record:
    return replace(bench.record(submitted("per_a")), value=value)


async def test_a_discarded_head_has_no_effect_and_those_behind_it_run(bench: Bench) -> None:
    await bench.take([broken(bench), bench.record(submitted("per_a"))])
    await bench.take([bench.record(submitted("per_a"))])
    reply = await do_discard(bench, f"{STREAM}/1")

    assert reply["discarded"] == [f"{STREAM}/1"]
    assert bench.parked == []
    assert await total(bench) == 2
    assert await inbox(bench) == (3, 0)
    await bench.verify()


async def test_a_discarded_record_is_kept_whole_and_shown_with_who_and_why(bench: Bench) -> None:
    await bench.take([broken(bench)])
    await do_discard(bench, f"{STREAM}/1")
    found = await shown(bench, f"{STREAM}/1")
    (act,) = found["acts"]

    assert found["kind"] == "gone"
    assert (act["type"], act["by"], act["why"]) == ("discarded", "kim", "ticket 12")
    assert act["record"]["value"] == '{"person_id": 5}'
    assert act["record"]["place"].startswith("womanup.intake.v1/0/")
    assert ["ce_id", f"{STREAM}/1"] in act["record"]["headers"]


async def test_a_redelivery_of_what_was_discarded_is_a_duplicate(bench: Bench) -> None:
    record = broken(bench)
    await bench.take([record])
    await do_discard(bench, f"{STREAM}/1")
    await bench.take([record])

    assert bench.parked == []
    assert bench.metrics.value(table.EVENTS, outcome="duplicate") == 1


async def test_a_record_that_is_not_the_head_is_not_discarded(bench: Bench) -> None:
    await bench.take([broken(bench), bench.record(submitted("per_a"))])
    before = list(bench.parked)

    with pytest.raises(Rejected, match=f"{STREAM}/1 is parked before it") as refusal:
        await do_discard(bench, f"{STREAM}/2")
    await bench.look()

    assert (refusal.value.status, refusal.value.code) == (409, "not-head")
    assert bench.parked == before
    assert await inbox(bench) == (0, 2)


async def test_behind_a_gap_the_missing_number_is_named_as_the_head(bench: Bench) -> None:
    bench.record(submitted("per_a"))
    await bench.take([bench.record(submitted("per_a"))])
    listed = await bench.store.read(lambda s: list_parked(s, toy.SWEEPS, "", 10))

    assert [item["is_head"] for item in listed["items"]] == [False]
    with pytest.raises(Rejected, match=f"{STREAM}/1 comes before it and has not arrived"):
        await do_discard(bench, f"{STREAM}/2")


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 9])
async def test_a_list_in_pages_has_each_once_what_is_set_aside_first(
    bench: Bench, limit: int
) -> None:
    people = ("per_b", "per_c", "per_d")
    await bench.given(*(submitted(person) for person in people))

    async def set_aside(session: Session) -> None:
        mark = {"reason": "KeyError:f:1", "at": NOW}
        for found in (await session.get("tallies", people)).values():
            await session.write("tallies", [Put({**found, "set_aside": mark}, found["version"])])

    await bench.store.transact(set_aside)
    await bench.inbox.take([broken(bench), broken(bench)])
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        reading = partial(list_parked, sweeps=toy.SWEEPS, after=after, limit=limit)
        page = await bench.store.read(reading)
        found += [item["id"] for item in page["items"]]
        after = page["next"]

    aside = [f"tallies/{person}" for person in people]
    assert found == [*aside, f"{STREAM}/1", f"{STREAM}/2"]


async def test_a_whole_stream_is_discarded_only_when_asked_for_and_up_to_a_gap(
    bench: Bench,
) -> None:
    first, second, third, _, *others = (broken(bench) for _ in range(6))
    await bench.take([first, second, third, *others, bench.record(submitted("per_b"))])
    reply = await do_discard(bench, f"{STREAM}/1", whole=True)

    assert reply["discarded"] == [f"{STREAM}/{n}" for n in (1, 2, 3)]
    assert [p["_id"] for p in bench.parked] == [f"{STREAM}/5", f"{STREAM}/6"]
    assert await inbox(bench) == (3, 2)
    assert (await bench.state(TALLIES, "per_b")).total == 1
    with pytest.raises(NotFound):
        await bench.state(TALLIES, "per_a")


async def test_an_unreadable_record_is_discarded_and_never_comes_back(bench: Bench) -> None:
    await bench.take([GARBAGE])
    place = bench.parked[0]["_id"]
    await bench.take([GARBAGE])
    failed = bench.metrics.value(table.EVENTS, outcome="failed")
    await do_discard(bench, place)
    await bench.take([GARBAGE])
    found = await shown(bench, place)

    assert failed == 1
    assert bench.parked == []
    assert bench.metrics.value(table.EVENTS, outcome="duplicate") == 2
    assert found["acts"][0]["record"]["value"] == "hex:fffe"


async def test_a_parking_while_a_discard_is_stored_is_not_lost(bench: Bench) -> None:
    """Both write the inbox row: one of them runs again, and sees what the other did."""
    await bench.take([broken(bench)])
    late = bench.record(submitted("per_a"))
    tries = 0

    async def run(session: Session) -> Document:
        nonlocal tries
        tries += 1
        if tries == 1:
            await session.get("inbox", [STREAM])  # its snapshot is older than the parking
            await bench.inbox.take([late])
        return await discard(session, f"{STREAM}/1", ACT, NOW)

    await bench.store.transact(run)
    await bench.settle()

    assert tries == 2
    assert bench.parked == []
    assert await inbox(bench) == (2, 0)
    assert await total(bench) == 1


async def test_a_release_while_a_discard_is_stored_runs_nothing_twice(bench: Bench) -> None:
    await bench.take([broken(bench), bench.record(submitted("per_a"))])
    tries = 0

    async def run(session: Session) -> Document:
        nonlocal tries
        tries += 1
        if tries == 1:
            await session.get("inbox", [STREAM])  # its snapshot is older than the release
            await bench.store.transact(lambda s: release(s, toy.SWEEPS, f"{STREAM}/1", ACT, NOW))
        return await discard(session, f"{STREAM}/1", ACT, NOW)

    await bench.store.transact(run)
    await bench.settle()

    assert tries == 2
    assert await inbox(bench) == (2, 0)
    assert await total(bench) == 1
    assert [a["type"] for a in (await shown(bench, f"{STREAM}/1"))["acts"]] == [
        "released", "discarded",
    ]  # fmt: skip


async def test_no_day_is_discarded(bench: Bench) -> None:
    day = DayStarted(effective_on=toy.DAY, recorded_on=toy.DAY, is_business_day=True)
    await bench.take([replace(bench.record(day), value=b"{}")])

    with pytest.raises(Rejected, match="no day is skipped"):
        await do_discard(bench, bench.parked[0]["_id"])


async def test_what_is_not_parked_cannot_be_discarded(bench: Bench) -> None:
    with pytest.raises(NotFound, match="only be released"):
        await do_discard(bench, "tallies/per_a")


async def test_a_released_stream_runs_in_its_order(bench: Bench) -> None:
    policy = read_policy("2022-h1")
    opened = CohortOpened(
        cohort_id="coh_1", policy=policy, effective_on=toy.DAY, recorded_on=toy.DAY
    )
    toy.faulty.add("per_a")
    await bench.given(opened, submitted("per_a"), submitted("per_a"), accepted("per_a"))
    toy.faulty.clear()
    await do_release(bench, f"{STREAM}/1")

    assert bench.parked == []
    assert [e.paid_krw for e in bench.published if isinstance(e, PayrollRecordClosed)] == [2]
    assert await inbox(bench) == (3, 0)


async def test_a_mended_body_takes_the_place_of_the_broken_one(bench: Bench) -> None:
    record = broken(bench)
    await bench.take([record, bench.record(submitted("per_a"))])
    value = submitted("per_a").model_dump_json().encode()
    await do_release(bench, f"{STREAM}/1", value)
    await bench.take([record])  # the original comes again: it was taken

    assert bench.parked == []
    assert await total(bench) == 2
    assert bench.metrics.value(table.EVENTS, outcome="duplicate") == 1
    (act,) = (await shown(bench, f"{STREAM}/1"))["acts"]
    assert (act["type"], act["by"], act["why"]) == ("mended", "kim", "ticket 12")
    assert (act["original"], act["value"]) == ('{"person_id": 5}', value.decode())


async def test_a_mended_record_that_fails_again_shows_by_whom_and_what_it_was(
    bench: Bench,
) -> None:
    toy.faulty.add("per_a")
    await bench.take([broken(bench)])
    value = submitted("per_a").model_dump_json().encode()
    for _ in range(2):
        await do_release(bench, f"{STREAM}/1", value)
    found = await shown(bench, f"{STREAM}/1")

    assert found["kind"] == "failed"
    assert found["fingerprint"].startswith("ZeroDivisionError:count:")
    assert found["value"] == value.decode()
    assert ["ce_id", f"{STREAM}/1"] in found["headers"]
    assert found["mended"]["original"] == '{"person_id": 5}'
    assert (found["mended"]["by"], found["mended"]["why"]) == ("kim", "ticket 12")
    assert [act["type"] for act in found["acts"]] == ["mended", "mended"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"{", "not a ApplicationSubmitted: no JSON|not a ApplicationSubmitted"),
        (b'{"person_id": "per_a"}', "not a ApplicationSubmitted: .*cohort_id"),
        (submitted("per_b").model_dump_json().encode(), "is not the record key"),
    ],
)
async def test_a_mended_body_that_does_not_decode_is_refused_and_changes_nothing(
    bench: Bench, value: bytes, reason: str
) -> None:
    await bench.take([broken(bench)])
    before = list(bench.parked)

    with pytest.raises(Rejected, match=reason) as refusal:
        await do_release(bench, f"{STREAM}/1", value)
    await bench.look()

    assert (refusal.value.status, refusal.value.code) == (422, "does-not-decode")
    assert bench.parked == before
    assert (await shown(bench, f"{STREAM}/1"))["acts"] == []


async def test_what_names_no_stream_or_is_no_record_cannot_be_mended(bench: Bench) -> None:
    await bench.take([GARBAGE])
    await bench.given(submitted("per_a"), submitted("per_a"))

    with pytest.raises(Rejected, match="names no stream"):
        await do_release(bench, bench.parked[0]["_id"], b"{}")
    with pytest.raises(NotFound):
        await do_release(bench, "tallies/per_a", b"{}")


async def test_every_act_is_listed_also_two_of_one_instant(bench: Bench) -> None:
    toy.faulty.add("per_a")
    await bench.given(submitted("per_a"))
    for _ in range(2):
        await do_release(bench, f"{STREAM}/1")
    await do_discard(bench, f"{STREAM}/1")
    pages: list[Any] = []
    after = ""
    while not pages or pages[-1]["next"]:
        pages.append(await bench.store.read(partial(list_acts, after=after, limit=2)))
        after = pages[-1]["next"]
    items = [item for page in pages for item in page["items"]]

    assert [item["type"] for item in items] == ["released", "released", "discarded"]
    assert {(item["parked_id"], item["by"], item["why"]) for item in items} == {
        (f"{STREAM}/1", "kim", "ticket 12")
    }


async def test_a_trial_says_what_would_be_done_and_does_nothing(bench: Bench) -> None:
    await bench.take([broken(bench), bench.record(submitted("per_a"))])
    before = list(bench.parked)
    reply = await bench.store.transact(
        lambda s: discard(Trial(s), f"{STREAM}/1", ACT, NOW, whole=True)
    )
    with pytest.raises(Rejected):
        await bench.store.transact(lambda s: discard(Trial(s), f"{STREAM}/2", ACT, NOW))
    await bench.settle()

    assert reply["discarded"] == [f"{STREAM}/1", f"{STREAM}/2"]
    assert bench.parked == before
    assert (await bench.store.read(lambda s: list_acts(s, "", 10)))["items"] == []
