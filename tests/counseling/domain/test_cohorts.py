"""What counseling keeps of the others' news."""

from datetime import date, timedelta

import pytest

from services.counseling.domain import (
    Cohort,
    Ending,
    InternshipEnded,
    Leaver,
    Participant,
    decide_adoption,
    ending_of,
    evolve_cohort,
    evolve_leaver,
    evolve_participant,
    note_case,
    note_leaver,
)
from shared.events.counseling import CaseAfter
from tests.counseling.builders import (
    COHORT,
    COHORT_ID,
    COMPLETED,
    KNOWN,
    LEFT,
    case_id,
    cohort_opened,
    completed,
    not_completed,
    policy_with,
    withdrew,
)

DAY = timedelta(days=1)


def test_a_cohorts_policy_is_kept_whole() -> None:
    [adopted] = decide_adoption(cohort_opened())

    assert evolve_cohort(None, adopted) == COHORT


def test_a_participants_cases_are_kept_in_their_order() -> None:
    first, second = completed("ji-u"), completed("ji-u", cohort_id="coh_next")
    state: Participant | None = None

    for completion in (first, second):
        for event in note_case(ending_of(completion), KNOWN):
            state = evolve_participant(state, event)

    ids = (case_id("ji-u"), case_id("ji-u", cohort_id="coh_next"))
    assert Participant(first.person_id, ids) == state


def ending(after: CaseAfter, served_until: date) -> Ending:
    return Ending(case_id("ji-u"), completed().person_id, COHORT_ID, after, served_until)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (completed(), ending("completion", COMPLETED)),
        (not_completed(), ending("leaving", COMPLETED)),
        (withdrew(on=LEFT), ending("leaving", LEFT - DAY)),
    ],
    ids=["completed", "not completed", "withdrew"],
)
def test_an_internship_ends_on_its_last_day_of_service(
    event: InternshipEnded, expected: Ending
) -> None:
    """A withdrawal counts from the first day without service, the other two from the last with."""
    assert ending_of(event) == expected
    assert ending_of(event).out_on == expected.served_until + DAY


def test_one_placement_has_one_case_however_it_ended() -> None:
    assert len({ending_of(e).case_id for e in (completed(), not_completed(), withdrew())}) == 1


@pytest.mark.parametrize(
    ("offered", "event", "expected"),
    [
        (True, withdrew(), True),
        (False, withdrew(), False),
        (True, not_completed(), True),
        (False, not_completed(), False),
        (False, completed(), True),
    ],
)
def test_leavers_are_offered_a_year_where_the_policy_says_so(
    offered: bool, event: InternshipEnded, expected: bool
) -> None:
    cohort = Cohort(COHORT_ID, policy_with(offered_to_leavers=offered))

    assert cohort.offers(ending_of(event)) == expected


def test_a_leaver_is_kept_with_her_last_day_and_an_earlier_one_replaces_it() -> None:
    state: Leaver | None = None
    for found in (not_completed(), withdrew(on=LEFT)):
        for event in note_leaver(ending_of(found), KNOWN):
            state = evolve_leaver(state, event)

    expected = Leaver(case_id("ji-u"), completed().person_id, COHORT_ID, LEFT - DAY)
    assert expected == state
