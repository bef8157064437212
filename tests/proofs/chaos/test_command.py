from dataclasses import dataclass, field
from typing import Any, cast

from ops.demo.checks import Check
from proofs.chaos.command import LOOKED_AT, POISON_SEEN, check_invariants, check_poison
from proofs.invariants import Finding, Verdict


@dataclass
class Outcome:
    checks: list[Check] = field(default_factory=list)


def outcome(*unmet: str) -> Any:
    names = {"audit", *POISON_SEEN, *unmet}
    return cast("Any", Outcome([Check(name, name not in unmet, "") for name in sorted(names)]))


def test_poison_that_everybody_noticed_is_all_that_may_be_unmet() -> None:
    assert all(check.is_met for check in check_poison(outcome(*POISON_SEEN)))


def test_a_reader_that_swallowed_the_poison_is_named() -> None:
    noticed, play = check_poison(outcome(*(POISON_SEEN - {"payroll: parked"})))

    assert not noticed.is_met
    assert "payroll: parked" in noticed.says
    assert play.is_met


def test_another_check_that_is_not_met_is_named() -> None:
    noticed, play = check_poison(outcome(*POISON_SEEN, "audit"))

    assert noticed.is_met
    assert not play.is_met
    assert "audit" in play.says


def verdicts(*broken: Finding, but: str = "") -> list[Verdict]:
    found = [Verdict(n, {"things": int(n != but)}, ()) for n in sorted(LOOKED_AT)]
    return [*found, Verdict("parked", {"streams": 1}, broken)]


def test_a_broken_invariant_is_named() -> None:
    broken, _ = check_invariants(verdicts(Finding("parked", "per_a", "ran past it")))

    assert all(check.is_met for check in check_invariants(verdicts()))
    assert not broken.is_met
    assert "per_a" in broken.says


def test_what_nobody_looked_at_is_named() -> None:
    _, blind = check_invariants(verdicts(but="won"))
    _, all_blind = check_invariants([])

    assert (blind.is_met, all_blind.is_met) == (False, False)
    assert "won" in blind.says
