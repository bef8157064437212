"""What `ops status` makes of the services' answers, also of those that do not come."""

import json
from collections.abc import Mapping
from io import StringIO
from typing import Any

import httpx
import pytest
from rich.console import Console

from ops import status as module
from ops.status import Lookout, ServiceStatus, Status, ask_service, screen
from shared.events import TOPICS

HEALTH = {
    "service": "payroll",
    "instance": "payroll-1",
    "day": "2022-05-10",
    "announced": 0,
    "due_left": 0,
    "releasable": 0,
    "parked": 0,
    "outbox": 0,
    "outbox_age_seconds": 0.0,
    "lag": 0,
    "last_poll_age_seconds": 0.2,
    "transactions": 12,
}
COUNTS = dict.fromkeys(TOPICS, 1200)


async def asked(
    health: Mapping[str, Any], parked: list[dict[str, Any]] | None = None, code: int = 200
) -> ServiceStatus:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/health/ready":
            return httpx.Response(code, json=health)
        return httpx.Response(200, json={"items": parked or [], "next": None})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        return await ask_service(http, "payroll", "http://payroll")


def shown(status: Status) -> str:
    console = Console(width=100, record=True, file=StringIO())
    console.print(screen(status))
    return console.export_text()


async def test_a_service_at_rest_is_well() -> None:
    found = await asked(HEALTH)

    assert found == ServiceStatus(
        "payroll", "", "2022-05-10", 0, 0, 0, 0, 0.0, 0, 0, last_poll_age_seconds=0.2
    )
    assert found.is_well
    assert "all is well" in shown(Status((found,), COUNTS))


async def test_work_on_its_way_is_no_trouble() -> None:
    busy = {"announced": 3, "due_left": 40, "lag": 7, "outbox": 2, "outbox_age_seconds": 1.25}
    found = await asked(HEALTH | busy)

    assert found.is_well
    assert "2 (1.2 s)" in shown(Status((found,), COUNTS))


async def test_what_is_parked_is_not_well() -> None:
    found = await asked(HEALTH | {"parked": 2}, [{"kind": "failed"}, {"kind": "waits"}])

    assert (found.parked, found.set_aside) == (2, 0)
    assert not found.is_well
    assert "something is parked: `python -m ops parked list`" in shown(Status((found,), COUNTS))


async def test_what_was_set_aside_is_counted_beside_what_is_parked() -> None:
    found = await asked(HEALTH, [{"kind": "set-aside"}])

    assert (found.parked, found.set_aside) == (0, 1)
    assert not found.is_well


@pytest.mark.parametrize(
    ("age", "says"),
    [
        (None, "has no partition, or has not asked Kafka for records yet"),
        (31.4, "has not asked Kafka for records for 31 s"),
    ],
)
async def test_who_does_not_consume_says_since_when(age: float | None, says: str) -> None:
    found = await asked(HEALTH | {"last_poll_age_seconds": age}, code=503)

    assert found.trouble == says
    assert found.day == "2022-05-10"
    assert not found.is_well


async def test_a_service_whose_store_is_away_says_so() -> None:
    detail = "the store is away: look at MongoDB first"
    found = await asked({"code": "unavailable", "detail": detail}, code=503)

    assert found == ServiceStatus("payroll", detail)
    assert not found.is_well


async def test_a_service_that_does_not_answer_is_away_and_the_screen_still_stands() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as http:
        found = await ask_service(http, "intake", "http://intake")
    text = shown(Status((found, await asked(HEALTH)), COUNTS))

    assert found.trouble == "away: http://intake does not answer (ConnectError)"
    assert "intake: away" in text
    assert "2022-05-10" in text
    assert "not all is well: docs/runbook.md" in text


async def test_something_else_at_that_address_is_no_service() -> None:
    def page(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text="<html>")

    async with httpx.AsyncClient(transport=httpx.MockTransport(page)) as http:
        found = await ask_service(http, "intake", "http://intake")

    assert found.trouble == "http://intake answers no JSON: is it one of ours?"


async def told(*answers: Any, code: int = 200) -> ServiceStatus:
    """Of a service that gives these as its health and as what is parked, the latter with `code`."""
    pages = {"/health/ready": answers[0], "/parked": answers[1]}

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        return httpx.Response(code if path == "/parked" else 200, json=pages[path])

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        return await ask_service(http, "intake", "http://intake")


@pytest.mark.parametrize(
    ("page", "code"), [({"code": "fault"}, 500), ({"items": []}, 500), ([], 200), ({}, 200)]
)
async def test_who_does_not_say_what_is_set_aside_is_not_well(page: Any, code: int) -> None:
    found = await told(HEALTH, page, code=code)

    assert found.trouble == f"does not say what is set aside: /parked answers {code} and no list"
    assert (found.day, found.set_aside) == ("2022-05-10", None)
    assert not found.is_well
    assert "intake: does not say what is set aside" in shown(Status((found,), COUNTS))


@pytest.mark.parametrize("health", [[], "well", {"day": "2022-05-10"}])
async def test_json_that_is_no_health_report_is_said_to_be_none(health: Any) -> None:
    found = await told(health, {"items": []})

    assert found == ServiceStatus("intake", "http://intake gives no health report")
    assert not found.is_well


async def test_kafka_away_is_told_within_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REQUEST_SECONDS", 0.3)
    async with httpx.AsyncClient() as http:
        status = await Lookout("127.0.0.1:1", {}, "", http).look()

    assert status.topics == {}
    assert status.trouble.startswith("Kafka at 127.0.0.1:1 does not say what is on the topics: ")
    assert not status.is_well


async def test_json_has_everything_that_the_screen_has() -> None:
    found = await asked(HEALTH | {"parked": 1})
    read = json.loads(json.dumps(Status((found,), COUNTS).to_json()))

    assert read["is_well"] is False
    assert read["services"][0]["day"] == "2022-05-10"
    assert read["services"][0]["is_well"] is False
    assert read["topics"] == COUNTS
