"""Vacancies: a sound play of three, and each way to do wrong by somebody."""

from dataclasses import replace
from typing import Any

from ops.demo.refills import check_refills, count_refills
from ops.demo.words import Words
from tests.ops.demo.told import WORDS, placement


def vacancy(
    number: int, status: str, application: int | None = None, on: str | None = None
) -> dict[str, Any]:
    return {
        "vacancy_id": f"vac_{number}",
        "status": status,
        "application_id": None if application is None else f"app_{application}",
        "called_on": on,
    }


def reserve(number: int, rank: int, *, called: bool, gone: str | None = None) -> dict[str, Any]:
    return {
        "application_id": f"app_{number}",
        "reserve_rank": rank,
        "called_for": "vac_0" if called else None,
        "withdrawn_on": gone,
    }


SOUND = replace(
    WORDS,
    vacancies=[
        vacancy(0, "called", 1, "2022-04-05"),
        vacancy(1, "called", 3, "2022-04-06"),
        vacancy(2, "lapsed"),
    ],
    applications=[
        reserve(1, 1, called=True),
        reserve(2, 2, called=False, gone="2022-04-04"),
        reserve(3, 3, called=True),
        reserve(4, 4, called=False),
    ],
    placements=[placement(1), placement(3)],
)


def red(words: Words) -> dict[str, str]:
    return {check.name: check.says for check in check_refills(words, 2) if not check.is_met}


def test_a_sound_play_is_counted_and_meets_every_check() -> None:
    found = count_refills(SOUND)

    assert red(SOUND) == {}
    assert (found.vacancies, found.called, found.lapsed) == (3, 2, 1)
    assert (found.reserves_called, found.unplaced_called, found.placed) == (2, 0, 2)


def test_a_vacancy_that_nobody_looked_at_is_named() -> None:
    words = replace(SOUND, vacancies=[*SOUND.vacancies, vacancy(9, "open")])

    assert "vac_9" in red(words)["each vacancy was called for or lapsed"]


def test_a_reserve_who_was_passed_over_is_named() -> None:
    """She withdrew on the day of the call that passed her over: its sweep was before."""
    late = reserve(2, 2, called=False, gone="2022-04-06")
    first, _, *others = SOUND.applications

    assert red(replace(SOUND, applications=[first, late, *others])) == {
        "reserves in rank order": "2 reserves called, 1 passed over: app_2, rank 2"
    }


def test_a_reserve_called_out_of_rank_is_named() -> None:
    """The first and the third have changed places."""
    first, second, third, *others = SOUND.applications
    swapped = [{**first, "reserve_rank": 3}, second, {**third, "reserve_rank": 1}, *others]

    assert "app_3, rank 1" in red(replace(SOUND, applications=swapped))["reserves in rank order"]


def test_a_third_intern_on_the_same_day_is_named() -> None:
    at_once = [placement(n, org=5) for n in (1, 2, 3)]
    ended = {"2022-06": {"status": "confirmed", "service_until": "2022-04-11"}}
    in_turn = [*at_once[:2], placement(3, org=5, starts_on="2022-04-12")]
    in_turn[0] = {**in_turn[0], "months": ended}

    assert red(replace(SOUND, placements=at_once)) == {
        "hosts within their cap": (
            "at most 2 interns a day at each host, 1 above: org_5 has 3 on 2022-04-01"
        )
    }
    assert red(replace(SOUND, placements=in_turn)) == {}


def test_who_declined_never_came() -> None:
    declined = placement(2, org=5, status="declined")
    placements = [placement(1, org=5), declined, placement(3, org=5)]

    assert red(replace(SOUND, placements=placements)) == {}
