"""Taking records: in parts where a store is slow, and counted by what became of each."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from shared.bus import Handles
from shared.events.intake import ApplicationSubmitted
from shared.metrics import table
from shared.metrics.table import OUTCOMES
from shared.mongo import Overdue, Put, Session, Work
from shared.testing import Bench, MemoryStore
from tests.shared import toy
from tests.shared.toy import TALLIES, accepted, submitted

T = TypeVar("T")


class Slow(MemoryStore):
    """Lets no transaction live that writes more than so many inbox rows."""

    async def transact(
        self, run: Callable[[Session], Awaitable[T]], patience_seconds: float = float("inf")
    ) -> T:
        async def within_limit(session: Session) -> T:
            result = await run(session)
            rows = [w for name, w in session.writes if name == "inbox"]  # type: ignore[attr-defined]
            if len(rows) > 3:
                raise Overdue
            return result

        return await super().transact(within_limit, patience_seconds)


async def test_a_batch_that_outlives_its_transaction_is_halved_and_nothing_is_parked() -> None:
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, Slow())
    await bench.day("2022-03-03")
    people = [f"per_{n}" for n in range(10)]
    await bench.given(*(submitted(p) for p in people))

    assert [(await bench.state(TALLIES, p)).total for p in people] == [1] * 10
    assert bench.parked == []


def outcomes(bench: Bench) -> dict[str, float]:
    """What the metrics say of the records that were taken, less what is 0."""
    found = {o: bench.metrics.value(table.EVENTS, outcome=o) or 0 for o in OUTCOMES}
    return {outcome: count for outcome, count in found.items() if count}


async def test_every_record_is_counted_by_what_became_of_it(
    bench_on: Callable[..., Bench],
) -> None:
    bench = bench_on("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    await bench.day("2022-03-03")

    assert outcomes(bench) == {"taken": 1}  # the day itself

    first = bench.record(submitted("per_a"))
    await bench.take([first, first])
    await bench.take([first])

    assert outcomes(bench) == {"taken": 2, "duplicate": 2}

    missing, late = bench.record(submitted("per_a")), bench.record(submitted("per_a"))
    garbage = replace(late, key=b"\xff", headers=())
    waiting = accepted("per_a", "coh_9")
    await bench.take(
        [late, garbage, bench.record(waiting.model_copy(update={"person_id": "per_p"}))]
    )

    assert outcomes(bench) == {
        "taken": 2, "duplicate": 2, "behind": 1, "failed": 1, "waits": 1,
    }  # fmt: skip

    await bench.take([missing])

    assert outcomes(bench)["taken"] == 3
    assert bench.metrics.value(table.RELEASED, outcome="taken") == 1
    assert bench.metrics.value(table.BATCH_RECORDS, "_count") == 5
    assert bench.metrics.value(table.BATCH_RECORDS, "_sum") == 8


async def test_what_no_handler_takes_and_what_a_rule_refuses_are_counted_apart() -> None:
    async def refuse(_: ApplicationSubmitted, __: Work) -> None:
        raise toy.TooMany("one is enough")

    bench = Bench("payroll", toy.KINDS, (Handles(ApplicationSubmitted, refuse),), ())
    await bench.day("2022-03-03")
    await bench.given(submitted("per_a"), accepted("per_a"))

    assert outcomes(bench) == {"taken": 1, "rejected": 1, "passed_over": 1}
    assert bench.parked == []


async def test_what_a_transaction_tried_and_did_not_store_is_not_counted() -> None:
    """Halved, its records are counted once: by the part that was stored."""
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS, Slow())
    await bench.day("2022-03-03")
    await bench.given(*(submitted(f"per_{n}") for n in range(10)))

    assert outcomes(bench) == {"taken": 11}
    assert bench.metrics.value(table.BATCH_RECORDS, "_sum") == 11


async def test_a_transaction_that_another_one_passed_is_counted_as_a_retry() -> None:
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    await bench.day("2022-03-03")
    await bench.given(submitted("per_a"))
    before = bench.metrics.value(table.TRANSACTION_SECONDS, "_count") or 0
    tries = 0

    async def touch(session: Session) -> None:
        nonlocal tries
        tries += 1
        document = (await session.get("tallies", ["per_a"]))["per_a"]
        await session.write("tallies", [Put(document)])
        if tries == 1:
            await bench.store.transact(touch)

    await bench.store.transact(touch)

    assert bench.metrics.value(table.TRANSACTION_RETRIES, cause="conflict") == 1
    assert bench.metrics.value(table.TRANSACTION_SECONDS, "_count") == before + 2
