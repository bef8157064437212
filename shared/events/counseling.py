"""What counseling tells the city: cases, contacts by kind, who works again. Never a note."""

from datetime import date
from typing import ClassVar, Literal

from shared.events.base import IntegrationEvent
from shared.ids import CaseId, CohortId, CounselorId, PersonId

ContactKind = Literal["counseling", "education", "information", "referral"]
ReemploymentKind = Literal["regular", "fixed-term", "part-time", "self-employed"]
EvidenceGrade = Literal["self-report", "employer-document", "insurance-record"]
Outcome = Literal["reemployed", "not-reemployed"]
CaseAfter = Literal["completion", "leaving"]


class CaseOpened(IntegrationEvent):
    """Her counseling year begins; it counts from the day after the internship's last day of
    service. `after`: leavers are offered it where the cohort's policy says so.
    """

    producer: ClassVar[str] = "counseling"
    key_field: ClassVar[str] = "person_id"

    case_id: CaseId
    person_id: PersonId
    cohort_id: CohortId
    ends_on: date
    after: CaseAfter = "completion"


class CounselorAssigned(IntegrationEvent):
    """One counselor accompanies her through the year."""

    producer: ClassVar[str] = "counseling"
    key_field: ClassVar[str] = "person_id"

    case_id: CaseId
    person_id: PersonId
    cohort_id: CohortId
    counselor_id: CounselorId


class CaseTransferred(IntegrationEvent):
    """Her counselor left; another one goes on with the same year."""

    producer: ClassVar[str] = "counseling"
    key_field: ClassVar[str] = "person_id"

    case_id: CaseId
    person_id: PersonId
    cohort_id: CohortId
    from_counselor_id: CounselorId
    to_counselor_id: CounselorId


class ContactRecorded(IntegrationEvent):
    """A contact took place on `effective_on`; what was said stays in the vault."""

    producer: ClassVar[str] = "counseling"
    key_field: ClassVar[str] = "person_id"

    case_id: CaseId
    person_id: PersonId
    cohort_id: CohortId
    counselor_id: CounselorId
    kind: ContactKind


class FollowUpOverdue(IntegrationEvent):
    """A scheduled follow-up (1 first) had no contact by its day."""

    producer: ClassVar[str] = "counseling"
    key_field: ClassVar[str] = "person_id"

    case_id: CaseId
    person_id: PersonId
    cohort_id: CohortId
    follow_up_no: int


class Reemployed(IntegrationEvent):
    """She works again from `effective_on`: how, at the host or elsewhere, and on what proof."""

    producer: ClassVar[str] = "counseling"
    key_field: ClassVar[str] = "person_id"

    case_id: CaseId
    person_id: PersonId
    cohort_id: CohortId
    kind: ReemploymentKind
    evidence_grade: EvidenceGrade
    is_at_host: bool


class EmploymentEnded(IntegrationEvent):
    """She no longer works there; `effective_on` is the first day without that employment."""

    producer: ClassVar[str] = "counseling"
    key_field: ClassVar[str] = "person_id"

    case_id: CaseId
    person_id: PersonId
    cohort_id: CohortId


class CaseClosed(IntegrationEvent):
    """Her counseling year is over."""

    producer: ClassVar[str] = "counseling"
    key_field: ClassVar[str] = "person_id"

    case_id: CaseId
    person_id: PersonId
    cohort_id: CohortId
    outcome: Outcome
