"""What is recorded of a counseling year: facts of it, in order, and no later than they may."""

from datetime import date, timedelta

import pytest

from services.counseling.domain import (
    CONTACTS_MAX,
    REEMPLOYMENTS_MAX,
    WRITE_UP_DAYS,
    AfterTheCase,
    AlreadyReemployed,
    BeforeTheCase,
    Case,
    CaseIsClosed,
    ContactsFull,
    NoCounselorYet,
    NotEmployed,
    OverlappingEmployment,
    ReemploymentsFull,
    decide_contact,
    decide_employment_end,
    decide_leaving,
    decide_reemployment,
    decide_return,
    ending_of,
)
from shared.errors import InTheFuture
from shared.events.counseling import ContactRecorded, EmploymentEnded, Reemployed
from tests.counseling.builders import (
    CLOSING,
    COMPLETED,
    COUNSELOR_ID,
    KNOWN,
    LEFT,
    OPENED,
    closed_case,
    contact,
    employment_end,
    evolved,
    leavers_case,
    open_case,
    reemployment,
    waiting_case,
    withdrew,
)

DAY = timedelta(days=1)
CLOSED = CLOSING + DAY
TODAY = CLOSING - DAY


def employed(case: Case, started_on: date = OPENED, today: date = TODAY) -> Case:
    return evolved(case, decide_reemployment(case, reemployment(started_on), today))


def ended(case: Case, ended_on: date, today: date = TODAY) -> Case:
    return evolved(case, decide_employment_end(case, employment_end(ended_on), today))


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
    full = open_case()
    for _ in range(CONTACTS_MAX):
        full = evolved(full, decide_contact(full, contact(OPENED), TODAY))

    with pytest.raises(ContactsFull):
        decide_contact(full, contact(OPENED), KNOWN)


def test_no_message_of_a_rejection_quotes_what_was_sent() -> None:
    with pytest.raises(InTheFuture) as rejected:
        decide_contact(open_case(), contact(CLOSING, note="a secret"), KNOWN)

    assert "secret" not in str(rejected.value)


@pytest.mark.parametrize(
    ("started_on", "rejection"), [(KNOWN + DAY, InTheFuture), (COMPLETED, BeforeTheCase)]
)
def test_work_that_has_not_begun_or_was_the_internship_is_no_reemployment(
    started_on: date, rejection: type[Exception]
) -> None:
    with pytest.raises(rejection):
        decide_reemployment(waiting_case(), reemployment(started_on), KNOWN)


def test_a_contact_is_not_recorded_while_nobody_has_her_case() -> None:
    case = open_case()
    taken_back = evolved(case, decide_return(case, COUNSELOR_ID, KNOWN))

    with pytest.raises(NoCounselorYet):
        decide_contact(taken_back, contact(OPENED), KNOWN)


def test_she_works_again_once_until_that_employment_ends() -> None:
    case = waiting_case()
    [event] = decide_reemployment(case, reemployment(OPENED), KNOWN)
    at_work = evolved(case, [event])

    assert isinstance(event, Reemployed)
    assert (event.effective_on, event.recorded_on) == (OPENED, KNOWN)
    with pytest.raises(AlreadyReemployed):
        decide_reemployment(at_work, reemployment(KNOWN), KNOWN)
    assert decide_reemployment(ended(at_work, KNOWN), reemployment(KNOWN), KNOWN)


def test_an_employment_ends_on_the_first_day_without_it() -> None:
    case = employed(open_case())

    [event] = decide_employment_end(case, employment_end(KNOWN), KNOWN + DAY)
    [reemployed] = evolved(case, [event]).reemployments

    assert isinstance(event, EmploymentEnded)
    assert (event.effective_on, event.recorded_on) == (KNOWN, KNOWN + DAY)
    assert reemployed.ended_on == KNOWN
    assert [reemployed.lasts_on(KNOWN + n * DAY) for n in (-1, 0)] == [True, False]
    assert not reemployed.lasts_on(OPENED - DAY)


def test_only_the_latest_employment_ends() -> None:
    case = employed(ended(employed(open_case()), KNOWN), KNOWN + DAY)

    first, second = ended(case, KNOWN + 3 * DAY).reemployments

    assert (first.ended_on, second.ended_on) == (KNOWN, KNOWN + 3 * DAY)


@pytest.mark.parametrize("is_over", [True, False])
def test_who_is_not_employed_cannot_stop(is_over: bool) -> None:
    case = ended(employed(open_case()), KNOWN) if is_over else open_case()

    with pytest.raises(NotEmployed):
        decide_employment_end(case, employment_end(KNOWN + DAY), TODAY)


@pytest.mark.parametrize(
    ("ended_on", "rejection"),
    [
        (KNOWN - DAY, OverlappingEmployment),
        (KNOWN, OverlappingEmployment),
        (COMPLETED, BeforeTheCase),
        (TODAY + DAY, InTheFuture),
    ],
)
def test_an_employment_ends_after_it_began_and_by_today(
    ended_on: date, rejection: type[Exception]
) -> None:
    with pytest.raises(rejection):
        decide_employment_end(employed(open_case(), KNOWN), employment_end(ended_on), TODAY)


def test_one_employment_does_not_begin_in_the_midst_of_another() -> None:
    case = ended(employed(open_case()), KNOWN)

    with pytest.raises(OverlappingEmployment):
        decide_reemployment(case, reemployment(KNOWN - DAY), TODAY)


def test_a_case_holds_only_so_many_employments() -> None:
    full, day = open_case(), OPENED
    for _ in range(REEMPLOYMENTS_MAX):
        full = ended(employed(full, day), day + DAY)
        day += DAY

    with pytest.raises(ReemploymentsFull):
        decide_reemployment(full, reemployment(day), TODAY)


@pytest.mark.parametrize("today", [CLOSED, CLOSED + WRITE_UP_DAYS * DAY])
def test_what_happened_by_her_last_day_is_written_up_after_it(today: date) -> None:
    case = closed_case()

    assert decide_contact(case, contact(CLOSING), today)
    assert decide_reemployment(case, reemployment(OPENED), today)
    at_work = employed(case, OPENED, today)
    assert decide_employment_end(at_work, employment_end(CLOSING), today)


def test_what_happened_after_her_last_day_is_not_of_her_year() -> None:
    case, today = closed_case(), CLOSED + 9 * DAY

    with pytest.raises(AfterTheCase):
        decide_contact(case, contact(CLOSED), today)
    with pytest.raises(AfterTheCase):
        decide_reemployment(case, reemployment(CLOSED), today)
    with pytest.raises(AfterTheCase):
        decide_employment_end(employed(case, OPENED, today), employment_end(CLOSED), today)


def test_a_closed_case_takes_nothing_more_when_the_time_to_write_up_is_over() -> None:
    case, today = closed_case(), CLOSED + (WRITE_UP_DAYS + 1) * DAY

    with pytest.raises(CaseIsClosed):
        decide_contact(case, contact(OPENED), today)
    with pytest.raises(CaseIsClosed):
        decide_reemployment(case, reemployment(OPENED), today)
    with pytest.raises(CaseIsClosed):
        decide_employment_end(employed(case, OPENED, CLOSED), employment_end(CLOSING), today)


def test_a_leaver_works_again_from_the_first_day_without_service() -> None:
    case = leavers_case(on=LEFT)

    assert decide_reemployment(case, reemployment(LEFT), LEFT)
    with pytest.raises(BeforeTheCase):
        decide_reemployment(case, reemployment(LEFT - DAY), LEFT)


def test_who_is_found_to_have_left_works_again_from_that_day() -> None:
    case = open_case()
    turned = evolved(case, decide_leaving(case, ending_of(withdrew(on=LEFT)), KNOWN))

    with pytest.raises(BeforeTheCase):
        decide_reemployment(case, reemployment(LEFT), KNOWN)
    assert decide_reemployment(turned, reemployment(LEFT), KNOWN)
