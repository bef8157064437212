"""Children that are watched while they run and never outlive us.

A child dies with the *thread* that started it (Linux: PR_SET_PDEATHSIG), also when that thread's
process is killed -9. So start children from a thread that lives as long as they shall.
Each child has a session of its own: Ctrl-C in the terminal reaches us only, and we stop the
children in order.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx

ROOT = Path(__file__).resolve().parent.parent.parent
LOG_TAIL_LINES = 20
POLL_SECONDS = 0.05
START_SECONDS = 90.0  # a JVM on two busy cores takes 10; past this it hangs
KILL_SECONDS = 10.0  # the kernel's own work; more only on a sick disk
GRACE_SECONDS = 10.0  # a service finishes its batch and flushes its relay in well under this
# Half of a service's start is compiling what it imports, unless somebody keeps the result.
BYTECODE = {"PYTHONPYCACHEPREFIX": str(ROOT / ".cache/bytecode"), "PYTHONDONTWRITEBYTECODE": ""}

# Asks the kernel for the signal, makes sure that the parent did not die just before, and becomes
# the command. An exec'ed launcher, not `preexec_fn`: that one may deadlock beside other threads.
_LAUNCHER = """
import os, sys
if sys.platform == "linux":
    import ctypes
    ctypes.CDLL(None).prctl(1, 9)
    if os.getppid() != int(sys.argv[1]):
        os._exit(1)
os.execvp(sys.argv[2], sys.argv[2:])
"""


class ProcessError(Exception):
    """A child did not do what it was started for; the message ends with its last log lines."""


@dataclass(frozen=True)
class Child:
    name: str
    command: tuple[str, ...]
    env: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def log_tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        return "\n".join(f"  {line}" for line in lines) or "  (empty)"

    def error(self, what: str) -> ProcessError:
        return ProcessError(f"{self.name} {what}; the end of {self.log}:\n{self.log_tail()}")


class Processes:
    """Everything that was started here is gone when the block is left."""

    def __init__(self, logs: Path, *, grace_seconds: float = GRACE_SECONDS) -> None:
        self._logs = logs
        self._grace_seconds = grace_seconds
        self._children: dict[str, Child] = {}
        self._wanted: set[str] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop_all()

    def __getitem__(self, name: str) -> Child:
        return self._children[name]

    def start(
        self, name: str, command: Sequence[str], *, env: Mapping[str, str] | None = None
    ) -> Child:
        """Starts `command` in the project's root with `env` on top of our own environment.

        A name that runs already is refused; one that has ended starts anew, on the same log.
        """
        before = self._children.get(name)
        if before is not None and before.is_running:
            raise ProcessError(f"{name} is running already")
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._logs / f"{name}.log"
        launcher = (sys.executable, "-I", "-S", "-c", _LAUNCHER, str(os.getpid()))
        with log.open("ab") as output:
            process = subprocess.Popen(
                (*launcher, *command),
                cwd=ROOT,
                env={**os.environ, **BYTECODE, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child = Child(name, tuple(command), dict(env or {}), log, process)
        self._children[name] = child
        self._wanted.add(name)
        return child

    def has_died(self, name: str) -> bool:
        """It ended, and nobody stopped it."""
        return name in self._wanted and not self._children[name].is_running

    async def run(
        self, name: str, command: Sequence[str], *, timeout_seconds: float, check: bool = True
    ) -> Child:
        """Starts a command that ends by itself and waits for that; a failure is an error."""
        child = self.start(name, command)
        try:
            await self._until_exit(child, timeout_seconds)
        finally:
            await self.stop(name)
        if check and child.process.returncode != 0:
            raise child.error(f"failed with {child.process.returncode}")
        return child

    async def wait_for_port(self, name: str, port: int, *, seconds: float = START_SECONDS) -> None:
        async def connects() -> bool:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return False
            writer.close()
            with contextlib.suppress(OSError):  # it was reached; how it hangs up is its affair
                await writer.wait_closed()
            return True

        await self._until(name, connects, f"does not answer on port {port}", seconds)

    async def wait_for_url(self, name: str, url: str, *, seconds: float = START_SECONDS) -> None:
        """Waits for a 2xx answer, so give the readiness address."""
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:

            async def answers() -> bool:
                try:
                    return (await client.get(url)).is_success
                except httpx.TransportError:
                    return False

            await self._until(name, answers, f"does not answer at {url}", seconds)

    async def kill9(self, name: str) -> None:
        """As if by somebody else: a supervisor brings it back."""
        child = self._children[name]
        if child.is_running:
            _kill_group(child)
        await self._until_exit(child, KILL_SECONDS)

    async def stop(self, name: str) -> None:
        """SIGTERM, a bounded wait, then SIGKILL; what the child itself started goes as well."""
        child = self._children[name]
        self._wanted.discard(name)
        if not child.is_running:
            return
        if self._grace_seconds > 0:
            child.process.terminate()
            with contextlib.suppress(ProcessError):  # too slow: it gets the next signal
                await self._until_exit(child, self._grace_seconds)
        _kill_group(child)
        await self._until_exit(child, KILL_SECONDS)

    async def restart(self, name: str) -> Child:
        """The same command, environment and log; stopped first where it still runs."""
        child = self._children[name]
        await self.stop(name)
        return self.start(name, child.command, env=child.env)

    async def stop_all(self) -> None:
        await asyncio.gather(*(self.stop(name) for name in self._children))

    async def _until(
        self, name: str, claim: Callable[[], Awaitable[bool]], complaint: str, seconds: float
    ) -> None:
        child, deadline = self._children[name], time.monotonic() + seconds
        while not await claim():
            if not child.is_running:
                raise child.error(f"ended with {child.process.returncode} while starting")
            if time.monotonic() > deadline:
                raise child.error(f"{complaint} after {seconds:.0f} s")
            await asyncio.sleep(POLL_SECONDS)

    async def _until_exit(self, child: Child, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while child.is_running:
            if time.monotonic() > deadline:
                raise child.error(f"did not end within {seconds:.0f} s")
            await asyncio.sleep(POLL_SECONDS)


def _kill_group(child: Child) -> None:
    """Only for a child that runs or has just ended: its number is somebody else's later."""
    try:
        os.killpg(child.process.pid, signal.SIGKILL)
    except ProcessLookupError:  # nobody is left, or it is between fork and setsid
        child.process.kill()
