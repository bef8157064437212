"""What `python -m proofs check` prints of its verdicts."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner, Result

from ops.stack import Stack
from ops.topics import TopicsError
from proofs.__main__ import build
from proofs.invariants import Evidence, judge
from proofs.invariants.command import report
from tests.proofs.invariants.made import whole


def test_each_invariant_has_a_line_with_what_it_looked_at() -> None:
    lines = report(judge(whole()))

    assert len(lines) == 12
    assert lines[0] == "told      met       5 events, 1 streams"
    assert lines[4] == "won       met       1 payslips, 1 orders, 2,251,139 won paid, 2 entries"


def test_what_was_not_looked_at_is_not_seen() -> None:
    assert report(judge(Evidence()))[0] == "told      not seen"


def test_a_finding_stands_below_its_invariant() -> None:
    evidence = replace(whole(), logs={"payroll.log": ('{"event": "engine_fault"}',)})
    lines = report(judge(evidence))

    assert lines[10:12] == ["logs      broken    1 lines", "  payroll.log:1 says 'engine_fault'"]


@pytest.mark.parametrize(("lines", "code"), [((), 0), (('{"event": "engine_fault"}',), 1)])
def test_the_command_s_status_says_whether_all_is_whole(
    monkeypatch: pytest.MonkeyPatch, lines: tuple[str, ...], code: int
) -> None:
    async def gather(stack: Stack, prefix: str, services: list[str], **_: object) -> Evidence:
        assert (stack.kafka, stack.mongo, prefix) == ("k:1", "mongodb://m", "t.")
        assert services == ["payroll"]
        return replace(whole(), logs={"payroll.log": lines})

    monkeypatch.setattr("proofs.invariants.command.gather", gather)

    result = check_of("--prefix", "t.", "--service", "payroll")

    assert result.exit_code == code
    assert result.output.startswith("told      met")
    assert ("  payroll.log:1 says 'engine_fault'" in result.output) == bool(code)


def test_who_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async def gather(*_: object, **__: object) -> Evidence:
        raise TopicsError("Kafka does not answer at k:1: is it up?")

    monkeypatch.setattr("proofs.invariants.command.gather", gather)

    result = check_of()

    assert result.exit_code == 1
    assert "Kafka does not answer at k:1" in result.output


def check_of(*options: str) -> Result:
    arguments = ["check", "--kafka", "k:1", "--mongo", "mongodb://m", *options]
    return CliRunner().invoke(build(), arguments)
