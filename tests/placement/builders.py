"""What placement's tests start from: the policy of 2022-h1, and states made by its own folds."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from ops.policies import read_policy
from services.placement.domain import (
    Candidate,
    Cohort,
    CohortNoted,
    Host,
    HostCompanyRegistered,
    Placement,
    Position,
    RegisterHostCompany,
    SelectionNoted,
    decide_approval,
    decide_placement,
    evolve_cohort,
    evolve_host,
    evolve_placement,
    organisation_id,
)
from shared.events.intake import ApplicantSelected, CohortOpened, SelectionClosed
from shared.events.policy import CohortPolicy
from shared.ids import derive

POLICY = read_policy("2022-h1")
COHORT_ID = derive("coh", POLICY.title)
TODAY = date(2022, 3, 10)
MATCHING_ON = POLICY.matching_on


def day(text: str) -> date:
    return date.fromisoformat(f"2022-{text}")


def facts(number: int = 1, **changes: Any) -> RegisterHostCompany:
    values = {
        "business_registration_no": f"{number:010}",
        "name": f"Company {number}",
        "region": "seoul",
        "regular_employee_count": 20,
        "is_insured_in_all_schemes": True,
        **changes,
    }
    return RegisterHostCompany(**values)


def host(number: int = 1, *, is_approved: bool = True, **changes: Any) -> Host:
    known = facts(number, **changes)
    registered = HostCompanyRegistered(
        effective_on=TODAY,
        recorded_on=TODAY,
        org_id=organisation_id(known.business_registration_no),
        facts=known,
    )
    state = evolve_host(None, registered)
    if is_approved:
        for event in decide_approval(state, COHORT_ID, POLICY, TODAY):
            state = evolve_host(state, event)
    return state


def cohort(*, selected: int | None = None, policy: CohortPolicy = POLICY) -> Cohort:
    when = {"effective_on": TODAY, "recorded_on": TODAY}
    state = evolve_cohort(None, CohortNoted(cohort_id=COHORT_ID, policy=policy, **when))
    if selected is not None:
        state = evolve_cohort(state, SelectionNoted(round=1, selected=selected, **when))
    return state


def person_id(number: int) -> str:
    return derive("per", number)


def application_id(number: int) -> str:
    return derive("app", COHORT_ID, person_id(number))


def candidate(number: int, *, field: str = "it", prefers: Iterable[str] = ()) -> Candidate:
    return Candidate(
        application_id(number), person_id(number), COHORT_ID, 1, field, tuple(prefers)
    )


def position(
    number: int, *, field: str = "it", openings: int = 1, ranked: Iterable[int] = ()
) -> Position:
    return Position(
        position_id=derive("pos", number),
        org_id=organisation_id(f"{number:010}"),
        cohort_id=COHORT_ID,
        field=field,
        openings=openings,
        hours_per_day=8,
        hours_per_month=209,
        ranked_person_ids=tuple(map(person_id, ranked)),
    )


def placement(number: int = 1, policy: CohortPolicy = POLICY) -> Placement:
    (placed,) = decide_placement(candidate(number), position(1), policy, MATCHING_ON)
    return evolve_placement(None, placed)


def cohort_opened(policy: CohortPolicy = POLICY) -> CohortOpened:
    return CohortOpened(
        effective_on=policy.notice_date,
        recorded_on=policy.notice_date,
        cohort_id=COHORT_ID,
        policy=policy,
    )


def applicant_selected(number: int, *position_ids: str, field: str = "it") -> ApplicantSelected:
    return ApplicantSelected(
        effective_on=POLICY.selection_on,
        recorded_on=POLICY.selection_on,
        application_id=application_id(number),
        person_id=person_id(number),
        cohort_id=COHORT_ID,
        round=1,
        field=field,
        preferred_position_ids=position_ids,
    )


def selection_closed(selected: int) -> SelectionClosed:
    return SelectionClosed(
        effective_on=POLICY.selection_on,
        recorded_on=POLICY.selection_on,
        cohort_id=COHORT_ID,
        round=1,
        applied=selected,
        eligible=selected,
        selected=selected,
        reserved=0,
        not_selected=0,
        input_digest="0" * 64,
    )
