import pytest
from typer.testing import CliRunner, Result

from proofs.__main__ import build
from proofs.simulation.tape import tape_of
from shared.bus.parking import Lanes


def simulate(*options: str) -> Result:
    return CliRunner().invoke(build(), ["simulate", *options])


def test_it_ends_with_a_table_of_what_was_counted() -> None:
    found = simulate("--schedules", "3", "--seed", "7")
    rows = {name.strip(): int(n.replace(",", "")) for name, _, n in map(split, lines(found))}

    assert found.exit_code == 0
    assert rows["schedules"] == 3
    assert rows["effects"] > 0
    assert [rows[name] for name in ("broken", "lost", "duplicated", "reordered")] == [0, 0, 0, 0]
    assert rows["worst drain, in steps"] > 0


def test_one_tape_is_replayed() -> None:
    found = simulate("--tape", tape_of(7).hex())

    assert found.exit_code == 0
    assert "fault: crash" in found.output


def test_a_broken_schedule_ends_with_status_1_and_its_tape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lanes, "last", lambda self, stream: 0)
    found = simulate("--schedules", "20")

    assert found.exit_code == 1
    assert "breaks:" in found.output
    tape = found.output.rpartition("--tape ")[2].split()[0]
    assert simulate("--tape", tape).exit_code == 1


def lines(found: Result) -> list[str]:
    return [line for line in found.stdout.splitlines() if line[:1].isalpha()]


def split(line: str) -> tuple[str, str, str]:
    return line.rstrip().rpartition(" ")
