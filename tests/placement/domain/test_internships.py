from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.placement.domain.attendance import (
    ConfirmAttendance,
    Figures,
    MonthAlreadyConfirmed,
    MonthNotInService,
    Side,
    scheduled_days,
)
from services.placement.domain.internships import (
    Placement,
    PlacementEvent,
    decide_confirmation,
    decide_due,
    decide_lock,
    decide_placement,
    evolve_placement,
    placement_due_on,
)
from shared.errors import Invalid
from shared.events import Event
from shared.events.placement import (
    AttendanceConfirmed,
    InternPlaced,
    InternshipCompleted,
    InternshipNotCompleted,
    InternshipStarted,
)
from shared.ids import derive
from tests.placement.builders import (
    MATCHING_ON,
    POLICY,
    application_id,
    candidate,
    day,
    placement,
    position,
)

MONTHS = ("2022-04", "2022-05", "2022-06")
AFTERWARDS = day("07-01")
CLOSINGS = tuple(map(POLICY.attendance_closes_on, MONTHS))


def fold(state: Placement, events: Iterable[PlacementEvent]) -> Placement:
    for event in events:
        state = evolve_placement(state, event)
    return state


def declare(
    state: Placement, side: Side, month: str, days: Iterable[date] = (), today: date = AFTERWARDS
) -> tuple[Placement, list[PlacementEvent]]:
    command = ConfirmAttendance(absent_on=tuple(days))
    events = decide_confirmation(state, month, side, command, policy=POLICY, today=today)
    return fold(state, events), events


def confirm(
    state: Placement, month: str, days: Iterable[date] = (), today: date = AFTERWARDS
) -> tuple[Placement, list[PlacementEvent]]:
    state, _ = declare(state, "host", month, days, today)
    return declare(state, "intern", month, days, today)


def started() -> Placement:
    return fold(placement(), decide_due(placement(), POLICY, POLICY.starts_on))


def finished(*absences_by_month: Iterable[date]) -> Placement:
    state = started()
    for month, days, closed_on in zip(MONTHS, absences_by_month, CLOSINGS, strict=True):
        state, _ = confirm(state, month, days, closed_on)
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


def test_the_same_word_of_both_confirms_the_month() -> None:
    absences = [day("04-04"), day("04-05"), day("04-20")]

    state, first = declare(started(), "host", "2022-04", absences)
    assert not any(isinstance(e, AttendanceConfirmed) for e in first)
    _, events = declare(state, "intern", "2022-04", absences)

    confirmed = events[-1]
    assert isinstance(confirmed, AttendanceConfirmed)
    assert (confirmed.scheduled_days, confirmed.absent_days, confirmed.absent_weeks) == (21, 3, 2)
    assert not confirmed.is_late
    assert "04-04" not in confirmed.model_dump_json()


def test_the_intern_may_come_first() -> None:
    state, _ = declare(started(), "intern", "2022-04")

    _, events = declare(state, "host", "2022-04")

    assert isinstance(events[-1], AttendanceConfirmed)


def test_different_words_are_disputed_until_one_side_corrects() -> None:
    state, _ = declare(started(), "host", "2022-04", [day("04-04")])
    state, _ = declare(state, "intern", "2022-04")
    assert state.sheet("2022-04").status == "disputed"

    state, events = declare(state, "host", "2022-04")

    assert state.sheet("2022-04").status == "confirmed"
    assert isinstance(events[-1], AttendanceConfirmed)
    assert events[-1].absent_days == 0


def test_the_same_word_again_changes_nothing() -> None:
    state, _ = declare(started(), "host", "2022-04")

    assert declare(state, "host", "2022-04")[1] == []


def test_a_confirmed_month_is_closed_for_both_sides() -> None:
    state, _ = confirm(started(), "2022-04")

    for side in ("host", "intern"):
        with pytest.raises(MonthAlreadyConfirmed):
            declare(state, side, "2022-04", [day("04-04")])


def test_a_month_outside_the_internship_has_no_sheet() -> None:
    with pytest.raises(MonthNotInService):
        declare(started(), "host", "2022-07")
    assert decide_lock(started(), "2022-07", day("08-05")) == []


def test_a_confirmation_after_the_lock_is_late() -> None:
    state = fold(started(), decide_lock(started(), "2022-04", CLOSINGS[0]))

    state, events = confirm(state, "2022-04", today=CLOSINGS[0])

    assert isinstance(events[-1], AttendanceConfirmed)
    assert events[-1].is_late
    assert not state.sheet("2022-04").is_on_time


def test_a_sheet_is_locked_once() -> None:
    locked = fold(started(), decide_lock(started(), "2022-04", CLOSINGS[0]))

    assert decide_lock(locked, "2022-04", CLOSINGS[0]) == []


def test_the_outcome_is_due_when_the_last_month_is_closed() -> None:
    assert placement_due_on(started()) is None
    done = finished((), (), ())
    assert placement_due_on(done) == CLOSINGS[-1]

    (event,) = decide_due(done, POLICY, CLOSINGS[-1])

    assert isinstance(event, InternshipCompleted)
    assert (event.effective_on, event.recorded_on) == (day("06-30"), day("07-05"))
    assert (event.scheduled_days, event.attended_days) == (62, 62)
    assert placement_due_on(fold(done, [event])) is None


def test_the_outcome_waits_for_a_month_without_confirmation() -> None:
    state = started()
    for month, closed_on in zip(MONTHS, CLOSINGS, strict=True):
        state = fold(state, decide_lock(state, month, closed_on))
    for month in MONTHS[:2]:
        state, _ = confirm(state, month)
    assert placement_due_on(state) is None
    assert decide_due(state, POLICY, day("08-01")) == []

    state, _ = confirm(state, "2022-06", today=day("08-01"))

    assert placement_due_on(state) == CLOSINGS[-1]
    (event,) = decide_due(state, POLICY, day("08-01"))
    assert (event.effective_on, event.recorded_on) == (day("06-30"), day("08-01"))


def test_months_all_confirmed_but_not_closed_are_no_outcome_yet() -> None:
    state = started()
    for month in MONTHS:
        state, _ = confirm(state, month)

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
        replace(sheet, figures=Figures(days, absent, absent_weeks=0, is_late=False))
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
