"""What every test may ask for.

`stack` is one Kafka and one MongoDB for the whole session, started when the first test asks; where
`make test` plays on two workers, each has a session and so a stack (tests/workers.py).
`prefix` is a module's own corner of it: topics with that prefix, and the tail for its databases
(`ops.processes.service_environment(stack, name, prefix=prefix)` does both).
"""

import asyncio
import os
import secrets
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from motor.motor_asyncio import AsyncIOMotorClient

from ops.provision import provision, withdraw
from ops.stack import Stack, running_stack
from shared.bus import Handles, Sweeps
from shared.mongo import Aggregate
from shared.mongo.driver import MongoStore
from shared.testing import Bench
from tests.small_cohort import small_cohort
from tests.workers import (
    one_at_a_time,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_runtest_setup,
    pytest_xdist_auto_num_workers,
    pytest_xdist_make_scheduler,
)

__all__ = [
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_runtest_setup",
    "pytest_xdist_auto_num_workers",
    "pytest_xdist_make_scheduler",
    "small_cohort",  # a fixture, found by who asks for it
]

settings.register_profile(
    "womanup",
    deadline=None,  # two shared cores: slow is not wrong
    max_examples=60,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("womanup")

START_SECONDS = 280  # under pytest's own limit, so that a first download says what it was doing
STOP_SECONDS = 90

Result = TypeVar("Result")


class StackThread:
    """Runs the stack in a thread with a loop of its own, for sync and async tests alike.

    The stack's processes die with the thread that started them, so it lives for the session.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._stack: Future[Stack] = Future()
        self._thread = threading.Thread(target=self._run, name="stack", daemon=True)

    def start(self) -> None:
        self._thread.start()
        try:
            self._stack.result(START_SECONDS)
        except BaseException:  # Ctrl-C as well: nothing may stay behind
            self.stop()
            raise

    def stop(self) -> None:
        if self._loop is not None and self._task is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(STOP_SECONDS)

    @property
    def stack(self) -> Stack:
        return self._stack.result()

    def call(self, work: Coroutine[Any, Any, Result]) -> Result:
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except asyncio.CancelledError:
            pass  # the session is over
        except BaseException as error:
            if self._stack.done():
                raise
            self._stack.set_exception(error)

    async def _serve(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        async with running_stack(provisioned=False) as stack:
            self._stack.set_result(stack)
            await asyncio.Event().wait()


@pytest.fixture(scope="session")
def stack_thread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackThread]:
    thread = StackThread()
    with one_at_a_time(tmp_path_factory.getbasetemp().parent):
        thread.start()
    try:
        yield thread
    finally:
        thread.stop()


@pytest.fixture(scope="session")
def stack(stack_thread: StackThread) -> Stack:
    return stack_thread.stack


@pytest.fixture(scope="module")
def prefix(stack_thread: StackThread) -> Iterator[str]:
    """Such as "t3fa9c1.", with the programme's topics made under it, and unmade at the end."""
    prefix = f"t{secrets.token_hex(3)}."
    stack_thread.call(provision(stack_thread.stack, prefix=prefix))
    yield prefix
    stack_thread.call(withdraw(stack_thread.stack, prefix=prefix))


MakeBench = Callable[[str, Sequence[Aggregate[Any]], Sequence[Handles], Sequence[Sweeps]], Bench]


@pytest.fixture(params=["memory", "mongo"])
async def bench_on(request: pytest.FixtureRequest) -> AsyncIterator[MakeBench]:
    """Makes benches: the same test runs on the twin in memory and on real MongoDB.

    Databases are kept and emptied, not dropped: making collections is what takes time.
    """
    clients: list[AsyncIOMotorClient[Any]] = []
    stores: list[MongoStore] = []
    databases: list[str] = []

    def make(
        service: str,
        kinds: Sequence[Aggregate[Any]],
        handlers: Sequence[Handles],
        sweeps: Sequence[Sweeps],
    ) -> Bench:
        if request.param == "memory":
            return Bench(service, kinds, handlers, sweeps)
        stack: Stack = request.getfixturevalue("stack")
        databases.append(f"bench_{service}_{len(databases)}")
        clients.append(AsyncIOMotorClient(stack.mongo))
        stores.append(MongoStore(stack.mongo, databases[-1], f"{service}-bench"))
        return Bench(service, kinds, handlers, sweeps, stores[-1])

    yield make
    for client, store, database in zip(clients, stores, databases, strict=True):
        names = await client[database].list_collection_names()
        await asyncio.gather(*(client[database][name].delete_many({}) for name in names))
        client.close()
        await store.close()
