"""The outbox: nothing is lost, and no stream is inverted, whatever the log does."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bus import Relay
from shared.bus.relay import Sent, note_relayed, read_relayed
from shared.metrics import Metrics, table
from shared.mongo import Document, Put, Session
from shared.testing import MemoryStore


class Log:
    """A log with two partitions that acknowledges, or fails after writing some of them."""

    def __init__(self, fails: Sequence[int | None]) -> None:
        self.partitions: dict[int, list[tuple[str, int]]] = {0: [], 1: []}
        self._fails = list(fails)

    async def send(self, rows: Sequence[Document]) -> Sent:
        batches: dict[int, list[Document]] = {0: [], 1: []}
        for row in rows:
            batch = batches[int(row["stream"][-1]) % 2]
            if len(batch) < 3:  # a full batch: the rest goes next time
                batch.append(row)
        written = self._fails.pop(0) if self._fails else None
        for partition, batch in batches.items():
            if written is not None and partition >= written:
                raise ConnectionError("not acknowledged: it may be there or not")
            self.partitions[partition] += [(r["stream"], r["sequence"]) for r in batch]
        ids = [row["_id"] for batch in batches.values() for row in batch]
        return Sent(ids, {("own", p): len(self.partitions[p]) for p in batches if batches[p]})


def row(clock: int, stream: str, sequence: int) -> Document:
    return {"_id": {"clock": clock, "stream": stream}, "stream": stream, "sequence": sequence}


async def fill(store: MemoryStore, rows: Sequence[Document]) -> None:
    async def write(session: Session) -> None:
        await session.write("outbox", [Put(r) for r in rows])

    await store.transact(write)


@given(
    streams=st.lists(st.integers(0, 3), min_size=1, max_size=25),
    fails=st.lists(st.sampled_from([None, 0, 1, 2]), max_size=6),
)
async def test_every_stream_arrives_whole_and_first_occurrences_are_in_order(
    streams: list[int], fails: list[int | None]
) -> None:
    store, log = MemoryStore(), Log(fails)
    counts: dict[str, int] = {}
    rows = []
    for clock, number in enumerate(streams):
        stream = f"per_{number}"
        counts[stream] = counts.get(stream, 0) + 1
        rows.append(row(clock, stream, counts[stream]))
    await fill(store, rows)
    relay = Relay("payroll-1", store, log, Metrics("payroll"))

    while True:
        try:
            if not await relay.step():
                break
        except ConnectionError:
            continue

    for stream, count in counts.items():
        seen = [n for p in log.partitions.values() for s, n in p if s == stream]
        assert list(dict.fromkeys(seen)) == list(range(1, count + 1))


async def test_a_late_commit_with_an_older_clock_is_not_passed_over() -> None:
    store, log = MemoryStore(), Log([])
    relay = Relay("payroll-1", store, log, Metrics("payroll"))
    await fill(store, [row(10, "per_0", 1)])
    await relay.step()
    await fill(store, [row(5, "per_2", 1)])  # began earlier, committed later
    await relay.step()

    assert log.partitions[0] == [("per_0", 1), ("per_2", 1)]


async def test_how_far_the_topic_is_known_grows_with_what_is_acknowledged() -> None:
    store, log = MemoryStore(), Log([])
    relay = Relay("payroll-1", store, log, Metrics("payroll"))
    places = [("own", 0), ("own", 1)]
    assert await store.read(lambda s: read_relayed(s, places)) == dict.fromkeys(places, 0)
    await fill(store, [row(1, "per_0", 1), row(2, "per_1", 1), row(3, "per_1", 2)])
    await relay.step()

    assert await store.read(lambda s: read_relayed(s, places)) == {places[0]: 1, places[1]: 2}


async def test_a_relay_that_is_behind_another_takes_nothing_back() -> None:
    store, log = MemoryStore(), Log([])
    await store.transact(lambda s: note_relayed(s, {("own", 0): 7}))
    await fill(store, [row(1, "per_0", 1)])
    await Relay("payroll-1", store, log, Metrics("payroll")).step()

    assert await store.read(lambda s: read_relayed(s, [("own", 0)])) == {("own", 0): 7}


async def test_what_was_sent_and_what_was_not_acknowledged_is_counted() -> None:
    store, log, metrics = MemoryStore(), Log([1, None]), Metrics("payroll")
    relay = Relay("payroll-1", store, log, metrics)
    await fill(store, [row(n, f"per_{n % 2}", n) for n in range(4)])
    with pytest.raises(ConnectionError):
        await relay.step()

    assert metrics.value(table.RELAY_ERRORS) == 1
    assert metrics.value(table.RELAY_SENT) == 0

    await relay.step()

    assert metrics.value(table.RELAY_ERRORS) == 1
    assert metrics.value(table.RELAY_SENT) == 4
