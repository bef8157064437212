"""Latencies: from the records' own times, cause by cause."""

from datetime import UTC, date, datetime, timedelta

from ops.clock.calendar import write_day
from ops.demo.measure import count_events, first_at, latencies, summary
from ops.topics import Record
from shared.events import Envelope, event_type, source_of, topic_of, write_headers
from shared.events.intake import ApplicationAccepted
from shared.events.payroll import PayrollRecordOpened

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = date(2022, 3, 3)


def record(
    contract: type[ApplicationAccepted | PayrollRecordOpened], cause: str, after_ms: int
) -> Record:
    """Decided so long after NOW, and at the broker 5 ms later."""
    envelope = Envelope(
        type=event_type(contract),
        source=source_of(contract.producer),
        key="per_a",
        sequence=1,
        correlation_id="x",
        causation_id=cause,
    )
    decided = NOW + timedelta(milliseconds=after_ms)
    headers = tuple(write_headers(contract, envelope, decided))
    handed_ms = int(decided.timestamp() * 1000) + 5
    return Record(topic_of(contract.producer), 0, 0, b"per_a", headers, b"{}", handed_ms)


def test_the_first_of_a_type_is_by_the_brokers_time_whatever_the_order() -> None:
    records = [record(ApplicationAccepted, "x", ms) for ms in (70, 30, 50)]
    records.append(record(PayrollRecordOpened, "x", 10))

    assert first_at(records, event_type(ApplicationAccepted)) == NOW + timedelta(milliseconds=35)
    assert first_at(records, "womanup.payroll.WagePaid.v1") is None


def test_a_hop_is_from_the_causing_event_to_the_caused() -> None:
    key, value, headers = write_day(DAY, DAY, (), NOW)
    day = Record(topic_of("calendar"), 0, 0, key, tuple(headers), value, 0)
    cause = dict(headers)["ce_id"].decode()
    accepted = record(ApplicationAccepted, cause, 30)
    opened = record(PayrollRecordOpened, "/womanup/intake/per_a/1", 130)
    news, days, relay = latencies([day, accepted, opened])

    assert (news.count, news.p50_ms) == (1, 100)
    assert (days.count, days.p50_ms) == (1, 30)
    assert (relay.count, relay.p95_ms) == (2, 5)


def test_what_is_no_event_is_counted_and_not_measured() -> None:
    garbage = Record(topic_of("intake"), 0, 0, None, (), b"\xff")

    assert count_events([garbage]) == {"womanup.intake.v1": 1}
    assert all(latency.count == 0 for latency in latencies([garbage]))


def test_percentiles_of_samples() -> None:
    found = summary("x", [float(n) for n in range(1, 101)])

    assert (found.count, found.p50_ms, found.p95_ms) == (100, 51, 96)
