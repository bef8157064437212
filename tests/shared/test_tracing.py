"""A trace goes with a story from HTTP through the outbox and the log to handlers, and on."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import structlog
from fastapi import APIRouter
from fastapi.responses import Response

from shared.bus import Handles, Record
from shared.bus.operate import release
from shared.events import Event
from shared.events.intake import ApplicationSubmitted
from shared.ids import PersonId
from shared.metrics import Metrics, table
from shared.mongo import Aggregate, Work
from shared.service import Command, everyone
from shared.testing import NOW, Bench
from shared.tracing import CONSUMER, SERVER, Span, Tracer, follow
from tests.shared import toy
from tests.shared.collector import Collector, running_collector

HERS = f"00-{'a' * 32}-{'b' * 16}-01"
DAY = "2022-03-03"


@dataclass(frozen=True)
class Seen:
    person_id: str


def evolve(_: Seen | None, event: Event) -> Seen:
    return Seen(str(getattr(event, "person_id", "")))


SEEN: Aggregate[Seen] = Aggregate("seen", Seen, evolve)
router = APIRouter()


@router.post("/people/{person_id}/applications", dependencies=[everyone()])
async def apply(person_id: PersonId, command: Command) -> Response:
    async def handle(work: Work) -> None:
        await work.load(SEEN, person_id)
        work.save(SEEN, person_id, [toy.submitted(person_id)])

    return await command(handle)


async def close(event: ApplicationSubmitted, work: Work) -> None:
    """Payroll's part of the story; what it logs meanwhile carries these ids."""
    logged.append(structlog.contextvars.get_contextvars())
    if event.person_id in toy.faulty:
        raise ZeroDivisionError
    await work.load(SEEN, event.person_id)
    work.save(SEEN, event.person_id, [toy.closed(event.person_id, 1, work.today)])


logged: list[dict[str, Any]] = []


@pytest.fixture(autouse=True)
def unlogged() -> None:
    logged.clear()


def intake() -> Bench:
    return Bench("intake", (SEEN,), (), ())


def payroll() -> Bench:
    return Bench("payroll", (SEEN,), (Handles(ApplicationSubmitted, close),), ())


async def sent(bench: Bench) -> list[Record]:
    """What the relay would put on the topic."""
    return [
        Record(
            producer=bench._service,
            topic=row["topic"],
            partition=0,
            offset=n,
            key=row["key"],
            value=row["value"],
            headers=tuple((name, value) for name, value in row["headers"]),
        )
        for n, row in enumerate(await bench._rows("outbox", {}))
    ]


def traceparent(record: Record) -> list[str]:
    """Its four parts."""
    return (dict(record.headers)["traceparent"] or b"").decode().split("-")


async def applied(bench: Bench, key: str = "k", **headers: str) -> list[Record]:
    await bench.day(DAY)
    async with bench.app(router) as client:
        headers = {"Idempotency-Key": key, **headers}
        reply = await client.post("/people/per_a/applications", headers=headers)
    assert reply.status_code == 200
    return await sent(bench)


async def test_a_caller_s_trace_goes_from_http_to_handlers_and_into_what_they_publish() -> None:
    (first,) = await applied(intake(), traceparent=HERS)
    here = payroll()
    await here.day(DAY)
    await here.take([first])
    (second,) = await sent(here)

    _, trace, of_intake, flags = traceparent(first)
    _, same_trace, of_payroll, _ = traceparent(second)
    assert (trace, same_trace, flags) == ("a" * 32, "a" * 32, "01")
    assert len({of_intake, of_payroll, "b" * 16}) == 3
    assert [context["trace_id"] for context in logged] == ["a" * 32]
    assert logged[0]["causation_id"] == "/womanup/intake/per_a/1"


async def test_a_story_without_a_trace_is_one_trace_all_the_same() -> None:
    (first,) = await applied(intake())
    here = payroll()
    await here.day(DAY)
    await here.take([first])
    (second,) = await sent(here)

    assert traceparent(first)[1] == traceparent(second)[1] == logged[0]["trace_id"]
    assert traceparent(first)[2] != traceparent(second)[2]

    (again,) = await applied(intake())
    (other,) = await applied(intake(), key="another")

    assert traceparent(again) == traceparent(first), "nothing is left to chance"
    assert traceparent(other)[1] != traceparent(first)[1]


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "garbage",
        HERS.upper(),
        f"{HERS}-more",
        HERS.replace("a" * 32, "0" * 32),
        HERS.replace("b" * 16, "0" * 16),
        HERS.replace("00-", "ff-"),
        f"{HERS}\n",
    ],
)
async def test_what_is_no_trace_is_as_if_it_were_not_there(foreign: str) -> None:
    assert follow("payroll", "story", "cause", foreign) == follow("payroll", "story", "cause")

    record = payroll().record(toy.submitted("per_a"))
    headers = tuple((n, foreign.encode() if n == "traceparent" else v) for n, v in record.headers)
    here = payroll()
    await here.day(DAY)
    await here.take([replace(record, headers=headers)])

    assert here.parked == []
    assert len(logged[0]["trace_id"]) == 32


async def test_what_was_parked_and_released_is_still_of_its_trace() -> None:
    (first,) = await applied(intake(), traceparent=HERS)
    here = payroll()
    await here.day(DAY)
    toy.faulty.add("per_a")
    await here.take([first])
    toy.faulty.clear()

    async def let_run(session: Any) -> Any:
        act = {"by": "operator", "why": "mended"}
        return await release(session, (), here.parked[0]["_id"], act, NOW)

    await here.store.transact(let_run)
    await here.settle()
    (second,) = await sent(here)

    assert traceparent(second)[1] == "a" * 32


async def test_a_repeated_command_is_answered_from_what_was_kept_whatever_its_trace() -> None:
    bench = intake()
    await applied(bench, traceparent=HERS)
    records = await applied(bench, traceparent=HERS.replace("a", "c"))

    assert [traceparent(r)[1] for r in records] == ["a" * 32]


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with running_collector() as server:
        yield server


def traced(bench: Bench, endpoint: str) -> Tracer:
    """Give a bench a tracer that sends, before it does anything."""
    tracer = Tracer(bench._service, f"{bench._service}-1", endpoint, bench.metrics)
    bench._desk = replace(bench._desk, tracer=tracer)
    bench.inbox._desk = bench._desk
    bench.days._desk = bench._desk
    return tracer


async def test_spans_reach_a_collector_each_under_the_one_it_follows_from(
    collector: Collector,
) -> None:
    there, here = intake(), payroll()
    tracers = traced(there, collector.url), traced(here, f"{collector.url}/")
    (first,) = await applied(there, traceparent=HERS)
    await here.day(DAY)
    await here.take([first, first])
    for tracer in tracers:
        await tracer.flush()
    command, handler = (s for s in collector.spans() if s["traceId"] == "a" * 32)

    assert {path for path, _ in collector.told} == {"/v1/traces"}
    assert command["name"] == "POST /people/{person_id}/applications"
    assert (command["kind"], command["parentSpanId"]) == (SERVER, "b" * 16)
    assert handler["name"] == "womanup.intake.ApplicationSubmitted.v1"
    assert (handler["kind"], handler["parentSpanId"]) == (CONSUMER, command["spanId"])
    assert int(handler["endTimeUnixNano"]) >= int(handler["startTimeUnixNano"]) > 10**18
    resource = collector.told[-1][1]["resourceSpans"][0]["resource"]["attributes"]
    assert {"key": "service.name", "value": {"stringValue": "payroll"}} in resource
    assert here.metrics.value(table.SPANS, outcome="sent") == 1
    assert "per_a" not in json.dumps(collector.told)


async def test_what_the_caller_does_not_sample_is_carried_and_not_sent(
    collector: Collector,
) -> None:
    bench = intake()
    tracer = traced(bench, collector.url)
    (first,) = await applied(bench, traceparent=f"{HERS[:-2]}00")
    await tracer.flush()

    assert traceparent(first)[3] == "00"
    assert [s for s in collector.spans() if s["traceId"] == "a" * 32] == []


@pytest.mark.parametrize(
    ("error", "status"),
    [(ZeroDivisionError("김하늘"), {"code": 2}), (toy.TooMany("김하늘"), {})],
)
async def test_a_fault_is_a_span_with_an_error_a_refusal_one_without_and_neither_has_its_words(
    collector: Collector, error: Exception, status: dict[str, int]
) -> None:
    tracer = Tracer("intake", "intake-1", collector.url, Metrics("intake"))
    span = Span(follow("intake", "story", "cause"), "POST /x", SERVER, NOW)
    later = NOW + timedelta(seconds=1)
    with pytest.raises(type(error)), tracer.during(span, lambda: later):
        raise error
    await tracer.flush()
    (told,) = collector.spans()

    assert told["status"] == status
    assert told["attributes"] == [
        {"key": "error.type", "value": {"stringValue": type(error).__name__}}
    ]


async def test_a_collector_that_is_away_costs_its_spans_and_nothing_else() -> None:
    metrics = Metrics("intake")
    tracer = Tracer("intake", "intake-1", "http://127.0.0.1:1", metrics)
    span = Span(follow("intake", "story", "cause"), "POST /x", SERVER, NOW)
    tracer.end(span, NOW)
    await tracer.stop()

    assert metrics.value(table.SPANS, outcome="dropped") == 1
    assert metrics.value(table.SPANS, outcome="sent") == 0


async def test_spans_that_wait_for_a_slow_collector_are_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.tracing.SPANS_MAX", 3)
    metrics = Metrics("intake")
    tracer = Tracer("intake", "intake-1", "http://127.0.0.1:1", metrics)
    for _ in range(5):
        tracer.end(Span(follow("intake", "story", "cause"), "POST /x", SERVER, NOW), NOW)

    assert len(tracer._waiting) == 3
    assert metrics.value(table.SPANS, outcome="dropped") == 2


async def test_without_a_collector_no_span_is_made() -> None:
    bench = payroll()
    await bench.day(DAY)
    await bench.given(toy.submitted("per_a"))

    assert not bench._desk.tracer.is_on
    assert not bench._desk.tracer._waiting


@pytest.mark.parametrize("endpoint", ["collector:4318", "file:///etc/passwd", "http://", "x"])
def test_an_endpoint_that_is_no_address_keeps_a_service_from_starting(endpoint: str) -> None:
    with pytest.raises(ValueError, match="OTLP"):
        Tracer("intake", "intake-1", endpoint, Metrics("intake"))
