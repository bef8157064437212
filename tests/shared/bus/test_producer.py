"""The producer of the relay: thrown away after any error, and at every stop."""

import asyncio
from typing import Any, cast

import pytest

from shared.bus.producer import OwnTopic
from shared.settings import ServiceSettings


class Stuck:
    """A producer with a batch that no broker will ever take."""

    def __init__(self) -> None:
        self.closed: list[str] = []
        self._sender = self
        self.client = self

    async def stop(self) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        self.closed.append("closed")


async def test_a_stop_ends_also_while_the_log_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.bus.producer.DROP_SECONDS_MAX", 0)
    settings = ServiceSettings(
        auth="off", kafka="127.0.0.1:1", mongo="", database="", instance="payroll-1", secret="x"
    )
    topic, stuck = OwnTopic("payroll", settings), Stuck()
    topic._producer = cast("Any", stuck)

    async with asyncio.timeout(5):
        await topic.stop()

    assert stuck.closed == ["closed", "closed"]
