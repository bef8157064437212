"""One internship at a time: an application elsewhere on the same days stands in the way."""

from dataclasses import replace
from datetime import date
from typing import get_args

import pytest

from services.intake.domain import (
    ApplicationStatus,
    DuplicateParticipation,
    Person,
    PersonEvent,
    decide_participation,
    do_overlap,
    evolve_person,
)
from services.intake.domain.applications import LiveStatus, OverStatus
from shared.events.policy import CohortPolicy
from tests.intake.builders import APPLYING, COHORT_ID, POLICY, policy_with, submitted

OTHER = replace(submitted(), cohort_id="coh_other", application_id="app_other")
PERSON = Person(OTHER.person_id, APPLYING)


def taking_part(other_policy: CohortPolicy, status: ApplicationStatus) -> list[PersonEvent]:
    other = replace(OTHER, status=status)
    return decide_participation(PERSON, COHORT_ID, POLICY, [(other, other_policy)], APPLYING)


@pytest.mark.parametrize("status", get_args(LiveStatus))
def test_a_live_application_for_the_same_days_stands_in_the_way(status: ApplicationStatus) -> None:
    with pytest.raises(DuplicateParticipation, match="coh_other"):
        taking_part(POLICY, status)


@pytest.mark.parametrize("status", get_args(OverStatus))
def test_one_that_is_over_does_not(status: ApplicationStatus) -> None:
    assert taking_part(POLICY, status)


def test_nor_does_one_for_other_days() -> None:
    assert taking_part(
        policy_with(starts_on=date(2022, 7, 1), ends_on=date(2022, 9, 30)), "selected"
    )


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "overlaps"),
    [
        (date(2022, 7, 1), date(2022, 9, 30), False),
        (date(2022, 6, 30), date(2022, 9, 30), True),
        (date(2022, 1, 3), date(2022, 4, 1), True),
        (date(2022, 1, 3), date(2022, 3, 31), False),
        (date(2022, 5, 1), date(2022, 5, 2), True),
        (date(2022, 1, 1), date(2022, 12, 31), True),
    ],
)
def test_first_and_last_day_are_in(starts_on: date, ends_on: date, *, overlaps: bool) -> None:
    other = policy_with(starts_on=starts_on, ends_on=ends_on)

    assert overlaps == do_overlap(POLICY, other) == do_overlap(other, POLICY)


def test_a_person_keeps_her_applications() -> None:
    (applied,) = taking_part(POLICY, "withdrawn")

    assert len(evolve_person(PERSON, applied).application_ids) == 1
