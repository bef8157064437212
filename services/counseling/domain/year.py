"""What happens in a counseling year: it opens, contacts, follow-ups, re-employment, its end."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from services.counseling.domain.cases import ONE_DAY, Case, CaseEvent, YearPlanned
from services.counseling.domain.cohorts import CaseNoted, Cohort, Participant
from shared.errors import Invalid, Rejected
from shared.events.counseling import (
    CaseClosed,
    CaseOpened,
    ContactKind,
    ContactRecorded,
    CounselorAssigned,
    EvidenceGrade,
    FollowUpOverdue,
    Outcome,
    Reemployed,
    ReemploymentKind,
)
from shared.events.placement import InternshipCompleted
from shared.ids import derive
from shared.money import add_months

CONTACTS_MAX = 200  # of one case: nearly four a week for a year; more is a client gone wild

Note = Annotated[str, StringConstraints(max_length=2000)]


class NoCounselorYet(Rejected):
    """Contacts are a counselor's: she must have one first."""

    code = "no-counselor-yet"


class CaseIsClosed(Rejected):
    """The counseling year is over."""

    code = "case-closed"


class InTheFuture(Rejected):
    """What is still to come is no fact."""

    code = "in-the-future"
    status = 422


class BeforeTheCase(Rejected):
    """Before the case began she was an intern."""

    code = "before-the-case"
    status = 422


class AlreadyReemployed(Rejected):
    """She begins to work again once, until that employment ends."""

    code = "already-reemployed"


class ContactsFull(Rejected):
    """A limit on everything that grows."""

    code = "contacts-full"


class RecordContact(BaseModel):
    """A contact that took place. What was said (`note`) goes to the vault, nowhere else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ContactKind
    held_on: date
    note: Note


class RecordReemployment(BaseModel):
    """She works again, at the host company or elsewhere, and how we know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ReemploymentKind
    evidence_grade: EvidenceGrade
    started_on: date
    is_at_host: bool


def case_id_of(completed: InternshipCompleted) -> str:
    """A placement has one counseling year."""
    return derive("cas", completed.placement_id)


def decide_opening(
    case: Case | None,
    completed: InternshipCompleted,
    cohort: Cohort,
    participant: Participant | None,
    today: date,
) -> list[CaseEvent]:
    """Her year begins on the day after the internship, whenever its completion is known.

    A follow-up on or after the last day is not planned: the case is closed by then.
    """
    if case is not None:
        raise Invalid("this placement was completed before: it has its case")
    case_id = case_id_of(completed)
    counseling = cohort.policy.counseling
    opened_on = completed.effective_on + ONE_DAY
    ends_on = add_months(completed.effective_on, counseling.months)
    after_days = sorted(set(counseling.follow_up_after_days))
    days = (completed.effective_on + timedelta(days=n) for n in after_days)
    return [
        CaseOpened(
            effective_on=opened_on,
            recorded_on=today,
            case_id=case_id,
            person_id=completed.person_id,
            cohort_id=completed.cohort_id,
            ends_on=ends_on,
        ),
        YearPlanned(
            effective_on=opened_on,
            recorded_on=today,
            case_id=case_id,
            follow_ups_on=tuple(day for day in days if opened_on <= day < ends_on),
            earlier_case_ids=participant.case_ids if participant else (),
        ),
    ]


def note_case(completed: InternshipCompleted, today: date) -> list[CaseNoted]:
    return [
        CaseNoted(
            effective_on=completed.effective_on + ONE_DAY,
            recorded_on=today,
            person_id=completed.person_id,
            case_id=case_id_of(completed),
        )
    ]


def decide_assignment(case: Case, counselor_id: str, today: date) -> list[CaseEvent]:
    return [
        CounselorAssigned(
            effective_on=today,
            recorded_on=today,
            case_id=case.case_id,
            person_id=case.person_id,
            cohort_id=case.cohort_id,
            counselor_id=counselor_id,
        )
    ]


def decide_contact(case: Case, command: RecordContact, today: date) -> list[CaseEvent]:
    _require_open(case)
    if case.counselor_id is None:
        raise NoCounselorYet("this case waits for a counselor: record the contact when it has one")
    _require_within(case, command.held_on, today, "held_on")
    if len(case.contacts) >= CONTACTS_MAX:
        raise ContactsFull(f"a case holds {CONTACTS_MAX} contacts: none was recorded")
    return [
        ContactRecorded(
            effective_on=command.held_on,
            recorded_on=today,
            case_id=case.case_id,
            person_id=case.person_id,
            cohort_id=case.cohort_id,
            counselor_id=case.counselor_id,
            kind=command.kind,
        )
    ]


def decide_reemployment(case: Case, command: RecordReemployment, today: date) -> list[CaseEvent]:
    """A case without a counselor will do: that she works again does not depend on us."""
    _require_open(case)
    if case.reemployment is not None:
        raise AlreadyReemployed("her re-employment is recorded already")
    _require_within(case, command.started_on, today, "started_on")
    return [
        Reemployed(
            effective_on=command.started_on,
            recorded_on=today,
            case_id=case.case_id,
            person_id=case.person_id,
            cohort_id=case.cohort_id,
            kind=command.kind,
            evidence_grade=command.evidence_grade,
            is_at_host=command.is_at_host,
        )
    ]


def decide_due(case: Case, today: date) -> list[CaseEvent]:
    """Follow-ups whose day has passed without a contact; on the last day, the end."""
    if case.status == "closed":
        return []
    events: list[CaseEvent] = [
        FollowUpOverdue(
            effective_on=day,
            recorded_on=today,
            case_id=case.case_id,
            person_id=case.person_id,
            cohort_id=case.cohort_id,
            follow_up_no=number,
        )
        for number, day in case.open_follow_ups()
        if day < today
    ]
    if case.ends_on < today:
        outcome: Outcome = "not-reemployed" if case.reemployment is None else "reemployed"
        events.append(
            CaseClosed(
                effective_on=case.ends_on,
                recorded_on=today,
                case_id=case.case_id,
                person_id=case.person_id,
                cohort_id=case.cohort_id,
                outcome=outcome,
            )
        )
    return events


def _require_open(case: Case) -> None:
    if case.status == "closed":
        raise CaseIsClosed("this counseling year is over: nothing more can be recorded on it")


def _require_within(case: Case, day: date, today: date, field: str) -> None:
    if day > today:
        raise InTheFuture(f"{field} is after today: send it when it has happened")
    if day < case.opened_on:
        raise BeforeTheCase(f"{field} is before the case began on {case.opened_on}")
