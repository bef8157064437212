"""Taking records: in parts where a store is slow, and counted by what became of each."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

import pytest

from shared.bus import Handles
from shared.bus.operate import release
from shared.errors import Waits
from shared.events import Unreadable
from shared.events.calendar import DayStarted
from shared.events.intake import ApplicationSubmitted
from shared.metrics import table
from shared.metrics.table import OUTCOMES
from shared.mongo import Conflict, Overdue, Put, Refused, Session, Work, put_gate
from shared.testing import NOW, Bench, MemoryStore
from tests.shared import toy
from tests.shared.test_bus import opened
from tests.shared.toy import TALLIES, accepted, submitted

T = TypeVar("T")


class Slow(MemoryStore):
    """Lets no transaction live that writes more than so many inbox rows."""

    async def transact(
        self, run: Callable[[Session], Awaitable[T]], patience_seconds: float = float("inf")
    ) -> T:
        async def within_limit(session: Session) -> T:
            result = await run(session)
            rows = [w for name, w in session.writes if name == "inbox"]  # type: ignore[attr-defined]
            if len(rows) > 3:
                raise Overdue
            return result

        return await super().transact(within_limit, patience_seconds)


async def test_a_batch_that_outlives_its_transaction_is_halved_and_nothing_is_parked() -> None:
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, Slow())
    await bench.day("2022-03-03")
    people = [f"per_{n}" for n in range(10)]
    await bench.given(*(submitted(p) for p in people))

    assert [(await bench.state(TALLIES, p)).total for p in people] == [1] * 10
    assert bench.parked == []


def outcomes(bench: Bench) -> dict[str, float]:
    """What the metrics say of the records that were taken, less what is 0."""
    found = {o: bench.metrics.value(table.EVENTS, outcome=o) or 0 for o in OUTCOMES}
    return {outcome: count for outcome, count in found.items() if count}


async def test_every_record_is_counted_by_what_became_of_it(
    bench_on: Callable[..., Bench],
) -> None:
    bench = bench_on("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    await bench.day("2022-03-03")

    assert outcomes(bench) == {"taken": 1}  # the day itself

    first = bench.record(submitted("per_a"))
    await bench.take([first, first])
    await bench.take([first])

    assert outcomes(bench) == {"taken": 2, "duplicate": 2}

    missing, late = bench.record(submitted("per_a")), bench.record(submitted("per_a"))
    garbage = replace(late, key=b"\xff", headers=())
    waiting = accepted("per_a", "coh_9")
    await bench.take(
        [late, garbage, bench.record(waiting.model_copy(update={"person_id": "per_p"}))]
    )

    assert outcomes(bench) == {
        "taken": 2, "duplicate": 2, "behind": 1, "failed": 1, "waits": 1,
    }  # fmt: skip

    await bench.take([missing])

    assert outcomes(bench)["taken"] == 3
    assert bench.metrics.value(table.RELEASED, outcome="taken") == 1
    assert bench.metrics.value(table.BATCH_RECORDS, "_count") == 5
    assert bench.metrics.value(table.BATCH_RECORDS, "_sum") == 8


async def test_what_no_handler_takes_and_what_a_rule_refuses_are_counted_apart() -> None:
    async def refuse(_: ApplicationSubmitted, __: Work) -> None:
        raise toy.TooMany("one is enough")

    bench = Bench("payroll", toy.KINDS, (Handles(ApplicationSubmitted, refuse),), ())
    await bench.day("2022-03-03")
    await bench.given(submitted("per_a"), accepted("per_a"))

    assert outcomes(bench) == {"taken": 1, "rejected": 1, "passed_over": 1}
    assert bench.parked == []


async def test_what_a_transaction_tried_and_did_not_store_is_not_counted() -> None:
    """Halved, its records are counted once: by the part that was stored."""
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, Slow())
    await bench.day("2022-03-03")
    await bench.given(*(submitted(f"per_{n}") for n in range(10)))

    assert outcomes(bench) == {"taken": 11}
    assert bench.metrics.value(table.BATCH_RECORDS, "_sum") == 11


async def test_a_transaction_that_another_one_passed_is_counted_as_a_retry() -> None:
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    await bench.day("2022-03-03")
    await bench.given(submitted("per_a"))
    before = bench.metrics.value(table.TRANSACTION_SECONDS, "_count") or 0
    tries = 0

    async def touch(session: Session) -> None:
        nonlocal tries
        tries += 1
        document = (await session.get("tallies", ["per_a"]))["per_a"]
        await session.write("tallies", [Put(document)])
        if tries == 1:
            await bench.store.transact(touch)

    await bench.store.transact(touch)

    assert bench.metrics.value(table.TRANSACTION_RETRIES, cause="conflict") == 1
    assert bench.metrics.value(table.TRANSACTION_SECONDS, "_count") == before + 2


class Strict(MemoryStore):
    """Raises this for a transaction with more than `most` rows of the journal, `times` times."""

    def __init__(self, error: type[Exception], most: int, times: int = 1_000) -> None:
        super().__init__()
        self._error, self._most, self._times = error, most, times

    async def transact(
        self, run: Callable[[Session], Awaitable[T]], patience_seconds: float = float("inf")
    ) -> T:
        async def within_limit(session: Session) -> T:
            result = await run(session)
            rows = [w for name, w in session.writes if name == "journal"]  # type: ignore[attr-defined]
            if len(rows) > self._most and self._times:
                self._times -= 1
                raise self._error("too many")
            return result

        return await super().transact(within_limit, patience_seconds)


def strict(error: type[Exception], most: int, times: int = 1_000) -> Bench:
    return Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, Strict(error, most, times))


@pytest.fixture
def bench() -> Bench:
    return Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)


async def test_a_slow_store_is_no_fault_of_a_record_that_stands_alone() -> None:
    bench = strict(Overdue, 0, times=2)
    await bench.day("2022-03-03")
    await bench.given(submitted("per_a"))

    assert bench.parked == []
    assert (await bench.state(TALLIES, "per_a")).total == 1


@pytest.mark.parametrize("error", [toy.TooMany("enough"), Waits("intake", "coh_1"), KeyError()])
async def test_what_was_saved_before_it_failed_waited_or_was_refused_is_not_stored(
    error: Exception,
) -> None:
    async def save_and_raise(event: ApplicationSubmitted, work: Work) -> None:
        await toy.count(event, work)
        raise error

    bench = Bench("payroll", toy.KINDS, (Handles(ApplicationSubmitted, save_and_raise),), ())
    await bench.day("2022-03-03")
    await bench.inbox.take([bench.record(submitted("per_a"))])

    assert await bench._rows("tallies", {}) == []
    assert await bench._rows("journal", {}) == []


async def test_a_conflict_inside_a_handler_is_no_failure_of_its_event() -> None:
    """It came from the store: the batch runs again."""
    runs = 0

    async def lose_a_race(event: ApplicationSubmitted, work: Work) -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise Conflict("tallies")
        await toy.count(event, work)

    bench = Bench("payroll", toy.KINDS, (Handles(ApplicationSubmitted, lose_a_race),), ())
    await bench.day("2022-03-03")
    await bench.given(submitted("per_a"))

    assert bench.parked == []
    assert runs == 2


async def test_a_waiting_head_runs_only_when_its_stream_has_moved(bench: Bench) -> None:
    """That the stream is known is not enough: it was, when the event began to wait."""
    await bench.day("2022-03-03")
    other = bench.record(submitted("per_x"))
    headers = dict(other.headers) | {"ce_id": b"/womanup/intake/coh_1/1"}
    known = replace(other, key=b"coh_1", headers=tuple(headers.items()))
    unheard = replace(
        known, headers=tuple((headers | {"ce_type": b"womanup.intake.Other.v1"}).items())
    )
    await bench.inbox.take([unheard])
    await bench.inbox.take([bench.record(submitted("per_a")), bench.record(accepted("per_a"))])

    assert [p["kind"] for p in await bench._rows("parked", {})] == ["waits"]
    assert await bench.inbox.releasable() == 0


async def test_a_failed_head_runs_only_when_an_operator_releases_it(bench: Bench) -> None:
    """Also where an earlier look had found it ready, and another instance was faster."""
    await bench.day("2022-03-03")
    toy.faulty.add("per_a")
    await bench.inbox.take([bench.record(submitted("per_a"))])
    toy.faulty.clear()

    assert await bench.inbox.releasable() == 0
    await bench.inbox._release_stream("/womanup/intake/per_a", 200)
    assert await bench._rows("tallies", {}) == []


async def test_a_release_stops_at_the_next_gap(bench: Bench) -> None:
    await bench.day("2022-03-03")
    first, second, _, fourth = (bench.record(submitted("per_a")) for _ in range(4))
    await bench.take([second, fourth])
    await bench.take([first])

    assert (await bench.state(TALLIES, "per_a")).total == 2
    assert [p["sequence"] for p in bench.parked] == [4]


async def test_events_that_a_store_refuses_together_are_released_one_by_one() -> None:
    bench = strict(Refused, 1)
    await bench.day("2022-03-03")
    first, second, third = (bench.record(submitted("per_a")) for _ in range(3))
    await bench.take([second, third])
    await bench.take([first])

    assert bench.parked == []
    assert (await bench.state(TALLIES, "per_a")).total == 3


async def test_what_a_slow_store_releases_at_once_is_found_once() -> None:
    """Each try that is too large takes as long as a transaction may: seconds, while days stand."""
    bench = strict(Overdue, 3)
    await bench.day("2022-03-03")
    first, *others = (bench.record(submitted("per_a")) for _ in range(60))
    await bench.inbox.take(others)
    await bench.inbox.take([first])
    await bench.settle()

    assert bench.parked == []
    assert (await bench.state(TALLIES, "per_a")).total == 60
    tries = 1_000 - bench.store._times  # type: ignore[attr-defined]
    assert tries == 6  # of 200, 100, 50, 25, 12, 6


async def test_a_head_that_waits_again_is_not_tried_for_ever(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alone in its part as it is: it was parked again, and has not moved on."""
    await bench.day("2022-03-03")
    await bench.take([bench.record(submitted("per_a")), bench.record(accepted("per_a"))])
    transact, tries = bench.store.transact, 0

    async def counted(run: Callable[[Session], Awaitable[T]]) -> T:
        nonlocal tries
        tries += 1
        assert tries < 5
        return await transact(run)

    monkeypatch.setattr(bench.store, "transact", counted)
    await bench.inbox._release_stream("/womanup/intake/per_a", 1)

    assert tries == 1


async def test_a_released_event_whose_envelope_this_version_cannot_read_is_parked_as_failed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not left as ready to run, which would be tried for ever."""
    await bench.day("2022-03-03")
    toy.faulty.add("per_a")
    await bench.given(submitted("per_a"))
    toy.faulty.clear()
    (parked,) = bench.parked
    act = {"by": "operator", "why": "mended"}
    released = partial(release, sweeps=(), id_=parked["_id"], act=act, now=NOW)
    await bench.store.transact(released)
    unreadable = Unreadable("no such header any more")
    monkeypatch.setattr("shared.bus.inbox.read_envelope", lambda *_: unreadable)
    await bench.inbox.release()

    (again,) = await bench._rows("parked", {})
    assert (again["kind"], again["fingerprint"]) == ("failed", "unreadable")
    assert await bench.inbox.release() == 0


async def test_who_waits_for_a_stream_does_not_undo_what_moved_it_in_the_same_batch(
    bench: Bench,
) -> None:
    await bench.day("2022-03-03")
    opening = bench.record(opened())
    unheard = [
        (name, b"womanup.intake.NeverHeardOf.v9" if name == "ce_type" else value)
        for name, value in opening.headers
    ]
    moving = replace(opening, headers=tuple(unheard))
    await bench.inbox.take(
        [moving, bench.record(submitted("per_a")), bench.record(accepted("per_a"))]
    )

    (row,) = await bench._rows("inbox", {"_id": "/womanup/intake/coh_1"})
    assert row["last_sequence"] == 1


async def test_a_slow_store_is_no_fault_of_an_event_that_is_released_alone() -> None:
    bench = strict(Overdue, 0, times=2)
    toy.faulty.add("per_a")
    await bench.day("2022-03-03")
    await bench.given(submitted("per_a"))
    toy.faulty.clear()
    (parked,) = bench.parked
    act = {"by": "operator", "why": "mended"}
    bench.store._times = 0  # type: ignore[attr-defined]
    released = partial(release, sweeps=(), id_=parked["_id"], act=act, now=NOW)
    await bench.store.transact(released)
    bench.store._times = 8  # type: ignore[attr-defined]  # of 200, 100, 50 … and of one alone

    with pytest.raises(Overdue):
        await bench.settle()
    await bench.settle()
    assert bench.parked == []


async def test_a_head_behind_the_gate_may_run_only_when_the_gate_is_there(bench: Bench) -> None:
    await bench.day("2022-03-03")
    await bench.store.transact(lambda s: s.write("calendar", [put_gate(toy.DAY)]))
    later = toy.DAY + timedelta(days=1)
    news = submitted("per_a").model_copy(update={"recorded_on": later})
    await bench.inbox.take([bench.record(news)])

    assert await bench.inbox.releasable() == 0
    await bench.store.transact(lambda s: s.write("calendar", [put_gate(later)]))
    assert await bench.inbox.releasable() == 1


async def test_a_day_is_noted_with_the_ends_it_was_announced_with(bench: Bench) -> None:
    await bench.day("2022-03-03")
    later = toy.DAY + timedelta(days=1)
    started = DayStarted(effective_on=later, recorded_on=later, is_business_day=True)
    await bench.inbox.take([bench.record(started)], (("womanup.intake.v1", 0, 9),))

    (calendar,) = await bench._rows("calendar", {})
    assert [a["ends"] for a in calendar["state"]["announced"]] == [[["womanup.intake.v1", 0, 9]]]
