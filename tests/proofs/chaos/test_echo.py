import base64
import json
from collections.abc import Callable

import httpx

from proofs.chaos.echo import Echo
from proofs.invariants.recorder import kept_under

FIRST, SECOND = "http://127.0.0.1:1001", "http://127.0.0.1:1002"
CLAIMS = base64.urlsafe_b64encode(json.dumps({"sub": "per_a"}).encode()).decode().rstrip("=")
COMMAND = {"Idempotency-Key": "key", "Authorization": f"Bearer e30.{CLAIMS}.x"}


async def asked(
    answer: Callable[[httpx.Request], httpx.Response], headers: dict[str, str]
) -> tuple[Echo, list[str]]:
    """What the echo has noted, and where requests went to."""
    places = []

    def serve(request: httpx.Request) -> httpx.Response:
        places.append(f"{request.url} {request.headers['Host']} {request.content.decode()}")
        return answer(request)

    echo = Echo(httpx.MockTransport(serve))
    echo.know({"intake": (FIRST, SECOND)})
    async with httpx.AsyncClient(transport=echo) as client:
        await client.post(f"{FIRST}/people", json={"a": 1}, headers=headers)
    return echo, places


async def test_an_answered_command_goes_to_another_instance_and_both_answers_are_kept() -> None:
    def count(request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, text=f"by {request.url.port}")

    echo, places = await asked(count, COMMAND)

    assert places == [
        f'{FIRST}/people 127.0.0.1:1001 {{"a":1}}',
        f'{SECOND}/people 127.0.0.1:1002 {{"a":1}}',
    ]
    assert [reply.body for reply in echo.replies] == [b"by 1001", b"by 1002"]
    assert {reply.kept_as for reply in echo.replies} == {kept_under("key", "per_a")}
    assert {reply.service for reply in echo.replies} == {"intake"}


async def test_what_is_refused_or_no_command_is_asked_once() -> None:
    for headers, status in ((COMMAND, 409), ({}, 200)):
        echo, places = await asked(lambda _, s=status: httpx.Response(s), headers)  # type: ignore[misc]

        assert len(places) == 1
        assert echo.replies == []


async def test_another_that_is_dead_or_not_yet_able_answers_nothing_that_counts() -> None:
    def die(request: httpx.Request) -> httpx.Response:
        if request.url.port == 1002:
            raise httpx.ConnectError("dead")
        return httpx.Response(201)

    def wait(request: httpx.Request) -> httpx.Response:
        not_yet = httpx.Response(503, json={"code": "unavailable"})
        return not_yet if request.url.port == 1002 else httpx.Response(201)

    for answer in (die, wait):
        echo, places = await asked(answer, COMMAND)

        assert len(places) == 2
        assert [reply.status for reply in echo.replies] == [201]
