"""Planted: a service that keeps in memory what it stores, as one without an outbox would.

`python -m proofs.outage.hoard services.intake.app:build --port 8000 …`: uvicorn's own words.
"""

from collections.abc import Sequence
from typing import Any

import uvicorn

from shared.bus import Inbox, Record
from shared.mongo.batch import Batch

KEPT_BYTES = 512 * 1024  # of each transaction and of each record: hundreds of them pass the bound

_kept: list[bytes] = []


def hoard() -> None:
    """From now on every transaction and every record leave something behind."""
    flush, take = Batch.flush, Inbox.take

    async def flush_and_keep(self: Batch, *words: Any, **more: Any) -> None:
        await flush(self, *words, **more)
        _keep(1)

    async def take_and_keep(self: Inbox, records: Sequence[Record], *words: Any) -> None:
        await take(self, records, *words)
        _keep(len(records))

    Batch.flush = flush_and_keep  # type: ignore[method-assign]
    Inbox.take = take_and_keep  # type: ignore[assignment, method-assign]


def _keep(count: int) -> None:
    _kept.append(b"\xff" * KEPT_BYTES * count)


if __name__ == "__main__":
    hoard()
    uvicorn.main()
