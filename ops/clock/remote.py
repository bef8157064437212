"""A simulated clock that another process serves, for those who play on a stack they did not start.

Steps as `SimulatedClock` does. The other side waits for rest after a step as well as before it.
"""

import asyncio
import time
from datetime import date, timedelta
from types import TracebackType
from typing import Any, Protocol, Self

import httpx

from ops.clock.calendar import ClockError
from ops.clock.rest import NotAtRest
from ops.clock.simulated import REST_SECONDS

# The other side waits for rest twice in a step, and may have to wait for another's step before.
ANSWER_SECONDS_MAX = 4 * REST_SECONDS
PAUSE_SECONDS = 0.5


class Clock(Protocol):
    """What a play needs of a simulated clock, wherever it runs."""

    @property
    def day(self) -> date | None: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def start(self, first_day: date | None = None) -> date: ...

    async def advance(self) -> date: ...

    async def wait_until_rest(self) -> None: ...


class ClockAway(ClockError):
    """It does not answer, or has no Kafka: it may in a moment."""


class RemoteClock:
    """`url` such as http://127.0.0.1:8090. Raises `ClockError` and `NotAtRest` as the other does,
    `ClockAway` where it does not answer, and `ClockError` where it is a real one. A step asked for
    twice is one: for `patience_seconds` it is asked for again while the clock or what it waits for
    is away.
    """

    def __init__(
        self,
        url: str,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        patience_seconds: float = 0.0,
    ) -> None:
        self._patience_seconds = patience_seconds
        self._url = url.rstrip("/")
        timeout = httpx.Timeout(ANSWER_SECONDS_MAX, connect=10.0)
        # Never through a proxy: the address is the operator's own.
        self._http = httpx.AsyncClient(timeout=timeout, trust_env=False, transport=transport)
        self._day: date | None = None

    async def __aenter__(self) -> Self:
        await self.catch_up()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    @property
    def day(self) -> date | None:
        """The last day that was published, as far as we heard."""
        return self._day

    async def catch_up(self) -> None:
        """Asks for the day: others may have stepped."""
        found = await self._ask("GET", "/day")
        if found.get("kind") != "simulated":
            raise ClockError(f"the clock at {self._url} is {found.get('kind')}: it is not stepped")
        self._day = found["day"] and date.fromisoformat(found["day"])

    async def start(self, first_day: date | None = None) -> date:
        """Begins with this day, or goes on with the calendar's last where there is one."""
        if first_day is None:
            await self.catch_up()
            if self._day is None:
                raise ClockError("the calendar is empty: say its first day")
            return self._day
        return await self._step("/start", {"first_day": first_day.isoformat()})

    async def advance(self) -> date:
        """Waits for rest, begins the next day, waits until it is done, and returns it."""
        if self._day is None:
            raise ClockError("the clock was not started: say the calendar's first day")
        return await self._step("/advance", {"until": f"{self._day + timedelta(days=1)}"})

    async def advance_until(self, day: date) -> date:
        """Steps until that day is done; at once where it is past."""
        today = await self.start()
        while today < day:
            today = await self.advance()
        await self.wait_until_rest()
        return today

    async def wait_until_rest(self) -> None:
        """Raises `NotAtRest` with the reason."""
        await self._step("/rest", {})

    async def _step(self, path: str, body: dict[str, Any]) -> date:
        deadline = time.monotonic() + self._patience_seconds
        while True:
            try:
                found = await self._ask("POST", path, json=body)
                break
            except (NotAtRest, ClockAway):
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(PAUSE_SECONDS)
        self._day = date.fromisoformat(found["day"])
        return self._day

    async def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        try:
            answer = await self._http.request(method, f"{self._url}{path}", **request)
            found: dict[str, Any] = answer.json()
        except httpx.TransportError as error:
            name = type(error).__name__
            raise ClockAway(f"no clock answers at {self._url} ({name}): is it up?") from None
        except ValueError:
            raise ClockError(f"{self._url} answers {answer.status_code} and no JSON") from None
        if answer.is_success:
            return found
        code, detail = found.get("code"), found.get("detail")
        if code == "not-at-rest":
            raise NotAtRest(detail)
        kind = ClockAway if code == "unavailable" else ClockError
        raise kind(f"the clock at {self._url} says {answer.status_code} {code}: {detail}")
