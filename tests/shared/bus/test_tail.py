"""Reading one's own topic: between two offsets, and past what a stranger put there."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

import pytest
from aiokafka import ConsumerRecord, TopicPartition

from shared.bus.tail import OwnTail

Record: TypeAlias = "ConsumerRecord[Any, Any]"
TOPIC = "womanup.payroll.v1"


def record(partition: int, offset: int, key: bytes, **headers: bytes | None) -> Record:
    found = tuple(headers.items())
    return ConsumerRecord(
        TOPIC, partition, offset, 0, 0, key, b"{}", None, -1, -1, cast("Any", found)
    )


def own(partition: int, offset: int, key: str, sequence: int) -> Record:
    headers = {
        "ce_id": f"/womanup/payroll/{key}/{sequence}",
        "ce_type": "womanup.payroll.WagePaid.v1",
        "ce_source": "/womanup/payroll",
        "ce_sequence": str(sequence),
    }
    return record(partition, offset, key.encode(), **{n: v.encode() for n, v in headers.items()})


class Consumer:
    """Gives two records a poll, and goes on giving what lies behind the end that was asked for."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records
        self._positions: dict[TopicPartition, int] = {}
        self._client = self

    async def force_metadata_update(self) -> None: ...

    def partitions_for_topic(self, topic: str) -> set[int]:
        return {0, 1} if topic == TOPIC else set()

    async def end_offsets(self, places: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {tp: sum(r.partition == tp.partition for r in self._records) for tp in places}

    def assign(self, places: Sequence[TopicPartition]) -> None:
        self._positions = dict.fromkeys(places, 0)

    def seek(self, place: TopicPartition, offset: int) -> None:
        self._positions[place] = offset

    async def position(self, place: TopicPartition) -> int:
        return self._positions[place]

    async def getmany(self, timeout_ms: int) -> dict[TopicPartition, list[Record]]:
        found = {}
        for tp, at in self._positions.items():
            page = [r for r in self._records if r.partition == tp.partition and r.offset >= at][:2]
            found[tp] = page
            self._positions[tp] = at + len(page)
        return found


def tail_of(*records: Record) -> OwnTail:
    return OwnTail(cast("Any", Consumer(records)), "payroll", TOPIC)


async def read(tail: OwnTail, since: Mapping[tuple[str, int], int]) -> list[str]:
    return [told.place async for told in tail.read(since, await tail.ends())]


async def test_every_record_from_there_to_the_end_is_told_with_its_place() -> None:
    tail = tail_of(*(own(0, n, "per_a", n + 1) for n in range(5)), own(1, 0, "per_b", 1))

    assert await tail.ends() == {(TOPIC, 0): 5, (TOPIC, 1): 1}
    assert await read(tail, {(TOPIC, 0): 3, (TOPIC, 1): 1}) == [f"{TOPIC}/0/3", f"{TOPIC}/0/4"]
    assert len(await read(tail, {})) == 6


async def test_what_comes_while_it_is_read_is_left_for_the_next_time() -> None:
    tail = tail_of(*(own(0, n, "per_a", n + 1) for n in range(5)))

    assert len([one async for one in tail.read({}, {(TOPIC, 0): 3})]) == 3


async def test_garbage_on_its_own_topic_does_not_keep_a_service_from_starting() -> None:
    strangers = (
        record(0, 0, b"\xff", ce_sequence=b"3"),
        record(0, 1, b"x", ce_sequence=None),
        record(0, 2, b"per_a"),
    )
    tail = tail_of(*strangers, own(0, 3, "per_a", 5))

    (told,) = [one async for one in tail.read({}, await tail.ends())]
    assert (told.envelope.key, told.envelope.sequence) == ("per_a", 5)


async def test_without_its_topic_it_says_what_to_do() -> None:
    tail = OwnTail(cast("Any", Consumer([])), "payroll", "another")

    with pytest.raises(LookupError, match="ops provision"):
        await tail.ends()
