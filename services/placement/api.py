"""Placement's routes: parse, hand over, answer. What is allowed is decided in the domain."""

from collections.abc import Mapping

from fastapi import APIRouter, Response

from services.placement import domain, handlers
from services.placement.storage import HOSTS, PLACEMENTS, POSITIONS
from shared.errors import Rejected
from shared.ids import CohortId, OrganisationId, PlacementId, PositionId
from shared.money import Month
from shared.service import (
    After,
    Command,
    CommandRunner,
    Limit,
    Query,
    allowed,
    everyone,
    own_list,
    own_path,
    own_reply,
    own_state,
)

router = APIRouter()

OF_HOST = own_path("org_id", HOSTS)
OF_POSITION = own_state(POSITIONS, "position_id")
OF_PLACEMENT = own_state(PLACEMENTS, "placement_id")
OWN_PLACEMENTS = own_list(PLACEMENTS, "cohort_id")

ROLE_OF: Mapping[str, str] = {"intern": "applicant", "host": "host"}
"""Who speaks as which party of an internship."""


@router.post(
    "/host-companies",
    status_code=201,
    tags=["hosts"],
    summary="Register a company, or its newer facts",
    dependencies=[allowed("officer", host=own_reply(HOSTS, "org_id"))],
)
async def register_host(body: domain.RegisterHostCompany, command: Command) -> Response:
    return await command(lambda work: handlers.register_host(body, work))


@router.get(
    "/host-companies/{org_id}",
    tags=["hosts"],
    summary="A company and its cohorts",
    dependencies=[allowed("officer", "auditor", host=OF_HOST)],
)
async def show_host(org_id: OrganisationId, query: Query) -> Response:
    return await query(lambda work: handlers.show_host(org_id, work))


@router.post(
    "/host-companies/{org_id}/approvals",
    status_code=201,
    tags=["hosts"],
    summary="Approve a company for a cohort, by the cohort's policy",
    dependencies=[allowed("officer")],
)
async def approve_host(
    org_id: OrganisationId, body: domain.ApproveHostCompany, command: Command
) -> Response:
    return await command(lambda work: handlers.approve_host(org_id, body, work))


@router.post(
    "/host-companies/{org_id}/agreements",
    status_code=201,
    tags=["hosts"],
    summary="Record the agreement signed for a cohort",
    dependencies=[allowed("officer")],
)
async def sign_agreement(
    org_id: OrganisationId, body: domain.SignAgreement, command: Command
) -> Response:
    return await command(lambda work: handlers.sign_agreement(org_id, body, work))


@router.post(
    "/host-companies/{org_id}/positions",
    status_code=201,
    tags=["positions"],
    summary="Offer a position, within the company's cap and before the matching day",
    dependencies=[allowed("officer", host=OF_HOST)],
)
async def offer_position(
    org_id: OrganisationId, body: domain.OfferPosition, command: Command
) -> Response:
    return await command(lambda work: handlers.offer_position(org_id, body, work))


@router.post(
    "/host-companies/{org_id}/suspension",
    tags=["hosts"],
    summary="Suspend a company for a cohort: its positions close, its interns end tomorrow",
    dependencies=[allowed("officer")],
)
async def suspend_host(
    org_id: OrganisationId, body: domain.SuspendHostCompany, command: Command
) -> Response:
    return await command(lambda work: handlers.suspend_host(org_id, body, work))


@router.get(
    "/cohorts/{cohort_id}/positions",
    tags=["positions"],
    summary="What is on offer",
    dependencies=[everyone()],
)
async def list_positions(
    cohort_id: CohortId, query: Query, after: After = "", limit: Limit = 100
) -> Response:
    return await query(lambda work: handlers.list_positions(cohort_id, after, limit, work))


@router.get(
    "/positions/{position_id}/candidates",
    tags=["positions"],
    summary="Whom to rank",
    dependencies=[allowed("officer", host=OF_POSITION)],
)
async def list_candidates(position_id: PositionId, query: Query) -> Response:
    return await query(lambda work: handlers.list_candidates(position_id, work))


@router.post(
    "/positions/{position_id}/ranking",
    tags=["positions"],
    summary="Rank candidates, best first, in place of an earlier ranking",
    dependencies=[allowed("officer", host=OF_POSITION)],
)
async def rank_candidates(
    position_id: PositionId, body: domain.RankCandidates, command: Command
) -> Response:
    return await command(lambda work: handlers.rank_candidates(position_id, body, work))


@router.post(
    "/positions/{position_id}/closing",
    tags=["positions"],
    summary="Close a position: it takes nobody any more, who works on it stays",
    dependencies=[allowed("officer", host=OF_POSITION)],
)
async def close_position(
    position_id: PositionId, body: domain.ClosePosition, command: Command
) -> Response:
    return await command(lambda work: handlers.close_position(position_id, body, work))


@router.get(
    "/cohorts/{cohort_id}",
    tags=["cohorts"],
    summary="A cohort's progress in counts",
    dependencies=[everyone()],
)
async def show_cohort(cohort_id: CohortId, query: Query) -> Response:
    return await query(lambda work: handlers.show_cohort(cohort_id, work))


@router.get(
    "/cohorts/{cohort_id}/matching",
    tags=["cohorts"],
    summary="The matching, checked again now",
    dependencies=[allowed("officer", "auditor")],
)
async def show_matching(cohort_id: CohortId, query: Query) -> Response:
    return await query(lambda work: handlers.show_matching(cohort_id, work))


@router.get(
    "/cohorts/{cohort_id}/placements",
    tags=["placements"],
    summary="A cohort's interns",
    dependencies=[
        allowed("officer", "payroll", "auditor", host=OWN_PLACEMENTS, applicant=OWN_PLACEMENTS)
    ],
)
async def list_placements(
    cohort_id: CohortId, query: Query, after: After = "", limit: Limit = 100
) -> Response:
    return await query(
        lambda work: handlers.list_placements(cohort_id, after, limit, work, **query.only)
    )


@router.get(
    "/placements/{placement_id}",
    tags=["placements"],
    summary="One internship",
    dependencies=[
        allowed("officer", "payroll", "auditor", host=OF_PLACEMENT, applicant=OF_PLACEMENT)
    ],
)
async def show_placement(placement_id: PlacementId, query: Query) -> Response:
    return await query(lambda work: handlers.show_placement(placement_id, work))


@router.post(
    "/placements/{placement_id}/attendance/{month}/host-confirmation",
    tags=["placements"],
    summary="The host's word on a month: the days of absence",
    dependencies=[allowed(host=OF_PLACEMENT)],
)
async def confirm_as_host(
    placement_id: PlacementId, month: Month, body: domain.ConfirmAttendance, command: Command
) -> Response:
    return await command(
        lambda work: handlers.confirm_attendance(placement_id, month, "host", body, work)
    )


@router.post(
    "/placements/{placement_id}/attendance/{month}/intern-confirmation",
    tags=["placements"],
    summary="The intern's word on a month: the days of absence",
    dependencies=[allowed(applicant=OF_PLACEMENT)],
)
async def confirm_as_intern(
    placement_id: PlacementId, month: Month, body: domain.ConfirmAttendance, command: Command
) -> Response:
    return await command(
        lambda work: handlers.confirm_attendance(placement_id, month, "intern", body, work)
    )


@router.post(
    "/placements/{placement_id}/attendance/{month}/host-correction",
    tags=["placements"],
    summary="The host's word on a confirmed month that was otherwise",
    dependencies=[allowed(host=OF_PLACEMENT)],
)
async def correct_as_host(
    placement_id: PlacementId, month: Month, body: domain.ConfirmAttendance, command: Command
) -> Response:
    return await command(
        lambda work: handlers.correct_attendance(placement_id, month, "host", body, work)
    )


@router.post(
    "/placements/{placement_id}/attendance/{month}/intern-correction",
    tags=["placements"],
    summary="The intern's word on a confirmed month that was otherwise",
    dependencies=[allowed(applicant=OF_PLACEMENT)],
)
async def correct_as_intern(
    placement_id: PlacementId, month: Month, body: domain.ConfirmAttendance, command: Command
) -> Response:
    return await command(
        lambda work: handlers.correct_attendance(placement_id, month, "intern", body, work)
    )


@router.post(
    "/placements/{placement_id}/decline",
    tags=["placements"],
    summary="Decline a placement before its first day",
    dependencies=[allowed("officer", host=OF_PLACEMENT, applicant=OF_PLACEMENT)],
)
async def decline_placement(
    placement_id: PlacementId, body: domain.DeclinePlacement, command: Command
) -> Response:
    _refuse_other_party(body.declined_by, command)
    return await command(lambda work: handlers.decline_placement(placement_id, body, work))


@router.post(
    "/placements/{placement_id}/withdrawal",
    tags=["placements"],
    summary="Record that an intern left, or leaves tomorrow",
    dependencies=[allowed("officer", host=OF_PLACEMENT, applicant=OF_PLACEMENT)],
)
async def withdraw_intern(
    placement_id: PlacementId, body: domain.WithdrawIntern, command: Command
) -> Response:
    _refuse_other_party(body.ended_by, command)
    return await command(lambda work: handlers.withdraw_intern(placement_id, body, work))


def _refuse_other_party(party: str, command: CommandRunner) -> None:
    """A host and an intern each speak for themselves; the office says who it was."""
    if command.owned_as and ROLE_OF[party] not in command.owned_as:
        raise Rejected(
            "this names the other party: say only what you decide yourself, or ask the office",
            code="speaks-for-another",
            status=403,
        )
