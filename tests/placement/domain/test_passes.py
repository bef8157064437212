"""A total never stands without its members, however many passes they take."""

from dataclasses import replace

import pytest

from services.placement.domain import passes
from services.placement.domain.attendance import ConfirmAttendance
from services.placement.domain.candidates import decide_placed, decide_unmatched, evolve_candidate
from services.placement.domain.cohorts import (
    CohortEvent,
    SheetsLocked,
    cohort_due_on,
    evolve_cohort,
)
from services.placement.domain.confirming import decide_confirmation, decide_lock
from services.placement.domain.internships import evolve_placement
from services.placement.domain.matching import gather_inputs, match
from services.placement.domain.passes import decide_closing, decide_matching, openings_free
from services.placement.domain.rounds import MatchesWritten, MatchingPrepared, Round
from services.placement.domain.sheets import Side
from shared.events.placement import AttendanceMonthClosed, MatchingClosed
from tests.placement.builders import (
    MATCHING_ON,
    POLICY,
    candidate,
    cohort,
    day,
    placement,
    position,
    posts_of,
)


@pytest.fixture(params=[1, 2, 3, 500])
def members_per_pass(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(passes, "MEMBERS_PER_PASS_MAX", request.param)
    return int(request.param)


def test_matching_gives_the_same_result_in_any_number_of_passes(members_per_pass: int) -> None:
    state = cohort(selected=7)
    candidates = [candidate(n) for n in range(7)]
    positions = [position(n) for n in range(5)]
    found: dict[str, str] = {}
    events: list[CohortEvent] = []

    while not state.is_matched:
        result = decide_matching(
            state, state.rounds[0], candidates, positions, [], today=MATCHING_ON
        )
        known = {c.application_id: c for c in candidates}
        for c, p in result.placed:
            found[c.application_id] = p.position_id
            (placed,) = decide_placed("plc_1", p.position_id, MATCHING_ON)
            known[c.application_id] = evolve_candidate(c, placed)
        for c in result.unmatched:
            known[c.application_id] = evolve_candidate(c, *decide_unmatched(c, MATCHING_ON))
        candidates = list(known.values())
        assert len(result.placed) + len(result.unmatched) <= members_per_pass
        for event in result.events:
            state = evolve_cohort(state, event)
        events.extend(result.events)

    assert found == match(gather_inputs(candidates, posts_of(positions), POLICY))
    assert isinstance(events[0], MatchingPrepared)
    assert all(isinstance(event, MatchesWritten) for event in events[1:-1])
    closed = events[-1]
    assert isinstance(closed, MatchingClosed)
    assert (closed.candidates, closed.openings, closed.placed, closed.unmatched) == (7, 5, 5, 2)
    assert all(c.status != "waiting" for c in candidates)


def test_a_month_is_announced_when_every_sheet_is_locked(members_per_pass: int) -> None:
    state = cohort()
    placements = [placement(n) for n in range(5)]
    events: list[CohortEvent] = []

    while not state.closed_months:
        result = decide_closing(state, "2022-04", placements, day("05-05"))
        locked = {p.placement_id for p in result.placements}
        placements = [
            evolve_placement(p, *decide_lock(p, "2022-04", day("05-05")))
            if p.placement_id in locked
            else p
            for p in placements
        ]
        assert len(result.placements) <= members_per_pass
        for event in result.events:
            state = evolve_cohort(state, event)
        events.extend(result.events)

    assert all(isinstance(event, SheetsLocked) for event in events[:-1])
    closed = events[-1]
    assert isinstance(closed, AttendanceMonthClosed)
    assert (closed.confirmed, closed.missing) == (0, 5)
    assert closed.effective_on == day("05-05")
    assert all(p.sheet("2022-04").locked_on for p in placements)


def test_a_confirmation_between_two_passes_is_late_and_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passes, "MEMBERS_PER_PASS_MAX", 1)
    first, second = placement(1), placement(2)
    (locked,) = decide_closing(cohort(), "2022-04", [first, second], day("05-05")).placements
    locked = evolve_placement(locked, *decide_lock(locked, "2022-04", day("05-05")))
    sides: tuple[Side, Side] = ("host", "intern")
    for side in sides:
        for event in decide_confirmation(
            locked,
            "2022-04",
            side,
            ConfirmAttendance(absent_on=()),
            policy=POLICY,
            today=day("05-05"),
        ):
            locked = evolve_placement(locked, event)

    (closed,) = decide_closing(cohort(), "2022-04", [locked, second], day("05-05")).events

    assert locked.sheet("2022-04").status == "confirmed"
    assert isinstance(closed, AttendanceMonthClosed)
    assert (closed.confirmed, closed.missing) == (0, 2)


def test_a_cohort_without_placements_closes_its_months_with_zeros() -> None:
    state = cohort(selected=0)
    for event in decide_matching(state, state.rounds[0], [], [], [], today=MATCHING_ON).events:
        state = evolve_cohort(state, event)

    assert cohort_due_on(state) == day("05-05")
    (closed,) = decide_closing(state, "2022-04", [], day("05-05")).events
    assert isinstance(closed, AttendanceMonthClosed)
    assert (closed.confirmed, closed.missing) == (0, 0)


def test_a_position_offered_for_the_next_round_is_in_no_earlier_one() -> None:
    """Round 1 may be held beyond its day, while positions are offered for round 2 already."""
    early, late = position(1), replace(position(2), round=2)
    first = cohort(selected=1).rounds[0]
    second = Round(2, day("04-08"))

    in_first = openings_free([early, late], [], first, MATCHING_ON)
    in_second = openings_free([early, late], [], second, day("04-08"))

    assert in_first.keys() == {early.position_id}
    assert in_second.keys() == {early.position_id, late.position_id}
