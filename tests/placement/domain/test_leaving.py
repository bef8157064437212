"""Who leaves: what it ends, what it cuts, and what it corrects. No day beyond it is told."""

from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.placement.domain.attendance import (
    ConfirmAttendance,
    MonthAlreadyConfirmed,
    MonthNotConfirmed,
    MonthNotInService,
    MonthNotOver,
    figures_of,
    scheduled_days,
)
from services.placement.domain.confirming import decide_confirmation, decide_correction, decide_lock
from services.placement.domain.internships import (
    Placement,
    PlacementEvent,
    decide_due,
    evolve_placement,
    placement_due_on,
)
from services.placement.domain.leaving import (
    DeclinePlacement,
    InternshipBegun,
    LeavesAfterLastDay,
    LeavesBeforeFirstDay,
    PlacementOver,
    WithdrawIntern,
    decide_decline,
    decide_end,
    decide_withdrawal,
)
from services.placement.domain.sheets import Side
from shared.errors import InTheFuture, Rejected
from shared.events.placement import (
    AttendanceConfirmed,
    AttendanceCorrected,
    InternshipStarted,
    InternWithdrew,
    PlacementDeclined,
)
from tests.placement.builders import (
    MONTHS,
    POLICY,
    both_said,
    day,
    fold,
    placement,
    said,
    started_placement,
)

BEFORE = day("03-30")


def withdraws(
    state: Placement, leaves_on: str, today: str
) -> tuple[Placement, list[PlacementEvent]]:
    command = WithdrawIntern(leaves_on=day(leaves_on), ended_by="intern")
    events = decide_withdrawal(state, command, POLICY, day(today))
    return fold(state, events), events


def corrected(events: Iterable[PlacementEvent]) -> list[AttendanceCorrected]:
    return [e for e in events if isinstance(e, AttendanceCorrected)]


def test_a_placement_is_declined_before_its_first_day_and_not_on_it() -> None:
    command = DeclinePlacement(declined_by="host")

    (declined,) = decide_decline(placement(), command, BEFORE)

    assert isinstance(declined, PlacementDeclined)
    assert (declined.effective_on, declined.declined_by) == (BEFORE, "host")
    state = evolve_placement(placement(), declined)
    assert (state.status, state.left_on, state.has_started) == ("declined", None, False)
    assert placement_due_on(state) is None
    assert all(sheet.is_void for sheet in state.sheets)
    with pytest.raises(InternshipBegun):
        decide_decline(placement(), command, POLICY.starts_on)
    with pytest.raises(PlacementOver):
        decide_decline(state, command, BEFORE)


def test_who_withdraws_before_her_first_day_declines() -> None:
    _, events = withdraws(placement(), "03-31", "03-30")

    assert [type(e) for e in events] == [PlacementDeclined]


def test_who_leaves_on_her_first_day_is_a_leaver_without_a_day() -> None:
    """Also where the command comes before that day's sweep."""
    for state in (placement(), started_placement()):
        after, events = withdraws(state, "04-01", "04-01")

        assert [type(e) for e in events if not isinstance(e, InternshipStarted)] == [InternWithdrew]
        assert (after.status, after.left_on, after.has_started) == ("withdrew", day("04-01"), True)
        assert all(sheet.is_void for sheet in after.sheets)


@pytest.mark.parametrize(
    ("leaves_on", "today", "refusal"),
    [
        ("04-22", "04-20", InTheFuture),
        ("03-31", "04-20", LeavesBeforeFirstDay),
        ("07-01", "07-01", LeavesAfterLastDay),
    ],
)
def test_a_leaving_is_at_the_latest_tomorrow_and_within_the_internship(
    leaves_on: str, today: str, refusal: type[Rejected]
) -> None:
    with pytest.raises(refusal):
        withdraws(started_placement(), leaves_on, today)


def test_a_placement_ends_once() -> None:
    state, _ = withdraws(started_placement(), "04-20", "04-20")

    with pytest.raises(PlacementOver):
        withdraws(state, "04-19", "04-20")
    assert decide_end(state, day("04-19"), "city", POLICY, day("04-21")) == []


def test_nobody_confirms_a_day_beyond_the_leaving() -> None:
    state, _ = withdraws(started_placement(), "05-12", "05-12")

    may = state.sheet("2022-05")
    assert (may.service_from, may.service_until) == (day("05-01"), day("05-11"))
    with pytest.raises(MonthNotInService):
        said(state, "host", "2022-06")


def test_the_last_month_is_confirmed_when_its_last_day_is_over_and_is_final() -> None:
    """She leaves on Saturday 14 May: Friday is her last scheduled day."""
    state, _ = withdraws(started_placement(), "05-14", "05-13")
    with pytest.raises(MonthNotOver):
        said(state, "host", "2022-05", today=day("05-12"))

    state, events = both_said(state, "2022-05", [day("05-13")], day("05-13"))

    confirmed = events[-1]
    assert isinstance(confirmed, AttendanceConfirmed)
    assert (confirmed.is_final, confirmed.is_late) == (True, False)
    assert (confirmed.service_until, confirmed.scheduled_days) == (day("05-13"), 9)


def test_the_month_before_the_last_is_not_final() -> None:
    state, _ = withdraws(started_placement(), "05-03", "05-03")

    _, events = both_said(state, "2022-04", today=day("05-03"))

    assert isinstance(events[-1], AttendanceConfirmed)
    assert not events[-1].is_final


def test_a_last_month_confirmed_after_the_closing_is_late_not_final() -> None:
    state, _ = withdraws(started_placement(), "04-12", "04-12")
    state = fold(state, decide_lock(state, "2022-04", day("05-05")))

    _, events = both_said(state, "2022-04", today=day("05-06"))

    assert isinstance(events[-1], AttendanceConfirmed)
    assert (events[-1].is_late, events[-1].is_final) == (True, False)


def test_a_late_withdrawal_corrects_what_was_confirmed_beyond_it() -> None:
    """She left on 15 April; April and May had been confirmed, June not yet."""
    state, _ = both_said(started_placement(), "2022-04", [day("04-13"), day("04-20")])
    state, _ = both_said(state, "2022-05", [day("05-02")])

    state, events = withdraws(state, "04-15", "06-13")

    assert isinstance(events[0], InternWithdrew)
    assert (events[0].effective_on, events[0].recorded_on) == (day("04-15"), day("06-13"))
    april, may = corrected(events)
    assert (april.month, april.service_until, april.effective_on) == (
        "2022-04",
        day("04-14"),
        day("04-14"),
    )
    assert (april.scheduled_days, april.absent_days, april.absent_weeks) == (10, 1, 1)
    assert (may.month, may.service_from, may.service_until) == ("2022-05", None, None)
    assert (may.scheduled_days, may.absent_days, may.absent_weeks) == (0, 0, 0)
    assert may.effective_on == day("05-01")
    assert [s.status for s in state.sheets] == ["confirmed", "void", "void"]


def test_a_withdrawal_found_after_completion_makes_her_a_leaver() -> None:
    state = started_placement()
    for month in MONTHS:
        closed_on = POLICY.attendance_closes_on(month)
        state, _ = both_said(state, month, today=closed_on)
        state = fold(state, decide_lock(state, month, closed_on))
    state = fold(state, decide_due(state, POLICY, day("07-05")))
    assert state.status == "completed"

    state, events = withdraws(state, "06-10", "08-20")

    assert state.status == "withdrew"
    assert [e.month for e in corrected(events)] == ["2022-06"]
    assert placement_due_on(state) is None


def test_words_that_are_the_same_without_the_days_after_confirm_the_last_month() -> None:
    """The host had named the days on which she did not come any more, she had named none."""
    state, _ = said(started_placement(), "host", "2022-04", [day("04-28"), day("04-29")])
    state, _ = said(state, "intern", "2022-04")
    assert state.sheet("2022-04").status == "disputed"

    state, events = withdraws(state, "04-28", "05-02")

    assert isinstance(events[-1], AttendanceConfirmed)
    assert (events[-1].is_final, events[-1].absent_days) == (True, 0)


def test_a_correction_under_way_about_a_month_cut_short_is_to_be_declared_anew() -> None:
    state, _ = both_said(started_placement(), "2022-04")
    command = ConfirmAttendance(absent_on=(day("04-04"), day("04-20")))
    proposal = decide_correction(
        state, "2022-04", "host", command, policy=POLICY, today=day("05-02")
    )
    state = fold(state, proposal)

    state, _ = withdraws(state, "04-15", "05-02")

    assert state.sheet("2022-04").correction_status == "none"


def test_a_sweep_takes_who_would_begin_today_for_not_begun() -> None:
    (declined,) = decide_end(placement(), day("04-01"), "city", POLICY, day("04-01"))

    assert isinstance(declined, PlacementDeclined)


def test_a_sweep_moves_a_leaving_before_the_first_day_to_it() -> None:
    events = decide_end(started_placement(), day("03-20"), "intern", POLICY, day("04-05"))

    assert isinstance(events[0], InternWithdrew)
    assert events[0].effective_on == POLICY.starts_on


def test_who_was_in_service_to_the_end_did_not_leave() -> None:
    assert decide_end(started_placement(), day("07-01"), "intern", POLICY, day("07-02")) == []


DAYS = [POLICY.starts_on + timedelta(days=n) for n in range(-2, 100)]
SIDES: tuple[Side, Side] = ("host", "intern")
ACTS = st.one_of(
    st.tuples(
        st.sampled_from(("confirm", "correct")),
        st.sampled_from(MONTHS),
        st.sampled_from((("host",), ("intern",), SIDES)),
        st.sets(st.integers(0, 20), max_size=3),
    ),
    st.tuples(st.just("lock"), st.sampled_from(MONTHS)),
    st.tuples(st.just("leave"), st.sampled_from(DAYS)),
)


def play(state: Placement, act: tuple[object, ...], today: date) -> list[PlacementEvent]:
    """One act on a day; what the rules refuse has no effect."""
    match act:
        case ("confirm" | "correct" as kind, str(month), tuple(sides), set(numbers)):
            decide = decide_confirmation if kind == "confirm" else decide_correction
            events: list[PlacementEvent] = []
            for side in sides:
                days = scheduled_days(state.sheet(month), POLICY)
                command = ConfirmAttendance(
                    absent_on=tuple(days[n] for n in sorted(numbers) if n < len(days))
                )
                found = decide(state, month, side, command, policy=POLICY, today=today)
                events += found
                state = fold(state, found)
            return events
        case ("lock", str(month)):
            return decide_lock(state, month, today)
        case ("leave", date() as leaves_on):
            command_ = WithdrawIntern(leaves_on=leaves_on, ended_by="host")
            return decide_withdrawal(state, command_, POLICY, today)
    raise AssertionError(act)


REFUSED = (
    MonthNotInService,
    MonthNotConfirmed,
    MonthAlreadyConfirmed,
    MonthNotOver,
    LeavesAfterLastDay,
    LeavesBeforeFirstDay,
    InTheFuture,
    PlacementOver,
)


@given(st.lists(st.tuples(ACTS, st.sampled_from(DAYS)), max_size=25))
def test_figures_are_always_those_of_the_days_in_service(
    acts: list[tuple[tuple[object, ...], date]],
) -> None:
    """Whatever is confirmed, corrected, locked and left, on days in order."""
    state = started_placement()
    told: dict[str, AttendanceConfirmed | AttendanceCorrected] = {}
    numbers: dict[str, list[int]] = {month: [] for month in MONTHS}
    for act, today in zip((a for a, _ in acts), sorted(d for _, d in acts), strict=True):
        try:
            events = play(state, act, max(today, POLICY.starts_on))
        except REFUSED:
            continue
        state = fold(state, events)
        for event in events:
            if isinstance(event, AttendanceConfirmed | AttendanceCorrected):
                told[event.month] = event
            if isinstance(event, AttendanceCorrected):
                numbers[event.month].append(event.correction_no)

        assert_sound(state, told)
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


def assert_sound(
    state: Placement, told: dict[str, AttendanceConfirmed | AttendanceCorrected]
) -> None:
    weeks = [week for sheet in state.sheets for week in sheet.weeks]
    assert len(weeks) == len(set(weeks)), "a weekly holiday is lost once"
    lost = set()
    for sheet in state.sheets:
        assert (sheet.figures is not None) == (sheet.month in told)
        if sheet.figures is None:
            continue
        event = told[sheet.month]
        others = state.others(sheet.month)
        assert sheet.figures == figures_of(sheet, sheet.absent_on, others, POLICY)
        figures = (event.scheduled_days, event.absent_days, event.absent_weeks)
        assert figures == (
            len(scheduled_days(sheet, POLICY)),
            len(sheet.absent_on),
            len(sheet.weeks),
        )
        lost |= {d.isocalendar()[:2] for d in sheet.absent_on}
        if state.left_on:
            assert event.service_until is None or event.service_until < state.left_on
            assert (event.service_from is None) == (state.left_on <= sheet.service_from)
    assert set(weeks) == lost, "and no week with absences is forgotten"
