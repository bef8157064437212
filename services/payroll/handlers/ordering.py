"""Orders for the bank: one a payslip, and all of one occasion in one file.

Payslip, order and file are written in one transaction: so an order is never seen without its
payslip, nor a file without its orders.
"""

from collections.abc import Sequence

from services.payroll import domain
from services.payroll.domain import Payslip
from services.payroll.storage import ORDERS, PAYMENT_FILES
from shared.events.payroll import PaymentOrdered
from shared.events.policy import CohortPolicy
from shared.mongo import Work


async def order_payslips(
    payslips: Sequence[Payslip], policy: CohortPolicy, work: Work
) -> list[PaymentOrdered]:
    """One order for each of them that is ordered now, all in one file. No orders, no file."""
    pay_on = policy.business_day_from(work.today)
    orders: list[PaymentOrdered] = []
    for payslip in payslips:
        if payslip.status == "ordered":
            order = domain.decide_order(payslip, pay_on, work.today)
            await work.load(ORDERS, order.order_id)
            work.save(ORDERS, order.order_id, [order])
            orders.append(order)
    if orders:
        written = domain.decide_write_file(orders, work.today)
        await work.load(PAYMENT_FILES, written.file_id)
        work.save(PAYMENT_FILES, written.file_id, [written])
    return orders
