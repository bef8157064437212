"""Requests are counted by their route as it is declared: a path may say whom they are about."""

import httpx
from fastapi import APIRouter

from shared.metrics import Metrics, table
from shared.service import OPEN
from shared.testing import Bench
from tests.shared import toy

router = APIRouter()


@router.get("/people/{person_id}", dependencies=[OPEN])
async def show(person_id: str) -> str:
    return person_id


@router.get("/broken/{person_id}", dependencies=[OPEN])
async def broken(person_id: str) -> str:
    raise ZeroDivisionError(person_id)


def requests(metrics: Metrics, method: str, route: str, status: str) -> float | None:
    return metrics.value(table.HTTP_REQUESTS, method=method, route=route, status=status)


async def test_requests_are_counted_by_route_method_and_status_and_never_by_path() -> None:
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    async with bench.app(router) as client:
        for person in ("per_a", "per_b"):
            await client.get(f"/people/{person}", params={"name": "per_c"})
        await client.post("/people/per_a")
        await client.get("/nowhere/per_a")
        await client.request("PER_A", "/people/per_a")
        await client.post("/people/per_a", content=b" " * 1_000_001)
        text = (await client.get("/metrics")).text

    assert requests(bench.metrics, "GET", "/people/{person_id}", "200") == 2
    assert requests(bench.metrics, "POST", "/people/{person_id}", "405") == 1
    assert requests(bench.metrics, "GET", "none", "404") == 1
    assert requests(bench.metrics, "other", "/people/{person_id}", "405") == 1
    assert requests(bench.metrics, "POST", "none", "413") == 1
    seconds = {"method": "GET", "route": "/people/{person_id}"}
    assert bench.metrics.value(table.HTTP_SECONDS, "_count", **seconds) == 2
    assert "per_" not in text.lower()


async def test_what_breaks_is_counted_as_500() -> None:
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    app = bench.app(router)._transport.app  # type: ignore[attr-defined]
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        await client.get("/broken/per_a")

    assert requests(bench.metrics, "GET", "/broken/{person_id}", "500") == 1
