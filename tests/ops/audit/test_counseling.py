"""A year for everyone who has it, and no follow-up dropped in it."""

from datetime import date

import pytest

from shared.events.counseling import CaseOpened, FollowUpOverdue
from shared.events.placement import InternshipNotCompleted
from tests.ops.audit.judging import culprits, found
from tests.ops.town import case_of, ids
from tests.ops.unhappy import unhappy
from tests.ops.world import COHORT


def test_who_completed_without_a_case_is_named() -> None:
    world = unhappy().never("CaseOpened", "per_u")

    assert {f"per_u: completed and has no counseling case in {COHORT}"} == found(world)


def test_who_left_without_a_case_is_named_where_the_policy_offers_it() -> None:
    world = unhappy().never("CaseOpened", "per_2")
    withheld = world.telling(
        "CohortOpened", COHORT, lambda b: b["policy"]["counseling"].update(offered_to_leavers=False)
    )

    assert {"per_2"} == culprits(world)
    assert culprits(withheld) == set()


def test_who_attended_too_little_is_offered_it_too() -> None:
    told = {"placement_id": "plc_0", "org_id": "org_0", "scheduled_days": 62, "attended_days": 0}
    world = unhappy().never("InternshipCompleted", "per_0").never("CaseOpened", "per_0")
    world = world.also(InternshipNotCompleted, "2022-07-05", **ids("per_0"), **told)

    assert "per_0" in culprits(world)


@pytest.mark.parametrize(("number", "day"), [(1, "2022-05-05"), (2, "2022-07-04")])
def test_a_follow_up_dropped_names_her_case(number: int, day: str) -> None:
    """Due 30 and 90 days after 5 April. The contact of the one is none of the other."""
    held_on = {1: "2022-05-05", 2: "2022-07-01"}[number]
    world = unhappy().never("ContactRecorded", "per_2", effective_on=held_on)

    says = f"follow-up {number} of {day} was dropped: no contact, and not told as overdue"
    assert {f"cas_2: {says}"} == found(world)


def test_a_contact_a_day_late_does_not_meet_a_follow_up() -> None:
    world = unhappy().telling(
        "ContactRecorded", "per_2", lambda b: b.update(effective_on="2022-05-06")
    )

    assert {"cas_2"} == culprits(world)


def test_a_follow_up_that_was_told_as_overdue_is_not_dropped() -> None:
    world = unhappy().never("ContactRecorded", "per_2", effective_on="2022-05-05")
    told = world.also(FollowUpOverdue, "2022-05-06", **case_of("per_2"), follow_up_no=1)

    assert culprits(told) == set()
    assert {"cas_5"} == culprits(unhappy().never("FollowUpOverdue", "per_5"))


def test_a_follow_up_is_dropped_two_days_after_it() -> None:
    world = unhappy().never("ContactRecorded", "per_2", effective_on="2022-05-05")

    assert culprits(world, as_of=date(2022, 5, 6)) == set()
    assert {"cas_2"} == culprits(world, as_of=date(2022, 5, 7))


def test_a_case_that_became_known_late_is_told_of_its_past_follow_ups_then() -> None:
    """per_1's first one was on 9 June; that she had left was found out on the 20th."""
    world = unhappy().never("FollowUpOverdue", "per_1")

    assert culprits(world, as_of=date(2022, 6, 21)) == set()
    assert {"cas_1"} == culprits(world, as_of=date(2022, 6, 22))


def test_a_case_of_nobody_known_is_no_crash() -> None:
    """Only its cohort's policy says when follow-ups are due."""
    world = unhappy().telling("CaseOpened", "per_2", lambda b: b.update(cohort_id="coh_x"))

    assert {"cas_2", "per_2"} == culprits(world)


def test_a_second_case_is_named() -> None:
    again = {**case_of("per_2"), "case_id": "cas_again", "after": "leaving"}
    days = {"effective_on": "2022-04-06", "ends_on": "2023-04-05"}
    world = unhappy().also(CaseOpened, "2022-05-01", **again, **days)

    assert "cas_again: is her second case, after cas_2" in found(world)


def test_a_case_of_who_never_began_is_named() -> None:
    days = {"effective_on": "2022-04-06", "ends_on": "2023-04-05", "after": "leaving"}
    world = unhappy().also(CaseOpened, "2022-05-01", **case_of("per_3"), **days)

    assert "cas_3: is opened, and no internship of hers has ended" in found(world)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"effective_on": "2022-04-20"}, "counts from 2022-04-20, not from the day after her last"),
        ({"ends_on": "2022-04-26"}, "ends on 2022-04-26, due is 2023-04-05"),
    ],
)
def test_a_year_that_is_not_hers_or_not_a_year_is_named(change: dict[str, str], says: str) -> None:
    world = unhappy().telling("CaseOpened", "per_2", lambda b: b.update(change))

    assert f"cas_2: {says}" in found(world)
