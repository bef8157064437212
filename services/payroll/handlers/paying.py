"""What falls due: pay runs, and the months that a record pays by itself.

Both do the same with a month: its payslip, its debt in the ledger, its order, and one file for the
bank, in one transaction. So an order is never seen without its payslip, nor a file without orders.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.payroll import domain
from services.payroll.domain import PayRun, Payslip, Record, WorkedMonth
from services.payroll.storage import (
    COHORTS,
    LEDGER,
    ORDERS,
    PAY_RUNS,
    PAYMENT_FILES,
    PAYSLIPS,
    RECORDS,
    count_in_time,
    page_of_records,
)
from shared.events.payroll import PaymentOrdered
from shared.events.policy import CohortPolicy
from shared.logs import logger
from shared.mongo import Work

log = logger()


@dataclass(frozen=True, slots=True)
class Due:
    """A record and the months of it that are paid now."""

    record: Record
    months: tuple[WorkedMonth, ...]


async def pay_cohort(run: PayRun, work: Work) -> None:
    """Hold the run, or pay the next records; it stays due until it has come through them all."""
    if run.status != "paying" and await _hold(run, work):
        return
    cohort = await work.require(COHORTS, run.cohort_id)
    limit = domain.ORDERS_A_FILE_MAX
    page = await page_of_records(work, run.cohort_id, run.until_record_id, limit)
    records = page.states
    due = [
        Due(record, (month,))
        for record in records
        if (month := domain.month_in_time(record, run.month))
    ]
    payslips = await _pay(due, cohort.policy, work)
    until = records[-1].record_id if records else run.until_record_id
    net_krw = [payslip.net_krw for payslip in payslips]
    work.save(PAY_RUNS, run.pay_run_id, domain.decide_advance_run(until, net_krw, work.today))
    if len(records) < limit:
        advanced = await work.require(PAY_RUNS, run.pay_run_id)
        work.save(PAY_RUNS, run.pay_run_id, domain.decide_close_run(advanced, work.today))


async def pay_record(record: Record, work: Work) -> None:
    """Late months get payslip and order; held ones get the order that an account now allows."""
    cohort = await work.require(COHORTS, record.cohort_id)
    months = domain.payable_months(record, work.today)
    await _pay([Due(record, months)], cohort.policy, work)


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


async def _pay(due: Sequence[Due], policy: CohortPolicy, work: Work) -> list[Payslip]:
    await _preload(due, work)
    paid: list[Payslip] = []
    for one in due:
        payslips = [await _settle_month(one.record, month, policy, work) for month in one.months]
        moved = {payslip.month: (payslip.status, payslip.net_krw) for payslip in payslips}
        events = domain.decide_move_months(one.record, moved, work.today)
        work.save(RECORDS, one.record.record_id, events)
        paid += payslips
    await _order([payslip for payslip in paid if payslip.status == "ordered"], policy, work)
    return paid


async def _preload(due: Sequence[Due], work: Work) -> None:
    """All that is about to be written, in one round trip a kind."""
    payslips = [
        domain.payslip_id_of(one.record.record_id, month.month)
        for one in due
        for month in one.months
    ]
    await work.preload(RECORDS, [one.record.record_id for one in due])
    await work.preload(PAYSLIPS, payslips)
    await work.preload(LEDGER, payslips)
    await work.preload(ORDERS, [domain.order_id_of(p, domain.FIRST_ATTEMPT) for p in payslips])
    for one in due:
        await work.load(RECORDS, one.record.record_id)


async def _settle_month(
    record: Record, month: WorkedMonth, policy: CohortPolicy, work: Work
) -> Payslip:
    """The month's payslip: issued now, or, when it was held for want of an account, released."""
    payslip_id = domain.payslip_id_of(record.record_id, month.month)
    if await work.load(PAYSLIPS, payslip_id):
        released = domain.decide_move_payslip(payslip_id, "ordered", work.today)
        work.save(PAYSLIPS, payslip_id, released)
        return await work.require(PAYSLIPS, payslip_id)
    work.save(PAYSLIPS, payslip_id, domain.decide_issue(record, month, policy, work.today))
    payslip = await work.require(PAYSLIPS, payslip_id)
    await work.load(LEDGER, payslip_id)
    work.save(LEDGER, payslip_id, domain.decide_post_wage(payslip, work.today))
    return payslip


async def _order(payslips: Sequence[Payslip], policy: CohortPolicy, work: Work) -> None:
    """One order each, all in one file. No payslips, no file."""
    if not payslips:
        return
    pay_on = policy.business_day_from(work.today)
    orders: list[PaymentOrdered] = []
    for payslip in payslips:
        order = domain.decide_order(payslip, domain.FIRST_ATTEMPT, pay_on, work.today)
        await work.load(ORDERS, order.order_id)
        work.save(ORDERS, order.order_id, [order])
        orders.append(order)
    written = domain.decide_write_file(orders, work.today)
    await work.load(PAYMENT_FILES, written.file_id)
    work.save(PAYMENT_FILES, written.file_id, [written])
