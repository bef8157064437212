"""The same two options for every command that reads topics; half of them is bad usage."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ops.__main__ import build
from ops.login import asked_login
from shared.login import Login

READERS = {
    "status": ("--services", "intake=http://nobody"),
    "trace": ("per_x", "--services", "intake=http://nobody"),
    "audit": ("--payroll", "http://nobody", "--bank", "http://nobody"),
    "grants": (),
}


def test_both_options_are_a_login_and_none_is_none(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("river-stone\n")

    assert asked_login("operator", tmp_path / "password") == Login("operator", "river-stone")
    assert asked_login(None, None) is None
    with pytest.raises(typer.BadParameter, match="the file of its password"):
        asked_login("operator", None)


@pytest.mark.parametrize("command", READERS)
def test_half_a_login_is_bad_usage(command: str) -> None:
    words = [command, *READERS[command], "--kafka", "127.0.0.1:1"]

    told = CliRunner().invoke(build(command), words, env={"WOMANUP_KAFKA_USER": "operator"})

    assert told.exit_code == 2
    assert "the file of its password" in " ".join(told.output.replace("│", " ").split())
