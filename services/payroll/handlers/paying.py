"""What falls due: pay runs, and what a record does by itself. Payslips, debts, orders and one file
for the bank are written in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.payroll import domain
from services.payroll.domain import PayRun, Record, WorkedMonth
from services.payroll.handlers.issuing import correct_month, issue_month, release_payslip
from services.payroll.handlers.ordering import order_payslips
from services.payroll.storage import (
    COHORTS,
    LEDGER,
    ORDERS,
    PAY_RUNS,
    PAYSLIPS,
    RECORDS,
    count_in_time,
    page_of_records,
)
from shared.logs import logger
from shared.mongo import Work

log = logger()


@dataclass(frozen=True, slots=True)
class Due:
    """A record, and the month of it that the pay run pays now."""

    record: Record
    month: WorkedMonth


async def pay_cohort(run: PayRun, work: Work) -> None:
    """Hold the run, or pay the next records; it stays due until it has come through them all."""
    if run.status != "paying" and await _hold(run, work):
        return
    cohort = await work.require(COHORTS, run.cohort_id)
    limit = domain.ORDERS_A_FILE_MAX
    page = await page_of_records(work, run.cohort_id, run.until_record_id, limit)
    records = page.states
    due = [
        Due(record, month)
        for record in records
        if (month := domain.month_in_time(record, run.month))
    ]
    await _preload(due, work)
    payslips = [await issue_month(one.record, one.month, cohort.policy, work) for one in due]
    await order_payslips(payslips, cohort.policy, work)
    until = records[-1].record_id if records else run.until_record_id
    net_krw = [payslip.net_krw for payslip in payslips]
    work.save(PAY_RUNS, run.pay_run_id, domain.decide_advance_run(until, net_krw, work.today))
    if len(records) < limit:
        advanced = await work.require(PAY_RUNS, run.pay_run_id)
        work.save(PAY_RUNS, run.pay_run_id, domain.decide_close_run(advanced, work.today))


async def pay_record(record: Record, work: Work) -> None:
    """Late and final months get a payslip, corrected ones the difference, and what was held the
    order that an account now allows. When nothing is open any more, the record closes.
    """
    cohort = await work.require(COHORTS, record.cohort_id)
    payslips = [
        await issue_month(record, month, cohort.policy, work)
        for month in domain.payable_months(record, work.today)
    ]
    for month in domain.unsettled_months(record, work.today):
        payslips += await correct_month(record, month, cohort.policy, work)
    for month_name, correction_no in domain.held_payslips(record):
        payslips.append(await release_payslip(record, month_name, correction_no, work))
    await order_payslips(payslips, cohort.policy, work)
    paid = await work.require(RECORDS, record.record_id)
    work.save(RECORDS, record.record_id, domain.decide_close(paid, work.today))


async def _hold(run: PayRun, work: Work) -> bool:
    received = await count_in_time(work, run.cohort_id, run.month)
    held = domain.decide_hold_run(run, received, work.today)
    work.save(PAY_RUNS, run.pay_run_id, held)
    if held:
        log.warning(
            "pay_run_held",
            pay_run_id=run.pay_run_id,
            received=received,
            confirmed=run.confirmed,
        )
    return bool(held)


async def _preload(due: Sequence[Due], work: Work) -> None:
    """All that is about to be written, in one round trip a kind."""
    payslips = [domain.payslip_id_of(one.record.record_id, one.month.month) for one in due]
    await work.preload(RECORDS, [one.record.record_id for one in due])
    await work.preload(PAYSLIPS, payslips)
    await work.preload(LEDGER, payslips)
    await work.preload(ORDERS, [domain.order_id_of(p, domain.FIRST_ATTEMPT) for p in payslips])
    for one in due:
        await work.load(RECORDS, one.record.record_id)
