"""What companies, hosts, interns and officers ask for: load, decide, save, answer."""

from typing import Any

from services.placement.domain import (
    ApproveHostCompany,
    ClosePosition,
    Cohort,
    ConfirmAttendance,
    OfferPosition,
    RankCandidates,
    RegisterHostCompany,
    Side,
    SignAgreement,
    SuspendHostCompany,
    agreement_id,
    decide_agreement,
    decide_approval,
    decide_closing_position,
    decide_confirmation,
    decide_correction,
    decide_offer,
    decide_offer_closed,
    decide_openings,
    decide_ranking,
    decide_registration,
    decide_suspension,
    organisation_id,
    position_id,
)
from services.placement.storage import COHORTS, HOSTS, PLACEMENTS, POSITIONS, candidates_of
from shared.mongo import Work

Reply = dict[str, Any]


async def register_host(command: RegisterHostCompany, work: Work) -> Reply:
    org_id = organisation_id(command.business_registration_no)
    host = await work.load(HOSTS, org_id)
    work.save(HOSTS, org_id, decide_registration(host, command, work.today))
    return {"org_id": org_id}


async def approve_host(org_id: str, command: ApproveHostCompany, work: Work) -> Reply:
    host = await work.require(HOSTS, org_id)
    cohort = await _cohort_relied_on(command.cohort_id, work)
    events = decide_approval(host, cohort.cohort_id, cohort.policy, work.today)
    work.save(HOSTS, org_id, events)
    return {
        "org_id": org_id,
        "cohort_id": cohort.cohort_id,
        "interns_max": cohort.policy.interns_per_host_max,
    }


async def sign_agreement(org_id: str, command: SignAgreement, work: Work) -> Reply:
    host = await work.require(HOSTS, org_id)
    work.save(HOSTS, org_id, decide_agreement(host, command, work.today))
    return {"agreement_id": agreement_id(org_id, command.cohort_id)}


async def offer_position(org_id: str, command: OfferPosition, work: Work) -> Reply:
    """The host counts the openings in the same transaction: two offers cannot pass the cap."""
    host = await work.require(HOSTS, org_id)
    cohort = await _cohort_relied_on(command.cohort_id, work)
    key = position_id(org_id, command)
    position = await work.load(POSITIONS, key)
    offered = decide_offer(position, command, host, cohort, work.today)
    counted = decide_openings(host, cohort.cohort_id, key, command.openings, work.today)
    work.save(POSITIONS, key, offered)
    work.save(HOSTS, org_id, counted)
    return {"position_id": key}


async def suspend_host(org_id: str, command: SuspendHostCompany, work: Work) -> Reply:
    """Its positions close at once; its interns' placements end on the next day."""
    host = await work.require(HOSTS, org_id)
    work.save(HOSTS, org_id, decide_suspension(host, command.cohort_id, work.today))
    offers = [o for o in host.offers if o.cohort_id == command.cohort_id and not o.closed_on]
    for offer in offers:
        await close_position(offer.position_id, ClosePosition(), work)
    return {
        "org_id": org_id,
        "cohort_id": command.cohort_id,
        "closed_position_ids": [offer.position_id for offer in offers],
    }


async def close_position(key: str, _: ClosePosition, work: Work) -> Reply:
    position = await work.require(POSITIONS, key)
    await work.require(HOSTS, position.org_id)
    work.save(POSITIONS, key, decide_closing_position(position, work.today))
    work.save(HOSTS, position.org_id, decide_offer_closed(key, work.today))
    return {"position_id": key, "closed_on": work.today.isoformat()}


async def rank_candidates(key: str, command: RankCandidates, work: Work) -> Reply:
    position = await work.require(POSITIONS, key)
    cohort = await _cohort_relied_on(position.cohort_id, work)
    # Candidates only ever become more, so a set seen here cannot turn wrong behind our back.
    people = frozenset(c.person_id for c in await candidates_of(cohort.cohort_id, work))
    work.save(POSITIONS, key, decide_ranking(position, command, cohort, people, work.today))
    return {"position_id": key, "ranked": len(command.ranked_person_ids)}


async def confirm_attendance(
    key: str, month: str, side: Side, command: ConfirmAttendance, work: Work
) -> Reply:
    """The closing of a month locks the sheet, that is, writes this placement: whoever comes second
    of the two sees the other, and a confirmation is either counted or late.
    """
    placement = await work.require(PLACEMENTS, key)
    cohort = await work.require(COHORTS, placement.cohort_id)
    events = decide_confirmation(
        placement, month, side, command, policy=cohort.policy, today=work.today
    )
    work.save(PLACEMENTS, key, events)
    after = await work.require(PLACEMENTS, key)
    return {"placement_id": key, "month": month, "status": after.sheet(month).status}


async def correct_attendance(
    key: str, month: str, side: Side, command: ConfirmAttendance, work: Work
) -> Reply:
    """`correction` says whether this side's word waits for the other's."""
    placement = await work.require(PLACEMENTS, key)
    cohort = await work.require(COHORTS, placement.cohort_id)
    events = decide_correction(
        placement, month, side, command, policy=cohort.policy, today=work.today
    )
    work.save(PLACEMENTS, key, events)
    sheet = (await work.require(PLACEMENTS, key)).sheet(month)
    return {
        "placement_id": key,
        "month": month,
        "status": sheet.status,
        "correction": sheet.correction_status,
        "corrections": sheet.correction_no,
    }


async def _cohort_relied_on(cohort_id: str, work: Work) -> Cohort:
    """The cohort, and its version written, too: matching takes positions and rankings as a set, so
    whoever adds to the set must conflict with it (and run again, on the matching day or after).
    """
    cohort = await work.await_from("intake", COHORTS, cohort_id)
    work.rely_on(COHORTS, cohort_id)
    return cohort
