"""What counselors record of a year: contacts, re-employment, the end of an employment.

Only facts of the year itself, the last day included. They may be written up for a while after the
case is closed; what `CaseClosed` said stays as it was known then, and the outcomes count them.
"""

from datetime import date, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from services.counseling.domain.cases import Case, CaseEvent
from shared.errors import InTheFuture, Rejected
from shared.events.counseling import (
    ContactKind,
    ContactRecorded,
    EmploymentEnded,
    EvidenceGrade,
    Reemployed,
    ReemploymentKind,
)

CONTACTS_MAX = 200  # of one case: nearly four a week for a year; more is a client gone wild
REEMPLOYMENTS_MAX = 20  # of one case: a new job every three weeks
WRITE_UP_DAYS = 90  # after the closing: proof from the insurance comes within a quarter. A default

Note = Annotated[str, StringConstraints(max_length=2000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class NoCounselorYet(Rejected):
    """Contacts are a counselor's: she must have one first."""

    code = "no-counselor-yet"


class CaseIsClosed(Rejected):
    """The counseling year is over, and the time to write it up as well."""

    code = "case-closed"


class BeforeTheCase(Rejected):
    """Before the case began she was an intern."""

    code = "before-the-case"
    status = 422


class AfterTheCase(Rejected):
    """What came after her counseling year is no part of it."""

    code = "after-the-case"
    status = 422


class AlreadyReemployed(Rejected):
    """She begins to work again once, until that employment ends."""

    code = "already-reemployed"


class NotEmployed(Rejected):
    """Only an employment that lasts can end."""

    code = "not-employed"


class OverlappingEmployment(Rejected):
    """One employment follows the other: neither begins before the last has ended, nor ends before
    it has begun.
    """

    code = "overlapping-employment"


class ContactsFull(Rejected):
    """A limit on everything that grows."""

    code = "contacts-full"


class ReemploymentsFull(Rejected):
    """A limit on everything that grows."""

    code = "reemployments-full"


class RecordContact(BaseModel):
    """A contact that took place. What was said (`note`) goes to the vault, nowhere else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ContactKind
    held_on: date
    note: Note


class RecordReemployment(BaseModel):
    """She works again, at the host company or elsewhere, and how we know. `employer_name` goes to
    the vault, nowhere else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ReemploymentKind
    evidence_grade: EvidenceGrade
    started_on: date
    is_at_host: bool
    employer_name: Name | None = None


class RecordEmploymentEnd(BaseModel):
    """`ended_on`: the first day without that employment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ended_on: date


def decide_contact(case: Case, command: RecordContact, today: date) -> list[CaseEvent]:
    """By the counselor who has the case now, also for one held by a counselor who left."""
    _require_recordable(case, today)
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
    _require_recordable(case, today)
    if (last := case.reemployment) is not None:
        if last.ended_on is None:
            raise AlreadyReemployed("her re-employment is recorded already: record its end first")
        if command.started_on < last.ended_on:
            raise OverlappingEmployment(f"her last employment ended on {last.ended_on} only")
    _require_within(case, command.started_on, today, "started_on")
    if len(case.reemployments) >= REEMPLOYMENTS_MAX:
        raise ReemploymentsFull(f"a case holds {REEMPLOYMENTS_MAX} jobs: none was recorded")
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


def decide_employment_end(case: Case, command: RecordEmploymentEnd, today: date) -> list[CaseEvent]:
    _require_recordable(case, today)
    last = case.reemployment
    if last is None or last.ended_on is not None:
        raise NotEmployed("no employment of hers lasts: record the re-employment first")
    _require_within(case, command.ended_on, today, "ended_on")
    if command.ended_on <= last.started_on:
        raise OverlappingEmployment(f"this employment began on {last.started_on}: it ends later")
    return [
        EmploymentEnded(
            effective_on=command.ended_on,
            recorded_on=today,
            case_id=case.case_id,
            person_id=case.person_id,
            cohort_id=case.cohort_id,
        )
    ]


def _require_recordable(case: Case, today: date) -> None:
    if case.closed_on and today > case.closed_on + timedelta(days=WRITE_UP_DAYS):
        raise CaseIsClosed(
            f"this counseling year is over, and closed for more than {WRITE_UP_DAYS} days:"
            " nothing more can be recorded on it"
        )


def _require_within(case: Case, day: date, today: date, field: str) -> None:
    if day > today:
        raise InTheFuture(f"{field} is after today: send it when it has happened")
    if day <= case.served_until:
        raise BeforeTheCase(f"{field} is before her internship was over, on {case.served_until}")
    if day > case.ends_on:
        raise AfterTheCase(f"{field} is after her counseling year, which ends on {case.ends_on}")
