"""The list of mutants is whole, fits the code and names tests that are there."""

from dataclasses import replace
from pathlib import Path

import pytest

from proofs.mutants.mutants import Mutant, faults, mutate
from proofs.mutants.rules import MUTANTS

ROOT = Path(__file__).resolve().parents[3]

# What issue 6 names, each by the mutants that remove it.
OWED = {
    "the inbox check": {"inbox-check", "inbox-check-parked"},
    "the gap check": {"gap-check"},
    "the growing outbox id": {"growing-outbox-id"},
    "read-from-start": {"read-from-start"},
    "await-before-next-batch": {"await-before-next-batch", "one-batch-a-partition"},
    "the inbox write on parking": {"parking-writes-inbox"},
    "the inbox write on release": {"release-writes-inbox", "operator-writes-inbox"},
    "the throwing away of a failed event's changes": {"failed-changes-dropped"},
    "the durable look at waiting heads": {"heads-in-pages", "seen-compared"},
    "the day entered only after its backlog": {"day-after-its-backlog", "day-with-nothing-due"},
    "halving": {"halving-refused", "halving-overdue", "sweep-halved"},
    "static names": {"static-names"},
    "the reaper": {"the-reaper"},
    "the count before a pay run": {"count-before-a-pay-run"},
    "due and not done": {"due-and-not-done"},
    "the order id before the bank call": {
        "order-before-the-bank",
        "order-id-of-payslip-and-attempt",
    },
    "the version check": {"version-check"},
}

SOUND = Mutant(
    "sound", "a rule", "code.py", "return True", "return False", ("test_code.py::test_it",)
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "code.py").write_text("def is_it():\n    return True\n")
    (tmp_path / "test_code.py").write_text("def test_it():\n    assert True\n")
    return tmp_path


def test_every_mutant_fits_the_code_and_says_who_catches_it() -> None:
    assert list(faults(MUTANTS, ROOT)) == []


def test_every_rule_that_is_owed_is_removed_by_a_mutant() -> None:
    names = {mutant.name for mutant in MUTANTS}

    assert {rule: wanted - names for rule, wanted in OWED.items() if wanted - names} == {}


def test_a_rule_is_a_sentence_and_nothing_is_caught_by_hearsay() -> None:
    assert [m.name for m in MUTANTS if len(m.rule.split()) < 3] == []
    equivalent = [m for m in MUTANTS if m.equivalent_because]
    assert [m.name for m in equivalent if len(m.equivalent_because) < 60] == []


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        (replace(SOUND, old="return None"), "its text stands 0 times in code.py"),
        (replace(SOUND, old="t"), "its text stands 2 times in code.py"),
        (replace(SOUND, new="return ("), "'(' was never closed"),
        (replace(SOUND, file="gone.py"), "gone.py"),
        (replace(SOUND, caught_by=()), "says neither who catches it nor why nobody can"),
        (replace(SOUND, equivalent_because="so"), "says neither who catches it nor why nobody can"),
        (replace(SOUND, caught_by=("test_code.py::test_that",)), "no test test_code.py::test_that"),
        (replace(SOUND, caught_by=("gone.py::test_it",)), "there is no test gone.py::test_it"),
        (replace(SOUND, caught_by=("test_code.py",)), "there is no test test_code.py"),
    ],
)
def test_a_planted_fault_of_the_list_is_found_and_the_mutant_named(
    root: Path, planted: Mutant, fault: str
) -> None:
    (found,) = faults([planted], root)

    assert found.startswith("sound: ")
    assert fault in found


def test_a_sound_mutant_has_no_fault_and_two_of_a_name_have_one(root: Path) -> None:
    assert list(faults([SOUND], root)) == []
    assert list(faults([SOUND, SOUND], root)) == ["sound: named twice"]
    assert mutate(SOUND, root) == "def is_it():\n    return False\n"
    assert "return True" in (root / "code.py").read_text()
