"""Submitting an application: what an applicant declares, and when it is taken."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from services.intake.domain.applications import Application, ApplicationEvent, ApplicationFiled
from services.intake.domain.cohorts import Cohort, CohortIsCancelled
from services.intake.domain.consistency import CODE_LENGTH_MAX
from services.intake.domain.eligibility import Facts, full_age
from shared.errors import Rejected
from shared.events.intake import ApplicationSubmitted
from shared.ids import PersonId, PositionId, derive

Code = Annotated[str, StringConstraints(pattern=rf"^[a-z0-9-]{{1,{CODE_LENGTH_MAX}}}$")]
PriorityGroup = Literal["low-income", "single-parent", "disabled"]


class AlreadyApplied(Rejected):
    """One application per person and cohort."""

    code = "already-applied"


class ApplicationPeriodClosed(Rejected):
    """Applications are taken on the days that the notice names, and on no other."""

    code = "application-period-closed"


class UnknownField(Rejected):
    """The cohort does not offer this job field."""

    code = "unknown-field"
    status = 422


class LastEmployedInFuture(Rejected):
    """What is still to come is no fact to decide by."""

    code = "last-employed-in-future"
    status = 422


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise ValueError("names something twice")
    return values


class SubmitApplication(BaseModel):
    """What an applicant declares. Codes only, because free text could carry personal data.

    `licences` and `career_years` are those for the field applied for. The order of
    `preferred_position_ids` is her wish, best first; the other lists have no order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    person_id: PersonId
    field: Code
    residence_region: Code
    last_employed_on: date | None
    licences: Annotated[tuple[Code, ...], Field(max_length=20), AfterValidator(_each_once)]
    career_years: int = Field(ge=0, le=70)
    priority_groups: Annotated[
        tuple[PriorityGroup, ...], Field(max_length=3), AfterValidator(_each_once)
    ]
    preferred_position_ids: Annotated[
        tuple[PositionId, ...], Field(max_length=20), AfterValidator(_each_once)
    ]


def application_id_of(cohort_id: str, person_id: str) -> str:
    """One per person and cohort, by construction."""
    return derive("app", cohort_id, person_id)


def decide_submission(
    cohort: Cohort,
    application: Application | None,
    command: SubmitApplication,
    *,
    birth_date: date,
    today: date,
) -> list[ApplicationEvent]:
    """`birth_date` comes from the vault and goes no further than the age made of it here."""
    _check(cohort, application, command, today)
    age = full_age(birth_date, cohort.policy.notice_date)
    about: dict[str, Any] = {
        "application_id": application_id_of(cohort.cohort_id, command.person_id),
        "person_id": command.person_id,
        "cohort_id": cohort.cohort_id,
        "field": command.field,
        "effective_on": today,
        "recorded_on": today,
    }
    return [
        ApplicationFiled(
            **about,
            facts=_facts(command, age),
            preferred_position_ids=command.preferred_position_ids,
            screening_on=cohort.policy.screening_on,
            round=cohort.latest.number,
        ),
        ApplicationSubmitted(**about, age_band=_age_band(age)),
    ]


def _check(
    cohort: Cohort, application: Application | None, command: SubmitApplication, today: date
) -> None:
    policy = cohort.policy
    if cohort.is_cancelled:
        raise CohortIsCancelled("this cohort is cancelled: apply for another one")
    if application is not None:
        raise AlreadyApplied("she has applied for this cohort already: show that application")
    if not policy.application_from <= today <= policy.application_until:
        raise ApplicationPeriodClosed(
            f"apply from {policy.application_from} to {policy.application_until}"
        )
    if command.field not in policy.fields:
        raise UnknownField(f"choose a field of this cohort: {', '.join(policy.fields)}")
    if command.last_employed_on and command.last_employed_on > today:
        raise LastEmployedInFuture("give the last day of employment, today at the latest")


def _facts(command: SubmitApplication, age_on_notice: int) -> Facts:
    """Lists without an order are sorted, so that equal facts have equal digests."""
    return Facts(
        age_on_notice=age_on_notice,
        residence_region=command.residence_region,
        last_employed_on=command.last_employed_on,
        licences=tuple(sorted(command.licences)),
        career_years=command.career_years,
        priority_groups=tuple(sorted(command.priority_groups)),
    )


def _age_band(age: int) -> str:
    """The decade of her age, which is all of it that leaves this service: 34 → `30-39`."""
    decade = age - age % 10
    return f"{decade}-{decade + 9}"
