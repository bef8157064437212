"""Clients that connect when they are started, and hold sockets and tasks where that fails."""

from collections.abc import Awaitable, Callable


async def start_or_close(
    start: Callable[[], Awaitable[None]], close: Callable[[], Awaitable[None]]
) -> None:
    """Start it; where that fails, or is cancelled, close it, for nobody else knows of it yet."""
    try:
        await start()
    except BaseException:
        await close()
        raise
