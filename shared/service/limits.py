"""How much one may send, and how often: before anything is read, verified or looked up."""

import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.service.problems import problem

PATIENCE_SECONDS = 5.0  # how long a caller waits for a store that is away before it gets 503


class LimitBody:
    """Refuses a request body above the limit before anything reads it into memory."""

    def __init__(self, app: ASGIApp, bytes_max: int) -> None:
        self._app = app
        self._bytes_max = bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if len(body) > self._bytes_max:
                detail = f"send at most {self._bytes_max} bytes in one request"
                await problem(413, "request-too-large", detail)(scope, receive, send)
                return
            if not message.get("more_body", False):
                break
        replayed = False

        async def replay() -> Message:
            nonlocal replayed
            if replayed:
                return await receive()
            replayed = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, send)


class Buckets:
    """A bucket of tokens for each key: `burst` at once, `per_second` in the long run.

    At most `keys_max` buckets are kept. The one that was used longest ago goes first: it is the
    fullest, so who comes back under its key gains the least.
    """

    def __init__(
        self,
        per_second: float,
        burst: int,
        keys_max: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._keys_max = keys_max
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Takes one. 0.0, or the seconds until there is one to take."""
        now = self._clock()
        left, at = self._left.pop(key, (float(self._burst), now))
        left = min(float(self._burst), left + (now - at) * self._per_second)
        is_enough = left >= 1
        self._left[key] = (left - 1 if is_enough else left, now)
        if len(self._left) > self._keys_max:
            self._left.popitem(last=False)
        return 0.0 if is_enough else (1 - left) / self._per_second

    def __len__(self) -> int:
        return len(self._left)
