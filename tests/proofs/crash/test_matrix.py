from collections import Counter
from dataclasses import replace

import pytest

from proofs.crash.arming import Blow
from proofs.crash.life import LifeError
from proofs.crash.matrix import (
    CANCEL_POINTS,
    DOUBLE_SECOND,
    PAUSE_POINTS,
    TERM_POINTS,
    Blows,
    chains,
    check_registry,
    every_hit,
    name_of,
    other_blows,
    run,
    run_chains,
)
from proofs.crash.points import PARTS, POINTS
from proofs.crash.trial import Outcome, Trial

HITS = Counter({"consumer.commit.before": 3, "relay.ack.all": 1})
CALM = Trial(Outcome({"digest": "aa", "parked": ["failed"]}, ()), HITS, 0, ())


async def unharmed(blows: Blows) -> Trial:
    return replace(CALM, struck=len(blows), recoveries=(0.5,))


def kills(*hits: str) -> list[Blows]:
    return [(Blow(point, int(hit)),) for point, _, hit in (h.partition(":") for h in hits)]


async def test_lives_that_end_alike_have_no_findings() -> None:
    rows = await run(CALM, every_hit(HITS, None), unharmed, jobs=2)

    assert [(r.name, r.passed, r.tried, r.struck, r.findings) for r in rows] == [
        ("consumer.commit.before", 3, 3, 3, []),
        ("relay.ack.all", 1, 1, 1, []),
    ]


async def test_another_outcome_names_the_point_the_hit_and_what_differs() -> None:
    async def lost(blows: Blows) -> Trial:
        outcome = Outcome({"digest": "bb", "parked": ["failed"]}, ("acc3",))
        return replace(await unharmed(blows), outcome=outcome)

    rows = await run(CALM, kills("relay.ack.all:2"), lost, jobs=1)

    assert rows[0].findings == [
        "relay.ack.all:2: digest: bb instead of aa",
        "relay.ack.all:2: another reply to acc3",
    ]


async def test_a_life_that_never_ends_is_a_finding() -> None:
    async def stuck(_: Blows) -> Trial:
        raise LifeError("payroll-1 never came to: all placed")

    rows = await run(CALM, kills("relay.ack.all:1"), stuck, jobs=1)

    assert rows[0].findings == ["relay.ack.all:1: payroll-1 never came to: all placed"]


async def test_a_slow_recovery_is_a_finding() -> None:
    async def slow(blows: Blows) -> Trial:
        return replace(await unharmed(blows), recoveries=(5.1, 0.2))

    rows = await run(CALM, kills("relay.ack.all:1"), slow, jobs=1)

    assert rows[0].findings == ["relay.ack.all:1: back after 5.1 s"]


async def test_a_hit_that_is_missed_is_tried_again_and_a_point_never_struck_is_a_finding() -> None:
    misses = iter([True, False, *[True] * 9])

    async def elusive(blows: Blows) -> Trial:
        return CALM if next(misses) else await unharmed(blows)

    plan = kills("consumer.commit.before:1", "relay.ack.all:1")
    rows = await run(CALM, plan, elusive, jobs=1)

    assert [(r.struck, r.findings) for r in rows] == [
        (1, []),
        (0, ["relay.ack.all was never struck"]),
    ]


async def test_what_a_chain_leaves_unstruck_is_tried_alone() -> None:
    tried: list[Blows] = []

    async def half(blows: Blows) -> Trial:
        tried.append(blows)
        return replace(await unharmed(blows), struck=1)

    hits = Counter({"relay.send.before": 1, "relay.send.after": 1, "relay.ack.all": 1})
    rows = await run_chains(replace(CALM, hits=hits), half, jobs=1)

    assert [len(blows) for blows in tried if blows] == [3, 1, 1]
    assert sum(row.struck for row in rows if row.passed) == 3
    assert [row.findings for row in rows if row.findings] == []


def test_chains_hold_each_point_once_in_the_order_in_which_it_is_passed() -> None:
    hits = Counter(dict.fromkeys(reversed(list(POINTS)), 2))

    found = list(chains(hits))

    assert [blow.point for chain in found for blow in chain] == [
        point for part in PARTS for point in hits if point.startswith(f"{part}.")
    ]


def test_some_hits_of_a_point_are_spread_from_its_first_to_its_last() -> None:
    def chosen(passed: int, most: int) -> list[int]:
        hits = Counter({"relay.ack.all": passed})
        return [blows[0].hit for blows in every_hit(hits, most)]

    assert chosen(3, 5) == [1, 2, 3]
    assert chosen(9, 3) == [1, 5, 9]
    assert chosen(9, 1) == [1]


def test_a_point_that_nobody_passes_and_a_boundary_without_a_name_are_findings() -> None:
    hits = Counter(dict.fromkeys(POINTS, 1))

    assert check_registry(hits) == []
    del hits["relay.ack.first"]
    hits["consumer.write.newcomer"] = 1
    assert check_registry(hits) == [
        "relay.ack.first is never passed",
        "consumer.write.newcomer has no name in the registry",
    ]


def test_the_other_blows_strike_at_points_of_the_registry() -> None:
    named = {*TERM_POINTS, *CANCEL_POINTS, *PAUSE_POINTS, *DOUBLE_SECOND}

    assert named <= POINTS.keys()
    assert {blow.point for blows in other_blows() for blow in blows} <= POINTS.keys()
    assert len({name_of(blows) for blows in other_blows()}) == len(list(other_blows()))


@pytest.mark.parametrize("part", PARTS)
def test_every_part_has_points(part: str) -> None:
    assert PARTS[part]
