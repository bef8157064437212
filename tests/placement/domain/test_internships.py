from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.placement.domain.attendance import (
    scheduled_days,
)
from services.placement.domain.confirming import decide_lock
from services.placement.domain.internships import (
    Placement,
    decide_due,
    decide_placement,
    evolve_placement,
    placement_due_on,
)
from services.placement.domain.sheets import Figures
from shared.errors import Invalid
from shared.events import Event
from shared.events.placement import (
    InternPlaced,
    InternshipCompleted,
    InternshipNotCompleted,
    InternshipStarted,
)
from shared.ids import derive
from tests.placement.builders import (
    MATCHING_ON,
    MONTHS,
    POLICY,
    application_id,
    both_said,
    candidate,
    day,
    fold,
    placement,
    position,
    started_placement,
)

AFTERWARDS = day("07-01")
CLOSINGS = tuple(map(POLICY.attendance_closes_on, MONTHS))


def finished(*absences_by_month: Iterable[date]) -> Placement:
    state = started_placement()
    for month, days, closed_on in zip(MONTHS, absences_by_month, CLOSINGS, strict=True):
        state, _ = both_said(state, month, days, closed_on)
        state = fold(state, decide_lock(state, month, closed_on))
    return state


def test_a_placement_has_the_days_of_the_policy_and_the_hours_of_the_position() -> None:
    (placed,) = decide_placement(candidate(1), position(1), POLICY, MATCHING_ON)

    assert isinstance(placed, InternPlaced)
    assert placed.placement_id == derive("plc", application_id(1))
    assert (placed.starts_on, placed.ends_on) == (day("04-01"), day("06-30"))
    assert (placed.hours_per_day, placed.hours_per_month) == (8, 209)
    assert tuple(s.month for s in placement().sheets) == MONTHS


@pytest.mark.parametrize(
    ("matched_on", "starts_on"), [("03-31", "04-01"), ("04-01", "04-04"), ("04-06", "04-07")]
)
def test_who_is_placed_late_starts_on_the_next_business_day(
    matched_on: str, starts_on: str
) -> None:
    """Matching was held: she was not at work in the days before."""
    (placed,) = decide_placement(candidate(1), position(1), POLICY, day(matched_on))

    assert isinstance(placed, InternPlaced)
    assert placed.starts_on == day(starts_on)


def test_the_internship_starts_on_its_first_day() -> None:
    assert placement_due_on(placement()) == day("04-01")
    assert decide_due(placement(), POLICY, day("03-31")) == []

    (event,) = decide_due(placement(), POLICY, day("04-01"))

    assert isinstance(event, InternshipStarted)
    assert event.effective_on == day("04-01")


def test_a_start_that_was_missed_still_counts_from_the_first_day() -> None:
    (event,) = decide_due(placement(), POLICY, day("04-05"))

    assert (event.effective_on, event.recorded_on) == (day("04-01"), day("04-05"))


def test_the_outcome_is_due_when_the_last_month_is_closed() -> None:
    assert placement_due_on(started_placement()) is None
    done = finished((), (), ())
    assert placement_due_on(done) == CLOSINGS[-1]

    (event,) = decide_due(done, POLICY, CLOSINGS[-1])

    assert isinstance(event, InternshipCompleted)
    assert (event.effective_on, event.recorded_on) == (day("06-30"), day("07-05"))
    assert (event.scheduled_days, event.attended_days) == (62, 62)
    assert placement_due_on(fold(done, [event])) is None


def test_the_outcome_waits_for_a_month_without_confirmation() -> None:
    state = started_placement()
    for month, closed_on in zip(MONTHS, CLOSINGS, strict=True):
        state = fold(state, decide_lock(state, month, closed_on))
    for month in MONTHS[:2]:
        state, _ = both_said(state, month)
    assert placement_due_on(state) is None
    assert decide_due(state, POLICY, day("08-01")) == []

    state, _ = both_said(state, "2022-06", today=day("08-01"))

    assert placement_due_on(state) == CLOSINGS[-1]
    (event,) = decide_due(state, POLICY, day("08-01"))
    assert (event.effective_on, event.recorded_on) == (day("06-30"), day("08-01"))


def test_months_all_confirmed_but_not_closed_are_no_outcome_yet() -> None:
    state = started_placement()
    for month in MONTHS:
        state, _ = both_said(state, month)

    assert placement_due_on(state) is None


@pytest.mark.parametrize(
    ("absences", "contract"), [(12, InternshipCompleted), (13, InternshipNotCompleted)]
)
def test_completion_asks_for_four_fifths_exactly(absences: int, contract: type[Event]) -> None:
    """62 scheduled days: 4/5 are 49.6, so 50 complete and 49 do not."""
    days = scheduled_days(placement().sheet("2022-05"), POLICY)[:absences]

    (event,) = decide_due(finished((), days, ()), POLICY, CLOSINGS[-1])

    assert isinstance(event, InternshipCompleted | InternshipNotCompleted)
    assert type(event) is contract
    assert event.attended_days == 62 - absences


@given(st.integers(0, 100))
def test_a_share_of_exactly_the_policys_completes(attended: int) -> None:
    state = finished((), (), ())
    sheets = tuple(
        replace(sheet, figures=Figures(sheet.service_until, days, absent, absent_weeks=0))
        for sheet, days, absent in zip(
            state.sheets, (100, 0, 0), (100 - attended, 0, 0), strict=True
        )
    )

    (event,) = decide_due(replace(state, sheets=sheets), POLICY, CLOSINGS[-1])

    assert isinstance(event, InternshipCompleted) == (attended >= 80)


def test_nothing_comes_before_the_placement() -> None:
    (event,) = decide_due(placement(), POLICY, day("04-01"))

    with pytest.raises(Invalid):
        evolve_placement(None, event)
