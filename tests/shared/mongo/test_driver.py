"""What only the real store can show: orphans are ended, races are run again, refusals are final."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator

import pytest

from ops.stack import Stack
from shared.mongo import Delete, Put, Refused, Session
from shared.mongo.driver import MongoStore

pytestmark = pytest.mark.system


@pytest.fixture
async def store(stack: Stack) -> AsyncIterator[MongoStore]:
    name = f"driver_{secrets.token_hex(4)}"
    store = MongoStore(stack.mongo, name, f"{name}-1")
    await store.prepare([])
    yield store
    await store._client.drop_database(name)
    await store.close()


async def test_a_dead_instance_s_transaction_is_ended_at_the_next_start(store: MongoStore) -> None:
    """Else it would block its documents until MongoDB's own time-out, 10 s and more."""
    session = await store._client.start_session()
    session.start_transaction()
    await store._database["vault"].insert_one({"_id": "per_a"}, session=session)

    began = time.monotonic()
    await store.prepare([])

    async def write(session: Session) -> None:
        await session.write("vault", [Put({"_id": "per_a", "mine": True})])

    await store.transact(write)
    assert time.monotonic() - began < 8
    await session.end_session()


async def test_concurrent_transactions_on_one_document_all_happen(store: MongoStore) -> None:
    async def count_up(session: Session) -> None:
        found = (await session.get("vault", ["n"])).get("n", {"n": 0})
        await session.write("vault", [Put({"_id": "n", "n": found["n"] + 1})])

    await asyncio.gather(*(store.transact(count_up) for _ in range(12)))

    found = await store.read(lambda session: session.get("vault", ["n"]))
    assert found["n"]["n"] == 12


async def test_what_can_never_be_stored_is_refused_without_its_values(store: MongoStore) -> None:
    async def too_large(session: Session) -> None:
        await session.write("vault", [Put({"_id": "x", "blob": b"x" * 17_000_000})])

    async def no_number(session: Session) -> None:
        await session.write("vault", [Put({"_id": "x", "n": 2**80})])

    for write in (too_large, no_number):
        with pytest.raises(Refused) as refused:
            await store.transact(write)
        assert len(str(refused.value)) < 40
    assert await store.read(lambda session: session.get("vault", ["x"])) == {}


async def test_a_transaction_that_fails_leaves_nothing(store: MongoStore) -> None:
    async def fail(session: Session) -> None:
        await session.write("vault", [Put({"_id": "a"})])
        await session.write("vault", [Delete("b")])
        raise LookupError

    with pytest.raises(LookupError):
        await store.transact(fail)
    assert await store.read(lambda session: session.get("vault", ["a"])) == {}


async def test_a_lease_is_one_holder_s_until_it_runs_out(store: MongoStore) -> None:
    assert await store.hold_lease("days", "payroll-1")
    other = MongoStore.__new__(MongoStore)
    other.__dict__.update(store.__dict__, _leases={})

    assert not await other.hold_lease("days", "payroll-2")
    assert await other.hold_lease("days", "payroll-1"), "a restart under the name takes it at once"
