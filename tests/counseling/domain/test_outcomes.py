"""One definition of who works again, by the days on which things were so."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.counseling.domain import (
    Case,
    Leaver,
    Outcomes,
    count_outcomes,
    decide_due,
    decide_employment_end,
    decide_leaving,
    decide_reemployment,
    ending_of,
)
from tests.counseling.builders import (
    CLOSING,
    COHORT_ID,
    COMPLETED,
    LEFT,
    OPENED,
    employment_end,
    evolved,
    leavers_case,
    open_case,
    reemployment,
    waiting_case,
    withdrew,
)

DAY = timedelta(days=1)
STARTED = date(2022, 9, 1)
ENDED = date(2022, 12, 1)


def employed(case: Case, started_on: date = STARTED) -> Case:
    return evolved(case, decide_reemployment(case, reemployment(started_on), CLOSING - DAY))


def ended(case: Case, ended_on: date = ENDED) -> Case:
    return evolved(case, decide_employment_end(case, employment_end(ended_on), CLOSING - DAY))


def counts(cases: list[Case], as_of: date) -> tuple[int, int, int]:
    found = count_outcomes(cases, [], as_of)
    return found.completed, found.reemployed_ever, found.still_employed


@pytest.mark.parametrize(
    ("as_of", "completed", "ever", "still"),
    [
        (COMPLETED - DAY, 0, 0, 0),
        (COMPLETED, 2, 0, 0),
        (OPENED, 2, 0, 0),
        (STARTED - DAY, 2, 0, 0),
        (STARTED, 2, 1, 1),
        (ENDED - DAY, 2, 1, 1),
        (ENDED, 2, 1, 0),
        (CLOSING, 2, 1, 0),
    ],
)
def test_all_figures_are_as_of_the_same_day(
    as_of: date, completed: int, ever: int, still: int
) -> None:
    """All was recorded in June 2023, yet it counts from September and December 2022."""
    cases = [ended(employed(open_case("a"))), waiting_case("b")]

    assert (completed, ever, still) == counts(cases, as_of)


@pytest.mark.parametrize(
    ("as_of", "still"), [(ENDED - DAY, 1), (ENDED, 0), (ENDED + 8 * DAY, 0), (ENDED + 9 * DAY, 1)]
)
def test_who_works_again_after_an_employment_ended_is_still_employed_and_counts_once(
    as_of: date, still: int
) -> None:
    again = employed(ended(employed(open_case("a"))), ENDED + 9 * DAY)

    assert counts([again], as_of) == (1, 1, still)


def test_a_closed_case_still_counts() -> None:
    case = employed(open_case("a"))
    closed = evolved(case, decide_due(case, CLOSING + DAY))

    assert counts([closed], CLOSING + 90 * DAY) == (1, 1, 1)


def test_of_nobody_nobody_works_again() -> None:
    assert Outcomes(0, 0, 0, 0, 0) == count_outcomes([], [], CLOSING)


@pytest.mark.parametrize(
    ("as_of", "left", "ever"),
    [(LEFT - 2 * DAY, 0, 0), (LEFT - DAY, 2, 0), (LEFT, 2, 0), (OPENED, 2, 1)],
)
def test_leavers_are_counted_apart_also_those_without_an_offer(
    as_of: date, left: int, ever: int
) -> None:
    cases = [employed(leavers_case("left"), OPENED)]
    leaver = Leaver("cas_1", "per_1", COHORT_ID, LEFT - DAY)

    assert Outcomes(0, 0, 0, left, ever) == count_outcomes(cases, [leaver], as_of)


def test_who_is_found_to_have_left_never_completed_on_any_day() -> None:
    case = employed(open_case("a"))
    found = evolved(case, decide_leaving(case, ending_of(withdrew("a")), STARTED))

    assert Outcomes(1, 1, 1, 0, 0) == count_outcomes([case], [], CLOSING)
    assert Outcomes(0, 0, 0, 1, 1) == count_outcomes([found], [], CLOSING)
    assert Outcomes(0, 0, 0, 1, 0) == count_outcomes([found], [], COMPLETED - DAY)


@given(
    st.lists(st.dates(OPENED, CLOSING - 2 * DAY), max_size=4, unique=True),
    st.lists(st.booleans(), min_size=4, max_size=4),
    st.dates(COMPLETED, CLOSING),
)
def test_still_is_never_more_than_ever_and_ever_never_sinks(
    days: list[date], ends: list[bool], as_of: date
) -> None:
    cases = []
    for who, (started_on, is_over) in enumerate(zip(days, ends, strict=False)):
        case = employed(open_case(who), started_on)
        cases.append(ended(case, started_on + DAY) if is_over else case)

    now, later = count_outcomes(cases, [], as_of), count_outcomes(cases, [], as_of + DAY)

    assert 0 <= now.still_employed <= now.reemployed_ever <= now.completed == now.participants
    assert now.reemployed_ever <= later.reemployed_ever
