"""What `ops demo` refuses to be asked for, and when a play under chaos counts as passed."""

from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from ops.city import City
from ops.demo import command as module
from ops.demo.chaos import DEATHS_MIN, Chaos
from ops.demo.command import Wishes, demo
from ops.demo.outcome import Outcome
from ops.demo.player import Options
from ops.demo.programme import COHORT_2
from ops.stack import Stack
from tests.ops.demo.told import OUTCOME

STACK = Stack("", "", ())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--chaos", "--keep"), "--keep stays after the first play"),
        (("--instances", "2", "--target", "compose"), "compose runs what it runs"),
        (("--keep", "--target", "compose"), "compose runs what it runs"),
    ],
)
def test_what_cannot_go_together_is_refused(
    monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], says: str
) -> None:
    monkeypatch.setattr(module, "run_until_signal", lambda work: work.close() or 0)
    app = typer.Typer()
    app.command()(demo)
    found = CliRunner().invoke(app, options, env={"COLUMNS": "200"})

    assert found.exit_code == 2
    assert says in found.output


async def played_again(
    monkeypatch: pytest.MonkeyPatch, kills: int, wild: Outcome = OUTCOME
) -> tuple[int, str]:
    """The exit status of a second play in which each service dies so often, and what it prints."""

    async def provide(*_: Any, **__: Any) -> None:
        pass

    async def play(*_: Any) -> Outcome:
        return wild

    class Counted(Chaos):
        def __init__(self, seed: int, busy: Any, *, quiet_from: date) -> None:
            super().__init__(seed, busy, quiet_from=quiet_from)
            for figures in self.figures.values():
                figures.kills = kills

        async def on_day(self, day: date, city: City) -> None:
            raise AssertionError("nothing is played here")

    for name, instead in (("provision", provide), ("play", play), ("Chaos", Counted)):
        monkeypatch.setattr(module, name, instead)
    text = StringIO()
    console = Console(file=text, width=200)
    wishes = Wishes(
        Options((COHORT_2,), Path(".run/nowhere")), 7, keep=False, console=console, compose=None
    )
    return await module._demo_chaos(wishes, 7, STACK, OUTCOME), text.getvalue()


async def test_equal_plays_pass_when_everybody_died(monkeypatch: pytest.MonkeyPatch) -> None:
    code, text = await played_again(monkeypatch, DEATHS_MIN)

    assert code == 0
    assert "NOT MET" not in text


async def test_equal_plays_do_not_pass_when_nobody_died(monkeypatch: pytest.MonkeyPatch) -> None:
    code, text = await played_again(monkeypatch, 0)

    assert code == 1
    assert "NOT MET: every service died" in text


async def test_plays_with_other_audits_do_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(OUTCOME, audit=replace(OUTCOME.audit, lines=()))
    code, text = await played_again(monkeypatch, DEATHS_MIN, other)

    assert code == 1
    assert "NOT MET: equal audits" in text
