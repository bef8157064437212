"""Readiness: a service that takes no records is not ready, and says why."""

from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from shared.bus.brake import Brake
from shared.testing import Bench, MemoryStore
from tests.shared import toy
from tests.shared.toy import submitted


class Counted(MemoryStore):
    async def outbox(self) -> tuple[int, float]:
        return 0, 0.0

    async def parked(self) -> int:
        return 0


class Log:
    async def lag(self) -> int:
        return 0

    def last_poll_age_seconds(self) -> float:
        return 0.5


async def readiness(bench: Bench, brake: Brake) -> tuple[int, Any]:
    runtime = SimpleNamespace(
        service="payroll", instance="payroll-1", store=bench.store, log=Log(), days=bench.days,
        inbox=bench.inbox, brake=brake,
    )  # fmt: skip
    http = bench.app(APIRouter())
    assert isinstance(http._transport, httpx.ASGITransport)
    http._transport.app.state.runtime = runtime  # type: ignore[attr-defined]
    async with http:
        answer = await http.get("/health/ready")
    return answer.status_code, answer.json()["stopped"]


async def test_a_service_that_is_stopped_by_what_failed_is_not_ready_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, Counted())
    brake = Brake(bench.store, bench.metrics, bench.inbox, 0)
    await bench.day("2022-03-03")
    await brake.look()

    assert await readiness(bench, brake) == (200, None)

    monkeypatch.setattr(toy, "faulty", {"per_a"})
    await bench.given(submitted("per_a"))
    await brake.look()

    says = "takes no more records: more than 0 are parked as failed"
    assert await readiness(bench, brake) == (503, says)
