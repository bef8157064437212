"""What each service makes of a recorded log, and of nothing else.

In life services take commands over HTTP, too. Here each one is new, on the store's twin in memory,
and takes all records that it reacts to, with the real inbox and the real days: so its outcome is a
function of the log alone. Without commands intake knows of no cohort, placement of no position,
payroll of no account and counseling of no counselor; what they do then is an outcome, too.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

from ops.access.rights import REACTS_TO
from ops.topics import Record
from proofs.recording.topics import CALENDAR, producer_of
from shared.bus import Record as Taken
from shared.digests import digest_of
from shared.events import topic_of
from shared.metrics import Metric, Metrics, table
from shared.mongo import Document, Session
from shared.mongo.proofs import digest
from shared.testing import Bench

EVERYTHING = 1_000_000  # more rows than a recording makes
SHOWN = 12  # characters of a SHA-256

Outcomes = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Service → part (see `_outcome_of`) → name → what was found."""


def replay(records: Sequence[Record], services: Iterable[str] = tuple(REACTS_TO)) -> Outcomes:
    """Each service's outcome. Raises `AssertionError` where a state is not its journal's fold."""
    return {name: asyncio.run(Reader(name).read(records)) for name in services}


class Reader:
    """A new service with a recorded log before it."""

    def __init__(self, name: str) -> None:
        storage = import_module(f"services.{name}.storage")
        handlers = import_module(f"services.{name}.handlers")
        self._kinds = storage.KINDS
        self._topics = {CALENDAR, *map(topic_of, REACTS_TO[name])}
        self._read: dict[tuple[str, int], int] = {}
        self.bench = Bench(name, storage.KINDS, handlers.HANDLERS, handlers.SWEEPS, log=self)

    async def committed(self) -> Mapping[tuple[str, int], int]:
        return self._read

    async def read(self, records: Iterable[Record]) -> Document:
        """Day after day: the announcement, then the day's news, each until it is at rest."""
        await self.bench.prepare()
        for batch in _batches(r for r in records if r.topic in self._topics):
            ends = tuple((*p, end) for p, end in sorted(self._read.items()) if p[0] != CALENDAR)
            await self.bench.inbox.take([_taken(record) for record in batch], ends)
            self._read |= {(r.topic, r.partition): r.offset + 1 for r in batch}
            while await self.bench.days.step():
                pass
        await self.bench.look()
        await self.bench.verify()
        return await self.bench.store.read(self._outcome_of)

    async def _outcome_of(self, session: Session) -> Document:
        """No instants, no lines of code, no bodies: what they hold is in the states."""
        found = await digest(session, self._kinds)
        inbox = await session.find("inbox", {}, limit=EVERYTHING)
        lasts = {row["_id"]: row["last_sequence"] for row in inbox}
        return {
            "kinds": {name: _short(kind) for name, kind in found["kinds"].items()},
            "taken": _counts(self.bench.metrics, table.EVENTS),
            "released": _counts(self.bench.metrics, table.RELEASED),
            "inbox": {"last sequences": _short(_counted(lasts))},
            "parked": _tally(f"{p['kind']}: {p['reason']}" for p in self.bench.parked),
            "set aside": _tally(_place(one) for one in self.bench.set_aside),
            "published": await _published(session),
        }


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """An announcement stands alone, the news of its day together."""
    news: list[Record] = []
    for record in records:
        if record.topic == CALENDAR:
            if news:
                yield news
            yield [record]
            news = []
        else:
            news.append(record)
    if news:
        yield news


def _taken(record: Record) -> Taken:
    return Taken(
        producer=producer_of(record),
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=record.headers,
    )


def _counts(metrics: Metrics, metric: Metric) -> dict[str, int]:
    values = {o: metrics.value(metric, outcome=o) for o in metric.labels["outcome"]}
    return {outcome: int(value) for outcome, value in values.items() if value}


async def _published(session: Session) -> dict[str, str]:
    """By type: how many, and the digest of their ids."""
    ids: dict[str, list[str]] = {}
    for row in await session.find("outbox", {}, limit=EVERYTHING):
        headers = dict(row["headers"])
        ids.setdefault(headers["ce_type"].decode(), []).append(headers["ce_id"].decode())
    return {type_: _short(_counted(sorted(found))) for type_, found in sorted(ids.items())}


def _counted(found: Any) -> Document:
    return {"count": len(found), "sha256": digest_of(found)}


def _short(counted: Document) -> str:
    return f"{counted['count']} ({counted['sha256'][:SHOWN]})"


def _tally(found: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in sorted(found):
        counts[one] = counts.get(one, 0) + 1
    return counts


def _place(aside: Document) -> str:
    """Without the line of code that failed: it moves with every change above it."""
    return f"{aside['kind']} {aside['key']}: {aside['reason'].rpartition(':')[0]}"


def differences(recorded: Outcomes, found: Outcomes) -> list[str]:
    """A sentence for each difference: which service, which kind, what it was, what it is."""
    return [
        f"{service}: {part} {name} was {was}, is {now}"
        for service in sorted({*recorded, *found})
        for part, names in _parts(recorded.get(service, {}), found.get(service, {}))
        for name, was, now in names
        if was != now
    ]


def _parts(
    recorded: Mapping[str, Mapping[str, Any]], found: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, list[tuple[str, Any, Any]]]]:
    for part in sorted({*recorded, *found}):
        was, now = recorded.get(part, {}), found.get(part, {})
        yield part, [(n, was.get(n, "none"), now.get(n, "none")) for n in sorted({*was, *now})]
