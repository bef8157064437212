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
from shared.mongo import Document, put_gate
from shared.mongo.orphans import Told
from shared.testing import MemoryStore
from tests.orders import story
from tests.orders.twin import ONE_DAY, Act, City, NotYet, Order, TwinLog, TwinService

SERVICES = ("intake", "placement", "payroll", "counseling")
EARLY = date(2022, 3, 3)  # people apply; nobody is selected
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


async def played(backup_on: date) -> Kept:
    """The story to its end; the stores as they stood on the evening of that day."""
    kept = Kept(City(Order()))

    async def back_up(city: City) -> None:
        for name, service in city.services.items():
            kept.backups[name] = Backup(memory(service)._documents, dict(service._read))
            kept.posts[name] = note_posts(city, service)

    script = story.script()
    script[backup_on] = [*script.get(backup_on, ()), Act("intake", "backups are taken", back_up)]
    await kept.city.play(script, story.FIRST, story.LAST)
    return kept


def note_posts(city: City, service: TwinService) -> list[Post]:
    """All that is posted to it from now on, as its clients would know it."""
    posts: list[Post] = []
    post = service.post

    async def noting(path: str, body: Document, key: str) -> Document:
        answer = await post(path, body, key)
        if city.today <= story.LAST:  # not what is repeated afterwards
            posts.append(Post(city.today, path, body, key))
        return answer

    service.post = noting  # type: ignore[method-assign]
    return posts


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
    await service.bench.store.transact(lambda session: session.write("calendar", [put_gate(until)]))


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


@pytest.mark.parametrize("backup_on", [EARLY, BACKUP])
async def test_each_store_put_back_comes_to_the_same_state_and_says_nothing_twice(
    backup_on: date,
) -> None:
    """Played once; then one service after the other is lost, and is the same again."""
    kept = await played(backup_on)
    for name in SERVICES:
        service, tail = kept.city[name], Tail(name, kept.city.log)
        digest, said = await service.bench.digest(), records_of(kept.city, name)

        restore(service, kept.backups[name])
        with pytest.raises(LostPast, match="older than its own topic"):
            await refuse_lost_past(name, service.bench.store, tail)
        taken = await take_over_tail(name, service.bench.store, tail)
        await refuse_lost_past(name, service.bench.store, tail)
        await go_on(service, kept.posts[name])

        assert sum(len(one.orphans) for one in taken) > 5, name
        assert [row["_id"] for row in await orphans_of(service)] == [], name
        assert await service.bench.digest() == digest, name
        assert records_of(kept.city, name) == said, name
        assert await service.troubles() == [], name


async def test_without_the_lost_commands_time_stops_before_anything_contradicts() -> None:
    """Payroll's accounts and the bank's answers are nowhere but in commands. Nobody repeats one."""
    kept = await played(BACKUP)
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


async def test_a_command_that_is_not_repeated_is_seen_on_its_day() -> None:
    """One application fewer: its applicant's events are named, and the day does not end."""
    kept = await played(EARLY)
    service, tail = kept.city["intake"], Tail("intake", kept.city.log)
    restore(service, kept.backups["intake"])
    await take_over_tail("intake", service.bench.store, tail)
    posts = kept.posts["intake"]
    applied = next(n for n, post in enumerate(posts) if post.path.endswith("/applications"))
    lost = posts[applied]
    with pytest.raises(NotYet):  # what she asked for later finds no application
        await go_on(service, [*posts[:applied], *posts[applied + 1 :]])

    left = await orphans_of(service)
    person, day = lost.body["person_id"], lost.day.isoformat()
    assert min(row["recorded_on"] for row in left) == day
    assert {row["stream"] for row in left if row["recorded_on"] == day} == {person}
    assert await today_of(service) == lost.day
