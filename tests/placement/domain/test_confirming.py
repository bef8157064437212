"""What both say is confirmed; what both say afterwards, in other words, corrects it."""

from collections.abc import Iterable
from datetime import date

import pytest

from services.placement.domain.attendance import (
    ConfirmAttendance,
    MonthAlreadyConfirmed,
    MonthNotConfirmed,
    MonthNotInService,
    NotAScheduledDay,
)
from services.placement.domain.confirming import decide_correction, decide_lock
from services.placement.domain.internships import Placement, PlacementEvent
from services.placement.domain.sheets import Side
from shared.events.placement import AttendanceConfirmed, AttendanceCorrected
from tests.placement.builders import POLICY, both_said, day, fold, said, started_placement

CLOSED_ON = POLICY.attendance_closes_on("2022-04")


def corrects(
    state: Placement, side: Side, month: str, days: Iterable[date] = ()
) -> tuple[Placement, list[PlacementEvent]]:
    command = ConfirmAttendance(absent_on=tuple(days))
    events = decide_correction(state, month, side, command, policy=POLICY, today=day("07-01"))
    return fold(state, events), events


def test_the_same_word_of_both_confirms_the_month() -> None:
    absences = [day("04-04"), day("04-05"), day("04-20")]

    state, first = said(started_placement(), "host", "2022-04", absences)
    assert not any(isinstance(e, AttendanceConfirmed) for e in first)
    _, events = said(state, "intern", "2022-04", absences)

    confirmed = events[-1]
    assert isinstance(confirmed, AttendanceConfirmed)
    assert (confirmed.scheduled_days, confirmed.absent_days, confirmed.absent_weeks) == (21, 3, 2)
    assert not confirmed.is_late
    assert "04-04" not in confirmed.model_dump_json()


def test_the_intern_may_come_first() -> None:
    state, _ = said(started_placement(), "intern", "2022-04")

    _, events = said(state, "host", "2022-04")

    assert isinstance(events[-1], AttendanceConfirmed)


def test_different_words_are_disputed_until_one_side_corrects() -> None:
    state, _ = said(started_placement(), "host", "2022-04", [day("04-04")])
    state, _ = said(state, "intern", "2022-04")
    assert state.sheet("2022-04").status == "disputed"

    state, events = said(state, "host", "2022-04")

    assert state.sheet("2022-04").status == "confirmed"
    assert isinstance(events[-1], AttendanceConfirmed)
    assert events[-1].absent_days == 0


def test_the_same_word_again_changes_nothing() -> None:
    state, _ = said(started_placement(), "host", "2022-04")

    assert said(state, "host", "2022-04")[1] == []


def test_a_confirmed_month_is_closed_for_both_sides() -> None:
    state, _ = both_said(started_placement(), "2022-04")

    for side in ("host", "intern"):
        with pytest.raises(MonthAlreadyConfirmed):
            said(state, side, "2022-04", [day("04-04")])


def test_a_month_outside_the_internship_has_no_sheet() -> None:
    with pytest.raises(MonthNotInService):
        said(started_placement(), "host", "2022-07")
    assert decide_lock(started_placement(), "2022-07", day("08-05")) == []


def test_a_confirmation_after_the_lock_is_late() -> None:
    state = fold(started_placement(), decide_lock(started_placement(), "2022-04", CLOSED_ON))

    state, events = both_said(state, "2022-04", today=CLOSED_ON)

    assert isinstance(events[-1], AttendanceConfirmed)
    assert events[-1].is_late
    assert state.sheet("2022-04").confirmed_as == "late"


def test_a_sheet_is_locked_once() -> None:
    locked = fold(started_placement(), decide_lock(started_placement(), "2022-04", CLOSED_ON))

    assert decide_lock(locked, "2022-04", CLOSED_ON) == []


def test_both_sides_correct_a_confirmed_month() -> None:
    """The first word waits; the second, the same, replaces the figures whole."""
    state, _ = both_said(started_placement(), "2022-04", [day("04-04")])
    absences = [day("04-04"), day("04-12")]

    state, first = corrects(state, "host", "2022-04", absences)
    assert not any(isinstance(e, AttendanceCorrected) for e in first)
    assert state.sheet("2022-04").correction_status == "waiting"
    state, events = corrects(state, "intern", "2022-04", absences)

    corrected = events[-1]
    assert isinstance(corrected, AttendanceCorrected)
    assert corrected.correction_no == 1
    assert (corrected.service_from, corrected.service_until) == (day("04-01"), day("04-30"))
    assert (corrected.scheduled_days, corrected.absent_days, corrected.absent_weeks) == (21, 2, 2)
    assert "04-12" not in corrected.model_dump_json()
    sheet = state.sheet("2022-04")
    assert (sheet.status, sheet.correction_status, sheet.confirmed_as) == (
        "confirmed",
        "none",
        "in-time",
    )


def test_corrections_of_a_month_are_numbered() -> None:
    state, _ = both_said(started_placement(), "2022-04")
    numbers = []
    for days in ([day("04-04")], [], [day("04-05")]):
        state, _ = corrects(state, "intern", "2022-04", days)
        state, events = corrects(state, "host", "2022-04", days)
        numbers += [e.correction_no for e in events if isinstance(e, AttendanceCorrected)]

    assert numbers == [1, 2, 3]


def test_different_words_on_a_confirmed_month_leave_it_as_it_stands() -> None:
    state, _ = both_said(started_placement(), "2022-04")
    state, _ = corrects(state, "host", "2022-04", [day("04-04")])
    state, events = corrects(state, "intern", "2022-04", [day("04-05")])

    assert not any(isinstance(e, AttendanceCorrected) for e in events)
    sheet = state.sheet("2022-04")
    assert (sheet.correction_status, sheet.absent_on) == ("disputed", ())


def test_who_says_again_what_stands_takes_her_word_back() -> None:
    state, _ = both_said(started_placement(), "2022-04", [day("04-04")])
    state, _ = corrects(state, "host", "2022-04")

    state, events = corrects(state, "host", "2022-04", [day("04-04")])

    assert not any(isinstance(e, AttendanceCorrected) for e in events)
    assert state.sheet("2022-04").correction_status == "none"
    assert corrects(state, "host", "2022-04", [day("04-04")])[1] == []


def test_other_days_with_equal_figures_are_a_correction_too() -> None:
    state, _ = both_said(started_placement(), "2022-04", [day("04-04")])
    state, _ = corrects(state, "host", "2022-04", [day("04-05")])

    _, events = corrects(state, "intern", "2022-04", [day("04-05")])

    assert [e.absent_weeks for e in events if isinstance(e, AttendanceCorrected)] == [1]


def test_only_a_confirmed_month_is_corrected_and_only_by_its_own_days() -> None:
    with pytest.raises(MonthNotConfirmed):
        corrects(started_placement(), "host", "2022-04")
    state, _ = both_said(started_placement(), "2022-04")
    with pytest.raises(NotAScheduledDay):
        corrects(state, "host", "2022-04", [day("04-09")])
    with pytest.raises(MonthNotInService):
        corrects(state, "host", "2022-07")


def test_a_week_that_a_correction_frees_counts_in_the_other_month() -> None:
    """Monday 30 May to Friday 3 June 2022 is one week; May held its weekly holiday."""
    state, _ = both_said(started_placement(), "2022-05", [day("05-31")])
    state, _ = both_said(state, "2022-06", [day("06-02")])
    assert state.sheet("2022-06").weeks == ()
    state, _ = corrects(state, "host", "2022-05")

    state, events = corrects(state, "intern", "2022-05")

    corrected = [e for e in events if isinstance(e, AttendanceCorrected)]
    assert [(e.month, e.absent_days, e.absent_weeks) for e in corrected] == [
        ("2022-05", 0, 0),
        ("2022-06", 1, 1),
    ]
    assert [e.correction_no for e in corrected] == [1, 1]
    assert len(state.sheet("2022-06").weeks) == 1


def test_a_week_that_the_later_month_frees_counts_in_the_earlier_one() -> None:
    """June was confirmed first and held the weekly holiday of the week of 30 May."""
    state, _ = both_said(started_placement(), "2022-06", [day("06-02")])
    state, _ = both_said(state, "2022-05", [day("05-31")])
    state, _ = corrects(state, "host", "2022-06")

    _, events = corrects(state, "intern", "2022-06")

    corrected = [e for e in events if isinstance(e, AttendanceCorrected)]
    assert [(e.month, e.absent_weeks) for e in corrected] == [("2022-05", 1), ("2022-06", 0)]
