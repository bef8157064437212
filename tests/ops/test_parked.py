"""`ops parked` against a service's own routes: what it lists, chooses, does and refuses to do."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter
from typer.testing import CliRunner

from ops import parked as module
from ops.__main__ import build
from ops.parked import group
from ops.targets import Target, choose
from shared.bus import Record
from shared.testing import Bench
from tests.shared import toy
from tests.shared.toy import TALLIES, accepted, submitted

GARBAGE = Record("intake", "womanup.intake.v1", 3, 7, None, b"\xff\xfe", (("x", None),))
BROKEN = "invalid:womanup.intake.ApplicationSubmitted.v1"
UNREADABLE = "unreadable:no header ce_id, ce_type, ce_source, ce_sequence"
WHO = ("--by", "kim", "--why", "ticket 12")


def head(person: str, number: int = 1) -> str:
    return f"/womanup/intake/{person}/{number}"


@pytest.fixture(autouse=True)
def mended() -> Iterator[None]:
    toy.faulty.clear()
    yield
    toy.faulty.clear()


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Two streams whose head is broken, one with two behind it; one that waits; one behind a gap;
    one record that nobody can read.
    """
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    monkeypatch.setattr(module, "client", lambda: bench.app(APIRouter()))

    async def begin() -> None:
        await bench.day("2022-03-03")
        bad = [replace(bench.record(submitted(p)), value=b"{}") for p in ("per_b", "per_a")]
        behind = [bench.record(submitted("per_a")) for _ in range(2)]
        waits = bench.record(accepted("per_w", "coh_9"))
        bench.record(submitted("per_g"))  # never arrives
        gap = bench.record(submitted("per_g"))
        await bench.take([*bad, *behind, waits, gap, GARBAGE])

    asyncio.run(begin())
    return bench


def run(*words: str) -> tuple[int, str]:
    options = [words[0], "--services", "payroll=http://service", *words[1:]]
    found = CliRunner().invoke(build("parked"), ["parked", *options], env={"COLUMNS": "200"})
    return found.exit_code, found.output


def kinds(bench: Bench) -> dict[str, str]:
    """What is parked after the service has come to rest."""
    asyncio.run(bench.settle())
    return {parked["_id"]: parked["kind"] for parked in bench.parked}


def total(bench: Bench, person: str) -> int:
    return asyncio.run(bench.state(TALLIES, person)).total


def test_it_lists_by_cause_with_streams_and_those_behind(bench: Bench) -> None:
    code, text = run("list")
    lines = [line for line in text.splitlines() if not line.startswith(" ")]

    assert code == 0
    assert lines == [
        "payroll: 1 behind in 1 streams, 0 behind, since 2022-01-01 00:00 UTC: (behind)",
        f"payroll: 2 failed in 2 streams, 2 behind, since 2022-01-01 00:00 UTC: {BROKEN}",
        f"payroll: 1 failed, since 2022-01-01 00:00 UTC: {UNREADABLE}",
        "payroll: 1 waits in 1 streams, 0 behind, since 2022-01-01 00:00 UTC: (waits)",
    ]
    assert f"    {head('per_a')}" in text


def item(id_: str, stream: str | None, sequence: int | None, **more: Any) -> dict[str, Any]:
    found = {"id": id_, "stream": stream, "sequence": sequence, "kind": "failed", "at": "2"}
    return {**found, "fingerprint": "E:f:1", "is_head": True, **more}


def test_a_group_says_since_when_its_oldest_stands() -> None:
    found = group({"payroll": [item("a/1", "a", 1, at="3"), item("b/9", "b", 9, at="1")]})

    assert [(one.ids, one.oldest_at) for one in found] == [(("a/1", "b/9"), "1")]


def test_heads_of_a_cause_are_chosen_oldest_first_over_all_services() -> None:
    items = {
        "payroll": [item("a/1", "a", 1, at="3"), item("b/9", "b", 9, at="1")],
        "intake": [item("c/1", "c", 1, at="1"), item("d/1", "d", 1, fingerprint="other")],
    }
    chosen = choose(items, Target("all", None, None, "E:f:1"))

    assert chosen == [("intake", "c/1"), ("payroll", "b/9"), ("payroll", "a/1")]


def test_one_record_is_released_by_its_id(bench: Bench) -> None:
    code, text = run("release", "payroll", head("per_a"), *WHO)

    assert (code, "released: 1" in text) == (0, True)
    assert kinds(bench)[head("per_a")] == "failed"  # the same bytes, not mended


def test_a_mended_body_runs_and_the_rest_of_the_stream_after_it(
    bench: Bench, tmp_path: Path
) -> None:
    body = tmp_path / "mended.json"
    body.write_text(submitted("per_a").model_dump_json())
    code, _ = run("release", "payroll", head("per_a"), "--value-file", str(body), *WHO)

    assert code == 0
    assert not any(id_.startswith("/womanup/intake/per_a/") for id_ in kinds(bench))
    assert total(bench, "per_a") == 3
    _, text = run("show", "payroll", head("per_a"))
    (act,) = json.loads(text)["acts"]
    assert (act["type"], act["by"], act["original"]) == ("mended", "kim", "{}")


def test_a_mended_body_that_does_not_decode_is_refused_with_the_reason(
    bench: Bench, tmp_path: Path
) -> None:
    body = tmp_path / "mended.json"
    body.write_text('{"person_id": "per_a"}')
    before = kinds(bench)
    code, text = run("release", "payroll", head("per_a"), "--value-file", str(body), *WHO)

    assert code == 1
    assert "422 does-not-decode: the mended body is not a ApplicationSubmitted" in text
    assert kinds(bench) == before


def test_the_head_of_a_stream_is_discarded_and_those_behind_run(bench: Bench) -> None:
    code, text = run("discard", "payroll", "--stream", "/womanup/intake/per_a", *WHO)
    left = kinds(bench)

    assert (code, f"discarded: 1, first payroll {head('per_a')}" in text) == (0, True)
    assert total(bench, "per_a") == 2
    assert head("per_a", 2) not in left
    assert head("per_b") in left


def test_a_whole_stream_is_discarded_when_asked_for(bench: Bench) -> None:
    code, text = run("discard", "all", "--stream", "/womanup/intake/per_a", "--whole", *WHO)
    left = kinds(bench)

    assert (code, "discarded: 3" in text) == (0, True)
    assert not any(id_.startswith("/womanup/intake/per_a/") for id_ in left)


def test_all_heads_of_a_cause_are_discarded(bench: Bench) -> None:
    code, text = run("discard", "payroll", "--fingerprint", BROKEN, *WHO)
    left = kinds(bench)

    assert (code, "discarded: 2" in text) == (0, True)
    assert f"2 heads, oldest first: payroll {head('per_a')}" in text
    assert {head("per_a"), head("per_b")} & left.keys() == set()


def test_a_record_that_is_not_the_head_is_not_discarded(bench: Bench) -> None:
    before = kinds(bench)
    code, text = run("discard", "payroll", head("per_a", 2), *WHO)

    assert code == 1
    assert f"409 not-head: only the head of a stream is discarded: {head('per_a')}" in text
    assert kinds(bench) == before


def test_an_unreadable_record_is_discarded(bench: Bench) -> None:
    code, _ = run("discard", "payroll", "womanup.intake.v1/3/7", *WHO)

    assert code == 0
    assert "womanup.intake.v1/3/7" not in kinds(bench)


@pytest.mark.parametrize("act", ["release", "discard"])
def test_a_dry_run_says_how_many_and_which_first_and_does_nothing(bench: Bench, act: str) -> None:
    before = kinds(bench)
    code, text = run(act, "payroll", "--fingerprint", BROKEN, "--dry-run")
    _, done = run("acts")

    assert code == 0
    assert f"would be {act}" in text
    assert f": 2, first payroll {head('per_a')}" in text
    assert kinds(bench) == before
    assert done == "nothing was done by hand\n"


def test_a_dry_run_of_what_would_be_refused_says_so(bench: Bench) -> None:
    code, text = run("discard", "payroll", head("per_a", 2), "--dry-run")

    assert (code, "not-head" in text) == (1, True)


def test_a_stream_whose_head_has_not_come_is_said_to_wait_for_it(bench: Bench) -> None:
    code, text = run("discard", "payroll", "--stream", "/womanup/intake/per_g", *WHO)

    assert code == 1
    assert "the head of /womanup/intake/per_g has not come: its first waits for number 1" in text


def test_acts_are_listed_with_who_and_why(bench: Bench) -> None:
    run("discard", "payroll", head("per_a"), *WHO)
    code, text = run("acts")

    assert code == 0
    assert text == (f"2022-01-01 00:00 UTC payroll: {head('per_a')} discarded by kim: ticket 12\n")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("release", "payroll", head("per_a")), "--why is journalled"),
        (("discard", "payroll", *WHO), "name one of ID, --stream and --fingerprint"),
        (("discard", "payroll", "a/1", "--stream", "a", *WHO), "name one of"),
        (("discard", "all", "a/1", *WHO), "an ID is of one service"),
        (("discard", "payroll", "a/1", "--whole", *WHO), "--whole is for a stream"),
        (("release", "payroll", "--stream", "a", "--value-file", "f", *WHO), "by its ID"),
        (("release", "payroll", "a/1", "--value-file", "/no/file", *WHO), "cannot be read"),
        (("release", "nowhere", "a/1", *WHO), "nowhere is none of payroll"),
    ],
)
def test_what_cannot_be_meant_is_bad_usage(words: tuple[str, ...], says: str) -> None:
    code, text = run(*words)

    assert (code, says in text) == (2, True), text


def test_what_nothing_answers_is_said(bench: Bench) -> None:
    code, text = run("release", "payroll", "--fingerprint", "KeyError:pay:1", *WHO)

    assert (code, "nothing that is parked answers that" in text) == (1, True)
