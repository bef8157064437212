"""Commands that are sent again and again under one key, and what each was answered."""

import asyncio
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil

from proofs.invariants.evidence import Reply, Sample

NOT_YET = {
    409: ("not-yet-known", "calendar-not-started"),
    429: ("too-many-requests",),
    503: ("unavailable",),
}
PAUSE_SECONDS = 0.1  # between two tries while it does not answer
PATIENCE_SECONDS = 60.0
CUT_SECONDS = 0.01  # long enough to be heard, too short to be answered


@dataclass
class Recorder:
    """Sends commands to one service. `subject`: the token's, where the services know callers:
    each caller's keys are her own.
    """

    service: str
    http: httpx.AsyncClient
    subject: str | None = None
    patience_seconds: float = PATIENCE_SECONDS
    replies: list[Reply] = field(default_factory=list)

    async def send(
        self, path: str, body: Mapping[str, Any], key: str, *, answers: int = 2, cut: bool = False
    ) -> Reply:
        """POST it until it was answered so many times; the last of the answers, all are recorded.

        A lost connection, and a no that time mends, are tried again with the same key. With `cut`
        the client first hangs up once before it is answered. Raises `TimeoutError`.
        """
        if cut:
            await self._cut(path, body, key)
        for _ in range(answers):
            self.replies.append(await self._until_answered(path, body, key))
        return self.replies[-1]

    async def _cut(self, path: str, body: Mapping[str, Any], key: str) -> None:
        try:
            async with asyncio.timeout(CUT_SECONDS):
                await self._post(path, body, key)
        except (TimeoutError, httpx.TransportError):
            return  # as it was meant

    async def _until_answered(self, path: str, body: Mapping[str, Any], key: str) -> Reply:
        deadline = time.monotonic() + self.patience_seconds
        while time.monotonic() < deadline:
            try:
                answer = await self._post(path, body, key)
            except httpx.TransportError:
                pass  # whether it was heard is not known: that is what the key is for
            else:
                if not is_not_yet(answer):
                    kept_as = kept_under(key, self.subject)
                    return Reply(self.service, key, kept_as, answer.status_code, answer.content)
            await asyncio.sleep(PAUSE_SECONDS)
        raise TimeoutError(f"{self.service} did not answer {path} in {self.patience_seconds} s")

    async def _post(self, path: str, body: Mapping[str, Any], key: str) -> httpx.Response:
        return await self.http.post(path, json=body, headers={"Idempotency-Key": key})


def kept_under(key: str, subject: str | None = None) -> str:
    """The `_id` under which a service keeps the reply, and the end of the command's id."""
    own = key if subject is None else f"{subject}\n{key}"
    return hashlib.sha256(own.encode()).hexdigest()[:40]


def sample_memory(process: str, pid: int) -> Sample:
    """Raises `psutil.NoSuchProcess`."""
    return Sample(process, psutil.Process(pid).memory_info().rss)


def is_not_yet(answer: httpx.Response) -> bool:
    """A no that time mends: the same command may be answered otherwise later."""
    codes = NOT_YET.get(answer.status_code, ())
    return bool(codes) and any(f'"{code}"' in answer.text for code in codes)
