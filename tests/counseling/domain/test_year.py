"""The counseling year: it opens, its follow-ups, contacts, re-employment and its end."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.counseling.domain import (
    CONTACTS_MAX,
    AlreadyReemployed,
    BeforeTheCase,
    Case,
    CaseIsClosed,
    Cohort,
    ContactsFull,
    InTheFuture,
    NoCounselorYet,
    Participant,
    YearPlanned,
    decide_contact,
    decide_due,
    decide_opening,
    decide_reemployment,
    due_on_case,
    next_follow_up,
)
from shared.errors import Invalid
from shared.events.counseling import (
    CaseClosed,
    CaseOpened,
    ContactRecorded,
    FollowUpOverdue,
    Reemployed,
)
from tests.counseling.builders import (
    CLOSING,
    COHORT,
    COHORT_ID,
    COMPLETED,
    COUNSELOR_ID,
    KNOWN,
    OPENED,
    case_id,
    case_of,
    completed,
    contact,
    evolved,
    open_case,
    policy_with,
    reemployment,
    waiting_case,
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

    events = decide_opening(None, completion, COHORT, None, KNOWN)

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
            earlier_case_ids=(),
        ),
    ]


def test_an_internship_that_ends_on_a_leap_day_has_a_year_that_ends_on_the_28th() -> None:
    case = waiting_case(on=date(2024, 2, 29))

    assert (date(2024, 3, 1), date(2025, 2, 28)) == (case.opened_on, case.ends_on)


def test_a_second_completion_of_a_placement_is_no_fact() -> None:
    with pytest.raises(Invalid):
        decide_opening(waiting_case(), completed(), COHORT, None, KNOWN)


def test_a_participant_who_came_back_has_her_earlier_cases_with_her() -> None:
    participant = Participant(completed().person_id, ("cas_first",))

    events = decide_opening(None, completed(), COHORT, participant, KNOWN)

    assert case_of(*events).earlier_case_ids == ("cas_first",)


def test_a_follow_up_on_or_after_the_last_day_or_before_the_first_is_not_planned() -> None:
    cohort = Cohort(COHORT_ID, policy_with(follow_up_after_days=(364, 0, 365, 30, 30, 400)))

    case = waiting_case(cohort=cohort)

    assert (FOLLOW_UPS[0], CLOSING - DAY) == case.follow_ups_on


def test_a_contact_is_recorded_on_the_day_it_was_held() -> None:
    case = open_case()
    held_on, today = date(2022, 7, 20), date(2022, 7, 22)

    events = decide_contact(case, contact(held_on, note="wants an evening course"), today)

    assert events == [
        ContactRecorded(
            effective_on=held_on,
            recorded_on=today,
            case_id=case.case_id,
            person_id=case.person_id,
            cohort_id=case.cohort_id,
            counselor_id=COUNSELOR_ID,
            kind="counseling",
        )
    ]


@pytest.mark.parametrize(
    ("held_on", "rejection"),
    [
        (KNOWN + 2 * DAY, InTheFuture),
        (OPENED - DAY, BeforeTheCase),
    ],
)
def test_a_contact_outside_of_the_year_so_far_is_rejected(
    held_on: date, rejection: type[Exception]
) -> None:
    with pytest.raises(rejection):
        decide_contact(open_case(), contact(held_on), KNOWN + DAY)


@pytest.mark.parametrize("held_on", [OPENED, KNOWN + DAY])
def test_a_contact_on_the_first_day_or_today_is_recorded(held_on: date) -> None:
    assert decide_contact(open_case(), contact(held_on), KNOWN + DAY)


def test_a_case_that_waits_for_a_counselor_takes_no_contact() -> None:
    with pytest.raises(NoCounselorYet):
        decide_contact(waiting_case(), contact(OPENED), KNOWN)


def test_a_case_holds_only_so_many_contacts() -> None:
    full = after(open_case(), *[OPENED] * CONTACTS_MAX)

    with pytest.raises(ContactsFull):
        decide_contact(full, contact(OPENED), KNOWN)


def test_a_closed_case_takes_nothing_more() -> None:
    closed = evolved(open_case(), decide_due(open_case(), CLOSING + DAY))

    with pytest.raises(CaseIsClosed):
        decide_contact(closed, contact(OPENED), CLOSING + DAY)
    with pytest.raises(CaseIsClosed):
        decide_reemployment(closed, reemployment(OPENED), CLOSING + DAY)


def test_no_message_of_a_rejection_quotes_what_was_sent() -> None:
    with pytest.raises(InTheFuture) as rejected:
        decide_contact(open_case(), contact(CLOSING, note="a secret"), KNOWN)

    assert "secret" not in str(rejected.value)


def test_she_works_again_once() -> None:
    case = waiting_case()
    [event] = decide_reemployment(case, reemployment(OPENED), KNOWN)
    employed = evolved(case, [event])

    assert isinstance(event, Reemployed)
    assert (event.effective_on, event.recorded_on) == (OPENED, KNOWN)
    with pytest.raises(AlreadyReemployed):
        decide_reemployment(employed, reemployment(KNOWN), KNOWN)


@pytest.mark.parametrize(
    ("started_on", "rejection"), [(KNOWN + DAY, InTheFuture), (COMPLETED, BeforeTheCase)]
)
def test_work_that_has_not_begun_or_was_the_internship_is_no_reemployment(
    started_on: date, rejection: type[Exception]
) -> None:
    with pytest.raises(rejection):
        decide_reemployment(waiting_case(), reemployment(started_on), KNOWN)


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
