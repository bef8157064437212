"""A command's reply is kept in the transaction that did it: neither is there without the other."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import httpx
import pytest
from fastapi import APIRouter
from fastapi.responses import Response

from shared.mongo import Session, Work
from shared.service import Command, everyone
from shared.testing import Bench, MemoryStore
from tests.shared import toy
from tests.shared.toy import TALLIES

T = TypeVar("T")
KEY = {"Idempotency-Key": "k"}


class Hooked(MemoryStore):
    """Does something else the next time that a transaction is about to be stored."""

    before_commit: Callable[[], Awaitable[Any]] | None = None

    async def transact(
        self, run: Callable[[Session], Awaitable[T]], patience_seconds: float = float("inf")
    ) -> T:
        async def and_then(session: Session) -> T:
            result = await run(session)
            act, self.before_commit = self.before_commit, None
            if act:
                await act()
            return result

        return await super().transact(and_then, patience_seconds)


@pytest.fixture
async def bench() -> Bench:
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, Hooked())
    await bench.day("2022-03-03")
    return bench


def client_of(bench: Bench) -> httpx.AsyncClient:
    router = APIRouter()

    @router.post("/additions", dependencies=[everyone()])
    async def add(command: Command) -> Response:
        return await command(lambda work: toy.add("per_a", 5, work))

    return bench.app(router)


async def test_a_command_that_another_one_passed_is_done_and_not_only_answered(
    bench: Bench,
) -> None:
    bench.store.before_commit = partial(  # type: ignore[attr-defined]
        bench.command, lambda work: toy.add("per_a", 1, work)
    )
    async with client_of(bench) as client:
        reply = await client.post("/additions", headers=KEY)

    assert reply.json() == {"total": 6}
    assert (await bench.state(TALLIES, "per_a")).total == 6


async def test_a_twin_that_was_faster_is_what_both_are_answered_with(bench: Bench) -> None:
    """On different aggregates they would not meet, but for the key."""
    people = iter(("per_a", "per_b"))
    router = APIRouter()

    @router.post("/additions", dependencies=[everyone()])
    async def add(command: Command) -> Response:
        async def handle(work: Work) -> dict[str, int]:
            return await toy.add(next(people, "per_c"), 5, work)

        return await command(handle)

    async with bench.app(router) as client:
        twin = partial(client.post, "/additions", headers=KEY)
        replies = []

        async def send_twin() -> None:
            replies.append(await twin())

        bench.store.before_commit = send_twin  # type: ignore[attr-defined]
        replies.append(await twin())

    assert len({r.content for r in replies}) == 1
    assert [t["_id"] for t in await bench._rows("tallies", {})] == ["per_b"]


async def test_a_command_that_was_not_stored_has_no_reply(bench: Bench) -> None:
    class Away(Exception):
        pass

    async def fail() -> None:
        raise Away

    async with client_of(bench) as client:
        bench.store.before_commit = fail  # type: ignore[attr-defined]
        assert (await client.post("/additions", headers=KEY)).status_code == 500
        assert await bench._rows("idempotency", {}) == []
        assert (await client.post("/additions", headers=KEY)).json() == {"total": 5}
