from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.placement.domain.cohorts import MatchingBegun
from services.placement.domain.positions import (
    HoursNotOffered,
    NotACandidate,
    OfferPosition,
    PositionExists,
    RankCandidates,
    RankedTwice,
    UnknownField,
    decide_offer,
    decide_ranking,
    evolve_position,
)
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
    assert decide_ranking(ranking, cohort(), people, day("03-28"))
    with pytest.raises(MatchingBegun):
        decide_offer(None, offer(), host(), cohort(), MATCHING_ON)
    with pytest.raises(MatchingBegun):
        decide_ranking(ranking, cohort(), people, MATCHING_ON)


@given(st.lists(st.integers(0, 5), max_size=8))
def test_a_ranking_names_candidates_of_the_cohort_once_each(numbers: list[int]) -> None:
    command = RankCandidates(ranked_person_ids=tuple(map(person_id, numbers)))
    people = frozenset(map(person_id, range(4)))

    if len(set(numbers)) < len(numbers):
        with pytest.raises(RankedTwice):
            decide_ranking(command, cohort(), people, TODAY)
    elif any(number >= 4 for number in numbers):
        with pytest.raises(NotACandidate):
            decide_ranking(command, cohort(), people, TODAY)
    else:
        (ranked,) = decide_ranking(command, cohort(), people, TODAY)
        assert evolve_position(position(1, ranked=[3]), ranked).ranked_person_ids == (
            command.ranked_person_ids
        )


def test_no_ranking_comes_before_the_offer() -> None:
    (ranked,) = decide_ranking(RankCandidates(ranked_person_ids=()), cohort(), frozenset(), TODAY)

    with pytest.raises(Invalid):
        evolve_position(None, ranked)
