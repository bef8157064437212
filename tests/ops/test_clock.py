"""The clock: days in order, each once, and a simulated one that steps only at rest."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from hypothesis import given
from hypothesis import strategies as st

from ops.clock import Calendar, Clock, ClockError, NotAtRest, RemoteClock, SimulatedClock, real
from ops.clock.api import build_app, build_real_app
from ops.clock.calendar import TOPIC, read_span, write_day
from ops.clock.kind import Kind, keep_kind
from ops.clock.rest import Health, Reading, Watch, lagging, unsettled
from ops.policies import holiday_dates
from ops.stack import Stack
from ops.topics import Record, TopicsError, read_records
from shared.events import Envelope, decode, read_envelope
from shared.events.calendar import DayStarted

FIRST = date(2022, 3, 3)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOLIDAYS = holiday_dates()


def record_of(day: date, first: date = FIRST) -> Record:
    key, value, headers = write_day(day, first, HOLIDAYS, NOW)
    return Record(TOPIC, 0, 0, key, tuple(headers), value)


# Days.


@given(st.integers(0, 5000))
def test_a_day_reads_back_as_the_contract_says(count: int) -> None:
    day = FIRST + timedelta(days=count)
    record = record_of(day)
    envelope = read_envelope("calendar", record.key, record.headers)

    assert isinstance(envelope, Envelope)
    assert f"/womanup/calendar/seoul/{count + 1}" == envelope.id
    assert day.isoformat() == envelope.correlation_id
    event = decode(DayStarted, envelope, record.value)
    assert isinstance(event, DayStarted)
    assert day == event.effective_on == event.recorded_on


@pytest.mark.parametrize(
    ("day", "is_business_day"),
    [
        ("2022-05-04", True),
        ("2022-05-05", False),  # Children's Day
        ("2022-05-07", False),  # a Saturday
        ("2022-06-01", False),  # local elections
    ],
)
def test_business_days(day: str, is_business_day: bool) -> None:
    _, value, _ = write_day(date.fromisoformat(day), FIRST, HOLIDAYS, NOW)

    assert is_business_day == DayStarted.model_validate_json(value).is_business_day


def test_the_calendar_is_read_over_duplicates_and_garbage() -> None:
    days = [record_of(FIRST + timedelta(days=n)) for n in (0, 1, 2, 1, 2)]
    garbage = Record(TOPIC, 0, 9, b"seoul", (("ce_id", b"\xff"),), b"\x00")
    empty = Record(TOPIC, 0, 9, days[0].key, days[0].headers, b"{}")

    assert (FIRST, FIRST + timedelta(days=2)) == read_span([garbage, *days, empty])
    assert read_span([garbage]) == (None, None)


def test_a_calendar_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ClockError, match="cannot be"):
        read_span([record_of(FIRST), record_of(FIRST + timedelta(days=5), date(2022, 3, 5))])


# The real clock.


@given(st.dates(date(2022, 1, 1), date(2027, 1, 1)), st.integers(0, 400))
def test_every_missed_day_is_published_once_and_in_order(today: date, away: int) -> None:
    missed = real.missed_days(today - timedelta(days=away), today)

    assert away == len(missed)
    assert [today - timedelta(days=n) for n in reversed(range(away))] == missed
    assert [today] == real.missed_days(None, today)


def test_a_simulated_calendar_is_not_gone_on_with_by_the_wall_clock() -> None:
    with pytest.raises(ClockError, match="simulated"):
        real.missed_days(date(2030, 1, 1), date(2026, 1, 1))


def test_sleeps_until_midnight_in_seoul() -> None:
    assert real.seconds_to_sleep(datetime(2026, 1, 1, 14, 59, 59, tzinfo=UTC)) == 1.0
    assert real.seconds_to_sleep(datetime(2026, 1, 1, 15, 0, 0, tzinfo=UTC)) == 60.0


# Rest.


def test_lag_is_by_kafkas_own_count() -> None:
    ends = {("a", 0): 3, ("a", 1): 0, ("b", 0): 7}

    assert lagging("g", frozenset({"a"}), ends, {("a", 0): 3}) == []
    assert lagging("g", frozenset({"a"}), ends, {}) == ["group g is 3 records behind"]
    assert lagging("g", frozenset({"a"}), ends, {("a", 0): 2}) == ["group g is 1 records behind"]
    assert lagging("g", frozenset(), ends, {}) == ["group g reads nothing yet"]


@pytest.mark.parametrize(
    "change", [{"day": None}, {"due_left": 1}, {"outbox": 1}, {"releasable": 1}]
)
def test_a_service_with_anything_left_is_not_settled(change: dict[str, Any]) -> None:
    calm = Health(service="intake", day=FIRST, due_left=0, outbox=0, releasable=0, transactions=9)

    assert unsettled("intake", calm, FIRST) == []
    assert len(unsettled("intake", calm.model_copy(update=change), FIRST)) == 1


async def wait_over(*readings: Reading) -> list[Reading]:
    """Lets a watch see these readings; those it did not need are returned."""
    watch, left = Watch("127.0.0.1:1", {}, prefix="", bank=None), list(readings)

    async def look(day: date | None) -> Reading:
        return left.pop(0) if left else Reading(("nothing is left",))

    watch.look = look  # type: ignore[method-assign]
    try:
        await watch.wait(FIRST, 0.2)
    finally:
        await watch.close()
    return left


async def test_rest_is_the_same_counters_twice_in_a_row() -> None:
    busy, one, two = Reading(("busy",)), Reading((), 1), Reading((), 2)

    assert await wait_over(one, one) == []
    assert await wait_over(busy, one, two, one, busy, one, two, two) == []
    assert [busy] == await wait_over(busy, one, one, busy)


async def test_who_waits_too_long_learns_for_what() -> None:
    busy = Reading(("payroll: outbox is 3",))

    with pytest.raises(NotAtRest, match="payroll: outbox is 3"):
        await wait_over(*[busy] * 1000)


class Fellow:
    """A service and the bank as the clock sees them: takes days, says how it fares over HTTP."""

    def __init__(self, stack: Stack, prefix: str) -> None:
        self._consumer = AIOKafkaConsumer(
            prefix + TOPIC,
            bootstrap_servers=stack.kafka,
            group_id=f"{prefix}payroll",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        self.report: dict[str, Any] = {"service": "payroll", "instance": "payroll-1", "day": None}
        self.report |= {"due_left": 0, "outbox": 0, "releasable": 0, "transactions": 0}
        self.is_bank_idle = True
        self.slow_seconds = 0.0

    async def run(self) -> None:
        await self._consumer.start()
        try:
            async for record in self._consumer:
                await asyncio.sleep(self.slow_seconds)
                day = DayStarted.model_validate_json(record.value).effective_on
                self.report |= {"day": day.isoformat()}
                self.report["transactions"] += 1
                await self._consumer.commit()
        finally:
            await self._consumer.stop()

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "bank":
            return httpx.Response(200, json={"idle": self.is_bank_idle})
        return httpx.Response(503 if self.report["day"] is None else 200, json=self.report)


@asynccontextmanager
async def simulated(stack: Stack, prefix: str, fellow: Fellow) -> AsyncIterator[SimulatedClock]:
    clock = SimulatedClock(
        stack.kafka, {"payroll": "http://payroll"}, prefix=prefix, bank="http://bank"
    )
    await clock._watch._http.aclose()
    clock._watch._http = httpx.AsyncClient(transport=httpx.MockTransport(fellow.answer))
    task = asyncio.create_task(fellow.run())
    try:
        async with clock:
            yield clock
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(claim: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not claim():
            await asyncio.sleep(0.01)


@pytest.mark.system
async def test_the_simulated_clock_steps_only_at_rest(stack: Stack, prefix: str) -> None:
    fellow = Fellow(stack, prefix)
    async with simulated(stack, prefix, fellow) as clock:
        with pytest.raises(ClockError, match="first day"):
            await clock.start()
        assert await clock.start(FIRST) == FIRST
        await clock.wait_until_rest()
        assert FIRST.isoformat() == fellow.report["day"]

        fellow.slow_seconds = 0.3
        assert date(2022, 3, 6) == await clock.advance_until(date(2022, 3, 6))
        assert fellow.report["day"] == "2022-03-06"
        assert fellow.report["transactions"] == 4

        fellow.report["outbox"] = 1
        with pytest.raises(NotAtRest, match="payroll: outbox is 1"):
            await clock.advance(timeout_seconds=0.3)
        fellow.report["outbox"] = 0
        fellow.is_bank_idle = False
        with pytest.raises(NotAtRest, match="bank"):
            await clock.advance(timeout_seconds=0.3)
        assert date(2022, 3, 6) == clock.day

    fellow = Fellow(stack, prefix)
    async with simulated(stack, prefix, fellow) as clock:  # goes on where the topic ends
        assert date(2022, 3, 6) == await clock.start(date(2000, 1, 1))
        fellow.report["day"] = "2022-03-06"
        await clock.advance_until(date(2022, 3, 7))
    records = await read_records(stack.kafka, prefix, [TOPIC])
    assert [str(n).encode() for n in range(1, 6)] == [
        dict(r.headers)["ce_sequence"] for r in records
    ]


@pytest.mark.system
async def test_a_twin_publishes_the_same_days_under_the_same_numbers(
    stack: Stack, prefix: str
) -> None:
    async with Calendar(stack.kafka, prefix) as one, Calendar(stack.kafka, prefix) as two:
        following = (one.last or FIRST) + timedelta(days=1)
        await one.publish(following)
        await two.publish(following)
        with pytest.raises(ClockError, match="comes the next day"):
            await one.publish(following)
    records = await read_records(stack.kafka, prefix, [TOPIC])

    assert records[-2].value == records[-1].value
    assert dict(records[-2].headers)["ce_id"] == dict(records[-1].headers)["ce_id"]
    assert following == read_span(records)[1]


@pytest.mark.system
async def test_what_another_clock_published_is_caught_up_with(stack: Stack, prefix: str) -> None:
    async with Calendar(stack.kafka, prefix) as one, Calendar(stack.kafka, prefix) as two:
        following = (one.last or FIRST) + timedelta(days=1)
        await one.publish(following)
        await one.catch_up()
        assert following == one.day

        await two.catch_up()
        assert following == two.day
        await two.publish(following + timedelta(days=1))
        await one.catch_up()
        assert following + timedelta(days=1) == one.day


@pytest.mark.system
async def test_the_clock_over_http(stack: Stack, prefix: str) -> None:
    fellow = Fellow(stack, prefix)
    async with simulated(stack, prefix, fellow) as clock:
        today = await clock.start(FIRST)
        fellow.report["day"] = today.isoformat()
        app = build_app(clock, FIRST)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://clock") as client:
            answer = (await client.post("/advance", json={"days": 2})).json()
            assert {"day": (today + timedelta(days=2)).isoformat()} == answer
            shown = (await client.get("/")).json()
            assert {"at_rest": True, "busy": [], **answer} == shown
            assert (await client.post("/advance", json={})).status_code == 422
            far = await client.post("/advance", json={"until": "2100-01-01"})
            assert (far.status_code, far.json()["code"]) == (409, "clock-refused")


# Over HTTP: what can be asked of it, and how it refuses. A clock at hand stands for one on Kafka.


class Hand(SimulatedClock):
    """A simulated clock without Kafka: `busy` is what speaks against rest, `trouble` what it is
    asked to run into; `published` are its days. Rest and Kafka take a moment, in which others act.
    """

    def __init__(self, day: date | None = None) -> None:
        super().__init__("127.0.0.1:1", {})
        self._calendar.last = day
        self.busy = ""
        self.trouble: Exception | None = None
        self.published: list[date] = []
        self._calendar.publish = self._publish  # type: ignore[method-assign]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._watch.close()

    async def catch_up(self) -> None:
        if self.trouble:
            raise self.trouble

    async def wait_until_rest(self, timeout_seconds: float = 0) -> None:
        self._today()
        await asyncio.sleep(0)
        if self.busy:
            raise NotAtRest(self.busy)

    async def look(self) -> Reading:
        return Reading((self.busy,) if self.busy else ())

    async def _publish(self, day: date) -> None:
        await asyncio.sleep(0)
        self._calendar.last = day
        self.published.append(day)


async def post(hand: Hand, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    transport = httpx.ASGITransport(build_app(hand))
    async with httpx.AsyncClient(transport=transport, base_url="http://clock") as client:
        answer = await client.post(path, json=body)
        if not answer.is_success:
            assert answer.headers["content-type"] == "application/problem+json"
        return answer.status_code, answer.json()


async def test_a_calendar_is_begun_once() -> None:
    hand = Hand()

    assert codes(await post(hand, "/advance", {"days": 1})) == (409, "clock-refused")
    assert codes(await post(hand, "/rest")) == (409, "clock-refused")
    assert await post(hand, "/start", {"first_day": "2022-03-03"}) == (200, {"day": "2022-03-03"})
    assert await post(hand, "/start", {"first_day": "2021-08-01"}) == (200, {"day": "2022-03-03"})


async def test_a_clock_is_stepped_by_days_or_until_a_day_and_never_back() -> None:
    hand = Hand(FIRST)

    assert await post(hand, "/advance", {"days": 2}) == (200, {"day": "2022-03-05"})
    assert await post(hand, "/advance", {"until": "2022-03-07"}) == (200, {"day": "2022-03-07"})
    assert await post(hand, "/advance", {"until": "2022-03-01"}) == (200, {"day": "2022-03-07"})
    assert await post(hand, "/rest") == (200, {"day": "2022-03-07"})


async def test_two_who_step_until_the_same_day_do_not_overstep_it() -> None:
    hand, until = Hand(FIRST), {"until": "2022-03-06"}
    answers = await asyncio.gather(*(post(hand, "/advance", until) for _ in range(3)))

    assert answers == [(200, {"day": "2022-03-06"})] * 3
    assert hand.published == [FIRST + timedelta(days=n) for n in (1, 2, 3)]


async def test_two_who_begin_an_empty_calendar_at_once_begin_one() -> None:
    hand = Hand()
    days = ("2022-03-03", "2021-08-01")
    answers = await asyncio.gather(*(post(hand, "/start", {"first_day": d}) for d in days))

    assert len(hand.published) == 1
    assert answers == [(200, {"day": hand.published[0].isoformat()})] * 2


@pytest.mark.parametrize(
    "body", [{}, {"days": 1, "until": "2022-04-01"}, {"days": -1}, {"days": 9999}, {"until": "x"}]
)
async def test_a_step_that_says_nothing_clear_is_refused(body: dict[str, Any]) -> None:
    assert codes(await post(Hand(FIRST), "/advance", body)) == (422, "invalid-request")


async def test_no_step_before_rest_and_the_answer_says_what_moves() -> None:
    hand = Hand(FIRST)
    hand.busy = "payroll: outbox is 3"
    for path, body in (("/advance", {"days": 1}), ("/rest", None)):
        status, answer = await post(hand, path, body)

        assert (409, "not-at-rest", hand.busy) == (status, answer["code"], answer["detail"])
    assert hand.day == FIRST


async def test_without_kafka_the_clock_says_so() -> None:
    hand = Hand(FIRST)
    hand.trouble = TopicsError("Kafka does not answer at kafka:19092: is it up?")

    assert codes(await post(hand, "/advance", {"days": 1})) == (503, "unavailable")
    assert codes(await post(hand, "/rest")) == (503, "unavailable")


async def test_a_real_clock_tells_its_day_and_is_not_stepped() -> None:
    calendar = Calendar("127.0.0.1:1")
    calendar.last = FIRST
    calendar.catch_up = Hand().catch_up  # type: ignore[method-assign]
    transport = httpx.ASGITransport(build_real_app(calendar))  # its days begin in its lifespan
    async with httpx.AsyncClient(transport=transport, base_url="http://clock") as client:
        assert (await client.get("/day")).json() == {"kind": "real", "day": "2022-03-03"}
        for path in ("/start", "/advance", "/rest"):
            answer = await client.post(path, json={"days": 1})

            assert codes((answer.status_code, answer.json())) == (409, "clock-is-real")
    assert calendar.day == FIRST
    with pytest.raises(ClockError, match="is real"):
        async with RemoteClock("http://clock", transport):
            pass


def codes(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["code"]


# From elsewhere.


def remote(hand: Hand) -> RemoteClock:
    return RemoteClock("http://clock", httpx.ASGITransport(build_app(hand)))


async def play(clock: Clock) -> list[date | None]:
    """What the demo does with a clock, whichever it is: its day after each."""
    days: list[date | None] = []
    async with clock:
        days.append(clock.day)
        days.append(await clock.start(FIRST))
        await clock.wait_until_rest()
        days.append(await clock.advance())
        await clock.wait_until_rest()
        days.append(clock.day)
    return days


async def test_a_remote_clock_is_played_on_as_one_at_hand() -> None:
    following = FIRST + timedelta(days=1)

    assert [None, FIRST, following, following] == await play(Hand())
    assert [None, FIRST, following, following] == await play(remote(Hand()))


async def test_a_remote_clock_goes_on_where_it_stands() -> None:
    hand = Hand(FIRST)
    async with remote(hand) as clock:
        assert FIRST == clock.day == await clock.start() == await clock.start(date(2000, 1, 1))
        hand._calendar.last = date(2022, 3, 8)  # somebody else stepped
        assert date(2022, 3, 8) == await clock.start()
        assert date(2022, 3, 10) == await clock.advance_until(date(2022, 3, 10)) == clock.day
        assert date(2022, 3, 10) == await clock.advance_until(date(2022, 3, 1)) == hand.day


async def test_a_remote_clock_refuses_as_one_at_hand() -> None:
    hand = Hand()
    async with remote(hand) as clock:
        with pytest.raises(ClockError, match="first day"):
            await clock.start()
        with pytest.raises(ClockError, match="not started"):
            await clock.advance()
        await clock.start(FIRST)
        hand.busy = "the bank is at work"
        with pytest.raises(NotAtRest, match="the bank is at work"):
            await clock.advance()
        with pytest.raises(NotAtRest, match="the bank is at work"):
            await clock.wait_until_rest()
        hand.busy, hand.trouble = "", TopicsError("Kafka does not answer")
        with pytest.raises(ClockError, match="503 unavailable"):
            await clock.advance()
        assert FIRST == clock.day == hand.day


async def test_a_step_waits_for_a_clock_that_is_away_and_is_one_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its answer is lost after it has stepped, then Kafka is away, then somebody works."""
    hand = Hand(FIRST)
    troubles: list[Any] = [httpx.ReadError("killed"), TopicsError("away"), NotAtRest("busy")]

    class Flaky(httpx.ASGITransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            trouble = troubles.pop(0) if request.method == "POST" and troubles else None
            hand.trouble = trouble if isinstance(trouble, TopicsError) else None
            hand.busy = str(trouble) if isinstance(trouble, NotAtRest) else ""
            answer = await super().handle_async_request(request)
            if isinstance(trouble, httpx.ReadError):
                raise trouble
            return answer

    monkeypatch.setattr("ops.clock.remote.PAUSE_SECONDS", 0)
    patient = RemoteClock("http://clock", Flaky(build_app(hand)), patience_seconds=30)
    async with patient as clock:
        assert await clock.advance() == FIRST + timedelta(days=1) == hand.day
    assert troubles == []
    assert hand.published == [FIRST + timedelta(days=1)]


async def test_a_clock_that_is_not_there_is_said_to_be_away() -> None:
    with pytest.raises(ClockError, match=r"no clock answers at http://127\.0\.0\.1:9"):
        async with RemoteClock("http://127.0.0.1:9"):
            pass


# One or the other, for life.


def test_a_stack_keeps_the_kind_of_clock_it_began_with(tmp_path: Path) -> None:
    file = tmp_path / "kind"

    assert Kind.SIMULATED is keep_kind(file, Kind.SIMULATED)
    assert Kind.SIMULATED is keep_kind(file, None)
    with pytest.raises(ClockError, match="is simulated for life, not real"):
        keep_kind(file, Kind.REAL)
    assert Kind.SIMULATED is keep_kind(file, Kind.SIMULATED)


def test_a_new_stack_has_a_real_clock_unless_it_is_told_otherwise(tmp_path: Path) -> None:
    assert Kind.REAL is keep_kind(tmp_path / "kind", None)
    with pytest.raises(ClockError, match="is real for life, not simulated"):
        keep_kind(tmp_path / "kind", Kind.SIMULATED)


def test_an_unreadable_kind_is_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "kind").write_text("lunar\n")

    with pytest.raises(ClockError, match="mend it"):
        keep_kind(tmp_path / "kind", Kind.REAL)
