"""Cohorts, completions and cases as the tests of counseling tell their stories with them."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from ops.policies import read_policy
from services.counseling.domain import (
    Case,
    CaseEvent,
    Cohort,
    Participant,
    RecordContact,
    RecordReemployment,
    case_id_of,
    decide_assignment,
    decide_opening,
    evolve_case,
)
from shared.events.intake import CohortOpened
from shared.events.placement import InternshipCompleted
from shared.events.policy import CohortPolicy
from shared.ids import derive

POLICY = read_policy("2022-h1")
COHORT_ID = derive("coh", POLICY.title)
COHORT = Cohort(COHORT_ID, POLICY)
COMPLETED = POLICY.ends_on  # 2022-06-30
OPENED = date(2022, 7, 1)
KNOWN = date(2022, 7, 5)  # the June attendance is closed, and with it the completion
CLOSING = date(2023, 6, 30)
COUNSELOR_ID = derive("cns", "C-017")


def policy_with(**counseling: Any) -> CohortPolicy:
    changed = POLICY.counseling.model_copy(update=counseling)
    return POLICY.model_copy(update={"counseling": changed})


def cohort_opened(policy: CohortPolicy = POLICY) -> CohortOpened:
    return CohortOpened(
        effective_on=policy.notice_date,
        recorded_on=policy.notice_date,
        cohort_id=derive("coh", policy.title),
        policy=policy,
    )


def completed(
    who: str | int = "ji-u",
    *,
    on: date = COMPLETED,
    recorded_on: date | None = None,
    cohort_id: str = COHORT_ID,
) -> InternshipCompleted:
    person_id = derive("per", who)
    return InternshipCompleted(
        effective_on=on,
        recorded_on=recorded_on or on + timedelta(days=5),
        placement_id=derive("plc", cohort_id, person_id),
        person_id=person_id,
        cohort_id=cohort_id,
        org_id=derive("org", "bakery"),
        scheduled_days=62,
        attended_days=60,
    )


def case_of(*events: CaseEvent) -> Case:
    state: Case | None = None
    for event in events:
        state = evolve_case(state, event)
    assert state
    return state


def evolved(case: Case, events: Iterable[CaseEvent]) -> Case:
    for event in events:
        case = evolve_case(case, event)
    return case


def waiting_case(
    who: str | int = "ji-u",
    *,
    on: date = COMPLETED,
    known_on: date = KNOWN,
    cohort: Cohort = COHORT,
    earlier: tuple[str, ...] = (),
) -> Case:
    completion = completed(who, on=on, cohort_id=cohort.cohort_id)
    participant = Participant(completion.person_id, earlier)
    events = decide_opening(None, completion, cohort, participant, known_on)
    return case_of(*events)


def open_case(who: str | int = "ji-u", counselor_id: str = COUNSELOR_ID, **more: Any) -> Case:
    case = waiting_case(who, **more)
    return evolved(case, decide_assignment(case, counselor_id, KNOWN + timedelta(days=1)))


def case_id(who: str | int, **more: Any) -> str:
    return case_id_of(completed(who, **more))


def contact(held_on: date, *, note: str = "") -> RecordContact:
    return RecordContact(kind="counseling", held_on=held_on, note=note)


def reemployment(started_on: date) -> RecordReemployment:
    return RecordReemployment(
        kind="regular",
        evidence_grade="insurance-record",
        started_on=started_on,
        is_at_host=False,
    )
