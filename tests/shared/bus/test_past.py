"""A store that knows less than was published from it is refused, and what taking over does."""

from collections.abc import AsyncIterator, Mapping
from datetime import date
from functools import partial

import pytest

from shared.bus.past import (
    RESTORING,
    LostPast,
    refuse_lost_past,
    take_over_tail,
)
from shared.bus.relay import RELAYED, Ends, note_relayed, read_relayed
from shared.errors import NotFound
from shared.events import envelope_of, event_type
from shared.mongo import Document, Put, Refused, put_gate
from shared.mongo.orphans import Told, give_up
from shared.testing import NOW, Bench, MemoryStore
from tests.shared import toy
from tests.shared.toy import add, closed, submitted

PLACE = ("own", 0)
DAY, NEXT = date(2022, 3, 7), date(2022, 3, 8)


def told(person: str, sequence: int, total: int, day: date = DAY) -> Told:
    event = closed(person, total, day)
    envelope = envelope_of(event, sequence, "x")
    return Told(envelope, event.model_dump_json().encode(), f"own/0/{sequence}")


class Tail:
    """One partition. `told` stands at its offsets: 0, 1, 2 …"""

    def __init__(self, *records: Told) -> None:
        self.records = records
        self.read_from: list[int] = []

    async def ends(self) -> Ends:
        return {PLACE: len(self.records)}

    async def read(self, since: Ends, until: Ends) -> AsyncIterator[Told]:
        self.read_from.append(since.get(PLACE, 0))
        for record in self.records[since.get(PLACE, 0) : until[PLACE]]:
            yield record


async def write(store: MemoryStore, collection: str, *rows: Document) -> None:
    await store.transact(lambda s: s.write(collection, [Put(row) for row in rows]))


def stream(person: str, sequence: int) -> Document:
    return {"_id": person, "sequence": sequence, "clock": sequence}


async def test_a_stream_that_is_behind_is_found_wherever_its_record_lies() -> None:
    """Not only the last record of a partition: here it is the first of three."""
    store = MemoryStore()
    await write(store, "streams", stream("per_a", 1), stream("per_b", 2))
    tail = Tail(told("per_a", 2, 7), told("per_b", 1, 7), told("per_b", 2, 7))

    with pytest.raises(LostPast, match="1 streams are further there; per_a is at 2 and here at 1"):
        await refuse_lost_past("payroll", store, tail)


async def test_a_start_looks_only_behind_what_is_known_to_agree() -> None:
    store = MemoryStore()
    await write(store, "streams", stream("per_a", 2))
    records = [told("per_a", 1, 7), told("per_a", 2, 7)]
    await store.transact(lambda s: note_relayed(s, {PLACE: 1}))
    tail = Tail(*records)

    await refuse_lost_past("payroll", store, tail)
    await refuse_lost_past("payroll", store, tail)

    assert tail.read_from == [1, 2]
    with pytest.raises(LostPast):
        await refuse_lost_past("payroll", store, Tail(*records, told("per_c", 1, 7)))


async def test_what_is_refused_is_refused_again() -> None:
    """A refusal must not note that it has looked."""
    store, tail = MemoryStore(), Tail(told("per_a", 1, 7))

    for _ in range(2):
        with pytest.raises(LostPast):
            await refuse_lost_past("payroll", store, tail)


async def test_a_topic_that_is_shorter_than_what_was_sent_is_another_s_or_lost() -> None:
    store = MemoryStore()
    await store.transact(lambda s: note_relayed(s, {PLACE: 3}))

    for look in (refuse_lost_past, take_over_tail):
        with pytest.raises(LostPast, match="ends at 0, and the store of payroll has published 3"):
            await look("payroll", store, Tail())


async def test_a_store_that_is_half_restored_does_not_start() -> None:
    store = MemoryStore()
    await write(store, RELAYED, {"_id": RESTORING})

    for look in (refuse_lost_past, take_over_tail):
        with pytest.raises(LostPast, match="half restored"):
            await look("payroll", store, Tail())


class Restored:
    """The toy service with a store that knows nothing of these records of its own."""

    def __init__(self, *records: Told) -> None:
        self.bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
        self.tail = Tail(*records)

    async def open(self, day: date = DAY) -> Bench:
        await self.bench.day(day)
        await take_over_tail("payroll", self.bench.store, self.tail)
        return self.bench


async def sent(bench: Bench) -> list[tuple[str, int]]:
    rows = await bench._rows("outbox", {})
    headers = [dict(row["headers"]) for row in rows]
    return [(bytes(h["ce_subject"]).decode(), int(bytes(h["ce_sequence"]))) for h in headers]


async def left(bench: Bench) -> list[str]:
    return [row["_id"] for row in await bench._rows("orphans", {})]


async def tell(bench: Bench, person: str, *amounts: int) -> None:
    """The first only makes the tally; each further one publishes its total."""
    for amount in amounts:
        await bench.command(partial(add, person, amount))


async def test_what_was_told_is_claimed_and_what_is_new_gets_the_next_number() -> None:
    bench = await Restored(told("per_a", 1, 3), told("per_a", 2, 6)).open()
    assert await left(bench) == ["per_a/1", "per_a/2"]
    await tell(bench, "per_a", 1, 2, 3)

    assert await left(bench) == []
    assert await sent(bench) == []
    await tell(bench, "per_a", 4)
    assert await sent(bench) == [("per_a", 3)]
    await bench.verify()


async def test_another_stream_is_not_held_up_and_numbers_itself_as_ever() -> None:
    bench = await Restored(told("per_a", 1, 3)).open()
    await tell(bench, "per_b", 1, 2, 3)

    assert await sent(bench) == [("per_b", 1), ("per_b", 2)]


async def test_what_contradicts_the_told_is_refused_and_stores_nothing() -> None:
    bench = await Restored(told("per_a", 1, 3)).open()
    await tell(bench, "per_a", 1)

    with pytest.raises(Refused, match="contradicts"):
        await tell(bench, "per_a", 50)
    assert await left(bench) == ["per_a/1"]
    assert await sent(bench) == []
    await tell(bench, "per_a", 2)
    assert await left(bench) == []


async def test_the_next_day_waits_until_what_was_told_on_this_one_is_decided_again() -> None:
    bench = await Restored(told("per_a", 1, 3), told("per_a", 2, 9, NEXT)).open()
    await bench.day(NEXT)
    assert (await bench.query(_today)) == DAY
    await tell(bench, "per_a", 1, 2)

    assert (await bench.query(_today)) == NEXT
    assert await left(bench) == ["per_a/2"]


async def test_an_operator_s_gate_keeps_it_on_a_day_with_nothing_left() -> None:
    bench = await Restored().open()
    await bench.store.transact(lambda s: s.write("calendar", [put_gate(DAY)]))
    await bench.day(NEXT)
    assert (await bench.query(_today)) == DAY
    await bench.store.transact(lambda s: s.write("calendar", [put_gate(None)]))
    await bench.settle()

    assert (await bench.query(_today)) == NEXT


async def test_what_a_person_gives_up_is_journalled_and_no_longer_held() -> None:
    bench = await Restored(told("per_a", 1, 3), told("per_a", 2, 6)).open()
    await bench.day(NEXT)
    act = {"by": "Kim", "why": "the deposit was void"}
    for id_ in ("per_a/1", "per_a/2"):
        assert (await bench.query(_today)) == DAY
        await bench.store.transact(partial(give_up, id_=id_, act=act, now=NOW))
        await bench.settle()

    assert (await bench.query(_today)) == NEXT
    journal = await bench._rows("journal", {"kind": "orphans"})
    assert [(r["key"], r["type"], r["by"]) for r in journal] == [
        ("per_a/1", "given-up", "Kim"),
        ("per_a/2", "given-up", "Kim"),
    ]
    await tell(bench, "per_a", 1, 2)
    assert await sent(bench) == [("per_a", 3)]
    with pytest.raises(NotFound):
        await bench.store.transact(partial(give_up, id_="per_a/1", act=act, now=NOW))


async def test_news_of_a_day_behind_the_gate_waits_for_it_and_keeps_its_order() -> None:
    """A command that is repeated on a day must find the world of that day."""
    bench = await Restored().open()
    await bench.store.transact(lambda s: s.write("calendar", [put_gate(DAY)]))
    later = submitted("per_a").model_copy(update={"recorded_on": NEXT})
    await bench.given(later, submitted("per_a"), submitted("per_b"))

    assert [(p["stream"], p["kind"]) for p in bench.parked] == [
        ("/womanup/intake/per_a", "waits"),
        ("/womanup/intake/per_a", "behind"),
    ]
    assert (await bench.state(toy.TALLIES, "per_b")).total == 1
    assert await bench.inbox.releasable() == 0
    await bench.store.transact(lambda s: s.write("calendar", [put_gate(NEXT)]))
    await bench.settle()

    assert bench.parked == []
    assert (await bench.state(toy.TALLIES, "per_a")).total == 2
    await bench.verify()


async def test_of_a_number_that_stands_twice_the_first_counts() -> None:
    bench = await Restored(told("per_a", 1, 3), told("per_a", 1, 99)).open()
    await tell(bench, "per_a", 1, 2)

    assert await left(bench) == []


async def test_a_body_that_no_version_reads_is_looked_at_by_a_person_first() -> None:
    strange = told("per_a", 1, 3)
    bench = await Restored(Told(strange.envelope, b"{}", strange.place)).open()
    await bench.day(NEXT)

    (row,) = await bench._rows("orphans", {})
    assert row["type"] == event_type(type(closed("per_a", 3, DAY)))
    assert (await bench.query(_today)) == DAY


async def test_taking_over_again_after_it_was_cut_off_loses_and_doubles_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One stream a transaction; the second transaction fails, then all is run again."""
    monkeypatch.setattr("shared.bus.past.ORPHANS_AT_ONCE", 1)
    restored = Restored(told("per_a", 1, 3), told("per_b", 1, 3), told("per_b", 2, 4))
    store = CutOff()
    with pytest.raises(ConnectionError):
        await take_over_tail("payroll", store, restored.tail)
    with pytest.raises(LostPast):
        await refuse_lost_past("payroll", store, restored.tail)
    await take_over_tail("payroll", store, restored.tail)
    await take_over_tail("payroll", store, restored.tail)

    streams = await store.read(lambda s: s.get("streams", ["per_a", "per_b"]))
    assert {k: (r["sequence"], r["orphans"]) for k, r in streams.items()} == {
        "per_a": (1, 1),
        "per_b": (2, 2),
    }
    ends: Mapping[tuple[str, int], int] = await store.read(lambda s: read_relayed(s, [PLACE]))
    assert ends == {PLACE: 3}


class CutOff(MemoryStore):
    """Fails once, in its second transaction."""

    def __init__(self) -> None:
        super().__init__()
        self._runs = 0

    async def transact(self, run, patience_seconds=float("inf")):  # type: ignore[no-untyped-def]
        self._runs += 1
        if self._runs == 2:
            raise ConnectionError
        return await super().transact(run, patience_seconds)


async def _today(work: object) -> date:
    day: date = work.today  # type: ignore[attr-defined]
    return day
