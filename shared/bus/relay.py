"""From the outbox to the log, in order per stream.

- Always read from the start: a transaction may commit late with an older clock, and a reader that
  pages by `_id > last` would pass over it for ever.
- At most one unacknowledged batch per partition: a later one can never overtake an earlier one.
- Delete only what was acknowledged. A crash in between sends it again; subscribers skip what is not
  above the last sequence, so the log may read 1, 2, 3, 1, 2.
- After any error nothing is known about what is on its way: the producer is thrown away.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from shared.metrics import Metrics, table
from shared.mongo import Delete, Document, Session, Store

ROWS_MAX = 2000  # of one step: about one full batch for each of twelve partitions


class Producer(Protocol):
    async def send(self, rows: Sequence[Document]) -> list[Any]:
        """Send what fits into one batch a partition; the ids of the rows acknowledged.

        Raises, with the producer thrown away, when any batch was not acknowledged.
        """


class Relay:
    """One instance relays (a lease); two alive do no harm."""

    def __init__(self, instance: str, store: Store, producer: Producer, metrics: Metrics) -> None:
        self._instance = instance
        self._store = store
        self._producer = producer
        self._metrics = metrics

    async def step(self) -> int:
        """Send the oldest rows and forget those that the log has; how many those were."""
        if not await self._store.hold_lease("relay", self._instance):
            return 0
        rows = await self._store.read(_oldest)
        if not rows:
            return 0
        try:
            sent = await self._producer.send(rows)
        except Exception:
            self._metrics.add(table.RELAY_ERRORS)
            raise

        async def forget(session: Session) -> None:
            await session.write("outbox", [Delete(id_) for id_ in sent])

        await self._store.transact(forget)
        self._metrics.add(table.RELAY_SENT, len(sent))
        return len(sent)


async def _oldest(session: Session) -> list[Document]:
    return await session.find("outbox", {}, limit=ROWS_MAX)
