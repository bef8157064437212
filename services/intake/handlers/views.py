"""What intake answers when asked: counts, applications with their reasons, vacancies, rankings."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from services.intake import domain
from services.intake.storage import (
    APPLICATIONS,
    COHORTS,
    PEOPLE,
    applications_of,
    page_of_applications,
)
from shared.mongo import Page, Work

Reply = dict[str, Any]


async def show_cohort(cohort_id: str, work: Work) -> Reply:
    cohort = await work.require(COHORTS, cohort_id)
    return {
        "cohort_id": cohort_id,
        "policy": cohort.policy.model_dump(mode="json"),
        "status": cohort.status,
        "is_waiting": cohort.is_waiting,
        "round": cohort.latest.number,
        "cancelled_from": cohort.cancelled_from and cohort.cancelled_from.isoformat(),
        "counts": _funnel(await applications_of(cohort_id, work)),
    }


async def show_person(person_id: str, work: Work) -> Reply:
    person = await work.require(PEOPLE, person_id)
    return {
        "person_id": person_id,
        "registered_on": person.registered_on.isoformat(),
        **await work.read_vault(person_id),
    }


async def list_applications(cohort_id: str, work: Work, *, after: str, limit: int) -> Reply:
    await work.require(COHORTS, cohort_id)
    found = await page_of_applications(cohort_id, work, after=after, limit=limit)
    return found.show(_summary)


async def list_vacancies(cohort_id: str, work: Work, *, after: str, limit: int) -> Reply:
    """By id; the cohort keeps them in that order."""
    cohort = await work.require(COHORTS, cohort_id)
    found = [v for v in cohort.vacancies if v.vacancy_id > after]
    following = found[limit - 1].vacancy_id if len(found) > limit else None
    return Page(found[:limit], following).show(_vacancy)


async def show_application(application_id: str, work: Work) -> Reply:
    application = await work.require(APPLICATIONS, application_id)
    return {
        **_summary(application),
        "facts": application.facts.to_json(),
        "preferred_position_ids": list(application.preferred_position_ids),
        "check": asdict(application.check) if application.check else None,
    }


async def show_selection(cohort_id: str, work: Work) -> Reply:
    """The rankings with their reasons, and the same decisions made again now to compare.

    Every closed round stands in `rounds`, and the latest of them at the top once more.
    """
    cohort = await work.require(COHORTS, cohort_id)
    if not cohort.closed_rounds:
        raise domain.SelectionNotClosed(f"ask after {cohort.selection_due_on}")
    applications = await applications_of(cohort_id, work)
    differences = domain.recheck_selection(cohort, applications)
    rounds = [_round(cohort, round_, applications) for round_ in cohort.closed_rounds]
    return {
        "cohort_id": cohort_id,
        **rounds[-1],
        "tie_break_seed": cohort.policy.ranking.tie_break_seed,
        "recheck": len(differences),
        "differences": {id_: list(names) for id_, names in differences.items()},
        "rounds": rounds,
    }


def _funnel(applications: Sequence[domain.Application]) -> dict[str, int]:
    """`accepted` counts all who passed the eligibility check, whatever the selection said.

    `selected` counts all who ever had a place, `called` those among them who had it by a call for
    a vacancy; `reserved` are on the list still. Where people stand now is said once more by
    `withdrawn`, `unplaced` and `lapsed`: who is there may be among the selected, too.
    """
    statuses = Counter(a.status for a in applications)
    passed = Counter(not a.reason_codes for a in applications if a.check)
    return {
        "applied": statuses.total(),
        "accepted": passed[True],
        "rejected": passed[False],
        "selected": sum(a.outcome == "selected" or bool(a.calls) for a in applications),
        "reserved": statuses["reserved"],
        "not_selected": statuses["not-selected"],
        "withdrawn": statuses["withdrawn"],
        "called": sum(bool(a.calls) for a in applications),
        "unplaced": statuses["unplaced"],
        "lapsed": statuses["lapsed"],
    }


def _round(
    cohort: domain.Cohort, round_: domain.Round, applications: Sequence[domain.Application]
) -> Reply:
    ranked = [a for a in applications if a.standing and a.round == round_.number]
    return {
        **asdict(round_)["selection"],
        "places": domain.places_of(cohort, round_),
        "rule_version": round_.rule_version,
        "ranked": sorted((_summary(a) for a in ranked), key=lambda item: item["rank"]),
    }


def _summary(application: domain.Application) -> Reply:
    """`called_for` is the vacancy of her last call."""
    standing = application.standing
    return {
        **application.names,
        "field": application.field,
        "applied_on": application.applied_on.isoformat(),
        "round": application.round,
        "status": application.status,
        "reason_codes": list(application.reason_codes),
        "rank": standing.rank if standing else None,
        "reserve_rank": application.reserve_rank,
        "points": {**asdict(standing.points), "total": standing.points.total} if standing else None,
        "tie_break": standing.tie_break if standing else None,
        "called_for": application.calls[-1].vacancy_id if application.calls else None,
        "withdrawn_on": application.withdrawn_on and application.withdrawn_on.isoformat(),
        "leaves_on": application.leaves_on and application.leaves_on.isoformat(),
    }


def _vacancy(vacancy: domain.Vacancy) -> Reply:
    """What became of it: who was called, or why nobody was."""
    return {
        "vacancy_id": vacancy.vacancy_id,
        "position_id": vacancy.position_id,
        "org_id": vacancy.org_id,
        "opened_on": vacancy.opened_on.isoformat(),
        "status": vacancy.status,
        "application_id": vacancy.application_id,
        "called_on": vacancy.called_on and vacancy.called_on.isoformat(),
        "lapse_reason": vacancy.lapse_reason,
    }
