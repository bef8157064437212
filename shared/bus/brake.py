"""When too much fails for good, it is the code or a topic that is wrong, not a record: taking more
would only park the whole city. The service then takes nothing until operators have brought the
number down; what they release, mend or discard still runs, and its partitions stay its own.
"""

import asyncio
from time import monotonic

from shared.logs import logger
from shared.mongo import Session, Store

LOOK_SECONDS = 1.0  # between counts: what fails within one may go over the limit

log = logger()


class Brake:
    """Counts only what failed. What waits or stands behind must never stop a consumer: what it
    waits for may be the next record.
    """

    def __init__(self, store: Store, failed_max: int) -> None:
        self._store = store
        self._failed_max = failed_max
        self._looks_at = 0.0
        self.is_on = False

    async def hold(self) -> None:
        """Returns when no more than `failed_max` records are parked as failed."""
        while monotonic() >= self._looks_at:
            failed = await self._store.read(self._count)
            self._looks_at = monotonic() + LOOK_SECONDS
            if failed <= self._failed_max:
                self._tell(is_on=False)
                return
            self._tell(is_on=True)
            await asyncio.sleep(LOOK_SECONDS)

    async def _count(self, session: Session) -> int:
        return await session.count("parked", {"kind": "failed"}, limit=self._failed_max + 1)

    def _tell(self, *, is_on: bool) -> None:
        if is_on != self.is_on:
            says = "too_much_has_failed" if is_on else "takes_records_again"
            log.critical(says, failed_max=self._failed_max)
        self.is_on = is_on
