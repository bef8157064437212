"""What must be true of what a rig saw from outside: replies, recoveries, memory, folds."""

from itertools import groupby

from proofs.invariants.evidence import Evidence, Reply
from proofs.invariants.verdict import Look

RECOVERY_SECONDS_MAX = 5  # after any single crash (design.md §4), on a quiet machine
# In an outage a service holds at most one batch and two thousand rows of its outbox, each well
# under 20 kB; the rest is what an interpreter takes and does not give back.
GROWTH_BYTES_MAX = 64 * 2**20


def replies(evidence: Evidence, look: Look) -> None:
    """The same Idempotency-Key: the same bytes each time, and they are what the store has kept.

    A refusal is an outcome and nothing is kept of it: what it rests on may change. After a success
    no other answer may come.
    """
    by_key: dict[tuple[str, str], list[Reply]] = {}
    for reply in evidence.replies:
        look.saw("replies")
        by_key.setdefault((reply.service, reply.key), []).append(reply)
    for (service, key), answers in by_key.items():
        first = next((n for n, reply in enumerate(answers) if reply.is_success), None)
        if first is None:
            continue
        look.saw("keys")
        success = answers[first]
        for reply in answers[first + 1 :]:
            if (reply.status, reply.body) != (success.status, success.body):
                says = f"was answered {success.status}, then {reply.status} with other bytes"
                look.found(f"{service} {key}", says)
        _compare_kept(evidence, success, look)


def _compare_kept(evidence: Evidence, reply: Reply, look: Look) -> None:
    if reply.service not in evidence.stores:
        return
    rows = evidence.stores[reply.service].idempotency
    kept = [row["reply"] for row in rows if row["_id"] == reply.kept_as]
    if kept != [reply.body.decode()]:
        found = "another reply" if kept else "no reply"
        look.found(f"{reply.service} {reply.key}", f"was answered, and {found} is kept")


def recovery(evidence: Evidence, look: Look) -> None:
    """A process is ready again within the bound after it died."""
    bound = RECOVERY_SECONDS_MAX * evidence.recovery_ratio
    for one in evidence.recoveries:
        look.saw("recoveries")
        if one.seconds > bound:
            took = f"took {one.seconds:.2f} s to recover, more than {float(bound):.2f}"
            look.found(one.process, took)


def memory(evidence: Evidence, look: Look) -> None:
    """What a process holds stays near what it held in its first sample."""
    samples = sorted(evidence.samples, key=lambda sample: sample.process)  # stable: in their order
    for process, group in groupby(samples, key=lambda sample: sample.process):
        first, *later = (sample.resident_bytes for sample in group)
        look.saw("samples", 1 + len(later))
        growth = max(later, default=first) - first
        if growth > GROWTH_BYTES_MAX:
            look.found(process, f"grew by {growth:,} bytes, more than {GROWTH_BYTES_MAX:,}")


def folds(evidence: Evidence, look: Look) -> None:
    """Each state is the fold of its journal: what GET /verify says."""
    for service, answer in evidence.verified.items():
        look.saw("aggregates", answer["checked"])
        for found in answer["differences"]:
            look.found(f"{service} {found['kind']}/{found['key']}", found["problem"])
