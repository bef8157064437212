from datetime import date, timedelta

import pytest

from ops.city import SERVICES
from proofs.chaos.nemesis import FAILURES
from proofs.chaos.troubles import KINDS, Struck, Trouble, check_troubles, draw

FIRST = date(2022, 3, 3)
BUSY = [FIRST + timedelta(days=7 * n) for n in range(12)]


def struck(kind: str, count: int = 1) -> Struck:
    return Struck(Trouble(kind, FIRST, "payroll", 1), count, 1.0)


@pytest.mark.parametrize("seed", range(20))
def test_every_kind_of_trouble_is_dealt_once_before_all_has_to_heal(seed: int) -> None:
    dealt = draw(seed, BUSY, quiet_from=BUSY[9])
    troubles = [trouble for day in dealt.values() for trouble in day]

    assert sorted(t.kind for t in troubles) == sorted(KINDS)
    assert max(dealt) < BUSY[9]
    assert all(day in BUSY and t.day == day for day, found in dealt.items() for t in found)
    assert {t.service for t in troubles} <= {*SERVICES}
    assert {t.number for t in troubles} <= {1, 2}


def test_a_seed_draws_the_same_again_and_another_draws_other() -> None:
    assert draw(7, BUSY, quiet_from=BUSY[9]) == draw(7, BUSY, quiet_from=BUSY[9])
    assert draw(7, BUSY, quiet_from=BUSY[9]) != draw(8, BUSY, quiet_from=BUSY[9])


def test_a_trouble_that_nobody_felt_is_named() -> None:
    every = [struck(kind) for kind in KINDS]
    (met,) = check_troubles(every)
    (spared,) = check_troubles([*every[1:], struck("broker", 0)])

    assert met.is_met
    assert not spared.is_met
    assert "broker" in spared.says


def test_what_mongodb_is_told_to_fail_are_troubles() -> None:
    assert FAILURES.keys() <= KINDS.keys()
    assert all(failure["times"] > 0 for failure in FAILURES.values())
