"""A service's store is lost and an older one is put back; its own later events are on its topic.

The whole unhappy story is played, then each service goes back to its store of an earlier day. It
takes its topic's tail over, hears its inputs again, and its clients repeat what they had asked for.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from shared.bus.past import LostPast, refuse_lost_past, take_over_tail
from shared.bus.relay import Ends
from shared.events import Envelope, read_envelope, topic_of
from shared.mongo import Document
from shared.mongo.orphans import Told, set_gate
from shared.testing import MemoryStore
from tests.orders import story
from tests.orders.twin import ONE_DAY, Act, City, Order, TwinLog, TwinService

SERVICES = ("intake", "placement", "payroll", "counseling")
BACKUP = date(2022, 4, 3)  # two cohorts at work, before the first pay day


@dataclass
class Post:
    day: date
    path: str
    body: Document
    key: str


@dataclass
class Backup:
    documents: Any
    read: Mapping[tuple[str, int], int]
    digest: str = ""


@dataclass
class Kept:
    """The played city, a backup of each service, and what was posted to each since."""

    city: City
    backups: dict[str, Backup] = field(default_factory=dict)
    posts: dict[str, list[Post]] = field(default_factory=dict)


class Tail:
    """A service's own topic on the twin's log."""

    def __init__(self, name: str, log: TwinLog) -> None:
        self._name, self._log = name, log

    async def ends(self) -> Ends:
        topic = topic_of(self._name)
        return {place: len(rs) for place, rs in self._log.partitions.items() if place[0] == topic}

    async def read(self, since: Ends, until: Ends) -> AsyncIterator[Told]:
        for place in until:
            for record in self._log.partitions[place][since.get(place, 0) : until[place]]:
                envelope = read_envelope(self._name, record.key, record.headers)
                assert isinstance(envelope, Envelope)
                yield Told(envelope, record.value or b"", f"{place[0]}/{place[1]}/{record.offset}")


async def played(name: str, backup_on: date) -> Kept:
    """The story to its end; that service's store as it stood on the evening of that day."""
    kept = Kept(City(Order()))
    service = kept.city[name]
    posts: list[Post] = []
    post = service.post

    async def noting(path: str, body: Document, key: str) -> Document:
        answer = await post(path, body, key)
        if kept.city.today > backup_on:
            posts.append(Post(kept.city.today, path, body, key))
        return answer

    service.post = noting  # type: ignore[method-assign]

    async def back_up(_: City) -> None:
        kept.backups[name] = Backup(memory(service)._documents, dict(service._read))

    script = story.script()
    script[backup_on] = [*script.get(backup_on, ()), Act(name, "a backup is taken", back_up)]
    await kept.city.play(script, story.FIRST, story.LAST)
    kept.posts[name] = posts
    service.post = post  # type: ignore[method-assign]
    return kept


def memory(service: TwinService) -> MemoryStore:
    assert isinstance(service.bench.store, MemoryStore)
    return service.bench.store


def restore(service: TwinService, backup: Backup) -> None:
    store = memory(service)
    store._documents, store._commits = backup.documents, store._commits + 1
    service._read = dict(backup.read)


async def today_of(service: TwinService) -> date:
    from tests.orders.twin import _today

    day = await service.bench.query(_today)
    assert day is not None
    return day


async def orphans_of(service: TwinService) -> list[Document]:
    return await service.bench._rows("orphans", {})


async def settle(service: TwinService) -> None:
    while True:
        for partition in service.unread():
            await service.poll(partition, 1000)
        if not await service.step():
            return


async def gate(service: TwinService, until: date | None) -> None:
    await service.bench.store.transact(lambda session: set_gate(session, until))


async def go_on(service: TwinService, posts: list[Post]) -> None:
    """Read everything again, day by day; on each, its clients repeat that day's commands."""
    day = await today_of(service)
    while day <= story.LAST:
        await gate(service, day)
        await settle(service)
        for again in (post for post in posts if post.day == day):
            await service.post(again.path, again.body, again.key)
            await settle(service)
        day += ONE_DAY
    await gate(service, None)
    await settle(service)


def records_of(city: City, name: str) -> int:
    return sum(len(rs) for p, rs in city.log.partitions.items() if p[0] == topic_of(name))


@pytest.mark.parametrize("name", SERVICES)
async def test_a_store_put_back_comes_to_the_same_state_and_says_nothing_twice(name: str) -> None:
    kept = await played(name, BACKUP)
    service, tail = kept.city[name], Tail(name, kept.city.log)
    digest, said = await service.bench.digest(), records_of(kept.city, name)

    restore(service, kept.backups[name])
    with pytest.raises(LostPast, match="older than its own topic"):
        await refuse_lost_past(name, service.bench.store, tail)
    taken = await take_over_tail(name, service.bench.store, tail)
    await refuse_lost_past(name, service.bench.store, tail)
    await go_on(service, kept.posts[name])

    assert sum(len(one.orphans) for one in taken) > 5
    assert [row["_id"] for row in await orphans_of(service)] == []
    assert await service.bench.digest() == digest
    assert records_of(kept.city, name) == said
    assert await service.troubles() == []


async def test_without_the_lost_commands_time_stops_before_anything_contradicts() -> None:
    """Payroll's accounts and the bank's answers are nowhere but in commands. Nobody repeats one."""
    kept = await played("payroll", BACKUP)
    service, tail = kept.city["payroll"], Tail("payroll", kept.city.log)
    said = records_of(kept.city, "payroll")
    restore(service, kept.backups["payroll"])
    await take_over_tail("payroll", service.bench.store, tail)
    await settle(service)

    left = await orphans_of(service)
    first = min(row["recorded_on"] for row in left)
    types = {row["type"] for row in left if row["recorded_on"] == first}
    assert (await today_of(service)).isoformat() == first < story.LAST.isoformat()
    assert types == {"womanup.payroll.PaymentFailed.v1"}  # the bank's first answer
    assert records_of(kept.city, "payroll") == said
    assert await service.troubles() == []
