"""What placement tells the city: hosts, positions, matches, internships, attendance in figures."""

from datetime import date
from typing import ClassVar, Literal

from shared.events.base import IntegrationEvent
from shared.ids import (
    AgreementId,
    ApplicationId,
    CohortId,
    OrganisationId,
    PersonId,
    PlacementId,
    PositionId,
    VacancyId,
)
from shared.money import Month

EndedBy = Literal["intern", "host", "city"]
"""Who ended it. Why is nobody's business on a topic (domain.md §3.4)."""


class HostCompanyApproved(IntegrationEvent):
    """A company may host interns of this cohort, at most `interns_max` of them."""

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "org_id"

    org_id: OrganisationId
    cohort_id: CohortId
    interns_max: int


class HostCompanySuspended(IntegrationEvent):
    """The company hosts nobody of this cohort from `effective_on` on. Its positions close, and
    what becomes of its interns follows on their own streams.
    """

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "org_id"

    org_id: OrganisationId
    cohort_id: CohortId


class AgreementSigned(IntegrationEvent):
    """City and company signed the agreement (협약) for this cohort. Nothing rests on it yet: in
    the article's cohort it was signed on the day on which the interns began.
    """

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "org_id"

    agreement_id: AgreementId
    org_id: OrganisationId
    cohort_id: CohortId


class PositionOffered(IntegrationEvent):
    """A company offers a job with so many openings. Hours as in the contract to come."""

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "org_id"

    position_id: PositionId
    org_id: OrganisationId
    cohort_id: CohortId
    field: str
    openings: int
    hours_per_day: int
    hours_per_month: int


class PositionClosed(IntegrationEvent):
    """The position takes nobody any more; who works on it already stays."""

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "org_id"

    position_id: PositionId
    org_id: OrganisationId
    cohort_id: CohortId


class VacancyOpened(IntegrationEvent):
    """A place that was given is free again: intake may call somebody for it."""

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "org_id"

    vacancy_id: VacancyId
    position_id: PositionId
    org_id: OrganisationId
    cohort_id: CohortId


class MatchingClosed(IntegrationEvent):
    """A matching run is over; `openings` were free when it began. `input_digest` covers candidates,
    positions, both sides' rankings and the tie-break seed: the run can be repeated and must give
    the same matches.
    """

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "cohort_id"

    cohort_id: CohortId
    round: int
    candidates: int
    openings: int
    placed: int
    unmatched: int
    input_digest: str


class InternPlaced(IntegrationEvent):
    """She is matched to a position, or called to its vacancy. `hours_per_month` are the contracted
    paid hours. A late start does not move `ends_on`: whether a replacement still gets three
    months is NOT FOUND (domain.md §6, question 4).
    """

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "person_id"

    placement_id: PlacementId
    application_id: ApplicationId
    person_id: PersonId
    cohort_id: CohortId
    org_id: OrganisationId
    position_id: PositionId
    starts_on: date
    ends_on: date
    hours_per_day: int
    hours_per_month: int
    vacancy_id: VacancyId | None = None


class PlacementDeclined(IntegrationEvent):
    """A placement ends before its first day: nothing of it is worked or paid."""

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "person_id"

    placement_id: PlacementId
    application_id: ApplicationId
    person_id: PersonId
    cohort_id: CohortId
    org_id: OrganisationId
    position_id: PositionId
    declined_by: EndedBy


class ApplicantUnmatched(IntegrationEvent):
    """No position that she and a host both accept was left in this run; with a `vacancy_id`: the
    vacancy she was called for could not be taken any more.
    """

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "person_id"

    application_id: ApplicationId
    person_id: PersonId
    cohort_id: CohortId
    round: int
    vacancy_id: VacancyId | None = None


class InternshipStarted(IntegrationEvent):
    """Her first day has come."""

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "person_id"

    placement_id: PlacementId
    person_id: PersonId
    cohort_id: CohortId


class AttendanceConfirmed(IntegrationEvent):
    """Host and intern confirmed one month in the same figures; no reason of absence.

    `scheduled_days`: business days in service this month. `absent_days`: of these, the unpaid
    ones. `absent_weeks`: weeks with at least one absent day, each costs its weekly holiday
    (domain.md §2.5). `service_from`/`service_until`: the part of the month in service.
    `is_late`: after the month was closed, so not among the count that closed it.
    `is_final`: the last month of who left early. It is not among that count either: it is paid by
    itself, because the law gives 14 days from leaving (domain.md §2.7).
    """

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "person_id"

    placement_id: PlacementId
    person_id: PersonId
    cohort_id: CohortId
    month: Month
    service_from: date
    service_until: date
    scheduled_days: int
    absent_days: int
    absent_weeks: int
    is_late: bool = False
    is_final: bool = False


class AttendanceCorrected(IntegrationEvent):
    """A confirmed month was otherwise: these figures replace the former ones whole.

    `correction_no` counts from 1 in this placement and month. No day of service is left where she
    had left before the month: then both days are None and the figures 0.
    """

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "person_id"

    placement_id: PlacementId
    person_id: PersonId
    cohort_id: CohortId
    month: Month
    correction_no: int
    service_from: date | None
    service_until: date | None
    scheduled_days: int
    absent_days: int
    absent_weeks: int


class AttendanceMonthClosed(IntegrationEvent):
    """A cohort's month is closed: so many attendances were confirmed, so many are missing. Final
    and late ones are not among them, whatever was corrected later changes nothing in them.
    """

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "cohort_id"

    cohort_id: CohortId
    month: Month
    confirmed: int
    missing: int


class InternshipCompleted(IntegrationEvent):
    """She completed (수료). Counts from the last day of the internship."""

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "person_id"

    placement_id: PlacementId
    person_id: PersonId
    cohort_id: CohortId
    org_id: OrganisationId
    scheduled_days: int
    attended_days: int


class InternshipNotCompleted(IntegrationEvent):
    """The internship ended, but she attended less than the policy asks for completion."""

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "person_id"

    placement_id: PlacementId
    person_id: PersonId
    cohort_id: CohortId
    org_id: OrganisationId
    scheduled_days: int
    attended_days: int


class InternWithdrew(IntegrationEvent):
    """The internship ended early. `effective_on` is the first day on which she is no longer in
    service, and may lie far before `recorded_on`: pay stops on it. Months that were confirmed and
    reach beyond it are corrected on this same stream, after this event.
    """

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "person_id"

    placement_id: PlacementId
    application_id: ApplicationId
    person_id: PersonId
    cohort_id: CohortId
    org_id: OrganisationId
    position_id: PositionId
    ended_by: EndedBy
