from typing import Any

from proofs.chaos.differences import name_differences
from proofs.invariants import Evidence, Store


def row(key: str, version: int, total: int, **more: Any) -> dict[str, Any]:
    event = {"total": total}
    told = {"kind": "tallies", "key": key, "version": version, "type": "Counted", "event": event}
    return {"causation_id": "/womanup/intake/per_a/1", **told, **more}


def play(*rows: dict[str, Any]) -> Evidence:
    return Evidence(stores={"payroll": Store(journal=rows), "intake": Store(journal=rows)})


def named(calm: Evidence, wild: Evidence) -> list[str]:
    return list(name_differences(["payroll"], calm, wild))


def test_the_first_row_that_differs_is_named_of_the_services_that_were_asked_for() -> None:
    calm = play(row("a", 1, 1), row("a", 2, 2), row("a", 3, 3), row("b", 1, 1))
    wild = play(row("a", 3, 9), row("a", 2, 8), row("a", 1, 1), row("b", 1, 1))
    (said,) = named(calm, wild)

    assert said.startswith("payroll tallies/a: ")
    assert '{"total":8} instead of Counted {"total":2}' in said


def test_what_only_one_of_them_says_is_named() -> None:
    calm, wild = play(row("a", 1, 1)), play(row("a", 1, 1), row("a", 2, 2), row("b", 1, 1))

    assert [said.partition(":")[0] for said in named(calm, wild)] == [
        "payroll tallies/a",
        "payroll tallies/b",
    ]
    assert all("instead of nothing" in said for said in named(calm, wild))


def test_the_instants_and_the_acts_of_operators_are_no_difference() -> None:
    act = row("parked", 2, 5, causation_id=None)

    assert named(play(row("a", 1, 1, at=1)), play(row("a", 1, 1, at=2), act)) == []
