"""Brings children back that ended without being asked to, and measures how long that takes.

What `Processes.stop` ends stays ended: the supervisor acts on deaths, not on absences.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from ops.processes.children import START_SECONDS, Processes

LOOK_SECONDS = 0.02  # between two looks at a child: a death is noticed well within 50 ms
READY_SECONDS = 5.0  # that one look at its readiness may take
# More deaths than that are no bad luck but a cause: somebody has to read the log.
RESTARTS_MAX = 20
WINDOW_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Restart:
    """A child is back. It died so many times until it was; `seconds`: first death to ready."""

    name: str
    deaths: int
    seconds: float


class Supervisor:
    """Watches the children in `ready`, a table of name → address that answers 2xx when it is up.

    `run` goes on until it is cancelled, or fails with a group of `ProcessError`: a child died too
    often, or did not come up.
    """

    def __init__(
        self,
        processes: Processes,
        ready: Mapping[str, str],
        on_restart: Callable[[Restart], None],
        *,
        restarts_max: int = RESTARTS_MAX,
    ) -> None:
        self._processes = processes
        self._ready = ready
        self._on_restart = on_restart
        self._restarts_max = restarts_max
        self._recovering: set[str] = set()

    def recovering(self) -> list[str]:
        """Who died and is not ready again yet."""
        return [n for n in self._ready if n in self._recovering or self._processes.has_died(n)]

    async def run(self) -> None:
        async with (
            httpx.AsyncClient(timeout=READY_SECONDS, trust_env=False) as http,
            asyncio.TaskGroup() as group,
        ):
            for name, url in self._ready.items():
                group.create_task(self._watch(name, url, http))

    async def until_recovered(self) -> None:
        while True:
            if not self.recovering():
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _watch(self, name: str, url: str, http: httpx.AsyncClient) -> None:
        starts: deque[float] = deque()
        while True:
            if self._processes.has_died(name):
                self._recovering.add(name)
                if restart := await self._bring_back(name, url, http, starts):
                    self._on_restart(restart)
                self._recovering.discard(name)
            await asyncio.sleep(LOOK_SECONDS)

    async def _bring_back(
        self, name: str, url: str, http: httpx.AsyncClient, starts: deque[float]
    ) -> Restart | None:
        """None when it was stopped meanwhile."""
        died_at, deaths = time.monotonic(), 0
        while True:
            if self._processes.has_died(name):
                deaths += 1
                self._start_again(name, starts)
            elif not self._processes[name].is_running:
                return None
            elif await _answers(http, url):
                return Restart(name, deaths, time.monotonic() - died_at)
            elif time.monotonic() > starts[-1] + START_SECONDS:
                raise self._processes[name].error(f"is not ready after {START_SECONDS:.0f} s")
            await asyncio.sleep(LOOK_SECONDS)

    def _start_again(self, name: str, starts: deque[float]) -> None:
        """On the same log, bounded by `restarts_max` in a window."""
        child, now = self._processes[name], time.monotonic()
        while starts and starts[0] < now - WINDOW_SECONDS:
            starts.popleft()
        if len(starts) >= self._restarts_max:
            ended = f"ended with {child.process.returncode}, "
            raise child.error(f"{ended}{len(starts) + 1} times in {WINDOW_SECONDS:.0f} s")
        starts.append(now)
        self._processes.start(name, child.command, env=child.env)


async def _answers(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).is_success
    except httpx.TransportError:
        return False
