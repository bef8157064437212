"""Planted: a service that keeps in memory what it stores, as one without an outbox would.

`python -m proofs.outage.hoard services.intake.app:build --port 8000 …`: uvicorn's own words.
"""

from typing import Any

import uvicorn

from shared.mongo.batch import Batch

KEPT_BYTES = 512 * 1024  # of each transaction: hundreds of them pass the bound

_kept: list[bytes] = []


def hoard() -> None:
    """From now on every transaction leaves something behind."""
    flush = Batch.flush

    async def flush_and_keep(self: Batch, *words: Any, **more: Any) -> None:
        await flush(self, *words, **more)
        _kept.append(b"\xff" * KEPT_BYTES)

    Batch.flush = flush_and_keep  # type: ignore[method-assign]


if __name__ == "__main__":
    hoard()
    uvicorn.main()
