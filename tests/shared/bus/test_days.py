"""When a day is entered: after all that came before it, whatever arrives in between."""

from collections.abc import Mapping, Sequence
from datetime import date

import pytest

from shared.bus import Days, Inbox, Record
from shared.events.calendar import DayStarted
from shared.mongo import Work
from shared.testing import Bench
from tests.shared import toy
from tests.shared.test_bus import opened
from tests.shared.toy import accepted, submitted

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
    monkeypatch.setattr("shared.bus.inbox.HEADS_MAX", 2)
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


async def _today(work: Work) -> date:
    return work.today
