"""Host companies (참여기업): who may host how many interns of a cohort, and what they agreed to.

The openings of a company in a cohort are counted here, in the one aggregate that knows them all,
so that the cap holds whatever positions are offered at the same time.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shared.errors import Invalid, Rejected
from shared.events import Event
from shared.events.placement import AgreementSigned, HostCompanyApproved
from shared.events.policy import CohortPolicy
from shared.ids import CohortId, OrganisationId, PositionId, derive

RegistrationNo = Annotated[
    str,
    StringConstraints(pattern=r"^(\d{3}-\d{2}-\d{5}|\d{10})$"),
    AfterValidator(lambda number: number.replace("-", "")),
]
"""A business registration number (사업자등록번호), kept as its ten digits."""

Shortcoming = Literal["region-differs", "too-few-staff", "too-many-staff", "not-insured"]


class HostNotEligible(Rejected):
    """The company does not meet the cohort's conditions for hosts."""

    code = "host-not-eligible"


class HostAlreadyApproved(Rejected):
    """One approval per company and cohort."""

    code = "host-already-approved"


class HostNotApproved(Rejected):
    """Agreements and positions need an approval for their cohort."""

    code = "host-not-approved"


class AgreementExists(Rejected):
    """One agreement per company and cohort."""

    code = "agreement-exists"


class SignedInFuture(Rejected):
    """What is still to be signed is no agreement."""

    code = "signed-in-future"
    status = 422


class HostCapExceeded(Rejected):
    """The cohort limits the interns of one company."""

    code = "host-cap-exceeded"


class RegisterHostCompany(BaseModel):
    """A company's facts as it declares them; given again, they replace the earlier ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    business_registration_no: RegistrationNo
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    region: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    regular_employee_count: int = Field(ge=0, le=10_000_000)
    is_insured_in_all_schemes: bool


class ApproveHostCompany(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    cohort_id: CohortId


class SignAgreement(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    cohort_id: CohortId
    signed_on: date


class HostCompanyRegistered(Event):
    """A company is known, or known by newer facts."""

    org_id: OrganisationId
    facts: RegisterHostCompany


class OpeningsCounted(Event):
    """These openings count towards the company's cap in the cohort."""

    cohort_id: CohortId
    position_id: PositionId
    openings: int


HostEvent = HostCompanyRegistered | HostCompanyApproved | AgreementSigned | OpeningsCounted


@dataclass(frozen=True, slots=True)
class Approval:
    cohort_id: str
    interns_max: int
    approved_on: date


@dataclass(frozen=True, slots=True)
class Agreement:
    agreement_id: str
    cohort_id: str
    signed_on: date


@dataclass(frozen=True, slots=True)
class Offer:
    """So many openings are counted for this position."""

    position_id: str
    cohort_id: str
    openings: int


@dataclass(frozen=True, slots=True)
class Host:
    org_id: str
    facts: RegisterHostCompany
    approvals: tuple[Approval, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    offers: tuple[Offer, ...] = ()

    def approval(self, cohort_id: str) -> Approval | None:
        return next((a for a in self.approvals if a.cohort_id == cohort_id), None)

    def agreement(self, cohort_id: str) -> Agreement | None:
        return next((a for a in self.agreements if a.cohort_id == cohort_id), None)

    def openings(self, cohort_id: str) -> int:
        return sum(offer.openings for offer in self.offers if offer.cohort_id == cohort_id)


def organisation_id(business_registration_no: str) -> str:
    """`business_registration_no` as its ten digits."""
    return derive("org", business_registration_no)


def agreement_id(org_id: str, cohort_id: str) -> str:
    return derive("agr", org_id, cohort_id)


def decide_registration(
    host: Host | None, command: RegisterHostCompany, today: date
) -> list[HostEvent]:
    if host is not None and host.facts == command:
        return []
    org_id = organisation_id(command.business_registration_no)
    return [
        HostCompanyRegistered(effective_on=today, recorded_on=today, org_id=org_id, facts=command)
    ]


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


def decide_openings(
    host: Host, cohort_id: str, position_id: str, openings: int, today: date
) -> list[HostEvent]:
    """Count a new position's openings, as long as the company stays within its cap."""
    interns_max = require_approval(host, cohort_id).interns_max
    offered = host.openings(cohort_id)
    if offered + openings > interns_max:
        raise HostCapExceeded(
            f"a company may have {interns_max} interns in this cohort and offers {offered} already"
        )
    counted = OpeningsCounted(
        effective_on=today,
        recorded_on=today,
        cohort_id=cohort_id,
        position_id=position_id,
        openings=openings,
    )
    return [counted]


def require_approval(host: Host, cohort_id: str) -> Approval:
    approval = host.approval(cohort_id)
    if approval is None:
        raise HostNotApproved("have the company approved for this cohort first")
    return approval


def evolve_host(host: Host | None, event: HostEvent) -> Host:
    match host, event:
        case None, HostCompanyRegistered():
            return Host(event.org_id, event.facts)
        case Host(), HostCompanyRegistered():
            return replace(host, facts=event.facts)
        case Host(), HostCompanyApproved():
            approval = Approval(event.cohort_id, event.interns_max, event.effective_on)
            return replace(host, approvals=(*host.approvals, approval))
        case Host(), AgreementSigned():
            agreement = Agreement(event.agreement_id, event.cohort_id, event.effective_on)
            return replace(host, agreements=(*host.agreements, agreement))
        case Host(), OpeningsCounted():
            offer = Offer(event.position_id, event.cohort_id, event.openings)
            return replace(host, offers=(*host.offers, offer))
        case _:
            raise Invalid(f"{type(event).__name__} comes before the company is registered")
