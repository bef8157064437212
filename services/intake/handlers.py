"""Intake's commands, questions and sweeps: load, decide, save.

Event handlers come with vacancies and declines; today intake starts the chain and waits for none.
"""

from collections import Counter
from dataclasses import asdict
from datetime import date
from typing import Any

from services.intake import domain
from services.intake.storage import (
    APPLICATIONS,
    COHORTS,
    PEOPLE,
    applications_of,
    page_of_applications,
)
from shared.bus import Handles, Sweeps
from shared.events.policy import CohortPolicy
from shared.ids import derive
from shared.mongo import Work

Reply = dict[str, Any]


async def open_cohort(policy: CohortPolicy, work: Work) -> Reply:
    cohort_id = domain.cohort_id_of(policy)
    cohort = await work.load(COHORTS, cohort_id)
    work.save(COHORTS, cohort_id, domain.decide_opening(cohort, policy, work.today))
    return {"cohort_id": cohort_id}


async def register_person(command: domain.RegisterPerson, work: Work) -> Reply:
    """Her id comes from a keyed hash of who she is, so a returning person is the same person."""
    person_id = derive("per", work.keyed_hash(domain.identity_of(command)))
    person = await work.load(PEOPLE, person_id)
    events = domain.decide_registration(person, command, person_id, work.today)
    work.save(PEOPLE, person_id, events)
    await work.write_vault(person_id, command.personal_data())
    return {"person_id": person_id}


async def submit_application(
    cohort_id: str, command: domain.SubmitApplication, work: Work
) -> Reply:
    """The policy it relies on never changes while applications are taken, so that the cohort's
    version is not written: hundreds may apply at once, and would all collide there.
    """
    cohort = await work.require(COHORTS, cohort_id)
    await work.require(PEOPLE, command.person_id)
    application_id = domain.application_id_of(cohort_id, command.person_id)
    application = await work.load(APPLICATIONS, application_id)
    personal = await work.read_vault(command.person_id)
    events = domain.decide_submission(
        cohort,
        application,
        command,
        birth_date=date.fromisoformat(personal["birth_date"]),
        today=work.today,
    )
    work.save(APPLICATIONS, application_id, events)
    return {"application_id": application_id}


async def screen_application(application: domain.Application, work: Work) -> None:
    cohort = await work.require(COHORTS, application.cohort_id)
    events = domain.decide_screening(application, cohort.policy, work.today)
    work.save(APPLICATIONS, application.application_id, events)


async def select_applicants(cohort: domain.Cohort, work: Work) -> None:
    applications = await applications_of(cohort.cohort_id, work)
    decided = domain.decide_selection(cohort, applications, work.today)
    for application_id, events in decided.applications.items():
        work.save(APPLICATIONS, application_id, events)
    work.save(COHORTS, cohort.cohort_id, decided.cohort)


async def show_cohort(cohort_id: str, work: Work) -> Reply:
    cohort = await work.require(COHORTS, cohort_id)
    statuses = Counter(a.status for a in await applications_of(cohort_id, work))
    return {
        "cohort_id": cohort_id,
        "policy": cohort.policy.model_dump(mode="json"),
        "status": cohort.status,
        "is_waiting": cohort.is_waiting,
        "counts": _funnel(statuses),
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


async def show_application(application_id: str, work: Work) -> Reply:
    application = await work.require(APPLICATIONS, application_id)
    return {
        **_summary(application),
        "facts": application.facts.to_json(),
        "preferred_position_ids": list(application.preferred_position_ids),
        "check": asdict(application.check) if application.check else None,
    }


async def show_selection(cohort_id: str, work: Work) -> Reply:
    """The ranking with its reasons, and the same decisions made again now to compare."""
    cohort = await work.require(COHORTS, cohort_id)
    if cohort.selection is None:
        raise domain.SelectionNotClosed(f"ask after {cohort.selection_due_on}")
    applications = await applications_of(cohort_id, work)
    differences = domain.recheck_selection(cohort, applications)
    ranked = [a for a in applications if a.standing]
    return {
        "cohort_id": cohort_id,
        **asdict(cohort.selection),
        "rule_version": cohort.rule_version,
        "tie_break_seed": cohort.policy.ranking.tie_break_seed,
        "ranked": sorted((_summary(a) for a in ranked), key=lambda item: item["rank"]),
        "recheck": len(differences),
        "differences": {id_: list(names) for id_, names in differences.items()},
    }


def _funnel(statuses: Counter[domain.ApplicationStatus]) -> dict[str, int]:
    """`accepted` counts all who passed the eligibility check, whatever the selection said."""
    return {
        "applied": statuses.total(),
        "accepted": statuses.total() - statuses["submitted"] - statuses["rejected"],
        "rejected": statuses["rejected"],
        "selected": statuses["selected"],
        "reserved": statuses["reserved"],
        "not_selected": statuses["not-selected"],
    }


def _summary(application: domain.Application) -> Reply:
    standing = application.standing
    return {
        **application.names,
        "field": application.field,
        "applied_on": application.applied_on.isoformat(),
        "status": application.status,
        "reason_codes": list(application.reason_codes),
        "rank": standing.rank if standing else None,
        "reserve_rank": application.reserve_rank,
        "points": {**asdict(standing.points), "total": standing.points.total} if standing else None,
        "tie_break": standing.tie_break if standing else None,
    }


HANDLERS: tuple[Handles, ...] = ()

SWEEPS = (
    Sweeps(APPLICATIONS, screen_application),
    # After the applications, so that both may fall on one day; one cohort writes hundreds.
    Sweeps(COHORTS, select_applicants, at_once=1),
)
