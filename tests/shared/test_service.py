"""The edge: a command happens once, and what was wrong is said in the client's words."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from shared.ids import PersonId
from shared.service import Command, Query, everyone
from shared.testing import Bench
from tests.shared import toy
from tests.shared.toy import TALLIES, accepted, submitted

router = APIRouter()


class Add(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: Annotated[int, Field(ge=1, le=1000)]
    secret_name: str = ""


@router.post("/people/{person_id}/additions", status_code=201, dependencies=[everyone()])
async def add(person_id: PersonId, body: Add, command: Command) -> Response:
    return await command(lambda work: toy.add(person_id, body.amount, work))


@router.post("/people/{person_id}/endings", dependencies=[everyone()])
async def end(person_id: PersonId, command: Command) -> Response:
    return await command(lambda work: toy.finish(accepted(person_id), work))


@router.post("/faults", dependencies=[everyone()])
async def fault(body: Add, command: Command) -> Response:
    async def handle(_: Any) -> None:
        raise ZeroDivisionError(body.secret_name)

    return await command(handle)


@router.get("/people/{person_id}", dependencies=[everyone()])
async def show(person_id: PersonId, query: Query) -> Response:
    async def handle(work: Any) -> dict[str, int]:
        tally = await work.require(TALLIES, person_id)
        return {"total": tally.total}

    return await query(handle)


@pytest.fixture
def bench(bench_on: Callable[..., Bench]) -> Bench:
    return bench_on("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)


@pytest.fixture
async def client(bench: Bench) -> AsyncIterator[httpx.AsyncClient]:
    await bench.day("2022-03-03")
    async with bench.app(router) as client:
        yield client


async def post(client: httpx.AsyncClient, amount: int, key: str | None) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await client.post("/people/per_a/additions", json={"amount": amount}, headers=headers)


async def total(client: httpx.AsyncClient) -> int:
    found: int = (await client.get("/people/per_a")).json()["total"]
    return found


def assert_problem(reply: httpx.Response, status: int, code: str) -> None:
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["type"] == f"/problems/{code}"
    assert len(reply.json()["detail"]) > 20


async def test_the_same_command_twice_happens_once_and_is_answered_alike(
    client: httpx.AsyncClient,
) -> None:
    first, second = await post(client, 5, "k"), await post(client, 5, "k")

    assert (first.status_code, first.content) == (201, b'{"total":5}')
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert await total(client) == 5


async def test_concurrent_twins_happen_once(client: httpx.AsyncClient) -> None:
    replies = await asyncio.gather(*(post(client, 5, "k") for _ in range(6)))

    assert {r.content for r in replies} == {b'{"total":5}'}
    assert await total(client) == 5


async def test_concurrent_commands_on_one_aggregate_all_count(client: httpx.AsyncClient) -> None:
    await asyncio.gather(*(post(client, 1, f"k{n}") for n in range(8)))

    assert await total(client) == 8


async def test_a_key_for_another_request_is_refused(client: httpx.AsyncClient) -> None:
    await post(client, 5, "k")

    assert_problem(await post(client, 6, "k"), 422, "idempotency-key-reused")
    assert await total(client) == 5


async def test_a_command_without_a_key_is_refused(client: httpx.AsyncClient) -> None:
    assert_problem(await post(client, 5, None), 400, "idempotency-key-required")
    assert_problem(await post(client, 5, "x" * 201), 400, "idempotency-key-required")


async def test_a_rejection_is_a_problem_and_stores_nothing(
    client: httpx.AsyncClient, bench: Bench
) -> None:
    before = await bench.digest()

    assert_problem(await post(client, 101, "k"), 409, "too-many")
    assert await bench.digest() == before
    assert (await post(client, 100, "k")).status_code == 201  # mended, under the same key


async def test_bad_input_names_the_field_and_never_its_value(client: httpx.AsyncClient) -> None:
    bad = {"amount": "한글이름", "unheard_of": "한글이름"}
    headers = {"Idempotency-Key": "k"}
    reply = await client.post("/people/per_a/additions", json=bad, headers=headers)

    assert_problem(reply, 422, "invalid-request")
    assert {f["field"] for f in reply.json()["fields"]} == {"body.amount", "body.unheard_of"}
    assert "한글이름" not in reply.text


async def test_what_is_no_json_no_id_no_route_is_said_plainly(client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k", "content-type": "application/json"}

    broken = await client.post("/people/per_a/additions", content=b"{", headers=headers)
    assert_problem(broken, 400, "malformed-body")
    assert_problem(await client.get("/people/Hanna"), 422, "invalid-request")
    assert_problem(await client.get("/nowhere"), 404, "no-such-route")
    assert_problem(await client.delete("/people/per_a"), 405, "method-not-allowed")
    assert_problem(await client.get("/people/per_b"), 404, "not-found")


async def test_a_body_above_the_limit_is_refused_unread(client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k", "content-type": "application/json"}
    huge = await client.post("/people/per_a/additions", content=b" " * 1_000_001, headers=headers)

    assert_problem(huge, 413, "request-too-large")


async def test_a_command_that_rests_on_news_to_come_says_try_again(
    client: httpx.AsyncClient, bench: Bench
) -> None:
    await bench.given(submitted("per_a"))
    reply = await client.post("/people/per_a/endings", headers={"Idempotency-Key": "k"})

    assert_problem(reply, 409, "not-yet-known")
    assert reply.headers["retry-after"] == "1"


async def test_a_fault_of_ours_tells_its_place_and_not_its_words(
    client: httpx.AsyncClient,
) -> None:
    headers = {"Idempotency-Key": "k"}
    reply = await client.post(
        "/faults", json={"amount": 1, "secret_name": "한글이름"}, headers=headers
    )

    assert_problem(reply, 500, "fault")
    assert reply.json()["fingerprint"].startswith("ZeroDivisionError:handle:")
    assert "한글이름" not in reply.text


async def test_before_the_first_day_a_command_is_told_so(bench: Bench) -> None:
    await bench.prepare()
    async with bench.app(router) as client:
        assert_problem(await post(client, 1, "k"), 409, "calendar-not-started")


async def test_an_operator_sees_and_releases_what_is_parked(
    client: httpx.AsyncClient, bench: Bench
) -> None:
    toy.faulty.add("per_x")
    await bench.given(submitted("per_x"))
    toy.faulty.clear()
    listed = (await client.get("/parked")).json()["items"]

    assert [(i["id"], i["kind"]) for i in listed] == [("/womanup/intake/per_x/1", "failed")]

    path = f"/parked/{listed[0]['id']}"
    assert '"person_id":"per_x"' in (await client.get(path)).json()["value"]
    reply = await client.post(f"{path}/release", json={"by": "operator", "why": "mended"})
    await bench.settle()

    assert reply.status_code == 200
    assert bench.parked == []
    assert (await client.get(path)).json()["kind"] == "gone"
    assert_problem(await client.get("/parked/nothing"), 404, "not-found")
    assert_problem(await client.post(f"{path}/release", json={}), 422, "invalid-request")
