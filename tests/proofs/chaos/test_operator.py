"""The flaw that is planted in a play, and the operator who lets run again what it made fail."""

import httpx
import pytest
from fastapi import APIRouter

from proofs.chaos.flawed import fail_first_tries
from proofs.chaos.operator import ROUNDS_MAX, Operator, check_operator
from shared.bus import Inbox
from shared.mongo import Put
from shared.testing import Bench
from tests.shared import toy
from tests.shared.toy import TALLIES, submitted

SERVICES = {"payroll": "http://service"}


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Every event fails at its first try, in the city that the operator's tools ask."""
    monkeypatch.setattr(Inbox, "__init__", Inbox.__init__)  # so that the flaw ends with the test
    fail_first_tries(one_in=1)
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    for name in ("proofs.chaos.operator.client", "ops.parked.client"):
        monkeypatch.setattr(name, lambda: bench.app(APIRouter()))
    return bench


class Clock:
    """At rest when the bench is."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def wait_until_rest(self) -> None:
        await self._bench.settle()


async def failed(bench: Bench) -> None:
    await bench.day("2022-03-03")
    await bench.given(submitted("per_a"), submitted("per_a"), submitted("per_b"))


def unmet(operator: Operator) -> dict[str, str]:
    return {check.name: check.says for check in check_operator(operator) if not check.is_met}


async def test_what_failed_leaves_nothing_until_it_runs_again_in_order(bench: Bench) -> None:
    await failed(bench)
    kinds = {row["_id"].rpartition("/womanup/intake/")[2]: row["kind"] for row in bench.parked}

    assert kinds == {"per_a/1": "failed", "per_a/2": "behind", "per_b/1": "failed"}
    assert await bench.store.read(lambda s: s.find("tallies", {}, limit=9)) == []

    operator = Operator()
    await operator.settle(SERVICES, Clock(bench))  # type: ignore[arg-type]

    assert bench.parked == []
    assert (await bench.state(TALLIES, "per_a")).total == 2
    assert operator.released == 2  # the second of per_a is the same event, and had its first try
    assert unmet(operator) == {}


async def test_what_was_passed_by_its_own_stream_is_named(bench: Bench) -> None:
    """Planted: the inbox says that two of its stream ran, and the first is parked."""
    await failed(bench)
    row = {"_id": "/womanup/intake/per_a", "last_sequence": 2, "parked": 2}
    await bench.store.transact(lambda s: s.write("inbox", [Put(row)]))
    operator = Operator()
    await operator.look(SERVICES)

    assert "per_a/1" in unmet(operator)["nothing passed what had failed"]


def test_where_nothing_failed_nothing_is_shown() -> None:
    assert "what failed ran again" in unmet(Operator())


async def test_what_fails_for_ever_ends_the_play(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.day("2022-03-03")
    monkeypatch.setattr(toy, "faulty", {"per_c"})
    await bench.given(submitted("per_c"))
    operator = Operator()
    with pytest.raises(TimeoutError, match="fails again"):
        await operator.settle(SERVICES, Clock(bench))  # type: ignore[arg-type]

    assert operator.released == ROUNDS_MAX


async def test_who_is_away_is_asked_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await failed(bench)
    asked = 0

    def away_at_first() -> httpx.AsyncClient:
        nonlocal asked
        asked += 1
        if asked == 1:
            return httpx.AsyncClient(transport=httpx.MockTransport(die))
        return bench.app(APIRouter())

    def die(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("killed")

    monkeypatch.setattr("ops.parked.client", away_at_first)
    await Operator().settle(SERVICES, Clock(bench))  # type: ignore[arg-type]

    assert asked > 1
    assert bench.parked == []
