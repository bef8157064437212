"""One definition of who works again, by the days on which things were so."""

from datetime import date, timedelta

import pytest

from services.counseling.domain import (
    Case,
    Outcomes,
    count_outcomes,
    decide_due,
    decide_reemployment,
)
from tests.counseling.builders import (
    CLOSING,
    COMPLETED,
    OPENED,
    evolved,
    open_case,
    reemployment,
    waiting_case,
)

DAY = timedelta(days=1)
STARTED = date(2022, 9, 1)


def employed(who: str, started_on: date = STARTED) -> Case:
    case = open_case(who)
    return evolved(case, decide_reemployment(case, reemployment(started_on), CLOSING - DAY))


@pytest.mark.parametrize(
    ("as_of", "completed", "reemployed_ever"),
    [
        (COMPLETED - DAY, 0, 0),
        (COMPLETED, 2, 0),
        (OPENED, 2, 0),
        (STARTED - DAY, 2, 0),
        (STARTED, 2, 1),
        (CLOSING, 2, 1),
    ],
)
def test_both_figures_are_as_of_the_same_day(
    as_of: date, completed: int, reemployed_ever: int
) -> None:
    """The start was recorded in June 2023, yet it counts from September 2022."""
    cases = [employed("a"), waiting_case("b")]

    assert Outcomes(completed, reemployed_ever) == count_outcomes(cases, as_of)


def test_a_closed_case_still_counts() -> None:
    case = employed("a")
    closed = evolved(case, decide_due(case, CLOSING + DAY))

    assert Outcomes(1, 1) == count_outcomes([closed], CLOSING + 90 * DAY)


def test_of_nobody_nobody_works_again() -> None:
    assert Outcomes(0, 0) == count_outcomes([], CLOSING)
