"""The whole run on a small repository with planted mutants: what survives is named."""

import subprocess
from dataclasses import replace
from io import StringIO
from os import environ
from pathlib import Path

import pytest
from rich.console import Console

from proofs.mutants.command import Meaningless, choose, run, show
from proofs.mutants.mutants import Mutant
from proofs.mutants.trial import Found

CODE = """\
def is_adult(age):
    if age < 0:
        raise ValueError
    return age >= 18
"""
TESTS = """\
import pytest

from code_here import is_adult


def test_eighteen_is_adult():
    assert is_adult(18)
    assert not is_adult(17)


def test_red():
    assert is_adult(10)


@pytest.fixture
def broken():
    assert is_adult(18)


def test_on_a_fixture(broken):
    pass
"""
BOUND = Mutant(
    "the-bound",
    "eighteen is adult",
    "code_here.py",
    "age >= 18",
    "age > 18",
    ("test_code.py::test_eighteen_is_adult",),
)
UNDEFENDED = replace(BOUND, name="undefended", old="age < 0", new="age < -1")
EQUIVALENT = replace(BOUND, name="equivalent", caught_by=(), equivalent_because="nobody is 17.5")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("proofs.mutants.trial.IMPORTS", ())
    (tmp_path / "code_here.py").write_text(CODE)
    (tmp_path / "test_code.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\naddopts = -ra\n")
    subprocess.run(("git", "init", "-q"), cwd=tmp_path, check=True)
    return tmp_path


def tried(root: Path, *mutants: Mutant) -> dict[str, Found]:
    plain = {**environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # they take most of the time
    found = run(mutants, root, 1, plain, say=lambda _: None)
    return {one.mutant.name: one for one in found}


def printed(*found: Found) -> tuple[int, str]:
    console = Console(width=200, record=True, file=StringIO())
    status = show(found, console)
    return status, console.export_text()


def test_a_rule_that_a_test_defends_is_killed_and_one_that_none_does_survives(root: Path) -> None:
    found = tried(root, BOUND, UNDEFENDED, EQUIVALENT)

    assert {name: one.verdict for name, one in found.items()} == {
        "the-bound": "killed",
        "undefended": "survived",
        "equivalent": "equivalent",
    }
    assert found["the-bound"].by == "test_code.py::test_eighteen_is_adult"

    status, text = printed(*found.values())

    assert status == 1
    assert "undefended survived: no test of test_code.py::test_eighteen_is_adult" in text
    assert "1 equivalent, 1 killed, 1 survived" in text
    assert printed(found["the-bound"], found["equivalent"])[0] == 0


def test_each_mutant_is_tried_on_whole_code(root: Path) -> None:
    """What one has changed is put back before the next; and the repository is left alone."""
    same = replace(BOUND, name="same", old="18", new="19 - 1")
    found = tried(root, BOUND, same, replace(BOUND, name="again"))

    assert [found[n].verdict for n in ("the-bound", "same", "again")] == [
        "killed",
        "survived",
        "killed",
    ]
    assert (root / "code_here.py").read_text() == CODE


def test_a_change_that_is_no_code_any_more_or_breaks_a_fixture_kills_nothing(root: Path) -> None:
    unknown = replace(BOUND, name="unknown", new="age >= eighteen")
    unread = replace(BOUND, name="unread", old="def is_adult", new="def is_grown")
    fixture = replace(BOUND, name="fixture", caught_by=("test_code.py::test_on_a_fixture",))

    found = tried(root, unknown, unread, fixture)

    assert {one.verdict for one in found.values()} == {"broken"}
    assert printed(*found.values())[0] == 1


def test_a_time_out_kills_only_where_the_mutant_says_that_it_hangs(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proofs.mutants.trial.HANG_SECONDS_MAX", 2)
    monkeypatch.setattr("proofs.mutants.trial.MEMORY_SECONDS_MAX", 2)
    endless = replace(BOUND, new="[iter(int, 1).__next__() for _ in iter(int, 1)]")
    hangs = replace(endless, name="hangs", hangs=True)
    stuck = replace(endless, name="stuck")

    found = tried(root, hangs, stuck)

    assert (found["hangs"].verdict, found["stuck"].verdict) == ("killed", "timed out")
    assert printed(found["stuck"])[0] == 1


def test_a_catcher_that_is_red_already_is_refused_and_named(root: Path) -> None:
    red = replace(BOUND, caught_by=("test_code.py::test_red",))

    with pytest.raises(Meaningless, match=r"red already[\s\S]*test_code.py::test_red"):
        tried(root, red)


def test_a_mutant_whose_text_is_gone_is_refused_and_named(root: Path) -> None:
    with pytest.raises(Meaningless, match=r"the-bound: its text stands 0 times in code_here\.py"):
        tried(root, replace(BOUND, old="age >= 21"))


def test_only_what_is_asked_for_is_tried_and_an_unknown_name_is_refused() -> None:
    assert choose([BOUND, UNDEFENDED], ["undefended"]) == [UNDEFENDED]
    assert choose([BOUND, UNDEFENDED], []) == [BOUND, UNDEFENDED]
    with pytest.raises(Meaningless, match="no mutant the-sky"):
        choose([BOUND], ["the-sky"])
