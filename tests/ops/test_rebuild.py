"""A state that is not the fold of its journal is named, and made so again."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter

from ops import rebuild as module
from ops.rebuild import _rebuild
from shared.mongo import Delete, Put, Session
from shared.testing import Bench
from tests.shared import toy
from tests.shared.toy import TALLIES, submitted

ADDRESSES = {"payroll": "http://service"}
ACT = {"by": "kim", "why": "a hand in the database"}


@pytest.fixture
async def bench(bench_on: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch) -> Bench:
    found = bench_on("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    await found.day("2022-03-03")
    await found.given(submitted("per_a"), submitted("per_b"), submitted("per_a"))

    @asynccontextmanager
    async def client() -> AsyncIterator[httpx.AsyncClient]:
        async with found.app(APIRouter()) as http:
            yield http

    monkeypatch.setattr(module, "client", client)
    return found


async def tamper(bench: Bench) -> None:
    """One won more, one state lost, one that no journal knows."""

    async def write(session: Session) -> None:
        tallies = await session.get("tallies", ["per_a"])
        more = {**tallies["per_a"], "state": {**tallies["per_a"]["state"], "total": 3}}
        stray = {**tallies["per_a"], "_id": "per_z"}
        stray["state"] = {**stray["state"], "label": "per_z"}
        await session.write("tallies", [Put(more), Delete("per_b"), Put(stray)])

    await bench.store.transact(write)


async def test_states_that_are_their_journals_folds_are_left_alone(bench: Bench) -> None:
    before = await bench.digest()

    assert await _rebuild(ADDRESSES, None) == 0
    assert await _rebuild(ADDRESSES, ACT) == 0
    assert await bench.digest() == before


async def test_a_tampered_state_is_named(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    await tamper(bench)

    assert await _rebuild(ADDRESSES, None) == 1
    out = capsys.readouterr().out
    assert "payroll: tallies/per_a not the fold" in out
    assert "payroll: tallies/per_b not in the store" in out
    assert "payroll: tallies/per_z not in the journal" in out


async def test_a_rebuild_makes_the_fold_again_and_leaves_what_no_journal_knows(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    await tamper(bench)

    assert await _rebuild(ADDRESSES, ACT) == 1
    assert "tallies/per_z not in the journal" in capsys.readouterr().out
    assert (await bench.state(TALLIES, "per_a")).total == 2
    assert (await bench.state(TALLIES, "per_b")).total == 1

    await bench.given(submitted("per_a"), submitted("per_b"))

    assert (await bench.state(TALLIES, "per_a")).total == 3
    assert (await bench.state(TALLIES, "per_b")).total == 2
