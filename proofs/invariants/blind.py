"""A verdict that looked at nothing proves nothing."""

from collections.abc import Collection, Iterator, Sequence

from ops.demo.checks import Check, named
from proofs.invariants.verdict import Verdict


def check_looked_at(verdicts: Sequence[Verdict], wanted: Collection[str]) -> Iterator[Check]:
    """Each of these invariants had something to look at."""
    looked = {v.invariant for v in verdicts if any(v.looked_at.values())}
    blind = sorted({*wanted} - looked)
    says = f"{len(looked)} invariants{named(blind)}"
    yield Check("what had to be looked at was", not blind, says)
