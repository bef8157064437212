"""Work that a signal ends: once, and with its clean-up; and a process that ends with its work."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import NoReturn

import typer


def run_until_signal(work: Awaitable[int | None]) -> int:
    """Runs `work`; SIGINT, SIGTERM and SIGHUP cancel it once, and its clean-up runs undisturbed.

    Returns the exit code: what `work` returned (None is 0), or 128 + the signal.
    """
    received: list[int] = []

    async def main() -> int:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def stop(number: int) -> None:
            received.append(number)
            if len(received) == 1:
                task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            is_under_nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            if number != signal.SIGHUP or not is_under_nohup:
                loop.add_signal_handler(number, stop, number)
        try:
            return await work or 0
        except asyncio.CancelledError:
            if not received:
                raise
            return 128 + received[0]

    return asyncio.run(main())


def end_command(work: Awaitable[int | None], *troubles: type[Exception]) -> NoReturn:
    """Runs `work` as a command: one of these troubles is said, and it ends with 1.

    Raises `typer.Exit`.
    """
    try:
        code = run_until_signal(work)
    except troubles as error:
        typer.secho(str(error), fg="red", err=True)
        code = 1
    raise typer.Exit(code)


def end_process_with(task: asyncio.Task[None], name: str, say: Callable[[str], None]) -> None:
    """A process whose work stands still must not look healthy: when `task` ends by itself, it
    ends, too, by SIGTERM, and whoever supervises it starts it again.
    """

    def end(ended: asyncio.Task[None]) -> None:
        if ended.cancelled():
            return
        say(f"{name} stops: {ended.exception()!r}")
        os.kill(os.getpid(), signal.SIGTERM)

    task.add_done_callback(end)
