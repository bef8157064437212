"""A cohort is opened once, by a policy that holds together, while people can still apply."""

from datetime import date, timedelta

import pytest

from services.intake.domain import (
    CohortExists,
    NoticeTooLate,
    cohort_due_on,
    decide_opening,
    evolve_cohort,
)
from shared.events.intake import CohortOpened
from tests.intake.builders import COHORT_ID, NOTICE, POLICY, SELECTING, cohort_of


def test_opening_announces_the_whole_policy_from_the_notice_date() -> None:
    today = date(2022, 2, 28)

    events = decide_opening(None, POLICY, today)

    assert [
        CohortOpened(effective_on=NOTICE, recorded_on=today, cohort_id=COHORT_ID, policy=POLICY)
    ] == events


def test_an_open_cohort_is_due_on_its_selection_day() -> None:
    cohort = cohort_of()

    assert cohort.status == "open"
    assert cohort_due_on(cohort) == SELECTING


def test_a_title_names_one_cohort_only() -> None:
    with pytest.raises(CohortExists):
        decide_opening(cohort_of(), POLICY, NOTICE)


def test_the_last_application_day_is_not_too_late_and_the_next_is() -> None:
    last = POLICY.application_until

    assert decide_opening(None, POLICY, last)
    with pytest.raises(NoticeTooLate):
        decide_opening(None, POLICY, last + timedelta(days=1))


def test_opening_is_recorded_with_the_day_it_was_opened() -> None:
    (opened,) = decide_opening(None, POLICY, NOTICE - timedelta(days=2))

    assert NOTICE - timedelta(days=2) == evolve_cohort(None, opened).opened_on
