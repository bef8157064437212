"""No host over its cap, no position over its openings, no start too late: by name."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.events.intake import CohortCancelled
from tests.ops.audit.judging import culprits, found
from tests.ops.town import Town
from tests.ops.unhappy import unhappy
from tests.ops.world import COHORT, POLICY, World


def crowded(**second: Any) -> World:
    """Two interns at one host that may have two, one on each of its two positions."""
    town = Town()
    town.open()
    for person in ("per_0", "per_1"):
        town.apply(person)
        town.select(person)
    town.offer("per_0", openings=2)
    town.place("per_0")
    town.place("per_1", org_id="org_0", position_id="pos_0", **second)
    return town.world("2022-04-30")


Change = Callable[[dict[str, Any]], Any]
PLANTED: list[tuple[str, Change, set[str]]] = [
    ("HostCompanyApproved", lambda b: b.update(interns_max=1), {"org_0"}),
    ("PositionOffered", lambda b: b.update(openings=1), {"pos_0"}),
    ("HostCompanyApproved", lambda b: b.update(cohort_id="coh_other"), {"org_0"}),
]


@pytest.mark.parametrize(("name", "change", "culprit"), PLANTED)
def test_more_interns_than_there_may_be_name_the_place(
    name: str, change: Change, culprit: set[str]
) -> None:
    assert culprits(crowded()) == set()
    assert culprit == culprits(crowded().telling(name, "org_0", change))


def test_a_crowd_is_named_with_its_day_and_its_people() -> None:
    world = crowded().telling("HostCompanyApproved", "org_0", lambda b: b.update(interns_max=1))

    assert {"org_0: 2 interns on 2022-03-29: per_0, per_1; it may have 1"} == found(world)


def test_a_place_is_taken_until_the_last_day_of_service_and_free_from_then_on() -> None:
    """per_r1 has the place that per_2 left on 6 April; placed a day earlier, both would have it."""
    early = unhappy().telling(
        "InternPlaced", "per_r1", lambda b: b.update(recorded_on="2022-04-05")
    )

    assert {
        "org_2: 2 interns on 2022-04-05: per_2, per_r1; it may have 1",
        "pos_2: 2 interns on 2022-04-05: per_2, per_r1; it has 1 openings",
    } == found(early)


def test_a_place_is_taken_until_it_is_declined() -> None:
    early = unhappy().telling("InternPlaced", "per_u", lambda b: b.update(recorded_on="2022-03-29"))

    assert {"org_3", "pos_3"} <= culprits(early)


def test_a_start_after_the_latest_day_is_named() -> None:
    assert POLICY.latest_start_on.isoformat() == "2022-04-15"
    assert culprits(crowded(starts_on="2022-04-15")) == set()
    assert {"plc_1: starts on 2022-04-18, the latest day is 2022-04-15"} == found(
        crowded(starts_on="2022-04-18")
    )


def test_a_placement_in_a_cancelled_cohort_is_named() -> None:
    world = crowded().also(
        CohortCancelled, "2022-03-28", effective_on="2022-03-29", cohort_id=COHORT
    )

    assert "plc_0: is placed on 2022-03-29, after the cohort was cancelled" in found(world)


def test_a_placement_beyond_the_end_of_its_cohort_is_named() -> None:
    world = unhappy().telling("InternPlaced", "per_0", lambda b: b.update(ends_on="2022-07-31"))

    assert "plc_0: ends on 2022-07-31, its cohort on 2022-06-30" in found(world)
