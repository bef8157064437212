"""Approvals and agreements (협약): who may host interns of a cohort, by the cohort's policy."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.placement.domain.hosts import (
    Host,
    HostEvent,
    RegisterHostCompany,
    agreement_id,
    require_approval,
    require_not_suspended,
)
from shared.errors import Rejected
from shared.events.placement import AgreementSigned, HostCompanyApproved
from shared.events.policy import CohortPolicy
from shared.ids import CohortId

Shortcoming = Literal["region-differs", "too-few-staff", "too-many-staff", "not-insured"]


class HostNotEligible(Rejected):
    """The company does not meet the cohort's conditions for hosts."""

    code = "host-not-eligible"


class HostAlreadyApproved(Rejected):
    """One approval per company and cohort."""

    code = "host-already-approved"


class AgreementExists(Rejected):
    """One agreement per company and cohort."""

    code = "agreement-exists"


class SignedInFuture(Rejected):
    """What is still to be signed is no agreement."""

    code = "signed-in-future"
    status = 422


class ApproveHostCompany(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    cohort_id: CohortId


class SignAgreement(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    cohort_id: CohortId
    signed_on: date


def shortcomings(facts: RegisterHostCompany, policy: CohortPolicy) -> tuple[Shortcoming, ...]:
    """What keeps a company from hosting interns of this cohort (domain.md §1.3)."""
    tests: tuple[tuple[Shortcoming, bool], ...] = (
        ("region-differs", facts.region != policy.region),
        ("too-few-staff", facts.regular_employee_count < policy.host_staff_min),
        ("too-many-staff", facts.regular_employee_count > policy.host_staff_max),
        ("not-insured", not facts.is_insured_in_all_schemes),
    )
    return tuple(code for code, is_short in tests if is_short)


def decide_approval(
    host: Host, cohort_id: str, policy: CohortPolicy, today: date
) -> list[HostEvent]:
    require_not_suspended(host, cohort_id)
    if host.approval(cohort_id):
        raise HostAlreadyApproved("this company is approved for this cohort already")
    if found := shortcomings(host.facts, policy):
        raise HostNotEligible(
            f"the cohort's conditions are not met: {', '.join(found)}; "
            "register the company again where its facts have changed"
        )
    approved = HostCompanyApproved(
        effective_on=today,
        recorded_on=today,
        org_id=host.org_id,
        cohort_id=cohort_id,
        interns_max=policy.interns_per_host_max,
    )
    return [approved]


def decide_agreement(host: Host, command: SignAgreement, today: date) -> list[HostEvent]:
    require_approval(host, command.cohort_id)
    require_not_suspended(host, command.cohort_id)
    if host.agreement(command.cohort_id):
        raise AgreementExists("this company has its agreement for this cohort already")
    if command.signed_on > today:
        raise SignedInFuture(f"signed_on must not be after today, {today}")
    signed = AgreementSigned(
        effective_on=command.signed_on,
        recorded_on=today,
        agreement_id=agreement_id(host.org_id, command.cohort_id),
        org_id=host.org_id,
        cohort_id=command.cohort_id,
    )
    return [signed]
