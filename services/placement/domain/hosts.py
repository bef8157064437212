"""Host companies (참여기업): who may host how many interns of a cohort, and what they agreed to.

The openings of a company in a cohort are counted here, in the one aggregate that knows them all,
so that the cap holds whatever positions are offered at the same time.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shared.errors import Invalid, Rejected
from shared.events import Event
from shared.events.placement import AgreementSigned, HostCompanyApproved, HostCompanySuspended
from shared.ids import CohortId, OrganisationId, PositionId, derive

RegistrationNo = Annotated[
    str,
    StringConstraints(pattern=r"^(\d{3}-\d{2}-\d{5}|\d{10})$"),
    AfterValidator(lambda number: number.replace("-", "")),
]
"""A business registration number (사업자등록번호), kept as its ten digits."""


class HostNotApproved(Rejected):
    """Agreements and positions need an approval for their cohort."""

    code = "host-not-approved"


class HostSuspended(Rejected):
    """The company hosts nobody of this cohort any more."""

    code = "host-suspended"


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


class HostCompanyRegistered(Event):
    """A company is known, or known by newer facts."""

    org_id: OrganisationId
    facts: RegisterHostCompany


class OpeningsCounted(Event):
    """These openings count towards the company's cap in the cohort."""

    cohort_id: CohortId
    position_id: PositionId
    openings: int


class OfferClosed(Event):
    """The position takes nobody any more: what is taken of it is counted on a later day."""

    position_id: PositionId


class SuspensionSettled(Event):
    """What follows for the company's interns has been done."""

    cohort_id: CohortId


HostEvent = (
    HostCompanyRegistered
    | HostCompanyApproved
    | HostCompanySuspended
    | AgreementSigned
    | OpeningsCounted
    | OfferClosed
    | SuspensionSettled
)


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
    """So many openings are counted for this position; of a closed one, in time, those taken."""

    position_id: str
    cohort_id: str
    openings: int
    closed_on: date | None = None
    is_recounted: bool = False


@dataclass(frozen=True, slots=True)
class Suspension:
    """The company hosts nobody of this cohort any more."""

    cohort_id: str
    suspended_on: date
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class Host:
    org_id: str
    facts: RegisterHostCompany
    approvals: tuple[Approval, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    offers: tuple[Offer, ...] = ()
    suspensions: tuple[Suspension, ...] = ()

    def approval(self, cohort_id: str) -> Approval | None:
        return next((a for a in self.approvals if a.cohort_id == cohort_id), None)

    def agreement(self, cohort_id: str) -> Agreement | None:
        return next((a for a in self.agreements if a.cohort_id == cohort_id), None)

    def suspension(self, cohort_id: str) -> Suspension | None:
        return next((s for s in self.suspensions if s.cohort_id == cohort_id), None)

    def is_suspended(self, cohort_id: str, before: date) -> bool:
        """By what was recorded before that day."""
        found = self.suspension(cohort_id)
        return found is not None and found.suspended_on < before

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


def decide_openings(
    host: Host, cohort_id: str, position_id: str, openings: int, today: date
) -> list[HostEvent]:
    """Count a new position's openings, as long as the company stays within its cap."""
    interns_max = require_approval(host, cohort_id).interns_max
    require_not_suspended(host, cohort_id)
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


def require_not_suspended(host: Host, cohort_id: str) -> None:
    if host.suspension(cohort_id):
        raise HostSuspended("this company was suspended for this cohort")


def host_due_on(host: Host) -> date | None:
    """The day after a suspension or the closing of a position."""
    news = [s.suspended_on for s in host.suspensions if not s.is_settled]
    news += [o.closed_on for o in host.offers if o.closed_on and not o.is_recounted]
    return min(news) + timedelta(days=1) if news else None


def evolve_host(host: Host | None, event: HostEvent) -> Host:
    match host, event:
        case None, HostCompanyRegistered():
            return Host(event.org_id, event.facts)
        case None, _:
            raise Invalid(f"{type(event).__name__} comes before the company is registered")
        case Host(), HostCompanyRegistered():
            return replace(host, facts=event.facts)
        case Host(), HostCompanyApproved():
            approval = Approval(event.cohort_id, event.interns_max, event.effective_on)
            return replace(host, approvals=(*host.approvals, approval))
        case Host(), AgreementSigned():
            agreement = Agreement(event.agreement_id, event.cohort_id, event.effective_on)
            return replace(host, agreements=(*host.agreements, agreement))
        case Host(), HostCompanySuspended() | SuspensionSettled():
            others = tuple(s for s in host.suspensions if s.cohort_id != event.cohort_id)
            return replace(host, suspensions=(*others, _suspended(host, event)))
        case Host(), OpeningsCounted() | OfferClosed():
            return replace(host, offers=_counted(host.offers, event))


def _suspended(host: Host, event: HostCompanySuspended | SuspensionSettled) -> Suspension:
    if isinstance(event, HostCompanySuspended):
        return Suspension(event.cohort_id, event.recorded_on)
    found = host.suspension(event.cohort_id)
    if found is None:
        raise Invalid("a suspension is settled that was never made")
    return replace(found, is_settled=True)


def _counted(offers: tuple[Offer, ...], event: OpeningsCounted | OfferClosed) -> tuple[Offer, ...]:
    """A new offer, or another figure of one that is closed."""
    if isinstance(event, OfferClosed):
        return tuple(
            replace(o, closed_on=event.recorded_on) if o.position_id == event.position_id else o
            for o in offers
        )
    if all(o.position_id != event.position_id for o in offers):
        return (*offers, Offer(event.position_id, event.cohort_id, event.openings))
    return tuple(
        replace(o, openings=event.openings, is_recounted=True)
        if o.position_id == event.position_id
        else o
        for o in offers
    )
