from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.placement.domain.cohorts import RoundNoted, evolve_cohort
from services.placement.domain.positions import (
    HoursNotOffered,
    NotACandidate,
    OfferPosition,
    PositionExists,
    PositionIsClosed,
    RankCandidates,
    RankedTwice,
    UnknownField,
    decide_closing_position,
    decide_offer,
    decide_ranking,
    evolve_position,
)
from services.placement.domain.rounds import MatchingBegun
from shared.errors import Invalid
from shared.events.placement import PositionOffered
from tests.placement.builders import (
    COHORT_ID,
    MATCHING_ON,
    TODAY,
    cohort,
    day,
    host,
    person_id,
    position,
    round_announced,
)


def offer(**changes: Any) -> OfferPosition:
    values = {
        "cohort_id": COHORT_ID,
        "title": "Web developer",
        "field": "it",
        "openings": 1,
        "hours_per_day": 6,
        **changes,
    }
    return OfferPosition(**values)


def test_an_offered_position_has_the_months_hours_of_its_pattern() -> None:
    events = decide_offer(None, offer(), host(), cohort(), TODAY)

    assert isinstance(events[0], PositionOffered)
    assert (events[0].hours_per_day, events[0].hours_per_month) == (6, 157)
    state = evolve_position(evolve_position(None, events[0]), events[1])
    assert (state.title, state.host_name) == ("Web developer", "Company 1")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"hours_per_day": 5}, HoursNotOffered), ({"field": "x"}, UnknownField)],
)
def test_hours_and_field_must_be_the_cohorts(
    changes: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        decide_offer(None, offer(**changes), host(), cohort(), TODAY)


def test_a_title_is_offered_once() -> None:
    with pytest.raises(PositionExists):
        decide_offer(position(1), offer(), host(), cohort(), TODAY)


def test_positions_and_rankings_are_taken_until_the_day_before_matching() -> None:
    ranking = RankCandidates(ranked_person_ids=(person_id(1),))
    people = frozenset({person_id(1)})

    assert decide_offer(None, offer(), host(), cohort(), day("03-28"))
    assert decide_ranking(position(1), ranking, cohort(), people, day("03-28"))
    with pytest.raises(MatchingBegun):
        decide_offer(None, offer(), host(), cohort(), MATCHING_ON)
    with pytest.raises(MatchingBegun):
        decide_ranking(position(1), ranking, cohort(), people, MATCHING_ON)


@given(st.lists(st.integers(0, 5), max_size=8))
def test_a_ranking_names_candidates_of_the_cohort_once_each(numbers: list[int]) -> None:
    command = RankCandidates(ranked_person_ids=tuple(map(person_id, numbers)))
    people = frozenset(map(person_id, range(4)))

    if len(set(numbers)) < len(numbers):
        with pytest.raises(RankedTwice):
            decide_ranking(position(1), command, cohort(), people, TODAY)
    elif any(number >= 4 for number in numbers):
        with pytest.raises(NotACandidate):
            decide_ranking(position(1), command, cohort(), people, TODAY)
    else:
        (ranked,) = decide_ranking(position(1), command, cohort(), people, TODAY)
        assert evolve_position(position(1, ranked=[3]), ranked).ranked_person_ids == (
            command.ranked_person_ids
        )


def test_no_ranking_comes_before_the_offer() -> None:
    (ranked,) = decide_ranking(
        position(1), RankCandidates(ranked_person_ids=()), cohort(), frozenset(), TODAY
    )

    with pytest.raises(Invalid):
        evolve_position(None, ranked)


def test_a_ranking_is_for_the_round_to_come_and_leaves_those_before_as_they_were() -> None:
    revised = round_announced(day("04-08"), day("03-30")).policy
    noted = RoundNoted(effective_on=TODAY, recorded_on=TODAY, round=2, policy=revised)
    in_two = evolve_cohort(cohort(), noted)
    people = frozenset(map(person_id, range(4)))
    state = position(1, ranked=[1, 2])

    for today, numbers in ((day("03-28"), (2, 1)), (MATCHING_ON, (3,)), (day("04-07"), (0,))):
        command = RankCandidates(ranked_person_ids=tuple(map(person_id, numbers)))
        for event in decide_ranking(state, command, in_two, people, today):
            state = evolve_position(state, event)

    assert state.ranked_for(1) == (person_id(2), person_id(1))
    assert state.ranked_for(2) == state.ranked_person_ids == (person_id(0),)
    with pytest.raises(MatchingBegun):
        decide_ranking(state, command, in_two, people, day("04-08"))


def test_a_closed_position_is_open_for_what_was_decided_on_that_day() -> None:
    (closed,) = decide_closing_position(position(1), TODAY)
    state = evolve_position(position(1), closed)

    assert (state.is_open(TODAY), state.is_open(day("03-11"))) == (True, False)
    with pytest.raises(PositionIsClosed):
        decide_closing_position(state, TODAY)
    with pytest.raises(PositionIsClosed):
        decide_ranking(state, RankCandidates(ranked_person_ids=()), cohort(), frozenset(), TODAY)
