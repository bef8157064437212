"""What system tests share: one service as a process, and a client to it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from ops.processes import Processes, free_ports, service_command, service_environment
from ops.stack import Stack
from shared.metrics.table import METRICS

WAIT_SECONDS = 60.0

Series = Mapping[tuple[str, ...], float]


class Service:
    """One service as a process of its own, and a client to it."""

    def __init__(self, processes: Processes, name: str, port: int) -> None:
        self.processes = processes
        self.name = name
        self.url = f"http://127.0.0.1:{port}"
        self.client = httpx.AsyncClient(base_url=self.url, timeout=30, trust_env=False)

    @property
    def pid(self) -> int:
        return self.processes[self.name].process.pid

    @property
    def log(self) -> str:
        return self.processes[self.name].log.read_text()

    async def get(self, path: str, **params: Any) -> Any:
        response = await self.client.get(path, params=params)
        if response.status_code != 503:  # not ready is an answer, too
            response.raise_for_status()
        return response.json()

    async def post(self, path: str, body: Any, key: str) -> httpx.Response:
        return await self.client.post(path, json=body, headers={"Idempotency-Key": key})

    async def until(self, claim: Callable[[], Awaitable[bool]], what: str) -> None:
        """Wait for an event, not for a time; a process that died says so at once."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            child = self.processes[self.name]
            assert child.is_running, child.error("ended")
            try:
                if await claim():
                    return
            except httpx.HTTPError:
                pass  # not up yet, just restarted, or what is asked for has not come yet
            assert time.monotonic() < deadline, child.error(f"never came to: {what}")
            await asyncio.sleep(0.02)

    async def until_day(self, day: date) -> None:
        """The service is on that day with nothing left to do or to send."""

        async def is_there() -> bool:
            health = await self.get("/health/ready")
            left = health["due_left"] + health["outbox"] + health["releasable"] + health["lag"]
            return bool(health["day"] == day.isoformat() and left == 0)

        await self.until(is_there, f"day {day}")


@asynccontextmanager
async def running_service(
    stack: Stack, name: str, prefix: str, logs: Path
) -> AsyncIterator[Service]:
    port = free_ports(1)[0]
    async with Processes(logs) as processes:
        processes.start(
            name, service_command(name, port), env=service_environment(stack, name, prefix=prefix)
        )
        await processes.wait_for_url(name, f"http://127.0.0.1:{port}/health/ready")
        service = Service(processes, name, port)
        async with service.client:
            yield service


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
