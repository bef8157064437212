"""The counseling year: it opens, is given care, its follow-ups run late, it ends."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.counseling.domain import (
    Case,
    Cohort,
    YearPlanned,
    decide_contact,
    decide_due,
    decide_employment_end,
    decide_leaving,
    decide_opening,
    decide_reemployment,
    decide_return,
    decide_taking_over,
    due_on_case,
    ending_of,
    next_follow_up,
)
from shared.errors import Invalid
from shared.events.counseling import (
    CaseClosed,
    CaseOpened,
    CaseTransferred,
    CounselorAssigned,
    FollowUpOverdue,
)
from tests.counseling.builders import (
    CLOSING,
    COHORT,
    COHORT_ID,
    COUNSELOR_ID,
    KNOWN,
    LEFT,
    OPENED,
    case_id,
    case_of,
    completed,
    contact,
    employment_end,
    evolved,
    open_case,
    policy_with,
    reemployment,
    waiting_case,
    withdrew,
)

# 30, 90, 180, 270 and 355 days after 2022-06-30
FOLLOW_UPS = (
    date(2022, 7, 30),
    date(2022, 9, 28),
    date(2022, 12, 27),
    date(2023, 3, 27),
    date(2023, 6, 20),
)
DAY = timedelta(days=1)
days_of_the_year = st.dates(OPENED, CLOSING - DAY)


def after(case: Case, *held_on: date) -> Case:
    """The case after contacts that were written up late, on the day before it closes."""
    for day in held_on:
        case = evolved(case, decide_contact(case, contact(day), CLOSING - DAY))
    return case


def overdue(case: Case, today: date) -> list[tuple[int, date]]:
    return [
        (e.follow_up_no, e.effective_on)
        for e in decide_due(case, today)
        if isinstance(e, FollowUpOverdue)
    ]


def test_the_year_begins_on_the_day_after_the_internship_whenever_that_is_known() -> None:
    completion = completed("ji-u")

    events = decide_opening(None, ending_of(completion), COHORT, KNOWN)

    assert events == [
        CaseOpened(
            effective_on=OPENED,
            recorded_on=KNOWN,
            case_id=case_id("ji-u"),
            person_id=completion.person_id,
            cohort_id=COHORT_ID,
            ends_on=CLOSING,
        ),
        YearPlanned(
            effective_on=OPENED,
            recorded_on=KNOWN,
            case_id=case_id("ji-u"),
            follow_ups_on=FOLLOW_UPS,
        ),
    ]


def test_an_internship_that_ends_on_a_leap_day_has_a_year_that_ends_on_the_28th() -> None:
    case = waiting_case(on=date(2024, 2, 29))

    assert (date(2024, 3, 1), date(2025, 2, 28)) == (case.opened_on, case.ends_on)


def test_a_second_completion_of_a_placement_is_no_fact() -> None:
    with pytest.raises(Invalid):
        decide_opening(waiting_case(), ending_of(completed()), COHORT, KNOWN)


def test_a_follow_up_on_or_after_the_last_day_or_before_the_first_is_not_planned() -> None:
    cohort = Cohort(COHORT_ID, policy_with(follow_up_after_days=(364, 0, 365, 30, 30, 400)))

    case = waiting_case(cohort=cohort)

    assert (FOLLOW_UPS[0], CLOSING - DAY) == case.follow_ups_on


def test_a_follow_up_is_overdue_the_day_after_its_day_and_not_before() -> None:
    case = open_case()

    assert due_on_case(case) == FOLLOW_UPS[0] + DAY
    assert overdue(case, FOLLOW_UPS[0]) == []
    assert overdue(case, FOLLOW_UPS[0] + DAY) == [(1, FOLLOW_UPS[0])]


@pytest.mark.parametrize(
    ("held_on", "met"),
    [
        (OPENED, 1),
        (FOLLOW_UPS[0], 1),
        (FOLLOW_UPS[0] + DAY, 2),
        (FOLLOW_UPS[1], 2),
        (FOLLOW_UPS[4], 5),
        (FOLLOW_UPS[4] + DAY, None),
    ],
)
def test_a_contact_meets_the_follow_up_in_whose_time_it_was_held(
    held_on: date, met: int | None
) -> None:
    case = after(open_case(), held_on)

    assert [met] * bool(met) == [number for number in range(1, 6) if case.is_met(number)]


def test_a_contact_written_up_in_time_spares_the_alarm_and_one_written_up_late_does_not() -> None:
    silent = open_case()
    alarmed = evolved(silent, decide_due(silent, FOLLOW_UPS[0] + DAY))
    written_up_late = after(alarmed, FOLLOW_UPS[0])

    assert overdue(after(silent, FOLLOW_UPS[0]), FOLLOW_UPS[0] + DAY) == []
    assert written_up_late.overdue == (1,)
    assert written_up_late.is_met(1)
    assert next_follow_up(written_up_late) == FOLLOW_UPS[1]


def test_the_day_after_her_last_closes_the_case_with_its_outcome() -> None:
    silent = open_case()
    employed = evolved(silent, decide_reemployment(silent, reemployment(OPENED), KNOWN))

    assert not any(isinstance(e, CaseClosed) for e in decide_due(silent, CLOSING))
    *_, closed = decide_due(silent, CLOSING + DAY)
    *_, closed_employed = decide_due(employed, CLOSING + DAY)

    assert isinstance(closed, CaseClosed)
    assert isinstance(closed_employed, CaseClosed)
    assert (closed.outcome, closed.effective_on) == ("not-reemployed", CLOSING)
    assert (closed_employed.outcome, closed_employed.effective_on) == ("reemployed", CLOSING)
    assert closed_employed.recorded_on == CLOSING + DAY


def test_a_closed_case_is_never_due_again() -> None:
    closed = evolved(open_case(), decide_due(open_case(), CLOSING + DAY))

    assert due_on_case(closed) is None
    assert next_follow_up(closed) is None
    assert decide_due(closed, CLOSING + 2 * DAY) == []


def test_a_case_that_becomes_known_after_its_year_closes_on_the_next_day() -> None:
    case = waiting_case(known_on=CLOSING + 40 * DAY)

    assert due_on_case(case) == CLOSING + 41 * DAY


@given(st.lists(days_of_the_year, max_size=8), st.lists(days_of_the_year, max_size=8))
def test_every_follow_up_is_either_met_or_announced_once_on_its_own_day(
    held_in_time: list[date], sweep_days: list[date]
) -> None:
    """Whenever the sweep runs, however often: the year's end settles what is left."""
    case = after(open_case(), *held_in_time)
    announced = []
    for today in [*sorted(sweep_days), CLOSING + DAY]:
        announced += overdue(case, today)
        case = evolved(case, decide_due(case, today))

    due = [(n, day) for n, day in enumerate(FOLLOW_UPS, start=1) if not case.is_met(n)]

    assert due == announced
    assert case.status == "closed"


@given(st.lists(days_of_the_year, max_size=8), days_of_the_year)
def test_what_was_due_is_done_by_its_sweep(held_on: list[date], today: date) -> None:
    case = after(open_case(), *held_on)
    due_on = due_on_case(case)

    swept = evolved(case, decide_due(case, today))
    due_after = due_on_case(swept)

    assert due_on
    assert due_after
    assert max(today, KNOWN) < due_after
    assert (due_on > max(today, KNOWN)) == (swept == case)


@given(st.permutations([*FOLLOW_UPS[:3], OPENED, FOLLOW_UPS[2] + DAY]))
def test_the_order_in_which_contacts_are_written_up_meets_the_same_follow_ups(
    held_on: list[date],
) -> None:
    case = after(open_case(), *held_on)

    assert [number for number in range(1, 6) if case.is_met(number)] == [1, 2, 3, 4]


def test_a_leavers_year_begins_on_the_first_day_without_service() -> None:
    opened, planned = decide_opening(None, ending_of(withdrew(on=LEFT)), COHORT, KNOWN)
    case = case_of(opened, planned)

    assert isinstance(opened, CaseOpened)
    assert (opened.after, opened.effective_on, opened.recorded_on) == ("leaving", LEFT, KNOWN)
    assert (case.opened_on, case.ends_on) == (LEFT, date(2023, 5, 15))
    assert case.follow_ups_on[0] == LEFT - DAY + 30 * DAY


def test_a_withdrawal_that_is_found_turns_the_case_and_leaves_its_year_as_it_was() -> None:
    case = open_case()

    turned = evolved(case, decide_leaving(case, ending_of(withdrew(on=LEFT)), CLOSING))

    assert turned == replace(case, after="leaving", served_until=LEFT - DAY)
    assert due_on_case(turned) == due_on_case(case)


def test_a_contact_between_leaving_and_the_year_as_announced_meets_the_first_follow_up() -> None:
    case = open_case()
    turned = evolved(case, decide_leaving(case, ending_of(withdrew(on=LEFT)), KNOWN))

    assert after(turned, LEFT).is_met(1)


def test_her_first_counselor_is_assigned_and_the_next_one_takes_over() -> None:
    case = waiting_case()
    [assigned] = decide_taking_over(case, "cns_a", KNOWN)
    had = evolved(case, [assigned])
    waiting = evolved(had, decide_return(had, "cns_a", KNOWN + DAY))
    [transferred] = decide_taking_over(waiting, "cns_b", KNOWN + 2 * DAY)
    has = evolved(waiting, [transferred])

    assert isinstance(assigned, CounselorAssigned)
    assert isinstance(transferred, CaseTransferred)
    assert (waiting.status, waiting.counselor_id) == ("waiting", None)
    assert waiting.former_counselor_id == "cns_a"
    assert (transferred.from_counselor_id, transferred.to_counselor_id) == ("cns_a", "cns_b")
    assert has == replace(had, counselor_id="cns_b")


def test_a_case_runs_the_same_year_whoever_has_it() -> None:
    """What is due, and what of it is announced, does not depend on the counselor."""
    case = open_case()
    waiting = evolved(case, decide_return(case, COUNSELOR_ID, KNOWN))

    assert due_on_case(waiting) == due_on_case(case)
    assert decide_due(waiting, CLOSING + DAY) == decide_due(case, CLOSING + DAY)


def test_an_employment_that_ended_is_a_reemployment_all_the_same_when_the_year_ends() -> None:
    case = open_case()
    case = evolved(case, decide_reemployment(case, reemployment(OPENED), KNOWN))
    case = evolved(case, decide_employment_end(case, employment_end(KNOWN), KNOWN))

    *_, closed = decide_due(case, CLOSING + DAY)

    assert isinstance(closed, CaseClosed)
    assert closed.outcome == "reemployed"
