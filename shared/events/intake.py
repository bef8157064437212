"""What intake tells the city: cohorts, applications, selection. No name, birth date or score."""

from typing import ClassVar

from shared.events.base import IntegrationEvent
from shared.events.policy import CohortPolicy
from shared.ids import ApplicationId, CohortId, PersonId, PositionId, VacancyId


class CohortOpened(IntegrationEvent):
    """A cohort is announced, with the whole of its policy. Counts from the notice date."""

    producer: ClassVar[str] = "intake"
    key_field: ClassVar[str] = "cohort_id"

    cohort_id: CohortId
    policy: CohortPolicy


class CohortPolicyRevised(IntegrationEvent):
    """An extra round of recruiting (추가모집) is announced. `policy` is the whole policy with that
    round's days, from `application_from` to `matching_on`; nothing else in it has changed.
    """

    producer: ClassVar[str] = "intake"
    key_field: ClassVar[str] = "cohort_id"

    cohort_id: CohortId
    round: int
    policy: CohortPolicy


class CohortCancelled(IntegrationEvent):
    """The cohort is called off. `effective_on` is the first day on which nothing of it goes on:
    who works until the day before is paid until the day before.
    """

    producer: ClassVar[str] = "intake"
    key_field: ClassVar[str] = "cohort_id"

    cohort_id: CohortId


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


class ApplicationWithdrawn(IntegrationEvent):
    """She takes part no longer, whatever has become of her application so far. `effective_on` is
    the first day on which she does not; an intern's pay stops on it.
    """

    producer: ClassVar[str] = "intake"
    key_field: ClassVar[str] = "person_id"

    application_id: ApplicationId
    person_id: PersonId
    cohort_id: CohortId


class ApplicantSelected(IntegrationEvent):
    """She has a place in the cohort; `preferred_position_ids` is her ranked wish, best first.

    `vacancy_id` is None for who was selected for a round's matching, and is counted in its
    `SelectionClosed`. Else she was called afterwards, for this vacancy and no other place.
    """

    producer: ClassVar[str] = "intake"
    key_field: ClassVar[str] = "person_id"

    application_id: ApplicationId
    person_id: PersonId
    cohort_id: CohortId
    round: int
    field: str
    preferred_position_ids: tuple[PositionId, ...]
    vacancy_id: VacancyId | None = None


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
    """A selection round is over: counts of the people who applied in it, so that a consumer knows
    when it has all. Who is called for a vacancy later is not in them.

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
