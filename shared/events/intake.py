"""What intake tells the city: cohorts, applications, selection. No name, birth date or score."""

from typing import ClassVar

from shared.events.base import IntegrationEvent
from shared.events.policy import CohortPolicy
from shared.ids import ApplicationId, CohortId, PersonId, PositionId


class CohortOpened(IntegrationEvent):
    """A cohort is announced, with the whole of its policy. Counts from the notice date."""

    producer: ClassVar[str] = "intake"
    key_field: ClassVar[str] = "cohort_id"

    cohort_id: CohortId
    policy: CohortPolicy


class ApplicationSubmitted(IntegrationEvent):
    """A person applied for a cohort. `age_band` is the decade of her full age on the notice
    date (`30-39`), `field` the job field she applies for.
    """

    producer: ClassVar[str] = "intake"
    key_field: ClassVar[str] = "person_id"

    application_id: ApplicationId
    person_id: PersonId
    cohort_id: CohortId
    field: str
    age_band: str


class ApplicationAccepted(IntegrationEvent):
    """The application meets every rule of the policy's eligibility check."""

    producer: ClassVar[str] = "intake"
    key_field: ClassVar[str] = "person_id"

    application_id: ApplicationId
    person_id: PersonId
    cohort_id: CohortId


class ApplicationRejected(IntegrationEvent):
    """The application fails these named rules of the policy (reason codes = rule names)."""

    producer: ClassVar[str] = "intake"
    key_field: ClassVar[str] = "person_id"

    application_id: ApplicationId
    person_id: PersonId
    cohort_id: CohortId
    reason_codes: tuple[str, ...]


class ApplicantSelected(IntegrationEvent):
    """She has a place in the cohort; `preferred_position_ids` is her ranked wish, best first."""

    producer: ClassVar[str] = "intake"
    key_field: ClassVar[str] = "person_id"

    application_id: ApplicationId
    person_id: PersonId
    cohort_id: CohortId
    round: int
    field: str
    preferred_position_ids: tuple[PositionId, ...]


class ApplicantReserved(IntegrationEvent):
    """She is on the reserve list at this rank, 1 first."""

    producer: ClassVar[str] = "intake"
    key_field: ClassVar[str] = "person_id"

    application_id: ApplicationId
    person_id: PersonId
    cohort_id: CohortId
    round: int
    reserve_rank: int


class ApplicantNotSelected(IntegrationEvent):
    """Eligible, but beyond the places and the reserve list."""

    producer: ClassVar[str] = "intake"
    key_field: ClassVar[str] = "person_id"

    application_id: ApplicationId
    person_id: PersonId
    cohort_id: CohortId
    round: int


class SelectionClosed(IntegrationEvent):
    """A selection round is over: counts of people, so that a consumer knows when it has all.

    `input_digest` is the SHA-256 of the canonical JSON of what was ranked and by which rules.
    """

    producer: ClassVar[str] = "intake"
    key_field: ClassVar[str] = "cohort_id"

    cohort_id: CohortId
    round: int
    applied: int
    eligible: int
    selected: int
    reserved: int
    not_selected: int
    input_digest: str
