"""Taking events: exactly once in effect, in order per stream, one transaction a batch.

The rules, and why each is there:
- The inbox keeps one number per stream, the last sequence taken. Not above it: a duplicate,
  skipped. More than one above it: something is missing, parked. Neither goes unseen.
- What fails for good is parked with its raw bytes, and its stream waits behind it; everyone else
  goes on. Its changes are dropped, the rest of the batch is kept.
- Parking and releasing both write the stream's inbox row: they conflict and cannot pass each other.
- A store that is away is no failure of the event: the store runs the batch again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from shared.bus.heads import ready
from shared.bus.parking import (
    Blame,
    Ends,
    Lanes,
    Outcome,
    Record,
    Setback,
    after_gate,
    fingerprint,
)
from shared.bus.tables import Handles
from shared.errors import CalendarNotStarted, Invalid, Rejected, Waits
from shared.events import (
    CONTRACTS,
    Envelope,
    IntegrationEvent,
    Unreadable,
    decode,
    read_envelope,
    source_of,
)
from shared.events.calendar import DayStarted
from shared.logs import caused_by, logger
from shared.metrics import Metric, table
from shared.mongo import (
    Aggregate,
    Announced,
    Batch,
    Cause,
    Desk,
    Document,
    Overdue,
    Refused,
    Session,
)
from shared.tracing import CONSUMER, Span, follow

CALENDAR_STREAM = f"{source_of('calendar')}/seoul"
RELEASED_MAX = 200  # parked events of one stream run in one transaction

log = logger()


@dataclass(frozen=True, slots=True)
class Item:
    """A record with its envelope, and the event in it where this service handles its type."""

    record: Record
    envelope: Envelope
    handles: Handles | None = None
    event: IntegrationEvent | Invalid | None = None
    touches: tuple[tuple[Aggregate[Any], str], ...] = ()


class Inbox:
    """One service's way of taking records from the log."""

    def __init__(self, desk: Desk, handlers: Sequence[Handles]) -> None:
        self._desk = desk
        self._store = desk.store
        self._metrics = desk.metrics
        self._handlers: Mapping[type[IntegrationEvent], Handles] = {h.event: h for h in handlers}
        self.failed = 0  # records parked as failed since the start: the brake looks when it moves

    async def take(self, records: Sequence[Record], ends: Ends = ()) -> None:
        """Store the effect of these records, whole or not at all; afterwards they may be acked.

        `ends` are the ends of the other topics, for the days that are announced in here. When the
        store refuses the data itself, the batch is halved until the culprit stands alone; when it
        takes longer than a transaction may, until it does not.
        """
        parts = [records]
        while parts:
            part = parts[0]
            try:
                found = await self._store.transact(partial(self._take, records=part, ends=ends))
            except (Refused, Overdue) as error:
                if len(part) > 1:
                    middle = len(part) // 2
                    parts[:1] = [part[:middle], part[middle:]]
                    continue
                if isinstance(error, Overdue):
                    continue  # no smaller part to try: the store is slow, not the record wrong
                refused = partial(self._take, records=part, ends=ends, refusal=str(error))
                found = await self._store.transact(refused)
            parts.pop(0)
            self._metrics.observe(table.BATCH_RECORDS, len(part))
            self._tell(table.EVENTS, found)

    async def release(self) -> int:
        """Run parked heads whose time has come, in order; how many streams moved or tried to.

        A head may run when an operator released it, when what was missing before it has come, or
        when the stream it waits for has moved. The look is at the store, so a lost signal or a
        crash half-way costs nothing.
        """
        heads = await self._store.read(ready)
        for stream in heads:
            await self._release_stream(stream, RELEASED_MAX)
        return len(heads)

    async def releasable(self) -> int:
        """How many parked heads could run now: 0 at rest."""
        return len(await self._store.read(ready))

    async def _take(
        self, session: Session, records: Sequence[Record], ends: Ends, refusal: str | None = None
    ) -> Lanes:
        batch = await self._desk.batch(session)
        lanes = Lanes(session, self._desk.now())
        items: list[Item] = []
        for record in records:
            item = self._read(record)
            if isinstance(item, Unreadable):
                lanes.park_unreadable(record, item.reason)
            else:
                items.append(item)
        await lanes.open(item.envelope for item in items)
        await batch.preload(touched for item in items for touched in item.touches)
        for item in items:
            await self._place(batch, lanes, item, ends, refusal)
        await batch.flush()
        await lanes.flush()
        return lanes

    def _read(self, record: Record) -> Item | Unreadable:
        envelope = read_envelope(record.producer, record.key, record.headers)
        if isinstance(envelope, Unreadable):
            return envelope
        contract = CONTRACTS.get(envelope.type)
        handles = self._handlers.get(contract) if contract else None
        if contract is None or (handles is None and contract is not DayStarted):
            return Item(record, envelope)
        try:
            event = decode(contract, envelope, record.value)
        except Invalid as invalid:
            return Item(record, envelope, handles, invalid)
        touches = tuple((k, key(event)) for k, key in handles.touches.items()) if handles else ()
        return Item(record, envelope, handles, event, touches)

    async def _place(
        self, batch: Batch, lanes: Lanes, item: Item, ends: Ends, refusal: str | None
    ) -> None:
        """Skip it, park it, or run it: by its place in its stream."""
        envelope = item.envelope
        last = lanes.last(envelope.stream)
        if envelope.sequence <= last or lanes.is_parked(envelope.id):
            lanes.outcomes["duplicate"] += 1
            return
        if envelope.sequence > last + 1:
            behind = Setback("behind", f"waits for number {last + 1}")
            lanes.park(item.record, envelope, behind, ends)
            return
        if refusal is not None:
            found: Setback | Outcome = Setback("failed", refusal, "store-refused")
        else:
            found = await self._attempt(batch, lanes, item, ends)
        if isinstance(found, Setback):
            lanes.park(item.record, envelope, found, ends)
        else:
            lanes.advance(envelope, found)

    async def _attempt(
        self, batch: Batch, lanes: Lanes, item: Item, ends: Ends
    ) -> Setback | Outcome:
        """What this record does: nothing, where its type is not handled."""
        event = item.event
        if isinstance(event, Invalid):
            return Setback("failed", str(event), f"invalid:{item.envelope.type}")
        if isinstance(event, DayStarted):
            announced = Announced(event.effective_on, item.envelope.id, ends)
            batch.calendar = batch.calendar.note(announced)
        if event is None:
            return "passed_over"
        if item.handles is None:
            return "taken"
        if batch.gate and event.recorded_on > batch.gate:
            return after_gate(event.recorded_on)
        return await self._run(batch, lanes, item.envelope, item.handles, event)

    async def _run(
        self,
        batch: Batch,
        lanes: Lanes,
        envelope: Envelope,
        handles: Handles,
        event: IntegrationEvent,
    ) -> Setback | Outcome:
        """Run the handler on a unit of work of its own; keep its changes only if it succeeds."""
        ids = (envelope.correlation_id, envelope.id)
        trace = follow(self._desk.service, *ids, envelope.traceparent)
        work = batch.work(Cause(*ids, trace.traceparent), event.recorded_on)
        if self._desk.tracer.is_on:
            lanes.spans.append(Span(trace, envelope.type, CONSUMER, self._desk.now()))
        try:
            with caused_by(*ids, trace.trace_id):
                await handles.run(event, work)
            batch.absorb(work)
        except Waits as waits:
            return await lanes.waiting(waits.stream)
        except CalendarNotStarted:
            return await lanes.waiting(CALENDAR_STREAM)
        except Rejected as rejected:
            log.info("event_rejected", event_id=envelope.id, code=rejected.code)
            return "rejected"
        except Exception as error:
            if self._store.is_interruption(error):
                raise
            return Setback("failed", type(error).__name__, fingerprint(error))
        return "taken"

    def _tell(self, metric: Metric, stored: Lanes) -> None:
        """What was stored, and only now: what a try did that was thrown away is no news."""
        self.failed += stored.outcomes["failed"]
        for outcome, count in stored.outcomes.items():
            self._metrics.add(metric, count, outcome=outcome)
        for span in stored.spans:
            self._desk.tracer.end(span, self._desk.now())

    async def _release_stream(self, stream: str, limit: int) -> None:
        """As far as it goes: what a slow store takes at once is found once, by halving."""
        blame = Blame(limit)
        run = partial(self._release, stream=stream, blame=blame)
        while True:
            try:
                found = await self._store.transact(run)
            except (Refused, Overdue) as refusal:
                blame.lay(refusal)
                continue
            self._tell(table.RELEASED, found)
            if found.advanced < blame.limit:
                return

    async def _release(self, session: Session, stream: str, blame: Blame) -> Lanes:
        batch = await self._desk.batch(session)
        lanes = Lanes(session, self._desk.now())
        for parked in await lanes.open_parked(stream, blame.limit):
            if parked["sequence"] != lanes.last(stream) + 1 or parked["kind"] == "failed":
                break
            record = Record.from_parked(parked)
            item = self._read(record)
            if isinstance(item, Unreadable):  # by this version: an earlier one has parked it
                lanes.park_again(parked, Setback("failed", item.reason, "unreadable"))
                break
            if blame.is_on(parked):
                found: Setback | Outcome = Setback("failed", blame.reason, "store-refused")
            else:
                found = await self._attempt(batch, lanes, item, _ends(parked))
            if isinstance(found, Setback):
                lanes.park_again(parked, found)
                break
            lanes.unpark(parked)
            lanes.advance(item.envelope, found)
        await batch.flush()
        await lanes.flush()
        return lanes


def _ends(parked: Document) -> Ends:
    return tuple((topic, partition, end) for topic, partition, end in parked["ends"])
