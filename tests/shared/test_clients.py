"""A client that did not start leaves nothing open."""

import asyncio

import pytest

from shared.clients import start_or_close


class Client:
    def __init__(self, fault: BaseException | None = None) -> None:
        self._fault = fault
        self.is_closed = False

    async def start(self) -> None:
        if self._fault:
            raise self._fault

    async def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize("fault", [OSError("away"), asyncio.CancelledError()], ids=repr)
async def test_what_did_not_start_is_closed_and_says_why(fault: BaseException) -> None:
    client = Client(fault)

    with pytest.raises(type(fault)):
        await start_or_close(client.start, client.close)

    assert client.is_closed


async def test_what_started_stays_open() -> None:
    client = Client()

    await start_or_close(client.start, client.close)

    assert not client.is_closed
