"""Ten minutes' outage, scaled down: seconds, with fewer people. `make outage` plays the whole."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from ops.stack import Stack, running_stack
from proofs.invariants import Finding, Verdict
from proofs.outage.command import WARMING_UP, Outage, check, play

SECONDS, PER_SECOND = 10, 20
APPLIED = SECONDS * PER_SECOND
LOOKED_AT = [Verdict(n, {"events": 1}, ()) for n in
             ("told", "once", "order", "committed", "drained", "memory")]  # fmt: skip
SOUND = Outage(APPLIED, APPLIED, APPLIED + WARMING_UP, verdicts=LOOKED_AT)


@pytest.fixture
async def own_stack() -> AsyncIterator[Stack]:
    """Its broker dies: nobody else may use it."""
    async with running_stack(lambda _: None, provisioned=False) as stack:
        yield stack


def unmet(found: Outage) -> list[str]:
    return [one.name for one in check(found, APPLIED) if not one.is_met]


async def test_in_an_outage_only_a_planted_hoarder_grows_and_all_is_told(
    own_stack: Stack, tmp_path: Path
) -> None:
    """Two instances of intake have the same to do, and nobody to tell. One hoards: it is named,
    and nothing else is.
    """
    found = await play(own_stack, tmp_path, SECONDS, PER_SECOND, plant="hoard")
    broken = [one for one in check(found, APPLIED) if not one.is_met]
    (verdict,) = [v for v in found.verdicts if v.invariant == "memory"]

    assert [one.name for one in broken] == ["memory"], broken
    assert [finding.culprit for finding in verdict.findings] == ["intake-2"]


def test_what_is_not_as_it_must_be_is_named() -> None:
    grown = Verdict("memory", {"samples": 9}, (Finding("memory", "intake", "grew"),))

    assert unmet(SOUND) == []
    assert unmet(replace(SOUND, heard=True)) == ["the broker was away"]
    assert unmet(replace(SOUND, accepted=APPLIED - 1)) == ["people were answered"]
    assert unmet(replace(SOUND, unsent=0)) == ["what could not be told was kept"]
    assert unmet(replace(SOUND, told=APPLIED)) == ["all was told"]
    assert unmet(replace(SOUND, verdicts=LOOKED_AT[:-1])) == ["what had to be looked at was"]
    assert unmet(replace(SOUND, verdicts=[*LOOKED_AT[:-1], grown])) == ["memory"]
