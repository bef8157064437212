"""What no log may say, in the words of the libraries that would say it.

FastStream says nothing: it is given no logger (shared/bus/kafka.py). What it swallows is seen by
its effect, in `committed` and `drained`.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from proofs.invariants.evidence import Evidence
from proofs.invariants.verdict import Look

# Python's own, of a coroutine or a task that nobody waits for.
FORGOTTEN = (
    "was never awaited",
    "exception was never retrieved",
    "Task was destroyed but it is pending",
    "Unclosed AIOKafka",  # aiokafka's, of a client that nobody stopped
)
# aiokafka goes on after these (consumer/group_coordinator.py). All three are of automatic commits,
# which nobody here asked for.
SWALLOWED = (
    "OffsetCommit failed before join, ignoring",
    "Failed to commit on finallization",
    "Auto offset commit failed",
)
# aiokafka raises after these, so that whoever committed must answer.
RAISED = re.compile(
    r"OffsetCommit failed for (group .* \(.*\), will rejoin|unauthorized topics|group \S+ - )"
)
ANSWERS = ("offsets_left_to_the_next_member", "log_away", "engine_fault")
# Our own words for an exception that was not expected.
FAULTS = ("engine_fault", "request_failed")
TRACEBACK = "Traceback (most recent call last)"
# A service that starts while Kafka or MongoDB is away ends with a traceback; uvicorn says this
# beside it. It is answered when the next start comes up.
ENDED = "Application startup failed"
STARTED = "service_started"

Line = tuple[str, str]
"""What a line says, its traceback in it; and the event alone, where it is a line of ours."""


def logs(evidence: Evidence, look: Look) -> None:
    """Nothing forgotten, no swallowed commit error, no fault, no traceback without an answer."""
    for file, raw in evidence.logs.items():
        lines = [_read(line) for line in raw]
        look.saw("lines", len(lines))
        for number, says in _faults(lines):
            look.found(f"{file}:{number + 1}", says)


def _read(line: str) -> Line:
    try:
        found: dict[str, Any] = json.loads(line)
        event = str(found["event"])
    except (ValueError, KeyError, TypeError):
        return line, ""
    return f"{event}\n{found.get('exception', '')}", event


def _faults(lines: Sequence[Line]) -> Iterator[tuple[int, str]]:
    for number, (text, event) in enumerate(lines):
        later = [event for _, event in lines[number + 1 :]] if _is_odd(text) else []
        if said := next((words for words in (*FORGOTTEN, *SWALLOWED) if words in text), None):
            yield number, f"says {said!r}"
        elif event in FAULTS:
            yield number, f"says {event!r}"
        elif RAISED.search(text) and not set(ANSWERS) & set(later):
            yield number, "says that a commit failed, and nobody answered"
        elif TRACEBACK in text and not _is_answered(later):
            yield number, f"has a traceback that nobody answered: {text.strip().splitlines()[-1]}"


def _is_odd(text: str) -> bool:
    return TRACEBACK in text or RAISED.search(text) is not None


def _is_answered(later: Sequence[str]) -> bool:
    """It ended the process while it started, and a later start came up."""
    return bool(later) and later[0].startswith(ENDED) and STARTED in later
