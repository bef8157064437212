"""The simulated clock: a day ends when it is asked to and everything that it brought is done."""

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from types import TracebackType
from typing import Self

from ops.clock.calendar import Calendar, ClockError
from ops.clock.rest import Idle, Reading, Watch
from shared.login import Login

REST_SECONDS = 60.0  # the heaviest day of a big cohort is done in a few seconds


class SimulatedClock:
    """Steps only at rest. `services` is a table of name → address, `bank` an address or a hook."""

    def __init__(
        self,
        kafka: str,
        services: Mapping[str, str],
        *,
        prefix: str = "",
        bank: str | Idle | None = None,
        login: Login | None = None,
    ) -> None:
        self._calendar = Calendar(kafka, prefix, login)
        self._watch = Watch(kafka, services, prefix=prefix, bank=bank, login=login)
        self._stepping = asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self._calendar.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._watch.close()
        await self._calendar.__aexit__(kind, error, trace)

    @property
    def day(self) -> date | None:
        """The last day that was published."""
        return self._calendar.last

    async def catch_up(self) -> None:
        """Takes over what another clock published, such as `ops clock advance` by hand."""
        await self._calendar.catch_up()

    async def start(self, first_day: date | None = None) -> date:
        """Begins with this day, or goes on with the last one on the topic where there is one."""
        async with self._stepping:
            if self.day is None:
                if first_day is None:
                    raise ClockError("the calendar is empty: say its first day")
                await self._calendar.publish(first_day)
            return self._today()

    async def advance(self, *, timeout_seconds: float = REST_SECONDS) -> date:
        """Waits for rest and begins the next day, which it returns. What that day brings may
        still be under way: `wait_until_rest` before acting on it.
        """
        async with self._stepping:
            return await self._step(timeout_seconds)

    async def advance_until(self, day: date) -> date:
        """Steps until that day has begun and is done; at once where it is past."""
        while self._today() < day:
            async with self._stepping:
                if self._today() < day:  # else somebody else's request went there meanwhile
                    await self._step(REST_SECONDS)
        await self.wait_until_rest()
        return self._today()

    async def wait_until_rest(self, timeout_seconds: float = REST_SECONDS) -> None:
        """Raises `NotAtRest` with the reason after that time."""
        await self._watch.wait(self._today(), timeout_seconds)

    async def look(self) -> Reading:
        """What speaks against rest right now."""
        return await self._watch.look(self._today())

    async def _step(self, timeout_seconds: float) -> date:
        await self.wait_until_rest(timeout_seconds)
        following = self._today() + timedelta(days=1)
        await self._calendar.publish(following)
        return following

    def _today(self) -> date:
        if self.day is None:
            raise ClockError("the clock was not started: say the calendar's first day")
        return self.day
