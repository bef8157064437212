"""Vacancies are given once, to who is next: the audit names who was called out of rank."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.events.intake import ApplicantSelected, ApplicationWithdrawn
from tests.ops.audit.judging import culprits, found
from tests.ops.town import application_of
from tests.ops.unhappy import declining, unhappy
from tests.ops.world import COHORT, World

Change = Callable[[dict[str, Any]], Any]


def into(**fields: Any) -> Change:
    return lambda body: body.update(fields)


def ranked(**ranks: int) -> World:
    """The story with other ranks on the reserve list."""
    world = unhappy()
    for person, rank in ranks.items():
        world = world.telling("ApplicantReserved", person, into(reserve_rank=rank))
    return world


def test_reserves_called_in_rank_order_are_no_finding() -> None:
    assert culprits(unhappy()) == set()


def test_a_reserve_called_out_of_rank_is_named_with_who_was_next() -> None:
    world = ranked(per_r1=3, per_r2=2)

    assert {"per_r1: is called out of rank for vac_2: app_r2 was next"} == found(world)


def test_a_reserve_who_was_never_called_and_stood_before_is_named() -> None:
    world = ranked(per_r3=0)

    assert {"per_r1", "per_r2"} == culprits(world)
    assert "per_r1: is called out of rank for vac_2: app_r3 was next" in found(world)


def test_a_reserve_of_a_later_round_queues_behind() -> None:
    world = ranked(per_r3=1).telling("ApplicantReserved", "per_r3", into(round=2))

    assert culprits(world) == set()


def test_who_withdrew_is_passed_over_and_who_did_not_is_next() -> None:
    stays = unhappy().never("ApplicationWithdrawn", "per_r0")
    too_late = stays.also(ApplicationWithdrawn, "2022-05-25", **application_of("per_r0"))
    same_day = stays.also(ApplicationWithdrawn, "2022-04-06", **application_of("per_r0"))

    assert {"per_r1", "per_r2"} == culprits(stays) == culprits(too_late)
    assert culprits(same_day) == set()


def test_who_has_no_place_goes_before_all_reserves() -> None:
    """She was called for the second vacancy; a reserve had the first."""
    world = unhappy()
    first = into(vacancy_id="vac_3", recorded_on="2022-03-31")
    world = world.telling("ApplicantSelected", "per_r1", first)
    second = into(vacancy_id="vac_2", recorded_on="2022-04-06")
    world = world.telling("ApplicantSelected", "per_u", second, vacancy_id="vac_3")

    assert "per_r1: is called out of rank for vac_3: app_u was next" in found(world)


def test_vacancies_of_a_day_are_given_in_the_order_of_their_ids() -> None:
    """Both are opened and called for on the same days: vac_2 goes first, to the better rank."""
    world = unhappy().telling("VacancyOpened", "org_5", into(recorded_on="2022-04-05"))
    world = world.telling("ApplicantSelected", "per_r2", into(recorded_on="2022-04-06"))

    assert culprits(world) == {"plc_5"}  # whose place was opened a day before she left it
    swapped = world.telling("ApplicantSelected", "per_r1", into(vacancy_id="vac_5"))
    swapped = swapped.telling("ApplicantSelected", "per_r2", into(vacancy_id="vac_2"))
    assert "per_r2: is called out of rank for vac_2: app_r1 was next" in found(swapped)


def test_who_declined_is_called_no_more_and_whom_a_host_declined_is_next() -> None:
    world = unhappy()
    by_host = world.telling("PlacementDeclined", "per_3", into(declined_by="host"))

    assert culprits(world) == set()
    assert {  # not for the place at her host that per_u got on 31 March
        "per_r1: is called out of rank for vac_2: app_3 was next",
        "per_r2: is called out of rank for vac_5: app_3 was next",
    } == found(by_host)
    assert declining("per_3")["declined_by"] == "intern"


def test_where_only_listed_positions_will_do_nobody_is_next_who_did_not_list_it() -> None:
    """Her wishes are told when she is called: r2 listed the place that r1 got, or did not."""
    world = ranked(per_r1=3, per_r2=2).telling(
        "CohortOpened", COHORT, lambda b: b["policy"].update(accepts_unlisted_positions=False)
    )
    listed = world.telling("ApplicantSelected", "per_r2", into(preferred_position_ids=["pos_2"]))

    assert culprits(world) == set()
    assert {"per_r1"} == culprits(listed)


PLANTED: list[tuple[str, str, Change, str]] = [
    ("InternPlaced", "per_r1", into(vacancy_id="vac_x"), "plc_r1"),  # never opened
    ("InternPlaced", "per_r1", into(vacancy_id="vac_5"), "plc_r2"),  # filled twice
    ("InternPlaced", "per_r1", into(position_id="pos_5"), "plc_r1"),
    ("InternPlaced", "per_0", into(vacancy_id="vac_2"), "plc_0"),  # never called
    ("ApplicantSelected", "per_r1", into(vacancy_id="vac_x"), "per_r1"),
    ("ApplicantSelected", "per_r2", into(vacancy_id="vac_2"), "per_r2"),
    ("ApplicantSelected", "per_0", into(vacancy_id="vac_2"), "per_0"),
]


@pytest.mark.parametrize(("name", "key", "change", "culprit"), PLANTED)
def test_a_refill_that_does_not_fit_is_named(
    name: str, key: str, change: Change, culprit: str
) -> None:
    assert culprit in culprits(unhappy().telling(name, key, change))


def test_a_vacancy_that_is_opened_twice_is_named() -> None:
    world = unhappy().telling("VacancyOpened", "org_5", into(vacancy_id="vac_2"))

    assert {"vac_2", "plc_r2", "per_r2"} <= culprits(world)


def test_a_selection_after_withdrawing_is_named() -> None:
    about = application_of("per_r1")
    world = unhappy().never("ApplicantSelected", "per_r1")
    world = world.also(ApplicationWithdrawn, "2022-04-01", **about)
    late: dict[str, Any] = {
        "round": 1,
        "field": "it",
        "preferred_position_ids": (),
        "vacancy_id": "vac_2",
    }
    world = world.also(ApplicantSelected, "2022-04-06", **about, **late)

    assert "app_r1: is selected, though she had withdrawn before" in found(world)


def test_who_is_called_for_a_vacancy_again_must_find_it_free() -> None:
    """r1 withdraws on the day of her call: r2 is called for the same place."""
    world = unhappy()
    for name in ("InternPlaced", "ApplicantSelected"):
        world = world.telling(name, "per_r2", into(vacancy_id="vac_2"))

    says = "per_r2: is called for vac_2, as app_r1 was before"
    assert says in found(world)
    gone = world.also(ApplicationWithdrawn, "2022-04-06", **application_of("per_r1"))
    assert says not in found(gone)


def test_a_vacancy_that_nobody_was_called_for_is_named_with_who_waited() -> None:
    """r3 waits: r2 was never called, so nothing of her refill is there either."""
    world = unhappy()
    for name in ("InternPlaced", "ApplicantSelected"):
        world = world.never(name, "per_r2")

    assert "vac_5: was never called for, and app_r2 waited" in found(world)


def test_a_call_that_came_days_late_is_named() -> None:
    world = unhappy().telling("ApplicantSelected", "per_r2", into(recorded_on="2022-04-11"))

    assert {"vac_5: is called for on 2022-04-11, due was 2022-04-07"} <= found(world)


def test_a_place_that_was_never_opened_again_is_named() -> None:
    world = unhappy().never("VacancyOpened", "org_5")

    assert "plc_5: ended on 2022-04-06, and pos_5 was not opened" in found(world)


def test_a_reserve_who_is_placed_without_a_vacancy_is_named() -> None:
    world = unhappy().telling("InternPlaced", "per_r2", into(vacancy_id=None))

    assert "plc_r2: places a reserve, and fills no vacancy" in found(world)


def test_two_reserves_of_one_rank_are_named() -> None:
    assert "app_r3: is reserve 3, as app_r2 is" in found(ranked(per_r3=3))
