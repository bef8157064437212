"""When a place is free again, and when who is called can still take it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.placement.domain.cohorts import CancellationNoted, evolve_cohort
from services.placement.domain.hosts import evolve_host
from services.placement.domain.internships import Placement
from services.placement.domain.leaving import DeclinePlacement, decide_decline
from services.placement.domain.passes import MatchingPass, openings_free
from services.placement.domain.positions import decide_closing_position, evolve_position
from services.placement.domain.suspensions import decide_suspension
from services.placement.domain.vacancies import (
    Place,
    Vacancy,
    can_be_taken,
    decide_left_over,
    decide_taken,
    decide_vacancy,
    evolve_vacancy,
)
from shared.errors import Invalid
from tests.placement.builders import (
    COHORT_ID,
    MATCHING_ON,
    cohort,
    day,
    fold,
    host,
    placement,
    position,
)

OPENED_ON = day("03-30")
TODAY = day("04-01")
PLACE = Place(position(1, openings=1), host(), cohort())
VACANCY = Vacancy("vac_1", PLACE.position.position_id, PLACE.host.org_id, COHORT_ID, OPENED_ON)
WHEN = {"effective_on": day("03-31"), "recorded_on": day("03-31")}


def declined(number: int = 1, today: date = OPENED_ON) -> Placement:
    command = DeclinePlacement(declined_by="host")
    return fold(placement(number), decide_decline(placement(number), command, today))


def closed() -> Place:
    (event,) = decide_closing_position(PLACE.position, day("03-31"))
    return replace(PLACE, position=evolve_position(PLACE.position, event))


def suspended() -> Place:
    (event,) = decide_suspension(PLACE.host, COHORT_ID, day("03-31"))
    return replace(PLACE, host=evolve_host(PLACE.host, event))


def cancelled() -> Place:
    return replace(PLACE, cohort=evolve_cohort(PLACE.cohort, CancellationNoted(**WHEN)))


SPOILT = pytest.mark.parametrize("place", [closed(), suspended(), cancelled()])


def test_a_place_that_somebody_leaves_is_vacant() -> None:
    (opened,) = decide_vacancy(declined(), PLACE, OPENED_ON, own_before=day("03-31"))

    state = evolve_vacancy(None, opened)
    assert (state.position_id, state.opened_on) == (PLACE.position.position_id, OPENED_ON)
    assert (state.is_outstanding(OPENED_ON), state.is_outstanding(day("03-31"))) == (False, True)


@SPOILT
def test_a_place_that_takes_nobody_is_not_vacant(place: Place) -> None:
    assert decide_vacancy(declined(), place, TODAY, own_before=TODAY) == []
    assert not can_be_taken(VACANCY, place, [], TODAY)


@SPOILT
def test_what_was_recorded_on_the_day_does_not_count_on_the_day(place: Place) -> None:
    today = day("03-31")

    assert decide_vacancy(declined(), place, today, own_before=today)
    assert can_be_taken(VACANCY, place, [], today)


def test_a_place_is_vacant_until_the_day_before_the_latest_start() -> None:
    for today, opens in ((day("04-14"), True), (day("04-15"), False)):
        found = decide_vacancy(declined(), PLACE, today, own_before=today)
        assert bool(found) == opens


@pytest.mark.parametrize(("today", "can"), [("04-13", True), ("04-14", True), ("04-15", False)])
def test_who_is_called_must_be_able_to_start_in_time(today: str, can: bool) -> None:
    assert can_be_taken(VACANCY, PLACE, [], day(today)) == can


@pytest.mark.parametrize(
    ("interns", "can"),
    [
        ([], True),
        ([placement(1)], False),
        ([declined(1)], True),
        ([replace(declined(1), ended_on=TODAY)], False),
        ([replace(placement(1), position_id="pos_other")], True),
        ([replace(placement(n), position_id="pos_other") for n in (1, 2)], False),
    ],
    ids=["empty", "taken", "left before", "left today", "one elsewhere", "host full"],
)
def test_neither_position_nor_host_has_more_interns_than_it_may(
    interns: Sequence[Placement], can: bool
) -> None:
    assert can_be_taken(VACANCY, PLACE, interns, TODAY) == can


def test_a_vacancy_is_taken_once() -> None:
    (taken,) = decide_taken("plc_2", TODAY)
    state = evolve_vacancy(VACANCY, taken)

    assert not can_be_taken(state, PLACE, [], TODAY)
    with pytest.raises(Invalid):
        evolve_vacancy(state, taken)
    with pytest.raises(Invalid):
        evolve_vacancy(None, taken)


@pytest.mark.parametrize(
    ("withdrawn", "outstanding", "positions"),
    [
        (0, [], []),
        (1, [], [1]),
        (2, [], [1, 1]),
        (9, [], [1, 1, 2]),
        (9, [VACANCY], [1, 2]),
        (2, [replace(VACANCY, placement_id="plc_9")], [1, 1]),
    ],
)
def test_openings_left_over_are_vacant_as_far_as_candidates_withdrew(
    withdrawn: int, outstanding: list[Vacancy], positions: list[int]
) -> None:
    """Whoever is called to one already is not called twice."""
    posts = sorted((position(1, openings=2), position(2)), key=lambda p: p.position_id)
    first, second = posts if posts[0].openings > 1 else posts[::-1]
    left_over = {first.position_id: 2, second.position_id: 1}
    results = MatchingPass((), (), (), left_over, withdrawn)
    state = cohort()

    opened = decide_left_over(
        state, state.rounds[0], results, posts, outstanding, today=day("03-31")
    )

    every = sorted([first.position_id] * 2 + [second.position_id])
    for vacancy in outstanding:
        if vacancy.placement_id is None:
            every.remove(vacancy.position_id)
    assert [v.position_id for v in opened] == every[:withdrawn]
    assert len(opened) == len(positions)
    assert len({v.vacancy_id for v in opened}) == len(opened)


def test_results_that_are_not_the_last_leave_nothing_over() -> None:
    results = MatchingPass((), (), (), None, 3)

    assert decide_left_over(cohort(), cohort().rounds[0], results, [], [], today=TODAY) == []


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), max_size=6))
def test_an_opening_is_free_from_the_day_after_it_was_left(
    given_: list[tuple[int, bool, bool]],
) -> None:
    """The state of each placement: on which position, declined, on this very day."""
    posts = [position(n, openings=2) for n in range(4)]
    placements = []
    for number, (post, is_over, is_today) in enumerate(given_):
        state = declined(number, OPENED_ON if is_today else MATCHING_ON) if is_over else None
        placements.append(replace(state or placement(number), position_id=posts[post].position_id))

    free = openings_free(posts, placements, cohort().rounds[0], OPENED_ON)

    for number, one in enumerate(posts):
        taken = sum(p == number and (not over or today) for p, over, today in given_)
        assert free.get(one.position_id, 0) == max(0, 2 - taken)
    assert all(openings > 0 for openings in free.values())
