"""Does what was drawn, one trouble at a time, while the play goes on; and heals."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, cast

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from pymongo import AsyncMongoClient
from pymongo.errors import NotPrimaryError, PyMongoError
from pymongo.uri_parser import parse_uri

from ops.admin import Admin
from ops.city import City, process_name, ready_url, start_service
from ops.processes import DEVELOPMENT_SECRET, free_ports, service_environment
from ops.topics import Measure, read_records
from proofs.chaos.parts import Part, end, part_at
from proofs.chaos.troubles import Struck, Trouble
from shared.events import TOPICS, topic_of
from shared.mongo.driver import app_name

TRIES_MAX = 3  # for who has nothing to do, or is killed, while a trouble waits for it
FROZEN_SECONDS = 12.0  # a session lasts 10: another has its partitions by then
FAILING_SECONDS = 6.0  # commands that are due fail for that long, or `times` over
SLOW_SECONDS = 18.0  # and are late for that long
NO_PRIMARY_SECONDS = 4  # as long as an election may take
BACK_SECONDS = 180.0  # for a mongod or a broker: 5 on two idle cores, a minute on busy ones
AGAIN = 20  # records that come again
POISON = 2  # unreadable records a topic: about 1 % of what a small cohort writes
GUESTS = (3, 4, 5)  # the numbers of the instances of a storm
LOOK_SECONDS = 0.2

# What MongoDB's failCommand does to the next `times` commands of an instance.
FAILURES: Mapping[str, Mapping[str, Any]] = {
    "unknown commits": {
        "times": 4,
        "failCommands": ["commitTransaction"],
        "writeConcernError": {"code": 64, "errmsg": "planted: nobody knows"},
    },
    "thrown away": {
        "times": 30,
        "failCommands": ["find", "insert", "update", "commitTransaction"],
        "errorCode": 251,
        "errorLabels": ["TransientTransactionError"],
    },
    "closed": {
        "times": 8,
        "failCommands": ["find", "update", "commitTransaction"],
        "closeConnection": True,
    },
    "slow": {
        "times": 2,
        "failCommands": ["update"],
        "blockConnection": True,
        "blockTimeMS": 8000,  # longer than a member of these groups may go without a poll
    },
}


@dataclass
class Nemesis:
    """`on_day` is a play's hook. `group` runs the troubles; `heal` returns when all is well."""

    dealt: Mapping[date, Sequence[Trouble]]
    seed: int
    group: asyncio.TaskGroup
    folder: Path
    quiet_from: date
    say: Callable[[str], None] = lambda _: None
    struck: list[Struck] = field(default_factory=list)
    foreign: list[tuple[str, int, int]] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _alone: asyncio.Lock = field(default_factory=asyncio.Lock)
    _parts: list[Part] = field(default_factory=list)

    async def on_day(self, day: date, city: City) -> None:
        if day >= self.quiet_from:
            await self.heal()
            return
        for trouble in self.dealt.get(day, ()):
            task = self.group.create_task(self._strike(trouble, city))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def heal(self) -> None:
        await asyncio.gather(*self._tasks)

    def end(self) -> None:
        for part in self._parts:
            end(part)

    async def _strike(self, trouble: Trouble, city: City) -> None:
        async with self._alone:
            self.say(f"{trouble.day}: {trouble.kind}")
            began, count = time.monotonic(), 0
            for _ in range(TRIES_MAX):
                count += await self._work(trouble)(trouble, city)
                if count:
                    break
            self.struck.append(Struck(trouble, count, time.monotonic() - began))

    def _work(self, trouble: Trouble) -> Callable[[Trouble, City], Awaitable[int]]:
        if trouble.kind in FAILURES:
            return _fail_commands
        return {
            "broker": self._kill_broker,
            "mongod": self._kill_mongod,
            "step-down": _step_down,
            "frozen": _freeze,
            "storm": _storm,
            "again": self._say_again,
            "poison": self._poison,
        }[trouble.kind]

    async def _kill_mongod(self, _: Trouble, city: City) -> int:
        _, port = parse_uri(city.stack.mongo)["nodelist"][0]
        await self._kill_and_start(port)
        async with AsyncMongoClient[Any](city.stack.mongo) as mongo:
            await _until_it_answers(lambda: _find_primary(mongo))
        return 1

    async def _kill_broker(self, _: Trouble, city: City) -> int:
        await self._kill_and_start(int(city.stack.kafka.rpartition(":")[2]))
        measure = Measure(city.stack.kafka, city.prefix)
        try:
            await _until_it_answers(measure.ends)
        finally:
            await measure.close()
        return 1

    async def _kill_and_start(self, port: int) -> None:
        part = await part_at(port, self.folder)
        self._parts.append(part)
        await part.kill9()
        await part.start()

    async def _say_again(self, trouble: Trouble, city: City) -> int:
        """Drawn records in the log's order, as a second relay would send them."""
        records = await read_records(city.stack.kafka, city.prefix)
        chance = random.Random(f"{self.seed}/{trouble.day}")
        chosen = sorted(chance.sample(range(len(records)), min(AGAIN, len(records))))
        async with _producer(city) as producer:
            for number in chosen:
                record = records[number]
                await producer.send_and_wait(
                    f"{city.prefix}{record.topic}",
                    key=record.key,
                    value=record.value,
                    headers=list(record.headers),
                    partition=record.partition,
                )
        return len(chosen)

    async def _poison(self, _: Trouble, city: City) -> int:
        count = 0
        async with _producer(city) as producer:
            for topic in (name for name in TOPICS if name != topic_of("calendar")):
                for _time in range(POISON):
                    sent = await producer.send_and_wait(f"{city.prefix}{topic}", b"\xde\xad\xbe")
                    self.foreign.append((topic, sent.partition, sent.offset))
                    count += 1
        return count


async def _fail_commands(trouble: Trouble, city: City) -> int:
    """MongoDB counts the commands that it failed, before and after."""
    failure = dict(FAILURES[trouble.kind])
    times = failure.pop("times")
    instance = f"{trouble.service}-{trouble.number}"
    environment = service_environment(city.stack, trouble.service, prefix=city.prefix)
    name = app_name(environment[f"{trouble.service.upper()}_DATABASE"], instance)
    async with AsyncMongoClient[Any](city.stack.mongo) as mongo:

        async def configure(mode: Any) -> int:
            command = {"configureFailPoint": "failCommand", "mode": mode}
            data = {**failure, "appName": name}
            return int((await mongo.admin.command({**command, "data": data}))["count"])

        await configure("off")
        before = await configure({"times": times})
        await asyncio.sleep(SLOW_SECONDS if trouble.kind == "slow" else FAILING_SECONDS)
        return await configure("off") - before


async def _step_down(_: Trouble, city: City) -> int:
    """MongoDB counts the terms of its primaries: this one is elected again, or another."""
    async with AsyncMongoClient[Any](city.stack.mongo) as mongo:

        async def term() -> int:
            return int((await mongo.admin.command("replSetGetStatus"))["term"])

        before = await term()
        await mongo.admin.command({"replSetStepDown": NO_PRIMARY_SECONDS, "force": True})
        await _until_it_answers(lambda: _find_primary(mongo))
        return await term() - before


async def _find_primary(mongo: AsyncMongoClient[Any]) -> None:
    """Raises `NotPrimaryError` while the one that is asked directly is none."""
    if not (await mongo.admin.command("hello"))["isWritablePrimary"]:
        raise NotPrimaryError("not elected yet")


async def _freeze(trouble: Trouble, city: City) -> int:
    """Felt when Kafka has given its partitions away, and when it wakes: a zombie."""
    child = city.processes[process_name(trouble.service, trouble.number)]
    if not child.is_running:
        return 0
    pid, admin = child.process.pid, Admin(city.stack.kafka)
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(FROZEN_SECONDS)
        members = await admin.members(f"{city.prefix}{trouble.service}")
    finally:
        await admin.close()
        was_killed = not child.is_running
        if not was_killed:
            os.kill(pid, signal.SIGCONT)
    return int(not was_killed and f"{trouble.service}-{trouble.number}" not in members)


async def _storm(trouble: Trouble, city: City) -> int:
    """Each joins as soon as it can, and goes by SIGTERM when all have."""
    ports = free_ports(len(GUESTS))
    names = [process_name(trouble.service, number) for number in GUESTS]
    for number, port in zip(GUESTS, ports, strict=True):
        url = f"http://127.0.0.1:{port}"
        start_service(city, trouble.service, number, url, DEVELOPMENT_SECRET)
    for name, port in zip(names, ports, strict=True):
        await city.processes.wait_for_url(name, ready_url(f"http://127.0.0.1:{port}"))
    await asyncio.gather(*(city.processes.stop(name) for name in names))
    return len(names)


def _producer(city: City) -> AbstractAsyncContextManager[AIOKafkaProducer]:
    return cast(
        "AbstractAsyncContextManager[AIOKafkaProducer]",
        AIOKafkaProducer(bootstrap_servers=city.stack.kafka, acks="all"),
    )


async def _until_it_answers(question: Callable[[], Awaitable[object]]) -> None:
    deadline = time.monotonic() + BACK_SECONDS
    while True:
        try:
            await question()
        except (KafkaError, PyMongoError, OSError) as error:
            if time.monotonic() > deadline:
                raise TimeoutError("the part that was killed is not back") from error
            await asyncio.sleep(LOOK_SECONDS)
        else:
            return
