"""What two workers play is all of it, each thing by one of them, and they never meet."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.workers import ONE_COHORT, WORKERS, place_of, ports_of, unit_of
from tests.workers import pytest_xdist_auto_num_workers as workers_for

TESTS = Path(__file__).parent
OTHER_STACKS = {"tests/compose/test_cluster.py"}  # in no run with others


def who_plays_it_again(sources: Mapping[str, str]) -> Iterator[str]:
    """A file that asks for the small cohort and is not in its unit: it would be played twice."""
    for file, source in sources.items():
        asks = re.search(r"^(async )?def \w+\([^)]*small_cohort: Played", source, re.MULTILINE)
        if asks and file not in OTHER_STACKS and unit_of(f"{file}::test") != "cohort":
            yield f"{file} asks for small_cohort: name it in ONE_COHORT of tests/workers.py"


def test_the_small_cohort_is_played_by_one_worker() -> None:
    files = {f"tests/{f.relative_to(TESTS)}": f.read_text() for f in TESTS.rglob("test_*.py")}

    assert list(who_plays_it_again(files)) == []
    assert files.keys() >= set(ONE_COHORT)


def test_a_file_that_would_play_the_small_cohort_again_is_named() -> None:
    asking = "def test_x(small_cohort: Played) -> None: ..."
    files = {"tests/system/test_new.py": asking, ONE_COHORT[0]: asking}

    assert [found.split()[0] for found in who_plays_it_again(files)] == ["tests/system/test_new.py"]


def test_the_longest_come_first_and_the_orders_after_what_they_are_played_beside() -> None:
    sorted_by_path = [
        "tests/compose/test_cohort.py::test_a",
        "tests/compose/test_compose.py::test_b",
        "tests/orders/test_orders.py::test_c[1]",
        "tests/payroll/test_api.py::test_d",
        "tests/system/test_lag.py::test_e",
        "tests/system/test_small_cohort.py::test_f",
        "tests/test_tidy.py::test_g",
    ]
    played = sorted(sorted_by_path, key=place_of)

    assert [nodeid[-1] for nodeid in played if "[" not in nodeid] == ["a", "f", "d", "g", "b", "e"]
    assert played.index("tests/orders/test_orders.py::test_c[1]") == 4
    assert [unit_of(nodeid) for nodeid in played] == [
        *("cohort", "cohort", "services", "services", "services"),
        *("tests/compose/test_compose.py", "tests/system/test_lag.py"),
    ]


def test_workers_give_ports_of_their_own() -> None:
    parts = [ports_of(number, 3) for number in range(3)]

    assert len(set().union(*parts)) == sum(map(len, parts)) == 12_000


@pytest.mark.parametrize(
    ("args", "workers"),
    [
        (["tests"], WORKERS),
        (["tests/payroll", "tests/intake/test_api.py"], WORKERS),
        (["tests/intake/test_api.py"], 0),
        (["tests/intake/test_api.py::test_a[mongo]", "tests/test_tidy.py"], 0),
    ],
)
def test_one_file_is_played_without_workers(
    args: list[str], workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WOMANUP_KAFKA", "WOMANUP_MONGO"):
        monkeypatch.delenv(name, raising=False)
    config: Any = SimpleNamespace(args=args)

    assert workers_for(config) == workers


def test_a_mongodb_that_was_given_is_one_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOMANUP_MONGO", "mongodb://127.0.0.1:1")
    config: Any = SimpleNamespace(args=["tests"])

    assert workers_for(config) == 0
