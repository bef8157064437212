"""From the outbox to the log, in order per stream.

- Always read from the start: a transaction may commit late with an older clock, and a reader that
  pages by `_id > last` would pass over it for ever.
- At most one unacknowledged batch per partition: a later one can never overtake an earlier one.
- Delete only what was acknowledged. A crash in between sends it again; subscribers skip what is not
  above the last sequence, so the log may read 1, 2, 3, 1, 2.
- After any error nothing is known about what is on its way: the producer is thrown away.
- How far the topic is known to hold only what this store has numbered is kept with the deletion:
  at a start, and after a restore, only what lies behind it must be looked at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shared.metrics import Metrics, table
from shared.mongo import Delete, Document, Put, Session, Store

ROWS_MAX = 2000  # of one step: about one full batch for each of twelve partitions


RELAYED = "relayed"

Ends = Mapping[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Sent:
    """Ids of rows that were acknowledged, and the offset behind them in each partition.

    A partition of which the broker does not say it is left out.
    """

    ids: Sequence[Any]
    ends: Ends


class Producer(Protocol):
    async def send(self, rows: Sequence[Document]) -> Sent:
        """Send what fits into one batch a partition; what of it was acknowledged.

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
            await session.write("outbox", [Delete(id_) for id_ in sent.ids])
            await note_relayed(session, sent.ends)

        await self._store.transact(forget)
        self._metrics.add(table.RELAY_SENT, len(sent.ids))
        return len(sent.ids)


async def read_relayed(session: Session, places: Sequence[tuple[str, int]]) -> Ends:
    """Up to where these partitions hold nothing that this store has not numbered; 0: unknown.

    What lies before an acknowledged record was sent before it, so it had been in the outbox, so its
    number had been in `streams`: true of every snapshot of the store, and so of a backup.
    """
    found = await session.get(RELAYED, [_place_id(place) for place in places])
    return {place: found.get(_place_id(place), {"end": 0})["end"] for place in places}


async def note_relayed(session: Session, ends: Ends) -> None:
    """Never backwards: a second relay may have been ahead."""
    before = await read_relayed(session, sorted(ends))
    rows = [{"_id": _place_id(p), "end": end} for p, end in sorted(ends.items()) if end > before[p]]
    if rows:
        await session.write(RELAYED, [Put(row) for row in rows])


def _place_id(place: tuple[str, int]) -> str:
    return f"{place[0]}/{place[1]}"


async def _oldest(session: Session) -> list[Document]:
    return await session.find("outbox", {}, limit=ROWS_MAX)
