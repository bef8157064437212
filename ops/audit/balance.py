"""Each intern's month as one equation, in won.

`entitled + overpaid = paid + pending + in doubt + failed and not yet reissued`, and beside it
`overpaid = recovered + outstanding`. What payroll claims back stands on the left, because it was
made out though nobody was entitled to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ops.audit.evidence import Evidence, Json, Work
from ops.audit.wages import pay_date


@dataclass(frozen=True, slots=True)
class Line:
    """One person's month in a cohort.

    entitled: worked out by the audit. overpaid: what payroll claims. paid: the bank's own rows.
    pending: not yet for the bank, or not yet its pay day. in_doubt: ordered, the pay day is past,
    and the bank has no row. failed: the bank refused it and no later order replaced it.
    recovered: of the claims, what the bank's own file says was paid back.
    """

    cohort_id: str
    person_id: str
    month: str
    entitled_krw: int = 0
    overpaid_krw: int = 0
    paid_krw: int = 0
    pending_krw: int = 0
    in_doubt_krw: int = 0
    failed_krw: int = 0
    recovered_krw: int = 0

    @property
    def outstanding_krw(self) -> int:
        return self.overpaid_krw - self.recovered_krw

    @property
    def difference_krw(self) -> int:
        accounted = self.paid_krw + self.pending_krw + self.in_doubt_krw + self.failed_krw
        return self.entitled_krw + self.overpaid_krw - accounted


def balance(evidence: Evidence) -> tuple[Line, ...]:
    """A line for each month that attendance, a payslip, a claim or a stray payment speaks of."""
    entitled = {work: _entitled(evidence, work) for work in evidence.attendances}
    payslips = _by_work(evidence, evidence.payslips)
    claims = _by_work(evidence, evidence.claims)
    lines = []
    for work in sorted({*entitled, *payslips, *claims}):
        papers = [*payslips.get(work, []), *claims.get(work, [])]
        about = papers[0] if papers else evidence.attendances[work]
        owed, slips = entitled.get(work, 0), payslips.get(work, [])
        amounts = _money(evidence, slips) if slips else _unissued(evidence, work, owed)
        amounts |= _claimed(evidence, claims.get(work, []))
        lines.append(
            Line(about["cohort_id"], about["person_id"], work[1], entitled_krw=owed, **amounts)
        )
    return (*lines, *_strays(evidence))


def _by_work(evidence: Evidence, papers: dict[str, Json]) -> dict[Work, list[Json]]:
    found: dict[Work, list[Json]] = {}
    for paper in papers.values():
        found.setdefault(evidence.work_of(paper), []).append(paper)
    return found


def _entitled(evidence: Evidence, work: Work) -> int:
    return evidence.wage(evidence.figures(work, evidence.today)) or 0


def _unissued(evidence: Evidence, work: Work, owed: int) -> dict[str, int]:
    """Without a payslip a wage is pending until its pay day, and then nowhere."""
    attendance = evidence.attendances.get(work)
    policy = evidence.policies.get(attendance["cohort_id"]) if attendance else None
    is_pending = (
        policy and attendance and evidence.today <= pay_date(policy, attendance).isoformat()
    )
    return {"pending_krw": owed if is_pending else 0}


def _money(evidence: Evidence, payslips: list[Json]) -> dict[str, int]:
    """Where the money of these payslips is: the month's own, and what corrections added to it."""
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


def _claimed(evidence: Evidence, claims: list[Json]) -> dict[str, int]:
    ids = {claim["claim_id"] for claim in claims}
    rows = [row for rows in evidence.deposits.values() for row in rows if row.file_id in ids]
    return {
        "overpaid_krw": sum(claim["amount_krw"] for claim in claims),
        "recovered_krw": sum(row.amount_krw for row in rows),
    }


def _strays(evidence: Evidence) -> Iterator[Line]:
    """What the bank paid that no payslip asked for."""
    for order_id, rows in sorted(evidence.bank.items()):
        order = evidence.orders.get(order_id)
        paid = sum(row.amount_krw for row in rows if row.outcome == "paid")
        if paid and order is None:
            yield Line("unknown", order_id, rows[0].paid_on[:7], paid_krw=paid)
        elif paid and order and order["payslip_id"] not in evidence.payslips:
            yield Line(order["cohort_id"], order["person_id"], order["pay_on"][:7], paid_krw=paid)
