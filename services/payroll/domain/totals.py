"""Payroll in sums. What is net is held, ordered or nothing; what is ordered is paid, failed or
still with the bank: no won can be anywhere else. What was overpaid is recovered or outstanding.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.payroll.domain.claims import Claim
from services.payroll.domain.months import PaymentStatus
from services.payroll.domain.payslips import Payslip


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of payslips and won. `ordered` are all that ever went to the bank, whatever it said;
    `pending` those of them that it has not answered. `paid` is what the bank paid out, whatever of
    it came back since.
    """

    payslips: int
    net_krw: int
    held: int
    held_krw: int
    nothing_due: int
    ordered: int
    ordered_krw: int
    pending: int
    pending_krw: int
    paid: int
    paid_krw: int
    failed: int
    failed_krw: int
    overpaid_krw: int
    recovered_krw: int
    outstanding_krw: int


def sum_up(payslips: Iterable[Payslip], claims: Iterable[Claim] = ()) -> Totals:
    found, owed = list(payslips), list(claims)
    held, held_krw = _sum(found, "held")
    pending, pending_krw = _sum(found, "ordered")
    paid, paid_krw = _sum(found, "paid")
    failed, failed_krw = _sum(found, "failed")
    return Totals(
        payslips=len(found),
        net_krw=sum(payslip.net_krw for payslip in found),
        held=held,
        held_krw=held_krw,
        nothing_due=_sum(found, "nothing-due")[0],
        ordered=pending + paid + failed,
        ordered_krw=pending_krw + paid_krw + failed_krw,
        pending=pending,
        pending_krw=pending_krw,
        paid=paid,
        paid_krw=paid_krw,
        failed=failed,
        failed_krw=failed_krw,
        overpaid_krw=sum(claim.amount_krw for claim in owed),
        recovered_krw=sum(claim.recovered_krw for claim in owed),
        outstanding_krw=sum(claim.outstanding_krw for claim in owed),
    )


def _sum(payslips: Iterable[Payslip], status: PaymentStatus) -> tuple[int, int]:
    amounts = [payslip.net_krw for payslip in payslips if payslip.status == status]
    return len(amounts), sum(amounts)
