"""Each intern's month as one equation, in won.

`entitled = paid + pending + in doubt + failed and not yet reissued`. Overpayments that payroll has
found will stand on the left when events tell of them; until then every won too much is a
difference.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ops.audit.evidence import Evidence, Json
from ops.audit.wages import pay_date, wage_krw


@dataclass(frozen=True, slots=True)
class Line:
    """One person's month in a cohort.

    entitled: worked out by the audit. paid: the bank's own rows. pending: not yet for the bank,
    or not yet its pay day. in_doubt: ordered, the pay day is past, and the bank has no row.
    failed: the bank refused it and no later order replaced it.
    """

    cohort_id: str
    person_id: str
    month: str
    entitled_krw: int = 0
    paid_krw: int = 0
    pending_krw: int = 0
    in_doubt_krw: int = 0
    failed_krw: int = 0

    @property
    def difference_krw(self) -> int:
        accounted = self.paid_krw + self.pending_krw + self.in_doubt_krw + self.failed_krw
        return self.entitled_krw - accounted


def balance(evidence: Evidence) -> tuple[Line, ...]:
    """A line for each month that attendance, a payslip or a stray payment speaks of."""
    entitled = {work: _entitled(evidence, work) for work in evidence.attendances}
    payslips: dict[tuple[str, str], list[Json]] = {}
    for payslip in evidence.payslips.values():
        payslips.setdefault(evidence.work_of(payslip), []).append(payslip)
    lines = []
    for work in sorted({*entitled, *payslips}):
        slips = payslips.get(work, [])
        about = slips[0] if slips else evidence.attendances[work]
        owed = entitled.get(work, 0)
        money = _money(evidence, slips) if slips else _unissued(evidence, work, owed)
        lines.append(
            Line(about["cohort_id"], about["person_id"], work[1], entitled_krw=owed, **money)
        )
    return (*lines, *_strays(evidence))


def _entitled(evidence: Evidence, work: tuple[str, str]) -> int:
    attendance = evidence.attendances[work]
    policy = evidence.policies.get(attendance["cohort_id"])
    placement = evidence.placements.get(work[0])
    return wage_krw(policy, placement, attendance) if policy and placement else 0


def _unissued(evidence: Evidence, work: tuple[str, str], owed: int) -> dict[str, int]:
    """Without a payslip a wage is pending until its pay day, and then nowhere."""
    attendance = evidence.attendances[work]
    policy = evidence.policies.get(attendance["cohort_id"])
    is_pending = policy and evidence.today <= pay_date(policy, attendance).isoformat()
    return {"pending_krw": owed if is_pending else 0}


def _money(evidence: Evidence, payslips: list[Json]) -> dict[str, int]:
    """Where the money of these payslips is (one payslip, unless something is wrong)."""
    sums = {"paid_krw": 0, "pending_krw": 0, "in_doubt_krw": 0, "failed_krw": 0}
    for payslip in payslips:
        orders = evidence.orders_of(payslip["payslip_id"])
        if not orders:
            sums["pending_krw"] += payslip["net_krw"]
        for order in orders:
            rows = evidence.bank.get(order["order_id"], [])
            sums["paid_krw"] += sum(row.amount_krw for row in rows if row.outcome == "paid")
            if not rows:
                is_pending = evidence.today <= order["pay_on"]
                sums["pending_krw" if is_pending else "in_doubt_krw"] += order["amount_krw"]
            elif order is orders[-1] and all(row.outcome != "paid" for row in rows):
                sums["failed_krw"] += order["amount_krw"]
    return sums


def _strays(evidence: Evidence) -> Iterator[Line]:
    """What the bank paid that no payslip asked for."""
    for order_id, rows in sorted(evidence.bank.items()):
        order = evidence.orders.get(order_id)
        paid = sum(row.amount_krw for row in rows if row.outcome == "paid")
        if paid and order is None:
            yield Line("unknown", order_id, rows[0].paid_on[:7], paid_krw=paid)
        elif paid and order and order["payslip_id"] not in evidence.payslips:
            yield Line(order["cohort_id"], order["person_id"], order["pay_on"][:7], paid_krw=paid)
