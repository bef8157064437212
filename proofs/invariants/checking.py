"""The table of invariants, and what all of them together say."""

from collections.abc import Callable, Mapping

from proofs.invariants import effect, given, log, logs, won
from proofs.invariants.evidence import Evidence
from proofs.invariants.verdict import Finding, Look, Verdict

INVARIANTS: Mapping[str, Callable[[Evidence, Look], None]] = {
    "told": log.told,
    "once": effect.once,
    "order": log.order,
    "committed": effect.committed,
    "won": won.won,
    "drained": effect.drained,
    "parked": effect.parked,
    "replies": given.replies,
    "recovery": given.recovery,
    "memory": given.memory,
    "logs": logs.logs,
    "folds": given.folds,
}


def judge(evidence: Evidence) -> list[Verdict]:
    """One verdict an invariant, in the order of the table."""
    verdicts = []
    for name, invariant in INVARIANTS.items():
        look = Look(name)
        invariant(evidence, look)
        verdicts.append(look.verdict())
    return verdicts


def check(evidence: Evidence) -> list[Finding]:
    """What is broken; empty: nothing. What was not seen is in `judge` only."""
    return [finding for verdict in judge(evidence) for finding in verdict.findings]
