"""What placement tells the city: hosts, positions, matches, internships, attendance in figures."""

from datetime import date
from typing import ClassVar

from shared.events.base import IntegrationEvent
from shared.ids import (
    AgreementId,
    ApplicationId,
    CohortId,
    OrganisationId,
    PersonId,
    PlacementId,
    PositionId,
)
from shared.money import Month


class HostCompanyApproved(IntegrationEvent):
    """A company may host interns of this cohort, at most `interns_max` of them."""

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "org_id"

    org_id: OrganisationId
    cohort_id: CohortId
    interns_max: int


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


class MatchingClosed(IntegrationEvent):
    """A matching run is over. `input_digest` covers candidates, positions, both sides' rankings
    and the tie-break seed: the run can be repeated and must give the same matches.
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
    """She is matched to a position. `hours_per_month` are the contracted paid hours."""

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


class ApplicantUnmatched(IntegrationEvent):
    """No position that she and a host both accept was left in this run."""

    producer: ClassVar[str] = "placement"
    key_field: ClassVar[str] = "person_id"

    application_id: ApplicationId
    person_id: PersonId
    cohort_id: CohortId
    round: int


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


class AttendanceMonthClosed(IntegrationEvent):
    """A cohort's month is closed: so many attendances were confirmed, so many are missing."""

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
