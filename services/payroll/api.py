"""Payroll's HTTP routes: parse, call a handler, nothing else."""

from fastapi import APIRouter, Response

from services.payroll import handlers
from services.payroll.domain import (
    ApproveAccountChange,
    FileId,
    FileStatus,
    PostResults,
    RecoverOverpayment,
    RegisterAccount,
    ReissuePayslip,
    RejectAccountChange,
    RequestAccountChange,
)
from services.payroll.storage import CLAIMS, PAYSLIPS, RECORDS
from shared.ids import ClaimId, CohortId, PayslipId, RecordId
from shared.service import After, Command, Limit, Query, allowed, own_list, own_state

router = APIRouter()

OF_RECORD = own_state(RECORDS, "record_id")


@router.get(
    "/cohorts/{cohort_id}/payroll-records",
    summary="A cohort's payroll records",
    tags=["records"],
    dependencies=[
        allowed("payroll", "approver", "auditor", applicant=own_list(RECORDS, "cohort_id"))
    ],
)
async def list_records(
    cohort_id: CohortId, query: Query, after: After = "", limit: Limit = 100
) -> Response:
    return await query(
        lambda work: handlers.list_records(cohort_id, after, limit, work, **query.only)
    )


@router.get(
    "/payroll-records/{record_id}",
    summary="One payroll record",
    tags=["records"],
    dependencies=[allowed("payroll", "approver", "auditor", applicant=OF_RECORD)],
)
async def show_record(record_id: RecordId, query: Query) -> Response:
    return await query(lambda work: handlers.show_record(record_id, work))


@router.post(
    "/payroll-records/{record_id}/account",
    status_code=201,
    summary="Register the account that the wage is paid to",
    tags=["records"],
    dependencies=[allowed("payroll", applicant=OF_RECORD)],
)
async def register_account(
    record_id: RecordId, body: RegisterAccount, command: Command
) -> Response:
    return await command(lambda work: handlers.register_account(record_id, body, work))


@router.post(
    "/payroll-records/{record_id}/account-change",
    status_code=201,
    summary="Ask for another account; a second officer approves it",
    tags=["records"],
    dependencies=[allowed("payroll")],
)
async def request_account_change(
    record_id: RecordId, body: RequestAccountChange, command: Command
) -> Response:
    signed = body.model_copy(update={"requested_by": command.actor(body.requested_by)})
    return await command(lambda work: handlers.request_account_change(record_id, signed, work))


@router.post(
    "/payroll-records/{record_id}/account-change/approval",
    status_code=201,
    summary="Approve the account that another officer asked for",
    tags=["records"],
    dependencies=[allowed("approver")],
)
async def approve_account_change(
    record_id: RecordId, body: ApproveAccountChange, command: Command
) -> Response:
    signed = body.model_copy(update={"approved_by": command.actor(body.approved_by)})
    return await command(lambda work: handlers.approve_account_change(record_id, signed, work))


@router.post(
    "/payroll-records/{record_id}/account-change/rejection",
    status_code=201,
    summary="Drop the account that was asked for",
    tags=["records"],
    dependencies=[allowed("payroll", "approver")],
)
async def reject_account_change(
    record_id: RecordId, body: RejectAccountChange, command: Command
) -> Response:
    signed = body.model_copy(update={"rejected_by": command.actor(body.rejected_by)})
    return await command(lambda work: handlers.reject_account_change(record_id, signed, work))


@router.get(
    "/cohorts/{cohort_id}/payslips",
    summary="A cohort's payslips",
    tags=["payslips"],
    dependencies=[
        allowed("payroll", "approver", "auditor", applicant=own_list(PAYSLIPS, "cohort_id"))
    ],
)
async def list_payslips(
    cohort_id: CohortId, query: Query, after: After = "", limit: Limit = 100
) -> Response:
    return await query(
        lambda work: handlers.list_payslips(cohort_id, after, limit, work, **query.only)
    )


@router.get(
    "/payslips/{payslip_id}",
    summary="One payslip with its formula",
    tags=["payslips"],
    dependencies=[
        allowed("payroll", "approver", "auditor", applicant=own_state(PAYSLIPS, "payslip_id"))
    ],
)
async def show_payslip(payslip_id: PayslipId, query: Query) -> Response:
    return await query(lambda work: handlers.show_payslip(payslip_id, work))


@router.post(
    "/payslips/{payslip_id}/reissue",
    status_code=201,
    summary="Order a payslip again that the bank refused",
    tags=["payslips"],
    dependencies=[allowed("payroll")],
)
async def reissue_payslip(
    payslip_id: PayslipId, body: ReissuePayslip, command: Command
) -> Response:
    return await command(lambda work: handlers.reissue_payslip(payslip_id, body, work))


@router.get(
    "/cohorts/{cohort_id}/overpayment-claims",
    summary="What was overpaid in a cohort, and what came back",
    tags=["overpayments"],
    dependencies=[
        allowed("payroll", "approver", "auditor", applicant=own_list(CLAIMS, "cohort_id"))
    ],
)
async def list_claims(
    cohort_id: CohortId, query: Query, after: After = "", limit: Limit = 100
) -> Response:
    return await query(
        lambda work: handlers.list_claims(cohort_id, after, limit, work, **query.only)
    )


@router.get(
    "/overpayment-claims/{claim_id}",
    summary="One claim with its deposits",
    tags=["overpayments"],
    dependencies=[
        allowed("payroll", "approver", "auditor", applicant=own_state(CLAIMS, "claim_id"))
    ],
)
async def show_claim(claim_id: ClaimId, query: Query) -> Response:
    return await query(lambda work: handlers.show_claim(claim_id, work))


@router.post(
    "/overpayment-claims/{claim_id}/recoveries",
    status_code=201,
    summary="Book a deposit on a claim",
    tags=["overpayments"],
    dependencies=[allowed("bank", "payroll")],
)
async def recover_overpayment(
    claim_id: ClaimId, body: RecoverOverpayment, command: Command
) -> Response:
    return await command(lambda work: handlers.recover_overpayment(claim_id, body, work))


@router.get(
    "/payment-files",
    summary="Payment files for the bank",
    tags=["bank"],
    dependencies=[allowed("bank", "payroll", "auditor")],
)
async def list_files(
    query: Query,
    status: FileStatus | None = None,
    after: After = "",
    limit: Limit = 100,
) -> Response:
    return await query(lambda work: handlers.list_files(status, after, limit, work))


@router.get(
    "/payment-files/{file_id}",
    summary="One payment file, with accounts",
    tags=["bank"],
    dependencies=[allowed("bank")],
)
async def show_file(file_id: FileId, query: Query) -> Response:
    return await query(lambda work: handlers.show_file(file_id, work))


@router.post(
    "/payment-files/{file_id}/results",
    status_code=201,
    summary="The bank's answer to a payment file",
    tags=["bank"],
    dependencies=[allowed("bank")],
)
async def post_results(file_id: FileId, body: PostResults, command: Command) -> Response:
    return await command(lambda work: handlers.post_results(file_id, body, work))


@router.get(
    "/cohorts/{cohort_id}/payroll",
    summary="Where every won is",
    tags=["totals"],
    dependencies=[allowed("officer", "payroll", "approver", "auditor")],
)
async def show_payroll(cohort_id: CohortId, query: Query) -> Response:
    return await query(lambda work: handlers.show_payroll(cohort_id, work))


@router.get(
    "/ledger/trial-balance",
    summary="Both sides of every account",
    tags=["totals"],
    dependencies=[allowed("payroll", "approver", "auditor")],
)
async def show_trial_balance(query: Query) -> Response:
    return await query(handlers.show_trial_balance)
