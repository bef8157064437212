"""Readiness tells whether records can be read, not whether bytes arrive."""

from typing import Any, cast

import pytest

from shared.bus.polls import Polls


class Poisoned:
    """A consumer with one record that it cannot read: it raises, polls nothing, raises again."""

    def __init__(self) -> None:
        self.polled = 0

    async def getmany(self, **_: int) -> dict[Any, Any]:
        self.polled += 1
        if self.polled % 2:
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
        return {}


class Sound:
    async def getmany(self, **_: int) -> dict[Any, Any]:
        return {}


async def test_a_log_that_cannot_be_read_does_not_count_as_polled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def at_once(_: float) -> None:
        return None

    monkeypatch.setattr("shared.bus.polls.asyncio.sleep", at_once)
    polls, consumer = Polls(), Poisoned()
    polls.watch(cast("Any", consumer))
    with pytest.raises(UnicodeDecodeError):
        await consumer.getmany(timeout_ms=20)
    await consumer.getmany(timeout_ms=20)

    assert polls.age_seconds() is None


async def test_a_poll_that_finds_nothing_is_a_poll() -> None:
    polls, consumer = Polls(), Sound()
    polls.watch(cast("Any", consumer))

    assert polls.age_seconds() is None
    await consumer.getmany(timeout_ms=20)

    age = polls.age_seconds()
    assert age is not None
    assert 0 <= age < 60
