"""How far a play's patience goes with a service that is away, and where it ends."""

from collections.abc import Callable

import httpx
import pytest

from ops.demo import client as module
from ops.demo.client import Client, Json, RefusedError
from ops.tokens import OFFICER

GATEWAY = httpx.Response(502, text="<html>Bad Gateway</html>")
HALF = httpx.Response(200, text='{"items": [')
THERE = httpx.Response(201, json={"id": "app_1"})


async def posted(answer: Callable[[httpx.Request], httpx.Response]) -> Json:
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        client = Client({"intake": "http://intake"}, http)
        return await client.post("intake", "/applications", {}, key="apply-1", by=OFFICER)


@pytest.mark.parametrize("first", [GATEWAY, HALF])
async def test_an_answer_that_is_no_json_is_no_answer_and_is_asked_for_again(
    first: httpx.Response,
) -> None:
    answers, keys = [first, THERE], []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        return answers.pop(0)

    assert await posted(answer) == {"id": "app_1"}
    assert keys == ["apply-1", "apply-1"]


async def test_answers_that_are_no_json_are_borne_only_so_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.2)

    with pytest.raises(RefusedError, match="POST /applications of intake: still 502 and no JSON"):
        await posted(lambda _: GATEWAY)


async def test_a_refusal_is_not_asked_again() -> None:
    answers = [httpx.Response(409, json={"code": "closed", "detail": "too late"})]

    with pytest.raises(RefusedError, match="409 closed: too late"):
        await posted(lambda _: answers.pop())
