"""What a store is asked for its metrics: counts with limits, on one snapshot, each by an index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from shared.bus.days import due_query
from shared.bus.tables import Sweeps
from shared.metrics.table import PARKED_KINDS
from shared.mongo import CALENDAR, Calendar, Session

COUNTED_MAX = 10_000  # of anything an operator must act on: above it, more is no news
OUTBOX_COUNTED_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Census:
    """`set_aside` by kind of aggregate; `failed_since`, when the oldest that is parked as failed
    was parked, and `outbox_since`, in Unix seconds.
    """

    day: date | None
    announced: int
    due: int
    set_aside: Mapping[str, int]
    parked: Mapping[str, int]
    failed_since: float | None
    outbox: int
    outbox_since: float | None


async def take_census(session: Session, sweeps: Sequence[Sweeps]) -> Census:
    calendar = Calendar.read(await session.get("calendar", [CALENDAR]))
    names = [s.kind.name for s in sweeps]
    due = 0
    if calendar.day is not None:
        query = due_query(calendar.day)
        due = sum([await session.count(n, query, limit=COUNTED_MAX) for n in names])
    marked = {"set_aside.reason": {"$gt": ""}}
    oldest = await session.find("outbox", {}, limit=1)
    failed = await session.find("parked", {"kind": "failed"}, sort=("at",), limit=1)
    return Census(
        day=calendar.day,
        announced=len(calendar.announced),
        due=due,
        set_aside={n: await session.count(n, marked, limit=COUNTED_MAX) for n in names},
        parked={
            kind: await session.count("parked", {"kind": kind}, limit=COUNTED_MAX)
            for kind in PARKED_KINDS
        },
        failed_since=failed[0]["at"].timestamp() if failed else None,
        outbox=await session.count("outbox", {}, limit=OUTBOX_COUNTED_MAX),
        outbox_since=oldest[0]["_id"]["clock"] / 1_000_000 if oldest else None,
    )
