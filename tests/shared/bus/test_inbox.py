"""A store that is slow: a batch that never fits into one transaction is taken in parts."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.mongo import Overdue, Session
from shared.testing import Bench, MemoryStore
from tests.shared import toy
from tests.shared.toy import TALLIES, submitted

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
