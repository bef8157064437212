"""What is printed at a play's end: which condition failed, and where to look from here."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

from rich.console import Console

from ops.compose import Addresses, addresses
from ops.demo.chaos import Figures, check_chaos
from ops.demo.report import Paper, print_chaos, print_first_wage, print_verdict
from ops.stack import Stack
from tests.ops.demo.told import OUTCOME

KILLED = {name: Figures(kills=3) for name in ("intake", "placement", "payroll", "counseling")}
STACK = Stack("", "", ())


def paper(compose: Addresses | None = None) -> tuple[Paper, StringIO]:
    text = StringIO()
    return Paper(Console(file=text, width=200), Path(".run/somewhere"), compose), text


def compared(figures: dict[str, Figures]) -> str:
    on, text = paper()
    checks = [*check_chaos(figures, OUTCOME, replace(OUTCOME, seconds=2.0))]
    print_chaos(on, figures, OUTCOME, OUTCOME, checks)
    return text.getvalue()


def test_the_comparison_says_which_condition_failed() -> None:
    text = compared({**KILLED, "intake": Figures(stops=3)})

    assert "NOT MET: every service died: " in text
    assert "intake 0 times" in text
    assert text.count("NOT MET") == 1


def test_the_comparison_says_that_all_of_it_is_met() -> None:
    text = compared(KILLED)

    assert "NOT MET" not in text
    assert "equal digests, equal audits, every service died" in text


def test_the_time_to_the_first_won_is_told_where_one_was_paid() -> None:
    up_at = datetime(2026, 1, 1, 23, 59, 0, tzinfo=UTC)
    on, text = paper()
    print_first_wage(on, up_at, OUTCOME)
    print_first_wage(on, up_at, replace(OUTCOME, first_wage_paid_at=up_at + timedelta(seconds=90)))

    assert text.getvalue() == "from `up` to the first paid won: 90 s (23:59:00 to 00:00:30 UTC)\n"


def test_a_play_on_its_own_parts_leaves_logs_and_the_banks_file_here() -> None:
    on, text = paper()
    print_verdict(on, OUTCOME, STACK)

    assert ".run/somewhere/*.log (payroll.log" in text.getvalue()
    assert ".run/somewhere/bank.csv" in text.getvalue()
    assert "docker" not in text.getvalue()


def test_a_play_on_compose_says_how_to_look_into_containers() -> None:
    on, text = paper(addresses({"WOMANUP_BANK_PORT": "18091"}))
    print_verdict(on, OUTCOME, STACK)

    assert "docker compose logs payroll" in text.getvalue()
    assert "http://127.0.0.1:18091/file" in text.getvalue()
    assert "bank.csv" not in text.getvalue()
    assert "payroll.log" not in text.getvalue()
