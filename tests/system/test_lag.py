"""What is behind is told by whoever is there to tell it.

Apart from test_metrics, for a prefix and so a group of its own: in one group, an instance that came
back under its name was dropped after the 10 s of the test before, not after its own time-out.
"""

import math
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ops.processes import Processes, free_ports, service_command, service_environment
from ops.stack import Stack
from proofs import story
from proofs.publisher import Publisher
from tests.shared.collector import Collector, running_collector
from tests.system.support import Service, scrape

pytestmark = pytest.mark.system

PATIENT_MS = "45000"  # so long nobody takes over what a stopped instance holds


@pytest.fixture
def collector() -> Iterator[Collector]:
    with running_collector() as server:
        yield server


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
