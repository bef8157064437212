"""`ops rebuild` against a service's own routes: what it shows, and when it writes."""

import asyncio
from typing import Any

import pytest
from fastapi import APIRouter
from typer.testing import CliRunner

from ops import rebuild as module
from ops.__main__ import build
from shared.mongo import Put
from shared.testing import Bench
from tests.shared import toy
from tests.shared.toy import submitted

SERVICES = "payroll=http://service,intake=http://service"
NAMED = "payroll: tallies/per_a: not the fold"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    monkeypatch.setattr(module, "client", lambda: bench.app(APIRouter()))

    async def begin() -> None:
        await bench.day("2022-03-03")
        await bench.given(submitted("per_a"), submitted("per_b"))

    asyncio.run(begin())
    return bench


def tally(bench: Bench) -> Any:
    return asyncio.run(bench.store.read(lambda s: s.get("tallies", ["per_a"])))["per_a"]


def tamper(bench: Bench, key: str = "per_a") -> None:
    document = tally(bench)
    state = {**document["state"], "total": 99, "label": key}
    put = Put({**document, "_id": key, "state": state})
    asyncio.run(bench.store.transact(lambda s: s.write("tallies", [put])))


def run(*words: str, service: str = "payroll") -> tuple[int, str]:
    options = ["--services", SERVICES, "--service", service, *words]
    found = CliRunner().invoke(build("rebuild"), ["rebuild", *options], env={"COLUMNS": "200"})
    return found.exit_code, found.output


def rows(text: str) -> list[list[str]]:
    return [words for line in text.splitlines() if (words := line.split())[:1] == ["payroll"]]


def test_where_every_state_is_the_fold_it_shows_the_counts_and_ends_well(bench: Bench) -> None:
    code, text = run("--verify")

    assert code == 0
    assert rows(text) == [["payroll", "cohorts", "0", "0"], ["payroll", "tallies", "2", "0"]]


def test_a_tampered_state_is_named(bench: Bench) -> None:
    tamper(bench)
    code, text = run("--verify")

    assert code == 1
    assert rows(text)[1] == ["payroll", "tallies", "2", "1"]
    assert NAMED in text.splitlines()


def test_all_services_are_asked(bench: Bench) -> None:
    tamper(bench)
    code, text = run("--verify", service="all")

    assert code == 1
    assert {NAMED, NAMED.replace("payroll", "intake")} <= set(text.splitlines())


@pytest.mark.parametrize("words", [(), ("--by", "kim"), ("--why", "ticket 12")])
def test_without_a_name_and_a_reason_it_says_what_it_would_write_and_writes_nothing(
    bench: Bench, words: tuple[str, ...]
) -> None:
    tamper(bench)
    before = tally(bench)
    code, text = run(*words)

    assert code == 1
    assert NAMED in text.splitlines()
    assert "say who" in text
    assert tally(bench) == before


def test_with_both_it_writes_what_differs_anew(bench: Bench) -> None:
    tamper(bench)
    code, text = run("--by", "kim", "--why", "ticket 12")

    assert code == 0
    assert "payroll: written anew: 1, left as they are: 0" in text
    assert tally(bench)["state"]["total"] == 1
    assert run("--verify")[0] == 0


def test_what_no_journal_knows_is_left_and_named(bench: Bench) -> None:
    tamper(bench, "per_z")
    code, text = run("--by", "kim", "--why", "ticket 12")

    assert code == 1
    assert "left: payroll: tallies/per_z: not in the journal" in text.splitlines()
    assert run("--verify")[0] == 1


def test_a_service_that_is_not_named_is_bad_usage(bench: Bench) -> None:
    assert run("--verify", service="nowhere")[0] == 2
