"""Planted: a service whose handlers fail at some events, after they have done their work.

`python -m proofs.chaos.flawed services.intake.app:build --port 8000 …`: uvicorn's own words.
"""

import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import uvicorn

from shared.bus import Inbox
from shared.bus.tables import Handles
from shared.events import IntegrationEvent
from shared.mongo import Desk, Work

ONE_IN = 8  # of the events that are handled; an operator lets each run again before the next act

Run = Callable[[Any, Work], Awaitable[Any]]


class Flaw(Exception):
    """What a fault in the code raises: nobody expects it, and it is none of the store's."""


def fail_first_tries(one_in: int = ONE_IN) -> None:
    """From now on one event in so many fails once in this process, in each of its handlers."""
    begin = Inbox.__init__

    def begin_flawed(self: Inbox, desk: Desk, handlers: Sequence[Handles]) -> None:
        flawed = (replace(h, run=partial(_fail_first, h.run, set(), one_in)) for h in handlers)
        begin(self, desk, tuple(flawed))

    Inbox.__init__ = begin_flawed  # type: ignore[method-assign]


def is_chosen(event: IntegrationEvent, one_in: int) -> bool:
    return zlib.crc32(event.model_dump_json().encode()) % one_in == 0


async def _fail_first(
    run: Run, tried: set[str], one_in: int, event: IntegrationEvent, work: Work
) -> None:
    await run(event, work)
    name = event.model_dump_json()
    if is_chosen(event, one_in) and name not in tried:
        tried.add(name)
        raise Flaw


if __name__ == "__main__":
    fail_first_tries()
    uvicorn.main()
