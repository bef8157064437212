import pytest

from services.placement.domain.cohorts import (
    CohortEvent,
    CohortNoted,
    cohort_due_on,
    decide_hold,
    evolve_cohort,
)
from services.placement.domain.rounds import MatchesWritten, MatchingHeld, MatchingPrepared
from shared.errors import Invalid
from shared.events.placement import AttendanceMonthClosed, MatchingClosed
from tests.placement.builders import COHORT_ID, MATCHING_ON, POLICY, cohort, day

WHEN = {"effective_on": MATCHING_ON, "recorded_on": MATCHING_ON}


def closed(digest: str = "d") -> MatchingClosed:
    return MatchingClosed(
        cohort_id=COHORT_ID,
        round=1,
        candidates=3,
        openings=2,
        placed=2,
        unmatched=1,
        input_digest=digest,
        **WHEN,
    )


def prepared(digest: str = "d") -> MatchingPrepared:
    return MatchingPrepared(openings=(("pos_1", 2),), input_digest=digest, **WHEN)


def month_closed(month: str) -> AttendanceMonthClosed:
    return AttendanceMonthClosed(cohort_id=COHORT_ID, month=month, confirmed=1, missing=1, **WHEN)


def test_matching_falls_due_first_then_every_month_in_order() -> None:
    state = cohort(selected=3)
    state = evolve_cohort(state, prepared())
    days = [cohort_due_on(state)]
    lives: list[CohortEvent] = [closed()]
    lives += map(month_closed, ("2022-04", "2022-05", "2022-06"))
    for event in lives:
        state = evolve_cohort(state, event)
        days.append(cohort_due_on(state))

    assert days == [MATCHING_ON, day("05-05"), day("06-05"), day("07-05"), None]


@pytest.mark.parametrize(
    ("selected", "received", "waits_for"),
    [
        (None, 0, "selection-closed"),
        (None, 3, "selection-closed"),
        (3, 2, "all-selected-applicants"),
        (3, 4, "all-selected-applicants"),
    ],
)
def test_matching_is_held_until_received_and_announced_agree(
    selected: int | None, received: int, waits_for: str
) -> None:
    state = cohort(selected=selected)

    (held,) = decide_hold(state.rounds[0], received, MATCHING_ON)

    assert isinstance(held, MatchingHeld)
    assert (held.waits_for, held.announced, held.received) == (waits_for, selected, received)
    waiting = evolve_cohort(state, held)
    assert waiting.rounds[0].waits_for == waits_for
    assert cohort_due_on(waiting) == day("03-30")


def test_matching_is_not_held_when_all_are_there() -> None:
    assert decide_hold(cohort(selected=3).rounds[0], 3, MATCHING_ON) == []
    assert decide_hold(cohort(selected=0).rounds[0], 0, MATCHING_ON) == []


def test_a_cohort_stays_due_until_the_last_result_is_written() -> None:
    written = MatchesWritten(input_digest="d", placed=2, unmatched=0, **WHEN)

    state = evolve_cohort(evolve_cohort(cohort(selected=3), prepared()), written)
    assert cohort_due_on(state) == MATCHING_ON
    assert not state.is_matched
    state = evolve_cohort(state, closed())

    assert state.is_matched
    assert state.rounds[0].waits_for is None


def test_two_passes_that_saw_different_inputs_are_a_fault() -> None:
    written = MatchesWritten(input_digest="other", placed=2, unmatched=0, **WHEN)

    with pytest.raises(Invalid):
        evolve_cohort(evolve_cohort(cohort(selected=3), prepared()), written)
    with pytest.raises(Invalid):
        evolve_cohort(cohort(selected=3), closed())


def test_a_cohort_is_opened_once_and_first() -> None:
    noted = CohortNoted(cohort_id=COHORT_ID, policy=POLICY, **WHEN)

    with pytest.raises(Invalid):
        evolve_cohort(cohort(), noted)
    with pytest.raises(Invalid):
        evolve_cohort(None, closed())
