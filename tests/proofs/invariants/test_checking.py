"""Nothing is found where nothing is wrong, and what was not looked at is not said to be met."""

from proofs.invariants import INVARIANTS, Evidence, check, judge
from tests.proofs.invariants.made import whole


def test_all_invariants_are_met_of_what_is_whole_and_each_has_looked_at_something() -> None:
    verdicts = judge(whole())

    assert check(whole()) == []
    assert [verdict.invariant for verdict in verdicts] == list(INVARIANTS)
    assert {verdict.invariant: verdict.says for verdict in verdicts} == dict.fromkeys(
        INVARIANTS, "met"
    )


def test_without_evidence_no_invariant_is_met() -> None:
    assert {verdict.says for verdict in judge(Evidence())} == {"not seen"}
