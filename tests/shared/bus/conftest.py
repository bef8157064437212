import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest


@pytest.fixture
async def complaints() -> AsyncIterator[list[str]]:
    """What the event loop is told: aiokafka tells it of a client that nobody closed."""
    found: list[str] = []

    def note(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        found.append(context["message"])

    asyncio.get_running_loop().set_exception_handler(note)
    yield found
    asyncio.get_running_loop().set_exception_handler(None)
