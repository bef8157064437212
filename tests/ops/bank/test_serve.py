"""A bank whose looks at payroll have ended must not go on saying that it is ready."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from fastapi import FastAPI

from ops import compose
from ops.bank import Bank, Refusals, build_app

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(params=["local", "compose"])
def app(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    if request.param == "local":
        return build_app(NOWHERE, tmp_path / "bank.csv", Refusals())
    monkeypatch.setenv("WOMANUP_PAYROLL", NOWHERE)
    monkeypatch.setenv("WOMANUP_BANK_FILE", str(tmp_path / "bank.csv"))
    return compose.bank()


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """What is sent to which process, instead of sending it."""
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda *one: sent.append(one))
    return sent


@pytest.mark.parametrize("trouble", [KeyError("items"), OSError(28, "no space left")])
async def test_the_process_ends_when_its_looks_at_payroll_do(
    *,
    app: FastAPI,
    signals: list[tuple[int, int]],
    trouble: Exception,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def fail(_: Bank) -> bool:
        raise trouble

    monkeypatch.setattr(Bank, "work", fail)
    async with asyncio.timeout(10), app.router.lifespan_context(app):
        while not signals:
            await asyncio.sleep(0)

    assert signals == [(os.getpid(), signal.SIGTERM)]
    assert f"the bank stops: {trouble!r}" in capsys.readouterr().out


async def test_a_bank_that_is_stopped_ends_nothing_by_itself(
    app: FastAPI, signals: list[tuple[int, int]]
) -> None:
    async with app.router.lifespan_context(app):
        await asyncio.sleep(0)

    assert signals == []
