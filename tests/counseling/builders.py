"""Cohorts, completions and cases as the tests of counseling tell their stories with them."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from ops.policies import read_policy
from services.counseling import handlers
from services.counseling.domain import (
    Case,
    CaseEvent,
    Cohort,
    RecordContact,
    RecordEmploymentEnd,
    RecordReemployment,
    RegisterCounselor,
    case_id_of,
    decide_due,
    decide_opening,
    decide_taking_over,
    ending_of,
    evolve_case,
)
from services.counseling.storage import CASES
from shared.events.intake import CohortOpened
from shared.events.placement import (
    InternshipCompleted,
    InternshipNotCompleted,
    InternWithdrew,
)
from shared.events.policy import CohortPolicy
from shared.ids import derive
from shared.testing import Bench

POLICY = read_policy("2022-h1")
COHORT_ID = derive("coh", POLICY.title)
COHORT = Cohort(COHORT_ID, POLICY)
COMPLETED = POLICY.ends_on  # 2022-06-30
OPENED = date(2022, 7, 1)
KNOWN = date(2022, 7, 5)  # the June attendance is closed, and with it the completion
CLOSING = date(2023, 6, 30)
LEFT = date(2022, 5, 16)  # a Monday: the first day without service
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


def not_completed(who: str | int = "ji-u", **more: Any) -> InternshipNotCompleted:
    return InternshipNotCompleted.model_validate(completed(who, **more).model_dump())


def withdrew(
    who: str | int = "ji-u",
    *,
    on: date = LEFT,
    recorded_on: date | None = None,
    cohort_id: str = COHORT_ID,
) -> InternWithdrew:
    """`on`: the first day on which she is no longer in service."""
    person_id = derive("per", who)
    return InternWithdrew(
        effective_on=on,
        recorded_on=recorded_on or on,
        placement_id=derive("plc", cohort_id, person_id),
        application_id=derive("app", cohort_id, person_id),
        person_id=person_id,
        cohort_id=cohort_id,
        org_id=derive("org", "bakery"),
        position_id=derive("pos", "bakery"),
        ended_by="intern",
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
) -> Case:
    ending = ending_of(completed(who, on=on, cohort_id=cohort.cohort_id))
    return case_of(*decide_opening(None, ending, cohort, known_on))


def leavers_case(who: str | int = "ji-u", *, on: date = LEFT) -> Case:
    return case_of(*decide_opening(None, ending_of(withdrew(who, on=on)), COHORT, on))


def open_case(who: str | int = "ji-u", counselor_id: str = COUNSELOR_ID, **more: Any) -> Case:
    case = waiting_case(who, **more)
    return evolved(case, decide_taking_over(case, counselor_id, KNOWN + timedelta(days=1)))


def closed_case(who: str | int = "ji-u") -> Case:
    """Closed on the day after its last, 1 July 2023."""
    case = open_case(who)
    return evolved(case, decide_due(case, CLOSING + timedelta(days=1)))


def case_id(who: str | int, **more: Any) -> str:
    return case_id_of(completed(who, **more))


def contact(held_on: date, *, note: str = "") -> RecordContact:
    return RecordContact(kind="counseling", held_on=held_on, note=note)


def reemployment(started_on: date, employer_name: str | None = None) -> RecordReemployment:
    return RecordReemployment(
        kind="regular",
        evidence_grade="insurance-record",
        started_on=started_on,
        is_at_host=False,
        employer_name=employer_name,
    )


def employment_end(ended_on: date) -> RecordEmploymentEnd:
    return RecordEmploymentEnd(ended_on=ended_on)


async def register(bench: Bench, staff_no: str, caseload_max: int = 20) -> str:
    command = RegisterCounselor(staff_no=staff_no, name="한지민", caseload_max=caseload_max)
    reply = await bench.command(lambda work: handlers.register_counselor(command, work))
    return str(reply["counselor_id"])


async def depart(bench: Bench, counselor_id: str) -> dict[str, Any]:
    return await bench.command(lambda work: handlers.record_departure(counselor_id, work))


async def record(bench: Bench, who: str, held_on: date, note: str = "") -> dict[str, Any]:
    command = contact(held_on, note=note)
    return await bench.command(lambda work: handlers.record_contact(case_id(who), command, work))


async def employ(bench: Bench, who: str, command: RecordReemployment) -> dict[str, Any]:
    key = case_id(who)
    return await bench.command(lambda work: handlers.record_reemployment(key, command, work))


async def status_of(bench: Bench, who: str | int) -> str:
    return (await bench.state(CASES, case_id(who))).status


def published(bench: Bench, contract: type[Any]) -> list[Any]:
    return [event for event in bench.published if isinstance(event, contract)]
