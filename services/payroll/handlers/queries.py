"""What payroll shows. Only a payment file, which the bank fetches, holds accounts.

`only`: what the items of a list must have, where not all are the caller's to see.
"""

from collections.abc import Iterable
from dataclasses import asdict
from itertools import chain
from typing import TypeVar

from services.payroll import domain
from services.payroll.domain import (
    Claim,
    FileStatus,
    PaymentFile,
    PayRun,
    Payslip,
    Record,
    WorkedMonth,
)
from services.payroll.storage import (
    CLAIMS,
    COHORTS,
    PAYMENT_FILES,
    PAYSLIPS,
    RECORDS,
    page_of_claims,
    page_of_files,
    page_of_payslips,
    page_of_records,
    pay_runs_of,
    read_account,
    walk_claims,
    walk_ledger,
    walk_payslips,
)
from shared.mongo import Document, Work

M = TypeVar("M", Claim, Payslip)


async def show_record(record_id: str, work: Work) -> Document:
    return _record(await work.require(RECORDS, record_id))


async def list_records(cohort_id: str, after: str, limit: int, work: Work, **only: str) -> Document:
    await work.require(COHORTS, cohort_id)
    found = await page_of_records(work, cohort_id, after, limit, **only)
    return found.show(_record)


async def show_payslip(payslip_id: str, work: Work) -> Document:
    return _payslip(await work.require(PAYSLIPS, payslip_id))


async def list_payslips(
    cohort_id: str, after: str, limit: int, work: Work, **only: str
) -> Document:
    await work.require(COHORTS, cohort_id)
    found = await page_of_payslips(work, cohort_id, after, limit, **only)
    return found.show(_payslip)


async def show_claim(claim_id: str, work: Work) -> Document:
    return _claim(await work.require(CLAIMS, claim_id))


async def list_claims(cohort_id: str, after: str, limit: int, work: Work, **only: str) -> Document:
    await work.require(COHORTS, cohort_id)
    found = await page_of_claims(work, cohort_id, after, limit, **only)
    return found.show(_claim)


async def show_file(file_id: str, work: Work) -> Document:
    """A payment file with the accounts that it pays to, decrypted for the bank."""
    file = await work.require(PAYMENT_FILES, file_id)
    orders = [
        {
            "order_id": line.order_id,
            **await read_account(work, line.person_id),
            "amount_krw": line.amount_krw,
        }
        for line in file.lines
    ]
    return {**_file(file), "orders": orders}


async def list_files(status: FileStatus | None, after: str, limit: int, work: Work) -> Document:
    found = await page_of_files(work, status, after, limit)
    return found.show(_file)


async def show_payroll(cohort_id: str, work: Work) -> Document:
    """Where every won of the cohort is: month by month, beside the state of its pay run."""
    await work.require(COHORTS, cohort_id)
    runs = {run.month: run for run in await pay_runs_of(work, cohort_id)}
    payslips = _by_month([payslip async for payslip in walk_payslips(work, cohort_id)])
    claims = _by_month([claim async for claim in walk_claims(work, cohort_id)])
    return {
        "cohort_id": cohort_id,
        "months": [
            {
                "month": month,
                "pay_run": _run(runs.get(month)),
                **asdict(domain.sum_up(payslips.get(month, []), claims.get(month, []))),
            }
            for month in sorted(runs.keys() | payslips.keys())
        ],
        "overall": asdict(domain.sum_up(chain(*payslips.values()), chain(*claims.values()))),
    }


async def show_trial_balance(work: Work) -> Document:
    balance = domain.trial_balance([entry async for entry in walk_ledger(work)])
    return {
        "accounts": [asdict(posting) for posting in balance],
        "balanced": domain.is_balanced(balance),
    }


def _by_month(found: Iterable[M]) -> dict[str, list[M]]:
    months: dict[str, list[M]] = {}
    for one in found:
        months.setdefault(one.month, []).append(one)
    return months


def _record(record: Record) -> Document:
    """Contract and months flat. `left_on`: the first day on which she is not in service."""
    shown = RECORDS.to_json(record)
    months = [
        _month(month, kept) for month, kept in zip(record.months, shown["months"], strict=True)
    ]
    left_on = record.left_on and record.left_on.isoformat()
    return {**shown, **shown.pop("contract"), "left_on": left_on, "months": months}


def _month(month: WorkedMonth, kept: Document) -> Document:
    """The figures are the latest ones that are known, the money is what was made out so far."""
    corrections = kept.pop("corrections")
    latest = corrections[-1]["attendance"] if corrections else kept["attendance"]
    kept.pop("attendance")
    return {
        **latest,
        **kept,
        "correction_no": len(corrections),
        "status": month.status,
        "net_krw": month.net_krw,
        "outstanding_krw": month.outstanding_krw,
    }


def _claim(claim: Claim) -> Document:
    sums = {"recovered_krw": claim.recovered_krw, "outstanding_krw": claim.outstanding_krw}
    return {**CLAIMS.to_json(claim), **sums}


def _payslip(payslip: Payslip) -> Document:
    return PAYSLIPS.to_json(payslip)


def _file(file: PaymentFile) -> Document:
    return {
        "file_id": file.file_id,
        "pay_on": file.pay_on.isoformat(),
        "orders": len(file.lines),
        "total_krw": file.total_krw,
        "status": file.status,
    }


def _run(run: PayRun | None) -> Document | None:
    """None: no run yet, the month's payslips came from late attendance."""
    if run is None:
        return None
    return {
        "status": run.status,
        "confirmed": run.confirmed,
        "missing": run.missing,
        "next_on": run.next_on.isoformat(),
    }
