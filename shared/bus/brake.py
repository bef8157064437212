"""Stops taking when too much has failed: a fault in the code would park the whole city.

Only `failed` counts. What `waits` or stands `behind` must never stop a service, or what it waits
for could never arrive.
"""

import asyncio

from shared.bus.inbox import Inbox
from shared.logs import logger
from shared.metrics import Metrics, table
from shared.mongo import Session, Store

log = logger()


class Brake:
    """On while more than `failed_max` records are parked as failed.

    While it is on, a batch waits before it is taken, its partitions are kept, and releases and
    discards go on. An instance looks when it has parked something itself, so another one's
    failures stop it at its own next failure. The batch that passes the limit is stored whole.
    """

    def __init__(self, store: Store, metrics: Metrics, inbox: Inbox, failed_max: int) -> None:
        self._store = store
        self._metrics = metrics
        self._inbox = inbox
        self._failed_max = failed_max
        self._free = asyncio.Event()
        self._free.set()
        self._looking = asyncio.Lock()
        self._seen = -1  # of the inbox's count: at the start, what is parked is not known

    @property
    def is_on(self) -> bool:
        return not self._free.is_set()

    def says(self) -> str | None:
        """Why nothing is taken; None while the brake is off."""
        if not self.is_on:
            return None
        return f"takes no more records: more than {self._failed_max} are parked as failed"

    async def wait(self) -> None:
        """Return when the brake is off."""
        await self._free.wait()

    async def look(self) -> None:
        """Count, where the count may have passed the limit; else only compare two numbers."""
        async with self._looking:
            failed = self._inbox.failed
            if failed == self._seen and not self.is_on:
                return
            is_over = await self._store.read(self._is_over)
            self._seen = failed
            self._metrics.show(table.TAKING_STOPPED, int(is_over))
            if is_over and not self.is_on:
                log.error("taking_stopped", failed_max=self._failed_max)
                self._free.clear()
            elif self.is_on and not is_over:
                log.warning("taking_resumed", failed_max=self._failed_max)
                self._free.set()

    async def _is_over(self, session: Session) -> bool:
        limit = self._failed_max + 1
        return await session.count("parked", {"kind": "failed"}, limit=limit) >= limit
