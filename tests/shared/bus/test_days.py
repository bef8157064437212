"""When a day is entered: after all that came before it, whatever arrives in between."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, TypeVar

import pytest

from shared.bus import Days, Inbox, Record, Sweeps
from shared.bus.operate import release
from shared.bus.parking import Blame
from shared.events.calendar import DayStarted
from shared.mongo import Cause, Conflict, Overdue, Session, Work
from shared.testing import NOW, Bench, MemoryStore
from tests.shared import toy
from tests.shared.refusing import Refusing
from tests.shared.test_bus import opened
from tests.shared.toy import TALLIES, Tally, accepted, closed, counted, submitted

T = TypeVar("T")

TOPIC = "womanup.intake.v1"


class Log:
    """A log of which the last records are taken and acked while the days ask how far it is."""

    def __init__(self, inbox: Inbox, records: Sequence[Record]) -> None:
        self._inbox = inbox
        self._records = records

    async def committed(self) -> Mapping[tuple[str, int], int]:
        records, self._records = self._records, ()
        await self._inbox.take(records)
        return {(TOPIC, 0): 9}


@pytest.fixture
def bench() -> Bench:
    return Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)


async def announce(bench: Bench, day: date, late: Sequence[Record]) -> None:
    """Announce the day; the last records before it come when it is about to be entered."""
    bench.days = Days(bench._desk, "payroll-1", Log(bench.inbox, late), bench.inbox, toy.SWEEPS)
    started = DayStarted(effective_on=day, recorded_on=day, is_business_day=True)
    await bench.inbox.take([bench.record(started)], ((TOPIC, 0, 9),))
    await bench.settle()


async def test_what_the_last_news_of_a_day_lets_run_runs_on_that_day(bench: Bench) -> None:
    """The news is stored after the look at what waits, and acked before the look at the log."""
    await bench.day("2022-03-07")
    await bench.given(submitted("per_a"), accepted("per_a"))  # waits for its cohort
    await announce(bench, date(2022, 3, 8), [bench.record(opened())])

    assert [e.recorded_on for e in bench.published] == [date(2022, 3, 7)]


async def test_however_many_streams_are_held_up_what_may_run_runs_before_the_next_day(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of streams that wait for an operator does not hide those behind it."""
    monkeypatch.setattr("shared.bus.heads.HEADS_MAX", 2)
    await bench.day("2022-03-07")
    toy.faulty.update({"per_a", "per_b", "per_c"})
    await bench.given(*(submitted(p) for p in ("per_a", "per_b", "per_c", "per_z")))
    toy.faulty.clear()
    await bench.given(accepted("per_z"))  # waits for its cohort
    await bench.inbox.take([bench.record(opened())])

    assert await bench.inbox.releasable() == 1

    await announce(bench, date(2022, 3, 8), [])

    assert [e.recorded_on for e in bench.published] == [date(2022, 3, 7)]


async def test_a_day_that_came_out_of_order_still_waits_for_the_other_topics(bench: Bench) -> None:
    """It was parked behind the missing one, and keeps the ends that it was announced with."""
    await bench.day("2022-03-07")
    missing, early = (
        bench.record(DayStarted(effective_on=d, recorded_on=d, is_business_day=True))
        for d in (date(2022, 3, 8), date(2022, 3, 9))
    )
    unread = ((TOPIC, 0, 9),)
    await bench.inbox.take([early], unread)
    await bench.inbox.take([missing])
    await bench.settle()  # this log has been read up to nowhere

    assert await bench.query(_today) == date(2022, 3, 8)


async def test_what_the_last_news_of_a_day_makes_due_is_done_on_that_day(bench: Bench) -> None:
    """Such as late attendance: its day to be paid is over when it comes."""
    await bench.day("2022-03-07")
    late = TallySweep(bench, wakes_on=date(2022, 3, 5))
    await bench.inbox.take([announced(bench, date(2022, 3, 8))])

    async def store_it() -> None:
        async def run(session: Session) -> None:
            batch = await bench._desk.batch(session)
            work = batch.work(Cause("late", "late"))
            await late.wake(work)
            batch.absorb(work)
            await batch.flush()

        await bench.store.transact(run)

    bench.days = Days(bench._desk, "payroll-1", Meanwhile(store_it), bench.inbox, late.table)
    await settle(bench)

    assert late.swept == [("per_a", date(2022, 3, 7))]


async def test_days_that_were_missed_are_entered_one_by_one(bench: Bench) -> None:
    await bench.day("2022-03-03")
    sweep = TallySweep(bench, wakes_on=date(2022, 3, 5))
    await bench.command(sweep.wake)
    bench.days = Days(bench._desk, "payroll-1", Meanwhile(None), bench.inbox, sweep.table)
    await bench.inbox.take([announced(bench, date(2022, 3, day)) for day in (4, 5, 6, 7)])
    await settle(bench)

    assert sweep.swept == [("per_a", date(2022, 3, 5))]
    assert await bench.query(_today) == date(2022, 3, 7)


async def test_a_day_that_another_instance_enters_is_not_taken_for_the_next(bench: Bench) -> None:
    """The next one may not be entered yet: this service has not read what came before it."""
    await bench.day("2022-03-07")
    await bench.inbox.take([announced(bench, date(2022, 3, 8))])
    await bench.inbox.take([announced(bench, date(2022, 3, 9))], ((TOPIC, 0, 99),))
    other = Days(bench._desk, "payroll-2", Meanwhile(None), bench.inbox, toy.SWEEPS)
    log = Meanwhile(other.step)
    bench.days = Days(bench._desk, "payroll-1", log, bench.inbox, toy.SWEEPS)
    await settle(bench)

    assert await bench.query(_today) == date(2022, 3, 8)


async def test_what_is_set_aside_is_passed_over_until_somebody_changes_it(bench: Bench) -> None:
    await bench.day("2022-03-03")
    sweep = TallySweep(bench, wakes_on=date(2022, 3, 3), fails=True)
    await bench.command(sweep.wake)
    bench.days = Days(bench._desk, "payroll-1", Meanwhile(None), bench.inbox, sweep.table)
    await settle(bench)

    assert sweep.swept == [("per_a", date(2022, 3, 3))]
    assert [s["key"] for s in bench.set_aside] == ["per_a"]

    await bench.inbox.take([bench.record(submitted("per_a"))])
    await settle(bench)

    assert len(sweep.swept) == 2


async def test_a_sweep_that_leaves_its_aggregate_as_it_was_is_set_aside(bench: Bench) -> None:
    """Else it would run for ever."""
    await bench.day("2022-03-03")
    sweep = TallySweep(bench, wakes_on=date(2022, 3, 3), saves=False)
    await bench.command(sweep.wake)
    bench.days = Days(bench._desk, "payroll-1", Meanwhile(None), bench.inbox, sweep.table)
    await settle(bench)

    assert [s["reason"].partition(":")[0] for s in bench.set_aside] == ["StillDue"]


async def test_what_another_sweep_of_the_transaction_has_done_is_not_done_again(
    bench: Bench,
) -> None:
    await bench.day("2022-03-03")
    sweep = TallySweep(bench, wakes_on=date(2022, 3, 3))
    for person in ("per_a", "per_b"):
        sweep.person = person
        await bench.command(sweep.wake)

    async def for_both(tally: Tally, work: Work) -> None:
        for person in ("per_a", "per_b"):
            await work.load(TALLIES, person)
            await sweep.run(toy.Tally(person), work)

    bench.days = Days(
        bench._desk, "payroll-1", Meanwhile(None), bench.inbox, (Sweeps(TALLIES, for_both),)
    )
    await settle(bench)

    assert [person for person, _ in sweep.swept] == ["per_a", "per_b"]


async def test_what_is_due_is_swept_by_day_and_then_by_id(bench: Bench) -> None:
    await bench.day("2022-03-03")
    sweep = TallySweep(bench, wakes_on=date(2022, 3, 2))
    for person, day in (("per_b", 2), ("per_c", 1), ("per_a", 2)):
        sweep.person, sweep.wakes_on = person, date(2022, 3, day)
        await bench.command(sweep.wake)
    bench.days = Days(bench._desk, "payroll-1", Meanwhile(None), bench.inbox, sweep.table)
    await settle(bench)

    assert [person for person, _ in sweep.swept] == ["per_c", "per_a", "per_b"]


async def test_a_sweep_that_fails_after_it_has_saved_leaves_nothing(bench: Bench) -> None:
    async def save_and_fail(tally: Tally, work: Work) -> None:
        await toy.rest(tally, work)
        raise ZeroDivisionError

    await bench.day("2022-03-03")
    sweep = TallySweep(bench, wakes_on=date(2022, 3, 3))
    await bench.command(sweep.wake)
    before = await bench._rows("journal", {})
    table = (Sweeps(TALLIES, save_and_fail),)
    bench.days = Days(bench._desk, "payroll-1", Meanwhile(None), bench.inbox, table)
    await settle(bench)

    assert [s["key"] for s in bench.set_aside] == ["per_a"]
    assert await bench._rows("journal", {}) == before


async def test_a_conflict_inside_a_sweep_sets_nothing_aside(bench: Bench) -> None:
    runs = 0

    async def lose_a_race(tally: Tally, work: Work) -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise Conflict("tallies")
        await toy.rest(tally, work)

    await bench.day("2022-03-03")
    await bench.command(TallySweep(bench, wakes_on=date(2022, 3, 3)).wake)
    table = (Sweeps(TALLIES, lose_a_race),)
    bench.days = Days(bench._desk, "payroll-1", Meanwhile(None), bench.inbox, table)
    await settle(bench)

    assert (runs, bench.set_aside) == (2, [])


async def test_what_a_store_refuses_of_a_sweep_is_pinned_on_the_culprit_alone(
    bench: Bench,
) -> None:
    """Two people would carry the same unique label: one of the five that are due is at fault."""
    await bench.day("2022-03-03")
    sweep = TallySweep(bench, wakes_on=date(2022, 3, 3))
    people = [f"per_{n}" for n in range(5)]
    for sweep.person in people:
        await bench.command(sweep.wake)

    async def steal(work: Work) -> None:
        await work.load(TALLIES, "per_thief")
        work.save(TALLIES, "per_thief", [counted("per_3+rested", 1, work.today)])

    await bench.command(steal)
    bench.days = Days(bench._desk, "payroll-1", Meanwhile(None), bench.inbox, sweep.table)
    await settle(bench)

    assert [s["key"] for s in bench.set_aside] == ["per_3"]
    labels = {p: (await bench.state(TALLIES, p)).label for p in people}
    assert [p for p, label in labels.items() if label != f"{p}+rested"] == ["per_3"]


async def test_an_event_that_changes_nothing_is_no_progress_either(bench: Bench) -> None:
    """Equal is as it was, also where it is another object."""
    await bench.day("2022-03-03")
    sweep = TallySweep(bench, wakes_on=date(2022, 3, 3))
    await bench.command(sweep.wake)

    async def wake_again(tally: Tally, work: Work) -> None:
        work.save(TALLIES, tally.person_id, [closed(tally.person_id, 1, date(2022, 3, 1))])

    table = (Sweeps(TALLIES, wake_again),)
    bench.days = Days(bench._desk, "payroll-1", Meanwhile(None), bench.inbox, table)
    await settle(bench)

    assert [s["reason"].partition(":")[0] for s in bench.set_aside] == ["StillDue"]


async def test_a_refusal_from_before_an_operator_has_lifted_its_mark_does_not_outlive_that() -> (
    None
):
    """Also when it is lifted for the second time: but for its count all is as it was."""
    store = Refusing()
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, store)
    await bench.day("2022-03-03")
    sweep = TallySweep(bench, wakes_on=date(2022, 3, 3))
    await bench.command(sweep.wake)
    days = Days(bench._desk, "payroll-1", Meanwhile(None), bench.inbox, sweep.table)
    (sweeps,) = sweep.table

    async def set_aside_and_lift() -> None:
        async def set_aside(session: Session) -> None:
            (tally,) = (await session.get("tallies", ["per_a"])).values()
            await days._set_aside(session, sweeps, tally, "planted")

        act = {"by": "operator", "why": "mended"}
        lift = partial(release, sweeps=sweep.table, id_="tallies/per_a", act=act, now=NOW)
        await store.transact(set_aside)
        await store.transact(lift)

    await set_aside_and_lift()
    store.refuse(2, set_aside_and_lift)
    await days._sweep(sweeps, 2)
    await bench.look()

    assert store.refused == 2
    assert bench.set_aside == []
    assert (await bench.state(TALLIES, "per_a")).label == "per_a+rested"


async def test_a_refusal_of_a_sweep_is_not_borne_by_who_is_due_by_then() -> None:
    """The one that was refused alone was swept by another instance before it was set aside."""
    store = Refusing()
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, store)
    await bench.day("2022-03-03")
    sweep = TallySweep(bench, wakes_on=date(2022, 3, 3))
    for sweep.person in ("per_a", "per_b"):
        await bench.command(sweep.wake)
    (sweeps,) = sweep.table
    days = Days(bench._desk, "payroll-1", Meanwhile(None), bench.inbox, sweep.table)
    store.refuse(2, lambda: store.transact(lambda s: days._run_due(s, sweeps, Blame(1))))

    await days._sweep(sweeps, 2)
    assert store.refused == 2
    assert bench.set_aside == []
    await days._sweep(sweeps, 2)
    assert [(await bench.state(TALLIES, p)).label for p in ("per_a", "per_b")] == [
        "per_a+rested",
        "per_b+rested",
    ]


class Slow(MemoryStore):
    """Lets no transaction live that writes more than `most` tallies; and that so many times."""

    most = 500
    times = 1_000

    async def transact(
        self, run: Callable[[Session], Awaitable[T]], patience_seconds: float = float("inf")
    ) -> T:
        async def within_limit(session: Session) -> T:
            result = await run(session)
            rows = [w for name, w in session.writes if name == "tallies"]  # type: ignore[attr-defined]
            if len(rows) > self.most and self.times:
                self.times -= 1
                raise Overdue
            return result

        return await super().transact(within_limit, patience_seconds)


async def test_a_slow_store_sweeps_fewer_at_once_and_sets_nothing_aside() -> None:
    store = Slow()
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, store)
    await bench.day("2022-03-03")
    sweep = TallySweep(bench, wakes_on=date(2022, 3, 3))
    for sweep.person in ("per_a", "per_b", "per_c", "per_d", "per_e"):
        await bench.command(sweep.wake)
    bench.days = Days(bench._desk, "payroll-1", Meanwhile(None), bench.inbox, sweep.table)
    store.most = 2
    await settle(bench)

    assert bench.set_aside == []
    assert {t["state"]["wakes_on"] for t in await bench._rows("tallies", {})} == {None}


async def test_what_is_swept_alone_is_not_set_aside_because_the_store_is_slow() -> None:
    store = Slow()
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, store)
    await bench.day("2022-03-03")
    sweep = TallySweep(bench, wakes_on=date(2022, 3, 3))
    await bench.command(sweep.wake)
    table = (Sweeps(TALLIES, toy.rest, at_once=1),)
    bench.days = Days(bench._desk, "payroll-1", Meanwhile(None), bench.inbox, table)
    store.most, store.times = 0, 1
    with pytest.raises(Overdue):
        await settle(bench)
    await settle(bench)

    assert bench.set_aside == []
    assert (await bench.state(TALLIES, "per_a")).wakes_on is None


class Meanwhile:
    """A log that is read to its end, and what happens elsewhere while it is asked for that."""

    def __init__(self, act: Callable[[], Awaitable[Any]] | None) -> None:
        self._act = act

    async def committed(self) -> Mapping[tuple[str, int], int]:
        act, self._act = self._act, None
        if act:
            await act()
        return {(TOPIC, 0): 9}


class TallySweep:
    """A tally that is due on a day, and a sweep that notes when it was swept.

    Waking it is a command; until the test has put `table` into the days, nobody sweeps it.
    """

    def __init__(
        self, bench: Bench, *, wakes_on: date, saves: bool = True, fails: bool = False
    ) -> None:
        bench.days = Days(bench._desk, "payroll-1", Meanwhile(None), bench.inbox, ())
        self.person, self.wakes_on = "per_a", wakes_on
        self._saves, self._fails = saves, fails
        self.swept: list[tuple[str, date]] = []
        self.table = (Sweeps(TALLIES, self.run),)

    async def wake(self, work: Work) -> None:
        await work.load(TALLIES, self.person)
        woken = closed(self.person, 1, self.wakes_on - timedelta(days=2))
        work.save(TALLIES, self.person, [counted(self.person, 1, work.today), woken])

    async def run(self, tally: Tally, work: Work) -> None:
        self.swept.append((tally.person_id, work.today))
        if self._fails:
            raise ZeroDivisionError
        if self._saves:
            await toy.rest(tally, work)


def announced(bench: Bench, day: date) -> Record:
    return bench.record(DayStarted(effective_on=day, recorded_on=day, is_business_day=True))


async def settle(bench: Bench) -> None:
    """As the bench does, but never for ever: a step that has nothing to do must say so."""
    for _ in range(30):
        if not await bench.days.step():
            await bench.look()
            return
    raise AssertionError("it never comes to rest")


async def _today(work: Work) -> date:
    return work.today
