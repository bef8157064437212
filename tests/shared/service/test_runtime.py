"""A process: what it refuses to start with, what it waits for, and what stops it."""

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from fastapi import APIRouter

from shared.bus.past import LostPast
from shared.metrics import Metrics
from shared.mongo import Unavailable
from shared.service import runtime as engine
from shared.service.runtime import Runtime, build_service
from shared.settings import ServiceSettings
from tests.shared import toy


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    monkeypatch.setattr("shared.service.runtime.os.kill", lambda *a: found.append(a))
    return found


SETTINGS = ServiceSettings(
    auth="off",
    kafka="127.0.0.1:1",
    mongo="mongodb://127.0.0.1:1/",
    database="x",
    instance="payroll-1",
    secret="x" * 43 + "=",
)


@pytest.fixture
def runtime() -> Runtime:
    return Runtime(
        "payroll", SETTINGS, toy.KINDS, toy.HANDLERS, toy.SWEEPS, metrics=Metrics("payroll")
    )


async def run_loop(runtime: Runtime, *found: Exception | bool) -> list[Exception | bool]:
    """Step by step what a loop meets, until it has met it all or gives up; what is left of it."""
    left = list(found)
    is_through = asyncio.Event()

    async def step() -> bool:
        if not left:
            is_through.set()
            return False
        one = left.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    loop = asyncio.create_task(runtime._loop("days", step, asyncio.Event()))
    waiting = asyncio.create_task(is_through.wait())
    await asyncio.wait((loop, waiting), return_when=asyncio.FIRST_COMPLETED, timeout=5)
    for task in (loop, waiting):
        task.cancel()
    await asyncio.gather(loop, waiting, return_exceptions=True)
    return left


async def test_a_start_that_fails_half_way_closes_what_it_had_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A process that ends leaves no client behind, and its log no complaint of one."""
    closed: list[str] = []

    async def away(_: Runtime) -> None:
        raise KafkaConnectionError

    def noting(name: str) -> Any:
        async def close(_: object) -> None:
            closed.append(name)

        return close

    monkeypatch.setattr(Runtime, "start", away)
    for name in ("KafkaLog.stop_polling", "KafkaLog.stop", "MongoStore.close"):
        owner, _, method = name.partition(".")
        monkeypatch.setattr(getattr(engine, owner), method, noting(name))
    app = build_service(
        "payroll",
        SETTINGS,
        kinds=toy.KINDS,
        handlers=toy.HANDLERS,
        sweeps=toy.SWEEPS,
        router=APIRouter(),
    )
    with pytest.raises(KafkaConnectionError):
        async with app.router.lifespan_context(app):
            pass

    assert closed == ["KafkaLog.stop_polling", "KafkaLog.stop", "MongoStore.close"]


async def test_a_stop_takes_nothing_more_then_tells_what_is_left_then_closes(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    left = [2, 1, 0]

    def noting(name: str) -> Callable[[], Any]:
        async def run() -> int:
            done.append(name)
            return left.pop(0) if name == "relay.step" else 0

        return run

    for name in ("log.stop_polling", "relay.step", "topic.stop", "log.stop", "store.close"):
        part, _, method = name.partition(".")
        monkeypatch.setattr(getattr(runtime, part), method, noting(name))
    loop = asyncio.create_task(asyncio.Event().wait())
    await runtime.stop([loop])  # type: ignore[list-item]

    assert loop.cancelled()
    assert done == [
        "log.stop_polling",
        *["relay.step"] * 3,
        "topic.stop",
        "log.stop",
        "store.close",
    ]


async def test_a_fault_of_the_engine_stops_the_process(
    runtime: Runtime, killed: list[tuple[int, int]]
) -> None:
    """Rather than go on with half of it: a relay without its days, or the other way round."""
    assert await run_loop(runtime, True, LookupError(), True) == [True]
    assert killed == [(os.getpid(), signal.SIGTERM)]


@pytest.mark.parametrize("away", [KafkaConnectionError, lambda: Unavailable("away")])
async def test_what_is_away_is_waited_for(
    runtime: Runtime, killed: list[tuple[int, int]], away: Callable[[], Exception]
) -> None:
    assert await run_loop(runtime, away(), True) == []
    assert killed == []


async def test_a_store_that_has_lost_its_past_takes_nothing(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    async def refuse(*_: Any) -> None:
        done.append("asked")
        raise LostPast

    async def prepare(_: Any) -> None:
        done.append("prepared")

    class Tail:
        async def __aenter__(self) -> None: ...

        async def __aexit__(self, *_: object) -> None: ...

    async def start() -> None:
        done.append("started")

    async def look() -> None:
        done.append("looked")

    monkeypatch.setattr("shared.service.runtime.refuse_lost_past", refuse)
    monkeypatch.setattr(runtime.brake, "look", look)
    monkeypatch.setattr(runtime.store, "prepare", prepare)
    monkeypatch.setattr(runtime.log, "own_tail", Tail)
    monkeypatch.setattr(runtime.log, "start", start)
    with pytest.raises(LostPast):
        await runtime.start()

    assert done == ["prepared", "asked"]
