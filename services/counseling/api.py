"""Counseling over HTTP: parse, call a handler, nothing else."""

from datetime import date

from fastapi import APIRouter, Response

from services.counseling import domain, handlers
from services.counseling.storage import CASES, COUNSELORS
from shared.ids import CaseId, CohortId, CounselorId
from shared.service import After, Command, Limit, Query, allowed, own_path, own_state

router = APIRouter()

OF_COUNSELOR = own_path("counselor_id", COUNSELORS)
OF_CASE = own_state(CASES, "case_id")


@router.post(
    "/counselors",
    status_code=201,
    summary="Register a counselor",
    tags=["counselors"],
    dependencies=[allowed("officer")],
)
async def register_counselor(body: domain.RegisterCounselor, command: Command) -> Response:
    return await command(lambda work: handlers.register_counselor(body, work))


@router.get(
    "/counselors",
    summary="Counselors and their open cases, by id",
    tags=["counselors"],
    dependencies=[allowed("officer", "auditor")],
)
async def list_counselors(query: Query, after: After = "", limit: Limit = 100) -> Response:
    return await query(lambda work: handlers.list_counselors(work, after=after, limit=limit))


@router.get(
    "/counselors/{counselor_id}",
    summary="A counselor, with her name",
    tags=["counselors"],
    dependencies=[allowed("officer", counselor=OF_COUNSELOR)],
)
async def show_counselor(counselor_id: CounselorId, query: Query) -> Response:
    return await query(lambda work: handlers.show_counselor(counselor_id, work))


@router.get(
    "/counselors/{counselor_id}/worklist",
    summary="Her open cases by next follow-up",
    tags=["counselors"],
    dependencies=[allowed("officer", counselor=OF_COUNSELOR)],
)
async def show_worklist(counselor_id: CounselorId, query: Query) -> Response:
    return await query(lambda work: handlers.show_worklist(counselor_id, work))


@router.post(
    "/counselors/{counselor_id}/departure",
    status_code=201,
    summary="Record that a counselor leaves today",
    tags=["counselors"],
    dependencies=[allowed("officer")],
)
async def record_departure(
    counselor_id: CounselorId, _: domain.RecordDeparture, command: Command
) -> Response:
    return await command(lambda work: handlers.record_departure(counselor_id, work))


@router.get(
    "/cohorts/{cohort_id}/cases",
    summary="A cohort's cases, by id: all, or those of one status",
    tags=["cases"],
    dependencies=[allowed("officer", "auditor")],
)
async def list_cases(
    cohort_id: CohortId,
    query: Query,
    status: domain.Status | None = None,
    after: After = "",
    limit: Limit = 100,
) -> Response:
    return await query(
        lambda work: handlers.list_cases(cohort_id, status, work, after=after, limit=limit)
    )


@router.get(
    "/cases/{case_id}",
    summary="A case, with follow-ups and employers",
    tags=["cases"],
    dependencies=[allowed("officer", counselor=OF_CASE, applicant=OF_CASE)],
)
async def show_case(case_id: CaseId, query: Query) -> Response:
    return await query(lambda work: handlers.show_case(case_id, work))


@router.get(
    "/cases/{case_id}/contacts",
    summary="A case's contacts, with notes",
    tags=["cases"],
    dependencies=[allowed(counselor=OF_CASE)],
)
async def list_contacts(case_id: CaseId, query: Query) -> Response:
    return await query(lambda work: handlers.list_contacts(case_id, work))


@router.post(
    "/cases/{case_id}/contacts",
    status_code=201,
    summary="Record a contact that took place",
    tags=["cases"],
    dependencies=[allowed(counselor=OF_CASE)],
)
async def record_contact(case_id: CaseId, body: domain.RecordContact, command: Command) -> Response:
    return await command(lambda work: handlers.record_contact(case_id, body, work))


@router.post(
    "/cases/{case_id}/reemployment",
    status_code=201,
    summary="Record that she works again",
    tags=["cases"],
    dependencies=[allowed(counselor=OF_CASE)],
)
async def record_reemployment(
    case_id: CaseId, body: domain.RecordReemployment, command: Command
) -> Response:
    return await command(lambda work: handlers.record_reemployment(case_id, body, work))


@router.post(
    "/cases/{case_id}/employment-end",
    status_code=201,
    summary="Record that an employment ended",
    tags=["cases"],
    dependencies=[allowed(counselor=OF_CASE)],
)
async def record_employment_end(
    case_id: CaseId, body: domain.RecordEmploymentEnd, command: Command
) -> Response:
    return await command(lambda work: handlers.record_employment_end(case_id, body, work))


@router.get(
    "/cohorts/{cohort_id}/outcomes",
    summary="Who works again, with its definition",
    tags=["outcomes"],
    dependencies=[allowed("officer", "auditor")],
)
async def show_outcomes(cohort_id: CohortId, query: Query, as_of: date | None = None) -> Response:
    return await query(lambda work: handlers.show_outcomes(cohort_id, as_of, work))
