"""What the city, applicants and officers ask for: load, decide, save, answer."""

from datetime import date
from typing import Any

from services.intake import domain
from services.intake.storage import APPLICATIONS, COHORTS, PEOPLE
from shared.events.policy import CohortPolicy
from shared.ids import derive
from shared.mongo import Work

Reply = dict[str, Any]


async def open_cohort(policy: CohortPolicy, work: Work) -> Reply:
    cohort_id = domain.cohort_id_of(policy)
    cohort = await work.load(COHORTS, cohort_id)
    work.save(COHORTS, cohort_id, domain.decide_opening(cohort, policy, work.today))
    return {"cohort_id": cohort_id}


async def announce_extra_round(
    cohort_id: str, command: domain.AnnounceExtraRound, work: Work
) -> Reply:
    """The cohort itself counts the places that are left: no set is asked."""
    cohort = await work.require(COHORTS, cohort_id)
    events = domain.decide_extra_round(cohort, command, work.today)
    work.save(COHORTS, cohort_id, events)
    return {"cohort_id": cohort_id, "round": cohort.latest.number + 1}


async def cancel_cohort(cohort_id: str, _: domain.CancelCohort, work: Work) -> Reply:
    """Who applies in this very moment may still be taken: tomorrow's sweep finds her, too."""
    cohort = await work.require(COHORTS, cohort_id)
    (cancelled,) = domain.decide_cancellation(cohort, work.today)
    work.save(COHORTS, cohort_id, [cancelled])
    return {"cohort_id": cohort_id, "cancelled_from": cancelled.effective_on.isoformat()}


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

    Her own version is: two applications for two cohorts cannot pass each other. What she applied
    for elsewhere may come to its end behind our back, and never back to life.
    """
    cohort = await work.require(COHORTS, cohort_id)
    person = await work.require(PEOPLE, command.person_id)
    application_id = domain.application_id_of(cohort_id, command.person_id)
    application = await work.load(APPLICATIONS, application_id)
    personal = await work.read_vault(command.person_id)
    filed = domain.decide_submission(
        cohort,
        application,
        command,
        birth_date=date.fromisoformat(personal["birth_date"]),
        today=work.today,
    )
    others = [await _with_policy(other, work) for other in person.application_ids]
    applied = domain.decide_participation(person, cohort_id, cohort.policy, others, work.today)
    work.save(APPLICATIONS, application_id, filed)
    work.save(PEOPLE, person.person_id, applied)
    return {"application_id": application_id}


async def withdraw_application(
    application_id: str, command: domain.WithdrawApplication, work: Work
) -> Reply:
    application = await work.require(APPLICATIONS, application_id)
    withdrawal = domain.decide_withdrawal(application, command, work.today)
    work.save(APPLICATIONS, application_id, withdrawal.application)
    if withdrawal.cohort:
        await work.require(COHORTS, application.cohort_id)
        work.save(COHORTS, application.cohort_id, withdrawal.cohort)
    return {
        "application_id": application_id,
        "status": "withdrawn",
        "leaves_on": command.leaves_on.isoformat(),
    }


async def _with_policy(application_id: str, work: Work) -> tuple[domain.Application, CohortPolicy]:
    application = await work.require(APPLICATIONS, application_id)
    cohort = await work.require(COHORTS, application.cohort_id)
    return application, cohort.policy
