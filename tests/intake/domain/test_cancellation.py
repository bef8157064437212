"""A cancelled cohort ends tomorrow, and everything in it that was going on lapses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.intake.domain import (
    MEMBERS_PER_PASS_MAX,
    Application,
    ApplicationStatus,
    Cohort,
    CohortIsCancelled,
    CohortOver,
    cohort_due_on,
    decide_cancellation,
    decide_winding_up,
    evolve_cohort,
)
from shared.events.intake import CohortCancelled
from tests.intake.builders import (
    COHORT_ID,
    POLICY,
    SELECTING,
    after_selection,
    applied,
    cohort_of,
    declined,
    left,
    screened,
    submitted,
    unmatched,
)

CANCELLING = date(2022, 3, 15)
WINDING_UP = CANCELLING + timedelta(days=1)
News = Callable[[Application, date], Any]


def cancelled(on: date = CANCELLING) -> Cohort:
    (event,) = decide_cancellation(cohort_of(), on)
    return evolve_cohort(cohort_of(), event)


def test_it_counts_from_tomorrow() -> None:
    events = decide_cancellation(cohort_of(), CANCELLING)

    assert events == [
        CohortCancelled(effective_on=WINDING_UP, recorded_on=CANCELLING, cohort_id=COHORT_ID)
    ]
    assert cancelled().status == "cancelled"
    assert cohort_due_on(cancelled()) == WINDING_UP, "and no more on its selection day"


def test_a_second_time_and_on_its_last_day_it_is_rejected() -> None:
    with pytest.raises(CohortIsCancelled):
        decide_cancellation(cancelled(), CANCELLING)
    with pytest.raises(CohortOver):
        decide_cancellation(cohort_of(), POLICY.ends_on)
    assert decide_cancellation(cohort_of(), POLICY.ends_on - timedelta(days=1))


@pytest.mark.parametrize(
    ("status", "lapses"),
    [
        ("submitted", True),
        ("accepted", True),
        ("reserved", True),
        ("selected", True),
        ("unplaced", True),
        ("rejected", False),
        ("not-selected", False),
        ("declined", False),
        ("left", False),
        ("withdrawn", False),
    ],
)
def test_what_was_going_on_lapses_and_what_was_over_stays(
    status: ApplicationStatus, *, lapses: bool
) -> None:
    application = replace(submitted(), status=status)

    found = decide_winding_up(cancelled(), [application], WINDING_UP)

    assert list(found.applications) == ([application.application_id] if lapses else [])


def test_a_cohort_without_anybody_is_wound_up_at_once() -> None:
    (done,) = decide_winding_up(cancelled(), [], WINDING_UP).cohort

    assert cohort_due_on(evolve_cohort(cancelled(), done)) is None


def test_a_crowd_lapses_in_passes() -> None:
    cohort = cancelled()
    crowd = [submitted(n) for n in range(MEMBERS_PER_PASS_MAX + 1)]

    first = decide_winding_up(cohort, crowd, WINDING_UP)
    cohort = evolve_cohort(cohort, first.cohort[0])
    due = cohort_due_on(cohort)
    crowd = [applied(a, first.applications.get(a.application_id, [])) for a in crowd]
    second = decide_winding_up(cohort, crowd, WINDING_UP)
    cohort = evolve_cohort(cohort, second.cohort[0])

    assert (len(first.applications), due) == (MEMBERS_PER_PASS_MAX, WINDING_UP)
    assert (len(second.applications), cohort_due_on(cohort)) == (1, None)
    assert cohort.lapsed == MEMBERS_PER_PASS_MAX + 1


@pytest.mark.parametrize("news", [unmatched, lambda a, on: declined(a, on, "city"), left])
def test_what_placement_ends_on_that_day_leaves_one_state_before_and_after(news: News) -> None:
    """It may be heard of before the sweep or after it: after downtime, and always on that day."""
    _, (selected,) = after_selection(cohort_of(), [screened(1)])
    cohort = cancelled(SELECTING)
    today = SELECTING + timedelta(days=1)
    event = news(selected, today)

    def wind_up(application: Application) -> Application:
        found = decide_winding_up(cohort, [application], today)
        return applied(application, found.applications.get(application.application_id, []))

    before = wind_up(applied(selected, [event]))
    after = applied(wind_up(selected), [event])

    assert before == after
    assert before.status == "lapsed"
