import pytest

from services.placement.domain.candidates import (
    CandidateNoted,
    candidate_due_on,
    decide_noting,
    decide_noting_withdrawal,
    decide_placed,
    decide_unmatched,
    decide_withdrawn,
    evolve_candidate,
)
from shared.errors import Invalid
from shared.events.placement import ApplicantUnmatched
from tests.placement.builders import (
    TODAY,
    applicant_selected,
    application_id,
    application_withdrawn,
    candidate,
    day,
)


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


def test_a_reserve_who_is_called_is_in_no_rounds_matching() -> None:
    event = applicant_selected(1, recorded_on=TODAY, vacancy_id="vac_1")
    state = None
    for noted in decide_noting(None, event, TODAY):
        state = evolve_candidate(state, noted)

    assert state is not None
    assert state.is_reserve
    assert candidate_due_on(state) == day("03-11")
    with pytest.raises(Invalid):
        decide_noting(state, event, TODAY)


def test_what_a_call_gives_her_is_no_result_of_her_round() -> None:
    state = evolve_candidate(candidate(1), *decide_unmatched(candidate(1), TODAY))
    (called,) = decide_noting(state, applicant_selected(1, vacancy_id="vac_1"), TODAY)
    state = evolve_candidate(state, called)

    placed = evolve_candidate(state, *decide_placed("plc_1", "pos_1", TODAY, "vac_1"))

    assert (placed.status, placed.result, placed.position_id) == ("placed", "unmatched", None)
    assert (placed.placement_id, placed.times_placed, placed.call) == ("plc_1", 1, None)
    assert candidate_due_on(placed) is None


def test_a_withdrawal_counts_for_matchings_of_later_days_and_is_acted_on_once() -> None:
    event = application_withdrawn(1, TODAY)
    state = evolve_candidate(candidate(1), *decide_noting_withdrawal(candidate(1), event, TODAY))
    assert (state.takes_part(TODAY), state.takes_part(day("03-11"))) == (True, False)
    assert (state.withdraws(TODAY), state.withdraws(day("03-11"))) == (False, True)
    assert candidate_due_on(state) == day("03-11")
    with pytest.raises(Invalid):
        evolve_candidate(state, *decide_noting_withdrawal(state, event, TODAY))

    settled = evolve_candidate(state, *decide_withdrawn(day("03-11")))

    assert settled.status == "withdrawn"
    assert candidate_due_on(settled) is None
    assert decide_noting_withdrawal(None, event, TODAY) == []
