"""What a service as a process tells Prometheus: of records, of lag, of what is parked."""

import math
import os
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ops.processes import Processes, free_ports, service_command, service_environment
from ops.stack import Stack
from shared.metrics.table import METRICS
from tests.shared.collector import Collector, running_collector
from tests.system import story
from tests.system.support import Publisher, Service, running_service

pytestmark = pytest.mark.system

Series = Mapping[tuple[str, ...], float]
PATIENT_MS = "45000"  # so long nobody takes over what a stopped instance holds


@pytest.fixture
def collector() -> Iterator[Collector]:
    with running_collector() as server:
        yield server


async def scrape(service: Service) -> Mapping[str, Series]:
    """By name: the values by their labels' values, without the service, in order of label names."""
    reply = await service.client.get("/metrics")
    reply.raise_for_status()
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(reply.text):
        assert family.name in {m.name.removesuffix("_total") for m in METRICS}
        for sample in family.samples:
            labels = dict(sample.labels)
            assert labels.pop("service") == service.name.partition("-")[0]
            found.setdefault(sample.name, {})[tuple(v for _, v in sorted(labels.items()))] = (
                sample.value
            )
    return found


async def test_a_service_tells_what_it_took_skipped_and_parked_and_names_nobody(
    stack: Stack, prefix: str, tmp_path: Path
) -> None:
    async with (
        running_service(stack, "payroll", prefix, tmp_path) as payroll,
        Publisher(stack, prefix) as say,
    ):
        await story.tell_until_placed(say, 3)
        topic = f"{prefix}womanup.placement.v1"
        await say.producer.send(topic, key=None, value=b"\xde\xad\xbe\xef", headers=[])
        await say.say(story.attended(0))
        await say.producer.send(topic, **say.record(story.attended(0), sequence=2))
        say.record(story.attended(1))  # a number that is never sent
        await say.say(story.attended(1, "2022-05"))

        await payroll.get(f"/cohorts/{story.COHORT}/payroll-records")
        said: Mapping[str, Series] = {}

        async def all_told() -> bool:
            """Each look is bounded, so on a busy machine one of them may tell less."""
            nonlocal said
            said = await scrape(payroll)
            events = said["womanup_events_total"]
            counted = [events[outcome,] for outcome in ("duplicate", "failed", "behind")]
            is_whole = {"womanup_parked", "womanup_lag_records"} <= said.keys()
            return is_whole and counted == [1, 1, 1] and said["womanup_parked"]["failed",] == 1

        await payroll.until(all_told, "a duplicate, a record that failed, one behind a gap")

        assert said["womanup_parked"] == {("failed",): 1, ("waits",): 0, ("behind",): 1}
        assert said["womanup_store_up"] == said["womanup_log_up"] == {(): 1}
        assert set(said["womanup_set_aside"].values()) == {0}
        assert said["womanup_poll_age_seconds"][()] < 30
        midnight = datetime.combine(story.FIRST, time(), UTC).timestamp()
        assert said["womanup_day_timestamp_seconds"] == {(): midnight}
        taken = said["womanup_events_total"]["taken",]
        assert taken >= 5
        assert said["womanup_batch_records_sum"][()] == taken + 3
        assert said["womanup_transaction_seconds_count"][()] >= 1
        route = "/cohorts/{cohort_id}/payroll-records"
        assert said["womanup_http_requests_total"]["GET", route, "200"] == 1
        text = (await payroll.client.get("/metrics")).text
        assert [word for word in ("per_0", "coh_", "plc_", "rec_") if word in text] == []


@asynccontextmanager
async def two_instances(
    stack: Stack, prefix: str, logs: Path, collector: Collector
) -> AsyncIterator[tuple[Service, Service]]:
    also = {
        "PAYROLL_SESSION_TIMEOUT_MS": PATIENT_MS,
        "PAYROLL_OTLP_ENDPOINT": collector.url,
        "no_proxy": "127.0.0.1",
    }
    names, ports = ("payroll-1", "payroll-2"), free_ports(2)
    async with Processes(logs) as processes:
        services = [Service(processes, *pair) for pair in zip(names, ports, strict=True)]
        for service, port in zip(services, ports, strict=True):
            named = service_environment(stack, "payroll", instance=service.name, prefix=prefix)
            processes.start(service.name, service_command("payroll", port), env=named | also)
            await processes.wait_for_url(service.name, f"{service.url}/health/ready")
        first, second = services
        async with first.client, second.client:
            yield first, second


async def test_what_a_stopped_instance_leaves_lying_is_told_by_the_one_beside_it(
    stack: Stack, prefix: str, tmp_path: Path, collector: Collector
) -> None:
    """In records and in seconds, which grow until it goes on. Both send what they do as spans."""
    topic = f"{prefix}womanup.placement.v1"

    async def lag(service: Service) -> tuple[float, float]:
        """Not a number where it could not look: that compares with nothing."""
        said = await scrape(service)
        names = ("womanup_lag_records", "womanup_lag_seconds")
        records, seconds = (said.get(name, {}).get((topic,), math.nan) for name in names)
        return records, seconds

    async with (
        two_instances(stack, prefix, tmp_path, collector) as (first, second),
        Publisher(stack, prefix) as say,
    ):
        await story.tell_until_placed(say, 12)

        async def at_rest() -> bool:
            return await lag(first) == (0, 0)

        await first.until(at_rest, "everything is read")
        os.kill(second.pid, signal.SIGSTOP)
        try:
            await say.say(*(story.attended(n) for n in range(12)))

            async def is_behind() -> bool:
                records, seconds = await lag(first)
                return 1 <= records <= 12 and seconds > 1

            await first.until(is_behind, "lag in records and in seconds")

            async def grows() -> bool:
                return (await lag(first))[1] > 5

            await first.until(grows, "lag in seconds grows")
        finally:
            os.kill(second.pid, signal.SIGCONT)
        await first.until(at_rest, "no lag once it goes on")

        async def both_sent() -> bool:
            return collector.senders("womanup.placement.InternPlaced.v1") == {
                first.name,
                second.name,
            }

        await first.until(both_sent, "spans of both instances")
