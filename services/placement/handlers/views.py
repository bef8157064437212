"""What placement answers when asked: figures and codes, never a day of absence."""

from typing import Any

from services.placement.domain import (
    RULE_VERSION,
    Host,
    Matching,
    MatchingNotClosed,
    Placement,
    Position,
    Rechecked,
    Round,
    Sheet,
    matched_in,
    recheck_round,
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
    vacancies_of,
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
        "is_cancelled": cohort.cancellation is not None,
        "waits_for": cohort.round_to_match.waits_for if cohort.round_to_match else None,
        "counts": {
            "candidates": len(candidates),
            "placed": len(placements),
            "unmatched": sum(c.status == "unmatched" for c in candidates),
            "hosts": len({p.org_id for p in placements}),
            "started": sum(p.has_started for p in placements),
            "completed": sum(p.status == "completed" for p in placements),
            "not_completed": sum(p.status == "not-completed" for p in placements),
            "withdrew": sum(p.status == "withdrew" for p in placements),
            "declined": sum(p.status == "declined" for p in placements),
            "vacancies": len(await vacancies_of(cohort_id, work)),
        },
        "rounds": [
            {
                "round": r.number,
                "matching_on": r.matching_on.isoformat(),
                "selected": r.selected,
                "is_matched": r.is_matched,
            }
            for r in cohort.rounds
        ],
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
    """Every selected applicant of the cohort who still takes part: the host may rank those who did
    not list it, too.
    """
    position = await work.require(POSITIONS, position_id)
    return {
        "items": [
            {
                "person_id": c.person_id,
                "application_id": c.application_id,
                "listed_as": c.listed_as(position_id),
            }
            for c in await candidates_of(position.cohort_id, work)
            if c.status != "withdrawn"
        ]
    }


async def list_placements(cohort_id: str, after: str, limit: int, work: Work, **only: str) -> Reply:
    """`only`: what they must have, where not all are the caller's to see."""
    await work.require(COHORTS, cohort_id)
    found = await page_of_placements(cohort_id, after, limit, work, **only)
    return found.show(_placement)


async def show_placement(placement_id: str, work: Work) -> Reply:
    return _placement(await work.require(PLACEMENTS, placement_id))


async def show_matching(cohort_id: str, work: Work) -> Reply:
    """The result of every matched round, and what it is worth: each run repeated now, and a search
    for blocking pairs. Counts are of all rounds, `openings` those that were free in each.
    """
    cohort = await work.require(COHORTS, cohort_id)
    runs = [(r, r.matching) for r in cohort.rounds if r.matching and r.is_matched]
    if not runs:
        raise MatchingNotClosed("there is no result yet: look at the cohort's waits_for")
    positions = await positions_of(cohort_id, work)
    placements = await placements_of(cohort_id, work)
    rounds, pairs, differences = [], [], {}
    for round_, run in runs:
        candidates = await candidates_of_round(cohort_id, round_.number, work)
        found = recheck_round(cohort, round_, candidates, positions, placements)
        rounds.append(_round(round_, run, found))
        pairs += [_pair(p) for p in matched_in(candidates, placements)]
        differences.update({id_: list(names) for id_, names in found.differences.items()})
    newest, run = runs[-1]
    return {
        "cohort_id": cohort_id,
        "round": newest.number,
        "rule_version": RULE_VERSION,
        "seed": cohort.policy.matching_seed,
        "input_digest": run.input_digest,
        "counts": {
            name: sum(r["counts"][name] for r in rounds)
            for name in ("candidates", "openings", "placed", "unmatched")
        },
        "pairs": pairs,
        "recheck": sum(r["recheck"] for r in rounds),
        "differences": differences,
        "blocking_pairs": sum(r["blocking_pairs"] for r in rounds),
        "rounds": rounds,
    }


def _round(round_: Round, run: Matching, found: Rechecked) -> Reply:
    return {
        "round": round_.number,
        "matching_on": round_.matching_on.isoformat(),
        "input_digest": run.input_digest,
        "counts": {
            "candidates": run.placed + run.unmatched,
            "openings": run.openings_in_all,
            "placed": run.placed,
            "unmatched": run.unmatched,
        },
        "recheck": len(found.differences),
        "blocking_pairs": found.blocking_pairs,
    }


def _pair(placement: Placement) -> Reply:
    return {
        "placement_id": placement.placement_id,
        "application_id": placement.application_id,
        "person_id": placement.person_id,
        "org_id": placement.org_id,
        "position_id": placement.position_id,
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
        "is_suspended": host.suspension(cohort_id) is not None,
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
        "is_closed": position.closed_on is not None,
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
        "vacancy_id": placement.vacancy_id,
        "left_on": placement.left_on.isoformat() if placement.left_on else None,
        "ended_by": placement.ended_by,
        "months": {sheet.month: _month(sheet) for sheet in placement.sheets},
    }


def _month(sheet: Sheet) -> Reply:
    figures = sheet.figures
    return {
        "status": sheet.status,
        "service_from": None if sheet.is_void else sheet.service_from.isoformat(),
        "service_until": None if sheet.is_void else sheet.service_until.isoformat(),
        "is_closed": sheet.locked_on is not None,
        "scheduled_days": figures.scheduled_days if figures else None,
        "absent_days": figures.absent_days if figures else None,
        "absent_weeks": figures.absent_weeks if figures else None,
        "is_late": sheet.confirmed_as == "late" if figures else None,
        "is_final": sheet.confirmed_as == "final" if figures else None,
        "corrections": sheet.correction_no,
        "correction": sheet.correction_status,
    }
