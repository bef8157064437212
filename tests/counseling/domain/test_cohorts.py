"""What counseling keeps of the others' news."""

from services.counseling.domain import (
    Participant,
    decide_adoption,
    evolve_cohort,
    evolve_participant,
    note_case,
)
from tests.counseling.builders import COHORT, KNOWN, case_id, cohort_opened, completed


def test_a_cohorts_policy_is_kept_whole() -> None:
    [adopted] = decide_adoption(cohort_opened())

    assert evolve_cohort(None, adopted) == COHORT


def test_a_participants_cases_are_kept_in_their_order() -> None:
    first, second = completed("ji-u"), completed("ji-u", cohort_id="coh_next")
    state: Participant | None = None

    for completion in (first, second):
        for event in note_case(completion, KNOWN):
            state = evolve_participant(state, event)

    ids = (case_id("ji-u"), case_id("ji-u", cohort_id="coh_next"))
    assert Participant(first.person_id, ids) == state
