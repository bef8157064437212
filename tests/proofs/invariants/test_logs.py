"""Lines as Python and the libraries write them, in our logs' form: what is wrong is found."""

import json
import logging
from dataclasses import replace
from io import StringIO

import pytest

from proofs.invariants import Finding, check
from shared.logs import configure_logs
from tests.proofs.invariants.made import whole

TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1\nKafkaError: away'
REJOIN = "OffsetCommit failed for group t.payroll due to group error ([Error 22] x), will rejoin"


def findings_in(*lines: str | dict[str, str]) -> list[Finding]:
    written = tuple(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return check(replace(whole(), logs={"payroll.log": written}))


def says(event: str, **more: str) -> dict[str, str]:
    return {"event": event, "level": "error", **more}


@pytest.mark.parametrize(
    "event",
    [
        "OffsetCommit failed before join, ignoring: [Error 25] UnknownMemberIdError",
        "Failed to commit on finallization: [Error 25] UnknownMemberIdError",
        "Auto offset commit failed: [Error 15] GroupCoordinatorNotAvailableError",
        "Task exception was never retrieved",
        "Future exception was never retrieved",
        "Task was destroyed but it is pending!",
        "Unclosed AIOKafkaConsumer\nconsumer: <x>",
    ],
)
def test_what_is_swallowed_or_forgotten_is_named(event: str) -> None:
    found = findings_in(says("service_started"), says(event))

    assert [(f.invariant, f.culprit) for f in found] == [("logs", "payroll.log:2")]


def test_a_coroutine_that_nobody_awaits_is_named_as_python_writes_it() -> None:
    line = "a.py:3: RuntimeWarning: coroutine 'Relay.step' was never awaited"

    assert findings_in(line) == [Finding("logs", "payroll.log:1", "says 'was never awaited'")]


@pytest.mark.parametrize("event", ["engine_fault", "request_failed"])
def test_a_fault_in_our_own_words_is_named(event: str) -> None:
    assert findings_in(says(event, fingerprint="KeyError:f:1")) == [
        Finding("logs", "payroll.log:1", f"says {event!r}")
    ]


@pytest.mark.parametrize(
    "failed",
    [
        REJOIN,
        "OffsetCommit failed for unauthorized topics {'womanup.intake.v1'}",
        "OffsetCommit failed for group payroll - GroupAuthorizationFailedError",
    ],
)
def test_a_commit_that_failed_needs_an_answer(failed: str) -> None:
    unanswered = Finding("logs", "payroll.log:1", "says that a commit failed, and nobody answered")

    assert findings_in(says(failed), says("service_stopped")) == [unanswered]
    assert findings_in(says(failed), says("offsets_left_to_the_next_member")) == []
    assert findings_in(says(failed), says("log_away")) == []
    assert len(findings_in(says("log_away"), says(failed))) == 1


def test_a_commit_that_aiokafka_tries_again_by_itself_needs_none() -> None:
    text = "OffsetCommit failed for group payroll because group is initializing (X), will retry"

    assert findings_in(says(text)) == []


@pytest.mark.parametrize(
    "line", [says(TRACEBACK), says("Unexpected error in fetcher routine", exception=TRACEBACK)]
)
def test_a_traceback_that_nobody_answers_is_named(line: dict[str, str]) -> None:
    assert findings_in(line, says("service_started")) == [
        Finding("logs", "payroll.log:1", "has a traceback that nobody answered: KafkaError: away")
    ]


def test_a_bare_traceback_is_named() -> None:
    assert [f.culprit for f in findings_in(*TRACEBACK.splitlines())] == ["payroll.log:1"]


def test_a_start_that_failed_is_answered_by_one_that_came_up() -> None:
    ended = says("Application startup failed. Exiting.")

    assert findings_in(says(TRACEBACK), ended, says("service_started")) == []
    assert len(findings_in(says(TRACEBACK), ended)) == 1


def test_our_logs_write_what_is_looked_for() -> None:
    """The form of a line is `shared.logs`'s own: were it another, nothing would be found."""
    root, stream = logging.getLogger(), StringIO()
    handlers, level = root.handlers, root.level
    try:
        configure_logs("payroll", "payroll-1", stream)
        logging.getLogger("aiokafka.consumer.group_coordinator").error(REJOIN)
        try:
            int("lost")
        except ValueError:
            logging.getLogger("asyncio").exception("Task exception was never retrieved")
            logging.getLogger("aiokafka").exception("Unexpected error in coordinator routine")
    finally:
        root.handlers, root.level = handlers, level

    found = findings_in(*stream.getvalue().splitlines())

    assert [finding.culprit for finding in found] == [f"payroll.log:{n}" for n in (1, 2, 3)]
