"""What only the real store can show: orphans are ended, races are run again, refusals are final."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from pymongo.errors import DuplicateKeyError, OperationFailure

from ops.stack import Stack
from shared.bus import days
from shared.bus.census import take_census
from shared.metrics import table
from shared.mongo import Calendar, Conflict, Delete, Overdue, Put, Refused, Session, Unavailable
from shared.mongo.driver import MongoStore
from tests.shared import toy

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


async def test_a_namesake_on_another_database_is_left_alone(
    stack: Stack, store: MongoStore
) -> None:
    """Two stacks on one MongoDB have instances of one name: neither is the other's dead self."""
    name = store._database.name
    namesake = MongoStore(stack.mongo, f"{name}_b", f"{name}-1")
    session = await store._client.start_session()
    session.start_transaction()
    await store._database["vault"].insert_one({"_id": "per_a"}, session=session)

    await namesake.prepare([])
    await session.commit_transaction()

    assert await store.read(lambda s: s.get("vault", ["per_a"])) == {"per_a": {"_id": "per_a"}}
    await session.end_session()
    await namesake._client.drop_database(f"{name}_b")
    await namesake.close()


async def test_a_transaction_that_somebody_kills_is_run_again(store: MongoStore) -> None:
    """An operator's killSessions is no fault of the data, nor of the engine."""
    runs = 0

    async def write(session: Session) -> None:
        nonlocal runs
        runs += 1
        await session.get("vault", ["per_a"])
        if runs == 1:
            lsid = session._session.session_id  # type: ignore[attr-defined]
            await store._client.admin.command("killSessions", [{"id": lsid["id"]}])
        await session.write("vault", [Put({"_id": "per_a"})])

    await store.transact(write)

    assert runs == 2
    assert await store.read(lambda s: s.get("vault", ["per_a"])) == {"per_a": {"_id": "per_a"}}


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


async def test_the_sweep_reads_what_is_due_and_not_everything(store: MongoStore) -> None:
    """It looks four times a second at every kind: an index that is not used is a full scan each."""
    await store.prepare(toy.KINDS)
    asked: list[Any] = []

    class Ears:
        async def find(self, collection: str, query: Any, **_: Any) -> list[Any]:
            asked.append({"find": collection, "filter": query, "sort": {"due_on": 1, "_id": 1}})
            return []

    await days._due(Ears(), toy.SWEEPS[0], date(2022, 3, 3), 500)  # type: ignore[arg-type]
    plan = await store._database.command("explain", asked[0], verbosity="queryPlanner")

    assert "IXSCAN" in str(plan["queryPlanner"]["winningPlan"])
    assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])


async def test_what_the_metrics_count_is_found_by_an_index(store: MongoStore) -> None:
    """They ask every few seconds, of collections that only grow."""
    await store.prepare(toy.KINDS)
    asked: list[tuple[str, Any]] = []

    class Ears:
        async def count(self, collection: str, query: Any, **_: Any) -> int:
            asked.append((collection, query))
            return 0

        async def find(self, *_: Any, **__: Any) -> list[Any]:
            return []

        async def get(self, *_: Any) -> dict[str, Any]:
            return {"calendar": Calendar(date(2022, 3, 3)).put().document}

    await take_census(Ears(), toy.SWEEPS)  # type: ignore[arg-type]
    for collection, query in asked:
        if query:
            command = {"find": collection, "filter": query}
            plan = await store._database.command("explain", command, verbosity="queryPlanner")
            assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"]), (collection, query)
    assert {name for name, query in asked if query} == {"parked", "tallies"}


async def test_a_transaction_and_what_it_had_to_do_again_are_counted(store: MongoStore) -> None:
    metrics = store._metrics

    async def count_up(session: Session) -> None:
        found = (await session.get("vault", ["n"])).get("n", {"n": 0})
        await session.write("vault", [Put({"_id": "n", "n": found["n"] + 1})])

    await asyncio.gather(*(store.transact(count_up) for _ in range(12)))
    again = [
        metrics.value(table.TRANSACTION_RETRIES, cause=cause) or 0
        for cause in ("conflict", "transient", "away")
    ]

    assert metrics.value(table.TRANSACTION_SECONDS, "_count") == 12
    assert sum(again) > 0


async def test_a_caller_waits_for_a_store_that_is_away_no_longer_than_it_can() -> None:
    """The driver's own retries go on for two minutes: a client would have hung up long before."""
    away = MongoStore("mongodb://127.0.0.1:1/?replicaSet=rs0&directConnection=true", "x", "x-1")

    async def look(session: Session) -> None:
        await session.get("vault", ["per_a"])

    began = time.monotonic()
    with pytest.raises(Unavailable):
        await away.transact(look, 0.1)
    assert time.monotonic() - began < 10
    await away.close()


async def test_what_is_read_together_was_there_together(store: MongoStore) -> None:
    """A day entered or a total told of two moments would be of a state that never was."""

    async def write(session: Session, n: int) -> None:
        await session.write("vault", [Put({"_id": "a", "n": n}), Put({"_id": "b", "n": n})])

    async def look(session: Session) -> tuple[int, int]:
        first = (await session.get("vault", ["a"]))["a"]["n"]
        await store.transact(lambda s: write(s, 2))
        return first, (await session.get("vault", ["b"]))["b"]["n"]

    await store.transact(lambda s: write(s, 1))

    assert await store.read(look) == (1, 1)


async def test_a_transaction_that_took_too_long_is_overdue_and_not_tried_again_whole(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tried again as it is, it would take as long again, for ever."""
    monkeypatch.setattr("shared.mongo.driver.TRANSACTION_SECONDS_MAX", 0.0)
    runs = 0

    async def be_thrown_away(session: Session) -> None:
        nonlocal runs
        runs += 1
        await session.get("vault", ["a"])
        if runs == 1:
            raise OperationFailure("aborted", 251, {"errorLabels": ["TransientTransactionError"]})

    with pytest.raises(Overdue):
        await store.transact(be_thrown_away)
    assert runs == 1


@pytest.mark.parametrize("lost", [Conflict("vault"), DuplicateKeyError("x")])
async def test_who_loses_a_race_runs_again(store: MongoStore, lost: Exception) -> None:
    runs = 0

    async def write(session: Session) -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise lost
        await session.write("vault", [Put({"_id": "a"})])

    await store.transact(write)

    assert runs == 2


async def test_a_new_document_is_made_by_one_of_those_who_race_for_it(store: MongoStore) -> None:
    """The other runs again and sees it: it must not be told that the data is refused."""
    made: list[str] = []

    async def make(session: Session, name: str) -> None:
        if not await session.get("vault", ["new"]):
            await session.write("vault", [Put({"_id": "new", "version": 1, "by": name}, 0)])
            made.append(name)

    async def slowly(session: Session) -> None:
        seen = await session.get("vault", ["new"])
        if not made:
            await store.transact(lambda s: make(s, "faster"))
        if not seen:
            await session.write("vault", [Put({"_id": "new", "version": 1, "by": "me"}, 0)])

    await store.transact(slowly)

    assert (await store.read(lambda s: s.get("vault", ["new"])))["new"]["by"] == "faster"
