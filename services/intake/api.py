"""Intake over HTTP: parse, call a handler, nothing else."""

from fastapi import APIRouter, Response

from services.intake import domain, handlers
from services.intake.storage import APPLICATIONS, PEOPLE
from shared.events.policy import CohortPolicy
from shared.ids import ApplicationId, CohortId, PersonId
from shared.service import (
    After,
    Command,
    Limit,
    Query,
    allowed,
    everyone,
    own_body,
    own_path,
    own_reply,
    own_state,
)

router = APIRouter()

OF_APPLICATION = own_state(APPLICATIONS, "application_id")


@router.post(
    "/cohorts",
    status_code=201,
    summary="Open a cohort by its policy",
    tags=["cohorts"],
    dependencies=[allowed("officer")],
)
async def open_cohort(body: CohortPolicy, command: Command) -> Response:
    return await command(lambda work: handlers.open_cohort(body, work))


@router.get(
    "/cohorts/{cohort_id}",
    summary="A cohort, with its counts",
    tags=["cohorts"],
    dependencies=[everyone()],
)
async def show_cohort(cohort_id: CohortId, query: Query) -> Response:
    return await query(lambda work: handlers.show_cohort(cohort_id, work))


@router.post(
    "/cohorts/{cohort_id}/extra-rounds",
    status_code=201,
    summary="Announce an extra round for the places left",
    tags=["cohorts"],
    dependencies=[allowed("officer")],
)
async def announce_extra_round(
    cohort_id: CohortId, body: domain.AnnounceExtraRound, command: Command
) -> Response:
    return await command(lambda work: handlers.announce_extra_round(cohort_id, body, work))


@router.post(
    "/cohorts/{cohort_id}/cancellation",
    status_code=201,
    summary="Call the cohort off, from tomorrow on",
    tags=["cohorts"],
    dependencies=[allowed("officer")],
)
async def cancel_cohort(
    cohort_id: CohortId, body: domain.CancelCohort, command: Command
) -> Response:
    return await command(lambda work: handlers.cancel_cohort(cohort_id, body, work))


@router.get(
    "/cohorts/{cohort_id}/vacancies",
    summary="Places that became free, by id, and what became of them",
    tags=["cohorts"],
    dependencies=[allowed("officer", "auditor")],
)
async def list_vacancies(
    cohort_id: CohortId, query: Query, after: After = "", limit: Limit = 100
) -> Response:
    return await query(
        lambda work: handlers.list_vacancies(cohort_id, work, after=after, limit=limit)
    )


@router.post(
    "/people",
    status_code=201,
    summary="Register or find again a person",
    tags=["people"],
    dependencies=[allowed("officer", applicant=own_reply(PEOPLE, "person_id"))],
)
async def register_person(body: domain.RegisterPerson, command: Command) -> Response:
    return await command(lambda work: handlers.register_person(body, work))


@router.get(
    "/people/{person_id}",
    summary="A person's own data",
    tags=["people"],
    dependencies=[allowed("officer", applicant=own_path("person_id", PEOPLE))],
)
async def show_person(person_id: PersonId, query: Query) -> Response:
    return await query(lambda work: handlers.show_person(person_id, work))


@router.post(
    "/cohorts/{cohort_id}/applications",
    status_code=201,
    summary="Apply for a cohort",
    tags=["applications"],
    dependencies=[allowed("officer", applicant=own_body("person_id", PEOPLE))],
)
async def submit_application(
    cohort_id: CohortId, body: domain.SubmitApplication, command: Command
) -> Response:
    return await command(lambda work: handlers.submit_application(cohort_id, body, work))


@router.get(
    "/cohorts/{cohort_id}/applications",
    summary="A cohort's applications, by id",
    tags=["applications"],
    dependencies=[allowed("officer", "auditor")],
)
async def list_applications(
    cohort_id: CohortId, query: Query, after: After = "", limit: Limit = 100
) -> Response:
    return await query(
        lambda work: handlers.list_applications(cohort_id, work, after=after, limit=limit)
    )


@router.get(
    "/applications/{application_id}",
    summary="An application, with the facts it is decided by",
    tags=["applications"],
    dependencies=[allowed("officer", "auditor", applicant=OF_APPLICATION)],
)
async def show_application(application_id: ApplicationId, query: Query) -> Response:
    return await query(lambda work: handlers.show_application(application_id, work))


@router.post(
    "/applications/{application_id}/withdrawal",
    status_code=201,
    summary="Take part no longer, from a day on",
    tags=["applications"],
    dependencies=[allowed("officer", applicant=OF_APPLICATION)],
)
async def withdraw_application(
    application_id: ApplicationId, body: domain.WithdrawApplication, command: Command
) -> Response:
    return await command(lambda work: handlers.withdraw_application(application_id, body, work))


@router.get(
    "/cohorts/{cohort_id}/selection",
    summary="The rankings by round, their reasons, and their recheck",
    tags=["selection"],
    dependencies=[allowed("officer", "auditor")],
)
async def show_selection(cohort_id: CohortId, query: Query) -> Response:
    return await query(lambda work: handlers.show_selection(cohort_id, work))
