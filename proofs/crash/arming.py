"""In the process that is to die: wraps the engine's boundaries from outside, and counts.

Runs in a process of the rig's only. What is wrapped is looked up by name, so a boundary that was
renamed ends the process at its start and the rig with it.
"""

import asyncio
import inspect
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Literal

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

import shared.bus.kafka
import shared.service.http
import shared.service.runtime
from shared.bus import Days, Inbox, Relay
from shared.bus.kafka import KafkaLog
from shared.bus.producer import OwnTopic
from shared.mongo import driver
from shared.mongo.batch import Batch
from shared.mongo.driver import COLLECTIONS, MongoSession, MongoStore
from shared.service.runtime import Runtime

# How long a `term` holds at its point: any grace period is shorter. A `cancel` is let go before.
HELD_SECONDS = 60.0
REPLY_SECONDS = 0.001  # a commit is on its way, its reply is not here: a round trip takes longer

BEGUN, STRUCK = "=", "!"  # lines in the file of hits that are no point's

How = Literal["kill", "term", "cancel", "pause"]
_part: ContextVar[str] = ContextVar("part", default="")


@dataclass(frozen=True, slots=True)
class Blow:
    """At the `hit`-th time that `point` is reached, counted from 1 in each process: `kill` ends it
    as kill -9 does; `term` tells it to stop and holds it there past its grace; `cancel` tells it to
    stop and holds it there until the stop cancels the loop that is at the point; `pause` freezes
    it.
    """

    point: str
    hit: int = 1
    how: How = "kill"


@dataclass(slots=True)
class Meter:
    """Counts each point in a file that outlives the process, and strikes."""

    hits: Path
    blow: Blow | None = None
    _counts: Counter[str] = field(default_factory=Counter)
    _file: int = -1

    def reach(self, name: str) -> bool:
        """Whether to hold here: `term`, `cancel`. Outside of any part, nothing is counted."""
        part = _part.get()
        if not part:
            return False
        if self._file < 0:
            self._file = os.open(self.hits, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            os.write(self._file, f"{BEGUN}\n".encode())
        point = f"{part}.{name}"
        self._counts[point] += 1
        os.write(self._file, f"{point}\n".encode())
        blow = self.blow
        if blow is None or (point, self._counts[point]) != (blow.point, blow.hit):
            return False
        os.write(self._file, f"{STRUCK} {blow.how}\n".encode())
        if blow.how == "kill":
            os._exit(137)
        is_held = blow.how != "pause"
        os.kill(os.getpid(), signal.SIGTERM if is_held else signal.SIGSTOP)
        return is_held

    async def pass_by(self, name: str) -> None:
        if self.reach(name):
            await asyncio.sleep(HELD_SECONDS)


def arm(meter: Meter) -> None:
    _arm_parts()
    _arm_transactions(meter)
    _arm_consumer(meter)
    _arm_relay(meter)
    _arm_process(meter)


def _arm_parts() -> None:
    """Whose work it is that reaches a boundary, where several share it."""
    for owner, method, part in (
        (KafkaLog, "_consume", "consumer"),
        (Days, "step", "days"),
        (Inbox, "release", "release"),
        (Relay, "step", "relay"),
        (shared.service.http.CommandRunner, "__call__", "http"),
        (Runtime, "start", "start"),
        (Runtime, "stop", "stop"),
    ):
        _wrap(owner, method, _scoped(part))


def _arm_transactions(meter: Meter) -> None:
    _wrap(Batch, "preload", _around(meter, "load.before", "load.after"))
    _wrap(Batch, "work", _around(meter, after="handle.before"))
    _wrap(Batch, "absorb", _around(meter, before="handle.after"))
    _wrap(MongoSession, "write", _writing(meter))
    session = vars(driver)["AsyncIOMotorClientSession"]  # the one module that imports Motor has it
    _wrap(session, "commit_transaction", _committing(meter))


def _arm_consumer(meter: Meter) -> None:
    _wrap(Inbox, "take", _around(meter, before="batch.before"))
    _wrap(KafkaLog, "_ends", _around(meter, after="ends.after"))
    _wrap(Inbox, "_read", _around(meter, "decode.before", "decode.after"))
    _wrap(AIOKafkaConsumer, "commit", _around(meter, "offsets.before", "offsets.after"))


def _arm_relay(meter: Meter) -> None:
    _wrap(OwnTopic, "send", _around(meter, "send.before", "ack.all"))
    _wrap(OwnTopic, "_send", _gathering(meter))
    _wrap(AIOKafkaProducer, "send_batch", _around(meter, after="send.after"))


def _arm_process(meter: Meter) -> None:
    _wrap(shared.service.http, "_answer", _around(meter, after="reply.before"))
    _wrap(MongoStore, "prepare", _around(meter, before="prepare.before"))
    _wrap(MongoStore, "_end_own_transactions", _around(meter, "reaper.before", "reaper.after"))
    _wrap(shared.service.runtime, "refuse_lost_past", _around(meter, after="past.after"))
    _wrap(KafkaLog, "start", _around(meter, "log.before", "log.after"))
    _wrap(KafkaLog, "stop_polling", _around(meter, "polling.before", "polling.after"))
    _wrap(OwnTopic, "stop", _around(meter, before="flush.after"))


Wrapper = Callable[[Callable[..., Any]], Callable[..., Any]]


def _wrap(owner: Any, name: str, wrapper: Wrapper) -> None:
    setattr(owner, name, wrapper(getattr(owner, name)))


def _scoped(part: str) -> Wrapper:
    def wrap(run: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
        @wraps(run)
        async def scoped(*args: Any, **named: Any) -> Any:
            token = _part.set(part)
            try:
                return await run(*args, **named)
            finally:
                _part.reset(token)

        return scoped

    return wrap


def _around(meter: Meter, before: str = "", after: str = "") -> Wrapper:
    def wrap(run: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(run)
        async def awaited(*args: Any, **named: Any) -> Any:
            if before:
                await meter.pass_by(before)
            result = await run(*args, **named)
            if after:
                await meter.pass_by(after)
            return result

        @wraps(run)
        def called(*args: Any, **named: Any) -> Any:
            if before:
                meter.reach(before)
            result = run(*args, **named)
            if after:
                meter.reach(after)
            return result

        return awaited if inspect.iscoroutinefunction(run) else called

    return wrap


def _writing(meter: Meter) -> Wrapper:
    def wrap(run: Callable[..., Awaitable[None]]) -> Callable[..., Any]:
        async def write(self: MongoSession, collection: str, writes: Sequence[Any]) -> None:
            await run(self, collection, writes)
            if writes:
                name = collection if collection in COLLECTIONS else "state"
                await meter.pass_by(f"write.{name}")

        return write

    return wrap


def _committing(meter: Meter) -> Wrapper:
    def wrap(run: Callable[..., Awaitable[None]]) -> Callable[..., Any]:
        async def commit(session: Any) -> None:
            await meter.pass_by("commit.before")
            sent = asyncio.ensure_future(run(session))
            if meter.blow is not None and meter.blow.point.endswith("commit.sent"):
                await asyncio.sleep(REPLY_SECONDS)
            await meter.pass_by("commit.sent")
            await sent
            await meter.pass_by("commit.after")

        return commit

    return wrap


def _gathering(meter: Meter) -> Wrapper:
    """Notices the first acknowledgement of several, while others are still on their way."""

    def wrap(run: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
        async def send(self: OwnTopic, producer: Any, rows: Any) -> Any:
            return await run(self, _Watched(producer, meter), rows)

        return send

    return wrap


class _Watched:
    """A producer whose acknowledgements are seen one by one."""

    def __init__(self, producer: AIOKafkaProducer, meter: Meter) -> None:
        self._producer = producer
        self._meter = meter
        self._on_their_way: set[asyncio.Future[Any]] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._producer, name)

    async def send_batch(self, *args: Any, **named: Any) -> "asyncio.Future[Any]":
        future: asyncio.Future[Any] = await self._producer.send_batch(*args, **named)
        self._on_their_way.add(future)
        future.add_done_callback(self._landed)
        return future

    def _landed(self, future: "asyncio.Future[Any]") -> None:
        self._on_their_way.discard(future)
        if self._on_their_way:
            self._meter.reach("ack.first")
