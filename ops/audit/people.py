"""Whether a wage follows one person: selected, placed as offered, at work, paid to her account.

Sums cannot tell whom the money reached: every won may be right and be somebody else's.
"""

from collections.abc import Iterator
from fractions import Fraction

from ops.audit.evidence import Evidence, Finding, Json
from ops.audit.wages import months_of, pay_date

OFFERED = ("org_id", "cohort_id", "hours_per_day", "hours_per_month")


def check_people(evidence: Evidence) -> Iterator[Finding]:
    yield from _check_placements(evidence)
    yield from _check_work(evidence)
    yield from _check_endings(evidence)
    yield from _check_payees(evidence)
    yield from _check_accounts(evidence)


def _check_placements(evidence: Evidence) -> Iterator[Finding]:
    for placement_id, placed in evidence.placements.items():
        if placed["application_id"] not in evidence.selected:
            yield Finding(placement_id, f"places {placed['person_id']}, who was never selected")
        offer = evidence.offers.get(placed["position_id"])
        if offer is None:
            yield Finding(placement_id, f"is at {placed['position_id']}, which was never offered")
        elif wrong := [name for name in OFFERED if placed[name] != offer[name]]:
            yield Finding(placement_id, f"differs from its position in {', '.join(wrong)}")
        policy = evidence.policies.get(placed["cohort_id"])
        for month in months_of(placed) if policy else ():
            due = pay_date(policy, {"month": month}).isoformat() if policy else ""
            if (placement_id, month) not in evidence.attendances and evidence.today > due:
                says = f"attendance of {month} was never confirmed: nothing was paid on {due}"
                yield Finding(placed["person_id"], says)


def _check_work(evidence: Evidence) -> Iterator[Finding]:
    for (placement_id, month), attendance in evidence.attendances.items():
        who, placed = attendance["person_id"], evidence.placements.get(placement_id)
        if placed is None:
            continue
        if who != placed["person_id"]:
            yield Finding(who, f"worked {month} in the placement of {placed['person_id']}")
        first, last = attendance["service_from"], attendance["service_until"]
        if first < placed["starts_on"] or last > placed["ends_on"] or first[:7] != month:
            yield Finding(who, f"served {first} to {last} in {month}, outside {placement_id}")


def _check_endings(evidence: Evidence) -> Iterator[Finding]:
    """Completed or not, by the policy's share of the scheduled days of all her months."""
    for placement_id, (name, ending) in evidence.endings.items():
        months = [a for (id_, _), a in evidence.attendances.items() if id_ == placement_id]
        scheduled = sum(month["scheduled_days"] for month in months)
        attended = scheduled - sum(month["absent_days"] for month in months)
        if (ending["scheduled_days"], ending["attended_days"]) != (scheduled, attended):
            says = f"attended {attended} of {scheduled} days, {name} says {ending['attended_days']}"
            yield Finding(placement_id, f"{says} of {ending['scheduled_days']}")
        if policy := evidence.policies.get(ending["cohort_id"]):
            is_completed = attended >= Fraction(policy["completion_attendance_min"]) * scheduled
            if is_completed != (name == "InternshipCompleted"):
                yield Finding(placement_id, f"{name} with {attended} of {scheduled} days attended")


def _check_payees(evidence: Evidence) -> Iterator[Finding]:
    paid_for: dict[tuple[str, str], str] = {}
    for payslip_id, payslip in evidence.payslips.items():
        who, month = payslip["person_id"], payslip["month"]
        placed = evidence.placements.get(evidence.work_of(payslip)[0])
        if placed and placed["person_id"] != who:
            yield Finding(payslip_id, f"pays {who} for the work of {placed['person_id']}")
        if (who, month) in paid_for:
            says = f"is a second wage of {who} for {month}, beside {paid_for[who, month]}"
            yield Finding(payslip_id, says)
        paid_for[who, month] = payslip_id
        if payslip["deductions_krw"] or payslip["gross_krw"] != payslip["net_krw"]:
            yield Finding(payslip_id, "deducts, and the policy deducts nothing")
    for order_id, order in evidence.orders.items():
        payslip = evidence.payslips.get(order["payslip_id"], {})
        if payslip and payslip["person_id"] != order["person_id"]:
            yield Finding(order_id, f"pays {order['person_id']} the wage of {payslip['person_id']}")
        yield from _check_days(evidence, order_id, order, payslip)


def _check_days(evidence: Evidence, order_id: str, order: Json, payslip: Json) -> Iterator[Finding]:
    """Labour Standards Act Art. 43, 36: on the fixed day. A wage held for want of an account is
    late as well.
    """
    if payslip and order["pay_on"] > payslip["pay_date"]:
        yield Finding(order_id, f"is for {order['pay_on']}, due was {payslip['pay_date']}")
    for row in evidence.bank.get(order_id, []):
        if row.paid_on > order["pay_on"]:
            yield Finding(order_id, f"was paid on {row.paid_on}, ordered for {order['pay_on']}")


def _check_accounts(evidence: Evidence) -> Iterator[Finding]:
    """The documented fraud (domain.md §4): the payee's account becomes somebody else's."""
    of_person: dict[str, set[str]] = {}
    of_account: dict[str, set[str]] = {}
    for order_id, rows in evidence.bank.items():
        if order := evidence.orders.get(order_id):
            for row in rows:
                of_person.setdefault(order["person_id"], set()).add(row.account_sha256)
                of_account.setdefault(row.account_sha256, set()).add(order["person_id"])
    for who, accounts in of_person.items():
        if len(accounts) > 1:
            yield Finding(who, f"is paid to {len(accounts)} accounts")
    for people in of_account.values():
        if len(people) > 1:
            yield from (Finding(who, "is paid to an account of another, too") for who in people)
