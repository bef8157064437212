"""The passing of days inside a service, and what falls due on them.

A service enters day D when day D-1 is done and it has read its other topics up to the end they had
when D was announced: one day at a time, also after a month of downtime. So a pay day never runs
ahead of news that was already there.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Protocol

from shared.bus.heads import ready
from shared.bus.inbox import Inbox
from shared.bus.parking import Blame, Ends, fingerprint
from shared.bus.tables import Sweeps
from shared.logs import caused_by, logger
from shared.mongo import (
    CALENDAR,
    Batch,
    Calendar,
    Cause,
    Desk,
    Document,
    Overdue,
    Put,
    Refused,
    Session,
    Work,
    is_held,
)
from shared.tracing import INTERNAL, Span, follow

log = logger()


class Log(Protocol):
    """What the days need to know of Kafka."""

    async def committed(self) -> Mapping[tuple[str, int], int]:
        """Up to where this service's group has stored the effect of each partition."""


class StillDue(Exception):
    """A sweep ran and changed nothing, yet the aggregate is due: it would run for ever."""


class Days:
    """Keeps one service's days. One instance does the work (a lease); two do no harm."""

    def __init__(
        self,
        desk: Desk,
        instance: str,
        log_: Log,
        inbox: Inbox,
        sweeps: Sequence[Sweeps],
    ) -> None:
        self._desk = desk
        self._store = desk.store
        self._instance = instance
        self._log = log_
        self._inbox = inbox
        self._sweeps = sweeps
        self._held_on: date | None = None

    async def step(self) -> bool:
        """Do the next thing that there is to do; False when there is none.

        First what waited, then what is due, and only then the next day: that order is the rule
        above. A look at the store decides, never a memory of what was done.
        """
        if not await self._store.hold_lease("days", self._instance):
            return False
        if await self._inbox.release():
            return True
        for sweeps, due in zip(self._sweeps, await self._store.read(self._due), strict=True):
            if due:
                return await self._sweep(sweeps, sweeps.at_once)
        return await self._enter()

    async def due_left(self) -> int:
        """How many aggregates are due and not done, counted up to one sweep a kind."""
        return sum(await self._store.read(self._due))

    async def _due(self, session: Session) -> list[int]:
        today = (await _calendar(session)).day
        return [len(await _due(session, s, today, s.at_once)) for s in self._sweeps]

    async def _sweep(self, sweeps: Sweeps, limit: int) -> bool:
        blame = Blame(limit)
        run = partial(self._run_due, sweeps=sweeps, blame=blame)
        while True:
            try:
                return await self._store.transact(run)
            except (Refused, Overdue) as refusal:
                blame.lay(refusal)

    async def _run_due(self, session: Session, sweeps: Sweeps, blame: Blame) -> bool:
        """Sweep as many as `blame` lets, ordered by (due_on, id), in this one transaction."""
        batch = await self._desk.batch(session)
        due = await _due(session, sweeps, batch.today, blame.limit)
        for document in due:
            if blame.is_on(document):
                reason: str | None = blame.reason
            else:
                reason = await self._run_one(batch, sweeps, document["_id"])
            if reason is not None:
                await self._set_aside(session, sweeps, document, reason)
        await batch.flush()
        return bool(due)

    async def _run_one(self, batch: Batch, sweeps: Sweeps, key: str) -> str | None:
        """Run one sweep on a work of its own. What fails is set aside, time goes on for others."""
        day_id = batch.calendar.event_id
        trace = follow(self._desk.service, day_id, day_id)
        work = batch.work(Cause(day_id, day_id, trace.traceparent))
        try:
            with caused_by(day_id, day_id, trace.trace_id):
                await _run(sweeps, key, work)
            batch.absorb(work)
        except Exception as error:
            if self._store.is_interruption(error):
                raise
            return fingerprint(error)
        return None

    async def _set_aside(
        self, session: Session, sweeps: Sweeps, document: Document, reason: str
    ) -> None:
        """Mark it, so that the sweep passes it over. Any later change to it lifts the mark."""
        log.error("aggregate_set_aside", kind=sweeps.kind.name, key=document["_id"], reason=reason)
        mark = {"reason": reason, "at": self._desk.now()}
        put = Put({**document, "set_aside": mark}, document["version"])
        await session.write(sweeps.kind.name, [put])

    async def _enter(self) -> bool:
        calendar = await self._store.read(_calendar)
        if not calendar.announced:
            return False
        following = calendar.announced[0]
        if not _has_read(await self._log.committed(), following.ends):
            return False
        if await self._is_held(calendar):
            return False

        async def enter(session: Session) -> bool:
            now = await _calendar(session)
            if now.announced[:1] != (following,):
                return False  # another instance was faster: look again
            if await ready(session) or any(await self._due(session)):
                return False  # what was read since we looked made work for the day before
            await session.write("calendar", [now.enter().put()])
            return True

        trace = follow(self._desk.service, following.event_id, following.event_id)
        span = Span(trace, "day entered", INTERNAL, self._desk.now())
        if await self._store.transact(enter):
            self._desk.tracer.end(span, self._desk.now())
            log.info("day_entered", day=following.day.isoformat())
        return True

    async def _is_held(self, calendar: Calendar) -> bool:
        """After a takeover: a day is over when all that was told on it is decided again."""
        today = calendar.day
        if today is None or not await self._store.read(lambda s: is_held(s, today)):
            return False
        if self._held_on != today:
            log.warning("day_held_by_orphans", day=today.isoformat())
            self._held_on = today
        return True


async def _run(sweeps: Sweeps, key: str, work: Work) -> None:
    """Sweep it, unless another in this transaction has: the state decides, not the list."""
    state = await work.load(sweeps.kind, key)
    if not _is_due(sweeps, state, work.today):
        return
    await sweeps.run(state, work)
    after = await work.load(sweeps.kind, key)
    if after == state and _is_due(sweeps, after, work.today):
        raise StillDue


def due_query(today: date) -> Document:
    """What is due and not set aside."""
    # `$gt`, too: MongoDB uses the index, which leaves out what is never due, only if asked so.
    return {"due_on": {"$gt": "", "$lte": today.isoformat()}, "set_aside": None}


def _has_read(committed: Mapping[tuple[str, int], int], ends: Ends) -> bool:
    return all(committed.get((topic, partition), 0) >= end for topic, partition, end in ends)


def _is_due(sweeps: Sweeps, state: Any, today: date) -> bool:
    due_on = sweeps.kind.due_on(state)
    return due_on is not None and due_on <= today


async def _calendar(session: Session) -> Calendar:
    return Calendar.read(await session.get("calendar", [CALENDAR]))


async def _due(session: Session, sweeps: Sweeps, today: date | None, limit: int) -> list[Document]:
    """Due and not yet done, not: falls due today. So no day that was missed is ever lost."""
    if today is None:
        return []
    return await session.find(
        sweeps.kind.name, due_query(today), sort=("due_on", "_id"), limit=limit
    )
