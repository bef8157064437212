"""What payroll shows. Only a payment file, which the bank fetches, holds accounts."""

from dataclasses import asdict
from itertools import groupby
from typing import TypeVar

from services.payroll import domain
from services.payroll.domain import FileStatus, PaymentFile, PayRun, Payslip, Record
from services.payroll.storage import (
    COHORTS,
    PAYMENT_FILES,
    PAYSLIPS,
    RECORDS,
    page_of_files,
    page_of_payslips,
    page_of_records,
    pay_runs_of,
    walk_ledger,
    walk_payslips,
)
from shared.mongo import Document, Work

S = TypeVar("S")


async def show_record(record_id: str, work: Work) -> Document:
    return _record(await work.require(RECORDS, record_id))


async def list_records(cohort_id: str, after: str, limit: int, work: Work) -> Document:
    await work.require(COHORTS, cohort_id)
    found = await page_of_records(work, cohort_id, after, limit)
    return found.show(_record)


async def show_payslip(payslip_id: str, work: Work) -> Document:
    return _payslip(await work.require(PAYSLIPS, payslip_id))


async def list_payslips(cohort_id: str, after: str, limit: int, work: Work) -> Document:
    await work.require(COHORTS, cohort_id)
    found = await page_of_payslips(work, cohort_id, after, limit)
    return found.show(_payslip)


async def show_file(file_id: str, work: Work) -> Document:
    """A payment file with the accounts that it pays to, decrypted for the bank."""
    file = await work.require(PAYMENT_FILES, file_id)
    orders = [
        {
            "order_id": line.order_id,
            **await work.read_vault(line.person_id),
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
    payslips = sorted(
        [payslip async for payslip in walk_payslips(work, cohort_id)], key=lambda p: p.month
    )
    by_month = {month: list(group) for month, group in groupby(payslips, lambda p: p.month)}
    return {
        "cohort_id": cohort_id,
        "months": [
            {
                "month": month,
                "pay_run": _run(runs.get(month)),
                **asdict(domain.sum_up(by_month.get(month, []))),
            }
            for month in sorted(runs.keys() | by_month.keys())
        ],
        "overall": asdict(domain.sum_up(payslips)),
    }


async def show_trial_balance(work: Work) -> Document:
    balance = domain.trial_balance([entry async for entry in walk_ledger(work)])
    return {
        "accounts": [asdict(posting) for posting in balance],
        "balanced": domain.is_balanced(balance),
    }


def _record(record: Record) -> Document:
    shown = RECORDS.to_json(record)
    months = [{**month.pop("attendance"), **month} for month in shown.pop("months")]
    return {**shown, **shown.pop("contract"), "months": months}


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
