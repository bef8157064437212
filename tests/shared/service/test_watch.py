"""What a scrape looks up, on the twin and on real MongoDB; and what it says while one is away."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from aiokafka.errors import KafkaConnectionError

from ops.policies import read_policy
from shared.bus import Days
from shared.bus.backlog import Behind
from shared.events.calendar import DayStarted
from shared.events.intake import CohortOpened
from shared.metrics import Metrics, table
from shared.mongo import Put, Session, Unavailable
from shared.service import watch
from shared.service.watch import Watch
from shared.testing import NOW, Bench, MemoryStore
from tests.shared import toy
from tests.shared.toy import accepted, submitted

T = TypeVar("T")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.0)


class Log:
    """A log with so many records behind, or none that answers."""

    def __init__(self, behind: Mapping[str, Behind], error: Exception | None = None) -> None:
        self.error = error
        self.polled: float | None = 0.5
        self._behind = behind

    async def behind(self) -> Mapping[str, Behind]:
        if self.error:
            raise self.error
        return self._behind

    def last_poll_age_seconds(self) -> float | None:
        return self.polled


LOG = Log({"womanup.intake.v1": Behind(4, NOW.timestamp() - 90), "quiet": Behind(0, None)})


async def scraped(bench: Bench, log: Log = LOG) -> Metrics:
    await Watch(bench._desk, toy.SWEEPS, log).scrape()
    return bench.metrics


@pytest.fixture
def bench(bench_on: Callable[..., Bench]) -> Bench:
    return bench_on("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)


async def test_the_oldest_failure_is_told_since_it_was_first_parked(bench: Bench) -> None:
    await bench.day("2022-03-03")

    assert (await scraped(bench)).value(table.PARKED_SECONDS) == 0

    toy.faulty |= {"per_a", "per_b"}
    await bench.given(submitted("per_a"), submitted("per_b"))
    first, _ = bench.parked
    hour_ago = Put({**first, "at": NOW - timedelta(hours=1)})
    await bench.store.transact(lambda s: s.write("parked", [hour_ago]))

    assert (await scraped(bench)).value(table.PARKED_SECONDS) == 3600


async def test_what_is_parked_and_set_aside_is_told_by_kind(bench: Bench) -> None:
    policy = read_policy("2022-h1")
    opened = CohortOpened(
        cohort_id="coh_1", policy=policy, effective_on=toy.DAY, recorded_on=toy.DAY
    )
    await bench.day("2022-03-03")
    await bench.given(opened, submitted("per_b"), accepted("per_b"))
    toy.faulty |= {"per_a", "per_b"}
    await bench.given(submitted("per_a"), submitted("per_a"), submitted("per_a"))
    await bench.given(submitted("per_c"), accepted("per_c", "coh_9"))
    await bench.day("2022-03-10")
    said = await scraped(bench)

    assert said.value(table.PARKED, kind="failed") == 1
    assert said.value(table.PARKED, kind="behind") == 2
    assert said.value(table.PARKED, kind="waits") == 1
    assert said.value(table.SET_ASIDE, kind="tallies") == 1
    assert said.value(table.DUE) == 0
    assert said.value(table.STORE_UP) == 1


async def test_the_day_is_a_number_and_days_to_enter_and_what_is_due_are_counted(
    bench: Bench,
) -> None:
    await bench.prepare()

    assert (await scraped(bench)).value(table.DAY) is None

    await bench.day("2022-03-03")
    said = await scraped(bench)

    assert said.value(table.DAY) == datetime(2022, 3, 3, tzinfo=UTC).timestamp()
    assert said.value(table.DAYS_ANNOUNCED) == 0

    bench.days = Days(bench._desk, "payroll-bench", NotRead(), bench.inbox, toy.SWEEPS)
    tomorrow = DayStarted(
        effective_on=toy.DAY.replace(day=4), recorded_on=toy.DAY.replace(day=4),
        is_business_day=True,
    )  # fmt: skip
    await bench.inbox.take([bench.record(tomorrow)], (("womanup.intake.v1", 0, 7),))
    await bench.settle()

    assert (await scraped(bench)).value(table.DAYS_ANNOUNCED) == 1


async def test_what_is_due_and_not_done_is_counted(bench: Bench) -> None:
    await bench.day("2022-03-03")
    await bench.inbox.take([bench.record(submitted("per_a")), bench.record(submitted("per_b"))])

    async def owe(session: Session) -> None:
        for key, document in (await session.get("tallies", ["per_a", "per_b"])).items():
            due_on = "2022-03-03" if key == "per_a" else "2022-03-04"
            await session.write("tallies", [Put({**document, "due_on": due_on})])

    await bench.store.transact(owe)

    assert (await scraped(bench)).value(table.DUE) == 1


async def test_the_outbox_is_counted_and_the_age_of_its_oldest(bench: Bench) -> None:
    await bench.day("2022-03-03")
    said = await scraped(bench)

    assert (said.value(table.OUTBOX_ROWS), said.value(table.OUTBOX_SECONDS)) == (0, 0)

    for _ in range(4):
        await bench.command(lambda work: toy.add("per_a", 1, work))
    later = replace(bench._desk, now=lambda: NOW.replace(minute=5))
    await Watch(later, toy.SWEEPS, LOG).scrape()

    assert said.value(table.OUTBOX_ROWS) == 3
    assert said.value(table.OUTBOX_SECONDS) == pytest.approx(300, abs=1)


def a_bench() -> Bench:
    return Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)


async def test_lag_is_told_in_records_and_in_seconds_and_the_poll_with_its_age() -> None:
    bench = a_bench()
    said = await scraped(bench)

    assert said.value(table.LAG_RECORDS, topic="womanup.intake.v1") == 4
    assert said.value(table.LAG_SECONDS, topic="womanup.intake.v1") == pytest.approx(90)
    assert said.value(table.LAG_SECONDS, topic="quiet") == 0
    assert said.value(table.POLL_AGE) == 0.5

    log = Log({})
    log.polled = None

    assert (await scraped(bench, log)).value(table.POLL_AGE) is None


@pytest.mark.parametrize("error", [KafkaConnectionError(), TimeoutError()])
async def test_while_the_log_is_away_the_rest_is_answered(error: Exception) -> None:
    bench = a_bench()
    await bench.day("2022-03-03")
    await scraped(bench)
    said = await scraped(bench, Log({}, error))

    assert said.value(table.LOG_UP) == 0
    assert said.value(table.LAG_RECORDS, topic="womanup.intake.v1") is None
    assert said.value(table.STORE_UP) == 1
    assert said.value(table.PARKED, kind="failed") == 0


class NotRead:
    """A log that no other topic was read to the end of."""

    async def committed(self) -> Mapping[tuple[str, int], int]:
        return {}


class Away(MemoryStore):
    """A store that hangs, or says that it is away."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(metrics)
        self.hangs: bool | None = None
        self.reads = 0

    async def read(
        self, run: Callable[[Session], Awaitable[T]], patience_seconds: float = float("inf")
    ) -> T:
        self.reads += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.hangs is False:
            raise Unavailable("away")
        return await super().read(run, patience_seconds)

    def is_interruption(self, error: Exception) -> bool:
        return isinstance(error, Unavailable) or super().is_interruption(error)


@pytest.mark.parametrize("hangs", [True, False])
async def test_while_the_store_is_away_the_rest_is_answered(
    monkeypatch: pytest.MonkeyPatch, hangs: bool
) -> None:
    monkeypatch.setattr(watch, "LOOK_SECONDS_MAX", 0.05)
    store = Away(Metrics("payroll"))
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, store)
    await bench.day("2022-03-03")
    said = await scraped(bench)

    assert said.value(table.STORE_UP) == 1
    assert said.value(table.PARKED, kind="failed") == 0

    store.hangs = hangs
    said = await scraped(bench)

    assert said.value(table.STORE_UP) == 0
    assert said.value(table.PARKED, kind="failed") is None
    assert said.value(table.DAY) is None
    assert said.value(table.LAG_RECORDS, topic="womanup.intake.v1") == 4
    assert said.value(table.EVENTS, outcome="taken") == 1


async def test_a_fault_in_the_look_itself_is_not_called_away() -> None:
    with pytest.raises(ZeroDivisionError):
        await scraped(a_bench(), Log({}, ZeroDivisionError()))


async def test_however_often_it_is_asked_it_looks_once_in_some_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "LOOK_SECONDS", 3.0)
    store = Away(Metrics("payroll"))
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, store)
    looks = Watch(bench._desk, toy.SWEEPS, LOG)
    texts: list[Any] = await asyncio.gather(*(looks.scrape() for _ in range(20)))

    assert store.reads == 1
    assert all(b"womanup_store_up" in text for text in texts)
