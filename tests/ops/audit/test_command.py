"""`python -m ops audit`: where the bank's rows come from, and what is printed."""

import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from ops.audit import command as module
from ops.audit import run_audit, show
from ops.bank import Book, Refusals, build_app
from ops.services import ServiceError
from tests.ops.audit.judging import judge
from tests.ops.town import play
from tests.ops.unhappy import CLAIM, RECOVERED, unhappy

WORLD = unhappy()
NOBODY = Refusals()


class Standing:
    """A bank that stands still."""

    def __init__(self, path: Path) -> None:
        self.book = Book(path)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Topics and store as the story has them; gives the bank's file."""

    async def read(*_: Any, **__: Any) -> Any:
        return list(WORLD.records)

    async def fetch(*_: Any) -> Any:
        return list(WORLD.payslips)

    monkeypatch.setattr(module, "read_records", read)
    monkeypatch.setattr(module, "_fetch_payslips", fetch)
    with Book(tmp_path / "bank.csv") as book:
        book.append(WORLD.bank)
    return tmp_path / "bank.csv"


def printed(*options: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(module.command)
    result = CliRunner().invoke(app, ["--kafka", "k", "--payroll", "p", *options])
    return result.exit_code, result.output


def test_reads_the_banks_file_from_its_path(told: Path) -> None:
    code, text = printed("--bank-file", str(told), "--json")
    found = json.loads(text)

    assert code == 0
    assert found["total"] == judge(WORLD).to_json()["total"]
    assert tuple(
        found["total"][name] for name in ("overpaid_krw", "recovered_krw", "outstanding_krw")
    ) == (CLAIM, RECOVERED, CLAIM - RECOVERED)


async def test_reads_the_same_file_from_the_banks_address(
    told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = build_app("http://payroll", told, NOBODY)
    app.state.bank = Standing(told)
    transport = httpx.ASGITransport(app=app)
    monkeypatch.setattr(module, "client", lambda *_: httpx.AsyncClient(transport=transport))

    assert judge(WORLD) == await run_audit("k", "p", "http://bank/")


async def test_a_bank_that_is_away_is_no_audit(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away")

    transport = httpx.MockTransport(away)
    monkeypatch.setattr(module, "client", lambda *_: httpx.AsyncClient(transport=transport))

    with pytest.raises(ServiceError, match="http://bank/file does not answer"):
        await run_audit("k", "p", "http://bank")


def test_takes_the_file_or_the_address_and_not_both(told: Path) -> None:
    neither, _ = printed()
    both, _ = printed("--bank-file", str(told), "--bank", "http://bank")

    assert (neither, both) == (2, 2)


def test_looks_at_one_cohort_one_day_one_person(told: Path) -> None:
    options = ("--bank-file", str(told), "--json")
    _, text = printed(*options, "--cohort", "2", "--as-of", "2022-06-29", "--person", "per_1")
    found = json.loads(text)

    assert found["today"] == "2022-06-29"
    assert {"per_1"} == {line["person_id"] for line in found["people"]}
    assert (found["total"]["overpaid_krw"], found["total"]["recovered_krw"]) == (CLAIM, 0)


def test_an_unknown_cohort_is_no_audit(told: Path) -> None:
    code, text = printed("--bank-file", str(told), "--cohort", "9")

    assert code == 1
    assert "no audit: no cohort 9 was opened" in text


def test_shows_overpayments_apart_within_80_columns_and_cuts_no_amount() -> None:
    text = io.StringIO()
    show(judge(WORLD), Console(file=text, width=80))
    lines = text.getvalue().splitlines()

    assert max(map(len, lines)) <= 80
    (claims,) = [n for n, line in enumerate(lines) if "overpayments of" in line]
    assert any(
        [f"{CLAIM:,}", f"{RECOVERED:,}", f"{CLAIM - RECOVERED:,}"] == line.split()[1:]
        for line in lines[claims:]
    )
    assert "0 findings" in lines[-1]


def test_a_cohort_without_overpayments_shows_none() -> None:
    text = io.StringIO()
    show(judge(play([8])), Console(file=text, width=80))

    assert "overpayments of" not in text.getvalue()


def test_a_person_of_whom_nothing_is_told_is_no_clean_audit(told: Path) -> None:
    code, text = printed("--bank-file", str(told), "--person", "per_typo")

    assert code == 1
    assert "no event names 'per_typo'" in text


def test_topics_without_a_day_are_no_clean_audit(
    told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read(*_: Any, **__: Any) -> Any:
        return []

    monkeypatch.setattr(module, "read_records", read)

    code, text = printed("--bank-file", str(told))
    assert code == 1
    assert "nothing to audit" in text
