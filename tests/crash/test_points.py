"""Each crash point once, on real parts. All hits of each, and more: `make crash`."""

import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from ops.stack import Stack
from proofs.crash.arming import Blow
from proofs.crash.life import LifeError
from proofs.crash.matrix import Blows, check_registry, run_chains
from proofs.crash.points import POINTS
from proofs.crash.trial import Trial, attempt

pytestmark = [pytest.mark.system, pytest.mark.crash]

JOBS = 2
Live = Callable[..., Awaitable[Trial]]


@pytest.fixture
def live(stack: Stack, prefix: str, tmp_path: Path) -> Live:
    numbers = itertools.count()

    async def in_a_corner(blows: Blows, **more: Any) -> Trial:
        corner = f"{prefix.strip('.')}c{next(numbers)}"
        return await attempt(stack, f"{corner}.", tmp_path / corner, blows, **more)

    return in_a_corner


async def test_a_death_at_any_point_of_the_engine_changes_nothing(live: Live) -> None:
    calm = await live(())
    rows = await run_chains(calm, live, JOBS)

    assert check_registry(calm.hits) == []
    assert [said for row in rows for said in row.findings] == []
    assert sum(row.struck for row in rows) == len(POINTS)
    assert calm.outcome.says["verify"] == []


async def test_an_ack_before_the_effect_is_found(live: Live) -> None:
    """Harmless until it dies: then records are lost, and what rests on them never comes."""
    with pytest.raises(LifeError, match="never came to"):
        await live((Blow("consumer.commit.before"),), sabotage="ack-first", wait_seconds=8)


async def test_a_row_that_is_forgotten_before_the_log_has_it_is_found(live: Live) -> None:
    """Harmless until it dies: then an event is lost that the store has told of."""
    calm = await live(())
    killed = await live((Blow("relay.send.before"),), sabotage="delete-first")

    found, *_ = killed.outcome.differences(calm.outcome)
    assert found.startswith("told: lost ['per_0000: 1 womanup.payroll.PayrollRecordOpened.v1")
