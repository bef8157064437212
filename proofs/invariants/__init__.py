"""The invariants: what must be true of everything a stack leaves behind, whatever was done to it.

A rig does three things:

    evidence = await gather(stack, prefix, ("payroll",), addresses=…, logs=folder)
    evidence = replace(evidence, recoveries=…, samples=…, replies=tuple(recorder.replies))
    findings = check(evidence)          # empty: nothing is broken
    verdicts = judge(evidence)          # the same, with what each invariant looked at

`gather` reads real parts, at rest; `check` and `judge` are pure. What only the rig knows it puts
into the evidence itself (`dataclasses.replace`): how long recoveries took, samples of memory
(`sample_memory`), what a `Recorder` was answered, and `foreign`, the places of records that it put
on a service's topic by itself. A verdict is "met", "broken", or "not seen" where there was nothing
to look at. `python -m proofs check` does the same from outside.

Not for a store that was restored and taken over while it still has orphans: what it has told and
not yet decided again is in the log and not in its journal, as `told` will say.
"""

from proofs.invariants.checking import INVARIANTS, check, judge
from proofs.invariants.evidence import Evidence, Recovery, Reply, Sample, Store
from proofs.invariants.gather import gather
from proofs.invariants.recorder import Recorder, sample_memory
from proofs.invariants.verdict import Finding, Verdict

__all__ = [
    "INVARIANTS",
    "Evidence",
    "Finding",
    "Recorder",
    "Recovery",
    "Reply",
    "Sample",
    "Store",
    "Verdict",
    "check",
    "gather",
    "judge",
    "sample_memory",
]
