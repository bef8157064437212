"""What placement answers when asked: figures and codes, never a day of absence."""

from typing import Any

from services.placement.domain import (
    RULE_VERSION,
    Host,
    MatchingNotClosed,
    Placement,
    Position,
    Sheet,
    blocking_pairs,
    gather_inputs,
    recheck_matching,
)
from services.placement.storage import (
    COHORTS,
    HOSTS,
    PLACEMENTS,
    POSITIONS,
    candidates_of,
    candidates_of_round,
    page_of_placements,
    page_of_positions,
    placements_of,
    positions_of,
)
from shared.mongo import Work

Reply = dict[str, Any]


async def show_cohort(cohort_id: str, work: Work) -> Reply:
    cohort = await work.require(COHORTS, cohort_id)
    candidates = await candidates_of(cohort_id, work)
    placements = await placements_of(cohort_id, work)
    return {
        "cohort_id": cohort_id,
        "is_matched": cohort.is_matched,
        "waits_for": cohort.waits_for,
        "counts": {
            "candidates": len(candidates),
            "placed": len(placements),
            "unmatched": sum(c.status == "unmatched" for c in candidates),
            "hosts": len({p.org_id for p in placements}),
            "started": sum(p.status != "placed" for p in placements),
            "completed": sum(p.status == "completed" for p in placements),
            "not_completed": sum(p.status == "not-completed" for p in placements),
        },
        "months": [
            {"month": m.month, "confirmed": m.confirmed, "missing": m.missing}
            for m in cohort.closed_months
        ],
    }


async def show_host(org_id: str, work: Work) -> Reply:
    return _host(await work.require(HOSTS, org_id))


async def list_positions(cohort_id: str, after: str, limit: int, work: Work) -> Reply:
    await work.require(COHORTS, cohort_id)
    found = await page_of_positions(cohort_id, after, limit, work)
    return found.show(_position)


async def list_candidates(position_id: str, work: Work) -> Reply:
    """Every selected applicant of the cohort: the host may rank those who did not list it, too."""
    position = await work.require(POSITIONS, position_id)
    return {
        "items": [
            {
                "person_id": c.person_id,
                "application_id": c.application_id,
                "listed_as": c.listed_as(position_id),
            }
            for c in await candidates_of(position.cohort_id, work)
        ]
    }


async def list_placements(cohort_id: str, after: str, limit: int, work: Work) -> Reply:
    await work.require(COHORTS, cohort_id)
    found = await page_of_placements(cohort_id, after, limit, work)
    return found.show(_placement)


async def show_placement(placement_id: str, work: Work) -> Reply:
    return _placement(await work.require(PLACEMENTS, placement_id))


async def show_matching(cohort_id: str, work: Work) -> Reply:
    """The result, and what it is worth: the run repeated now, and a search for blocking pairs."""
    cohort = await work.require(COHORTS, cohort_id)
    run = cohort.matching
    if run is None or not cohort.is_matched:
        raise MatchingNotClosed("there is no result yet: look at the cohort's waits_for")
    candidates = await candidates_of_round(cohort_id, run.round, work)
    positions = await positions_of(cohort_id, work)
    inputs = gather_inputs(candidates, positions, cohort.policy)
    placements = await placements_of(cohort_id, work)
    matches = {p.application_id: p.position_id for p in placements}
    differences = recheck_matching(cohort, candidates, positions, placements)
    return {
        "cohort_id": cohort_id,
        "round": run.round,
        "rule_version": RULE_VERSION,
        "seed": cohort.policy.matching_seed,
        "input_digest": run.input_digest,
        "counts": {
            "candidates": len(candidates),
            "openings": run.openings,
            "placed": run.placed,
            "unmatched": run.unmatched,
        },
        "pairs": [
            {
                "placement_id": p.placement_id,
                "application_id": p.application_id,
                "person_id": p.person_id,
                "org_id": p.org_id,
                "position_id": p.position_id,
            }
            for p in placements
        ],
        "recheck": len(differences),
        "differences": {id_: list(names) for id_, names in differences.items()},
        "blocking_pairs": len(blocking_pairs(inputs, matches)),
    }


def _host(host: Host) -> Reply:
    return {
        "org_id": host.org_id,
        **host.facts.model_dump(mode="json"),
        "cohorts": [_host_in_cohort(host, approval.cohort_id) for approval in host.approvals],
    }


def _host_in_cohort(host: Host, cohort_id: str) -> Reply:
    agreement = host.agreement(cohort_id)
    return {
        "cohort_id": cohort_id,
        "openings": host.openings(cohort_id),
        "agreement_id": agreement.agreement_id if agreement else None,
    }


def _position(position: Position) -> Reply:
    return {
        "position_id": position.position_id,
        "org_id": position.org_id,
        "host_name": position.host_name,
        "title": position.title,
        "field": position.field,
        "openings": position.openings,
        "hours_per_day": position.hours_per_day,
        "ranked": len(position.ranked_person_ids),
    }


def _placement(placement: Placement) -> Reply:
    return {
        "placement_id": placement.placement_id,
        "application_id": placement.application_id,
        "person_id": placement.person_id,
        "cohort_id": placement.cohort_id,
        "org_id": placement.org_id,
        "position_id": placement.position_id,
        "starts_on": placement.starts_on.isoformat(),
        "ends_on": placement.ends_on.isoformat(),
        "hours_per_day": placement.hours_per_day,
        "hours_per_month": placement.hours_per_month,
        "status": placement.status,
        "months": {sheet.month: _month(sheet) for sheet in placement.sheets},
    }


def _month(sheet: Sheet) -> Reply:
    figures = sheet.figures
    return {
        "status": sheet.status,
        "service_from": sheet.service_from.isoformat(),
        "service_until": sheet.service_until.isoformat(),
        "is_closed": sheet.locked_on is not None,
        "scheduled_days": figures.scheduled_days if figures else None,
        "absent_days": figures.absent_days if figures else None,
        "absent_weeks": figures.absent_weeks if figures else None,
        "is_late": figures.is_late if figures else None,
    }
