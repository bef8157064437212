import pytest

from services.placement.domain.candidates import (
    CandidateNoted,
    decide_noting,
    decide_placed,
    decide_unmatched,
    evolve_candidate,
)
from shared.errors import Invalid
from shared.events.placement import ApplicantUnmatched
from tests.placement.builders import TODAY, applicant_selected, application_id, candidate


def test_a_selected_applicant_is_noted_with_her_wishes() -> None:
    (noted,) = decide_noting(None, applicant_selected(1, "pos_b", "pos_a"), TODAY)

    assert isinstance(noted, CandidateNoted)
    assert evolve_candidate(None, noted) == candidate(1, prefers=["pos_b", "pos_a"])


def test_an_application_is_selected_once() -> None:
    with pytest.raises(Invalid):
        decide_noting(candidate(1), applicant_selected(1), TODAY)


def test_she_knows_the_place_of_a_position_on_her_list() -> None:
    wishes = candidate(1, prefers=["pos_b", "pos_a"])

    assert [wishes.listed_as(p) for p in ("pos_a", "pos_b", "pos_c")] == [2, 1, None]


def test_matching_places_her_or_leaves_her_unmatched() -> None:
    (placed,) = decide_placed("plc_1", "pos_1", TODAY)
    (unmatched,) = decide_unmatched(candidate(1), TODAY)

    assert evolve_candidate(candidate(1), placed).status == "placed"
    assert evolve_candidate(candidate(1), placed).position_id == "pos_1"
    assert isinstance(unmatched, ApplicantUnmatched)
    assert unmatched.application_id == application_id(1)
    assert evolve_candidate(candidate(1), unmatched).status == "unmatched"


def test_nothing_comes_before_her_selection() -> None:
    (placed,) = decide_placed("plc_1", "pos_1", TODAY)

    with pytest.raises(Invalid):
        evolve_candidate(None, placed)
