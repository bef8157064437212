"""Suspensions: a company hosts nobody of a cohort any more; and closed positions, of which only
what is taken still counts towards the company's cap.

Both are counted on the day after, when everything recorded before is known.
"""

from collections.abc import Iterable
from datetime import date

from pydantic import BaseModel, ConfigDict

from services.placement.domain.hosts import (
    Host,
    HostEvent,
    Offer,
    OfferClosed,
    OpeningsCounted,
    Suspension,
    SuspensionSettled,
    require_approval,
    require_not_suspended,
)
from services.placement.domain.internships import Placement
from shared.events.placement import HostCompanySuspended
from shared.ids import CohortId


class SuspendHostCompany(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    cohort_id: CohortId


def decide_suspension(host: Host, cohort_id: str, today: date) -> list[HostEvent]:
    require_approval(host, cohort_id)
    require_not_suspended(host, cohort_id)
    suspended = HostCompanySuspended(
        effective_on=today, recorded_on=today, org_id=host.org_id, cohort_id=cohort_id
    )
    return [suspended]


def decide_offer_closed(position_id: str, today: date) -> list[HostEvent]:
    return [OfferClosed(effective_on=today, recorded_on=today, position_id=position_id)]


def suspensions_due(host: Host, today: date) -> list[Suspension]:
    return [s for s in host.suspensions if not s.is_settled and s.suspended_on < today]


def offers_due(host: Host, today: date) -> list[Offer]:
    """Offers of closed positions that are not counted again yet."""
    return [o for o in host.offers if o.closed_on and not o.is_recounted and o.closed_on < today]


def decide_suspension_settled(cohort_id: str, today: date) -> list[HostEvent]:
    return [SuspensionSettled(effective_on=today, recorded_on=today, cohort_id=cohort_id)]


def decide_recount(offer: Offer, placements: Iterable[Placement], today: date) -> list[HostEvent]:
    """`placements` of the closed position: those that are not over take one opening each."""
    return [_counted(offer, sum(not p.is_over for p in placements), today)]


def decide_freeing(host: Host, position_id: str, today: date) -> list[HostEvent]:
    """Somebody ended on a position. Of a closed one that was counted again, one less is taken."""
    return [
        _counted(offer, offer.openings - 1, today)
        for offer in host.offers
        if offer.position_id == position_id and offer.is_recounted
    ]


def _counted(offer: Offer, openings: int, today: date) -> OpeningsCounted:
    return OpeningsCounted(
        effective_on=today,
        recorded_on=today,
        cohort_id=offer.cohort_id,
        position_id=offer.position_id,
        openings=openings,
    )
