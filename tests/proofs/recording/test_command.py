"""Writing outcomes anew takes a reason, and accepts no broken contract."""

from collections.abc import Iterator

import pytest
import structlog
from typer.testing import CliRunner

from proofs.__main__ import build
from proofs.recording.collection import COLLECTION, this_version, versions
from shared.events import CONTRACTS

VERSION = versions()[0]


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """The command hushes them for its process, which here is everybody's."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def record(*arguments: str) -> tuple[int, str]:
    """Its exit status, and what it printed on one line. It must leave the collection alone."""
    before = {path: path.read_bytes() for path in COLLECTION.glob("*/*.*")}
    result = CliRunner().invoke(build(), ["record", *arguments])
    assert {path: path.read_bytes() for path in COLLECTION.glob("*/*.*")} == before
    return result.exit_code, " ".join(result.output.split())


def test_outcomes_are_not_written_without_a_reason() -> None:
    code, said = record("--outcomes", VERSION, "--reason", " ")

    assert code == 1
    assert "--reason is missing" in said


def test_a_broken_contract_is_never_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(CONTRACTS, "womanup.placement.InternPlaced.v1")

    code, said = record("--outcomes", VERSION, "--reason", "nobody reads it")

    assert code == 1
    assert "there is no womanup.placement.InternPlaced.v1 any more" in said
    assert said.endswith("contracts are never changed: nothing accepted")


def test_a_version_that_was_never_recorded_is_named() -> None:
    code, said = record("--outcomes", "0.0.0", "--reason", "why")

    assert code == 1
    assert "is no recording" in said


@pytest.mark.skipif(this_version() not in versions(), reason="this version is not recorded yet")
def test_a_version_is_recorded_once() -> None:
    code, said = record()

    assert code == 1
    assert "a recording is never changed" in said
