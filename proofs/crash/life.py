"""One service whose process dies and comes back under its name, and a client that does not mind."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Self

import httpx

from ops.processes import free_ports, service_environment
from ops.stack import Stack
from proofs.crash import child
from proofs.crash.arming import BEGUN, STRUCK, Blow

WAIT_SECONDS = 60.0  # for anything that the story waits for: it takes one or two
GRACE_SECONDS = 5.0  # from a SIGTERM to the SIGKILL of whoever does not end: an operator's is 10
SESSION_MS = 6000  # Kafka takes none that is shorter: a zombie is made in that time
LOOK_SECONDS = 0.02
NOT_YET = (404, 409, 503)  # what it rests on has not come, or its store is away: ask again
NOT_BACK = f"is not back after {WAIT_SECONDS:.0f} s"
ENDED = (0, 137, -9, -15)  # it was told to, or struck

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["__main__", *child.PRELOADED])


class LifeError(Exception):
    """The service did not do what the story waited for; the message ends with its log."""


@dataclass
class Life:
    """`blows[0]` falls in the first process, `blows[1]` in the second: a double kill has two."""

    service: str
    stack: Stack
    prefix: str
    folder: Path
    instance: str
    blows: Sequence[Blow] = ()
    sabotage: str | None = None
    deaths: int = 0
    recoveries: list[float] = field(default_factory=list)
    _process: ForkServerProcess | None = None
    _keeper: asyncio.Task[None] | None = None
    _is_over: bool = False

    def __post_init__(self) -> None:
        self.port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self.hits = self.folder / f"{self.instance}.hits"
        self.log = self.folder / f"{self.instance}.log"
        self.folder.mkdir(parents=True, exist_ok=True)

    async def __aenter__(self) -> Self:
        self._start()
        self._keeper = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_over = True
        self._signal(signal.SIGKILL)
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._process is not None:
            await asyncio.to_thread(self._process.join, GRACE_SECONDS)

    def look(self) -> None:
        """Raises what ended the keeper: a service that died of itself."""
        if self._keeper is not None and self._keeper.done():
            self._keeper.result()

    async def restart(self) -> None:
        """As a deployment does it: SIGTERM, and a new process under the same name."""
        before = self.deaths

        async def is_gone() -> bool:
            return self.deaths > before

        self._signal(signal.SIGTERM)
        await self.until(is_gone, NOT_BACK)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def was_struck(self) -> int:
        """How many blows have fallen."""
        return sum(line.startswith(STRUCK) for line in self._hits())

    def first_hits(self) -> Counter[str]:
        """How often its first process passed each point."""
        lines = self._hits()
        seconds = [n for n, line in enumerate(lines) if line == BEGUN][1:2] or [len(lines)]
        return Counter(line for line in lines[: seconds[0]] if line[:1] not in (BEGUN, STRUCK))

    def _hits(self) -> list[str]:
        return self.hits.read_text().splitlines() if self.hits.exists() else []

    async def until(
        self, claim: Callable[[], Awaitable[bool]], complaint: str, seconds: float = WAIT_SECONDS
    ) -> None:
        deadline = time.monotonic() + seconds
        while not await claim():
            if time.monotonic() > deadline:
                raise self.error(complaint)
            await asyncio.sleep(LOOK_SECONDS)

    def error(self, what: str) -> LifeError:
        lines = self.log.read_text(errors="replace").splitlines()[-20:]
        return LifeError(f"{self.instance} {what}; the end of {self.log}:\n" + "\n".join(lines))

    async def until_ready(self) -> None:
        await self.until(self._is_ready, NOT_BACK)

    def _start(self) -> None:
        blow = self.blows[self.deaths] if self.deaths < len(self.blows) else None
        environment = service_environment(
            self.stack, self.service, prefix=self.prefix, instance=self.instance
        )
        settings = {"BATCH_RECORDS_MAX": "3", "SESSION_TIMEOUT_MS": str(SESSION_MS)}
        environment |= {f"{self.service.upper()}_{name}": v for name, v in settings.items()}
        told = {"service": self.service, "port": self.port, "environment": environment}
        told |= {"log": self.log, "hits": self.hits, "blow": blow, "sabotage": self.sabotage}
        process = _context.Process(target=child.serve, kwargs=told, daemon=True)
        process.start()
        self._process = process

    async def _keep(self) -> None:
        """Brings it back whenever it dies by a blow; a death of its own ends this with an error."""
        while True:
            code = await self._until_death()
            if self._is_over:
                return
            self.deaths += 1
            if code not in ENDED:
                raise self.error(f"ended by itself with {code}")
            began = time.monotonic()
            self._start()
            await self.until_ready()
            self.recoveries.append(time.monotonic() - began)

    async def _until_death(self) -> int | None:
        process = self._process
        assert process is not None
        struck_at: float | None = None
        while process.is_alive():
            if struck_at is None and self._is_held():
                struck_at = time.monotonic()
            if struck_at is not None and time.monotonic() > struck_at + GRACE_SECONDS:
                self._signal(signal.SIGKILL)
            await asyncio.sleep(LOOK_SECONDS)
        return process.exitcode

    def _is_held(self) -> bool:
        """It was told to stop at its point, and holds there."""
        blow = self.blows[self.deaths] if self.deaths < len(self.blows) else None
        return blow is not None and blow.how == "term" and self.was_struck() > self.deaths

    async def _is_ready(self) -> bool:
        if self._process is not None and not self._process.is_alive():
            return True  # struck again while it started: the keeper sees to it
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
                return (await client.get(f"{self.url}/health/ready")).is_success
        except httpx.TransportError:
            return False

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.pid and self._process.is_alive():
            with contextlib.suppress(ProcessLookupError):  # it ended just now
                os.kill(self._process.pid, number)


class Client:
    """Asks whoever answers, again and again: it knows nothing of deaths.

    Each command is sent once more when it has been answered. `unequal` holds the keys whose second
    reply was not the first, byte for byte.
    """

    def __init__(self, lives: Sequence[Life], wait_seconds: float = WAIT_SECONDS) -> None:
        self._lives = lives
        self._wait_seconds = wait_seconds
        self._client = httpx.AsyncClient(timeout=2, trust_env=False)
        self.unequal: list[str] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def get(self, path: str, **params: Any) -> Any:
        return (await self._ask("GET", path, params=params)).json()

    async def post(self, path: str, body: Any, key: str) -> httpx.Response:
        headers = {"Idempotency-Key": key}
        first = await self._ask("POST", path, json=body, headers=headers)
        second = await self._ask("POST", path, json=body, headers=headers)
        if first.is_success and first.content != second.content:
            self.unequal.append(key)
        return first

    async def until(self, claim: Callable[[], Awaitable[bool]], what: str) -> None:
        await self._lives[0].until(claim, f"never came to: {what}", self._wait_seconds)

    async def _ask(self, method: str, path: str, **told: Any) -> httpx.Response:
        deadline = time.monotonic() + self._wait_seconds
        while time.monotonic() < deadline:
            for life in self._lives:
                life.look()
                try:
                    response = await self._client.request(method, f"{life.url}{path}", **told)
                except httpx.TransportError:
                    continue
                if response.status_code not in NOT_YET:
                    response.raise_for_status()
                    return response
            await asyncio.sleep(LOOK_SECONDS)
        raise self._lives[0].error(f"does not answer to {method} {path}")
