"""Whether a store knows all that its service has published: asked at every start.

A store from an old backup would give numbers away twice, and every subscriber would pass over what
bears them. The topic is compared from where the relay last knew that the two agree (`relayed`), so
a start costs what was sent since, and a restored backup costs what was sent since the backup.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Protocol, TypeVar

from shared.bus.relay import RELAYED, Ends, note_relayed, read_relayed
from shared.mongo import Document, Put, Session
from shared.mongo.orphans import ORPHANS, TakenOver, Told, take_over

T = TypeVar("T")

RESTORING = "restoring"  # the row of `relayed` that stands while a restore writes the store
STREAMS_AT_ONCE = 1000
ORPHANS_AT_ONCE = 1000  # of a transaction: far below MongoDB's 16 MB
TOLD_MAX = 500_000  # of a tail that is taken over, in memory: past that, use a newer backup


class LostPast(Exception):
    """The store does not know what was published from it. The message says what to do."""


class Store(Protocol):
    """What is needed of a store here: `ops` has one of its own, without the engine's driver."""

    async def transact(self, run: Callable[[Session], Awaitable[T]]) -> T: ...

    async def read(self, run: Callable[[Session], Awaitable[T]]) -> T: ...


class Tail(Protocol):
    async def ends(self) -> Ends: ...

    def read(self, since: Ends, until: Ends) -> AsyncIterator[Told]: ...


async def refuse_lost_past(service: str, store: Store, tail: Tail) -> None:
    """Raises `LostPast`. Every stream is compared, not only the last record of a partition."""
    since, ends = await _known(service, store, tail)
    last: dict[str, int] = {}
    async for told in tail.read(since, ends):
        last[told.envelope.key] = max(told.envelope.sequence, last.get(told.envelope.key, 0))
    behind = await store.read(lambda session: streams_behind(session, last))
    if behind:
        key, known = next(iter(behind.items()))
        raise LostPast(
            f"the store of {service} is older than its own topic: {len(behind)} streams are "
            f"further there; {key} is at {last[key]} and here at {known}. Point it at its own "
            f"store, restore a newer backup, or go on with python -m ops takeover --service "
            f"{service}: docs/runbook.md says when"
        )
    await store.transact(lambda session: note_relayed(session, ends))


async def take_over_tail(service: str, store: Store, tail: Tail) -> list[TakenOver]:
    """Note what the topic has above the store's numbers, and go on behind the topic's last.

    The service must be stopped. A run that was cut off is run again: each stream is moved in the
    transaction that keeps its orphans, and the start is refused until all are.
    """
    since, ends = await _known(service, store, tail)
    told = []
    async for one in tail.read(since, ends):
        told.append(one)
        if len(told) > TOLD_MAX:
            raise LostPast(f"more than {TOLD_MAX:,} records are behind it: restore a newer backup")
    keys = sorted({one.envelope.key for one in told})
    taken = take_over(told, await store.read(lambda session: _streams(session, keys)))
    for part in _parts(taken):
        await store.transact(partial(_write, part=part))
    await store.transact(lambda session: note_relayed(session, ends))
    return taken


async def streams_behind(session: Session, last: Mapping[str, int]) -> dict[str, int]:
    """The streams whose number here is below this one, with their number here."""
    known = await _streams(session, sorted(last))
    numbers = {key: known.get(key, {"sequence": 0})["sequence"] for key in sorted(last)}
    return {key: number for key, number in numbers.items() if number < last[key]}


async def _streams(session: Session, keys: Sequence[str]) -> dict[str, Document]:
    found: dict[str, Document] = {}
    for n in range(0, len(keys), STREAMS_AT_ONCE):
        found |= await session.get("streams", keys[n : n + STREAMS_AT_ONCE])
    return found


async def _write(session: Session, part: Sequence[TakenOver]) -> None:
    await session.write(ORPHANS, [Put(row) for one in part for row in one.orphans])
    await session.write("streams", [Put(one.stream) for one in part])


def _parts(taken: Sequence[TakenOver]) -> Iterator[list[TakenOver]]:
    """As many streams as have so many orphans together, but never less than one."""
    part: list[TakenOver] = []
    for one in taken:
        if part and sum(len(o.orphans) for o in (*part, one)) > ORPHANS_AT_ONCE:
            yield part
            part = []
        part.append(one)
    if part:
        yield part


async def _known(service: str, store: Store, tail: Tail) -> tuple[Ends, Ends]:
    """Up to where store and topic are known to agree, and the topic's ends. Raises `LostPast`."""
    if await store.read(lambda session: session.get(RELAYED, [RESTORING])):
        raise LostPast(
            f"the store of {service} is half restored: run python -m ops restore again, "
            "with --replace"
        )
    ends = await tail.ends()
    since = await store.read(lambda session: read_relayed(session, sorted(ends)))
    for (topic, partition), known in sorted(since.items()):
        if ends[topic, partition] < known:
            raise LostPast(
                f"{topic}, partition {partition}, ends at {ends[topic, partition]}, and the store "
                f"of {service} has published {known} there: point it at its own Kafka; if that "
                "has lost records, what other systems read is no longer what happened"
            )
    return since, ends
