"""Whether a wage follows one person: selected, placed as offered, at work, paid to her account.

Sums cannot tell whom the money reached: every won may be right and be somebody else's.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from ops.audit.evidence import Evidence, Finding, Json, Work
from ops.audit.wages import months_of, pay_date

OFFERED = ("org_id", "cohort_id", "hours_per_day", "hours_per_month")


def check_people(evidence: Evidence) -> Iterator[Finding]:
    yield from _check_placements(evidence)
    yield from _check_work(evidence)
    yield from _check_endings(evidence)
    yield from _check_payees(evidence)
    yield from _check_overlaps(evidence)
    yield from _check_accounts(evidence)


def _check_placements(evidence: Evidence) -> Iterator[Finding]:
    for placement_id, placed in evidence.placements.items():
        if placed["application_id"] not in evidence.selections:
            yield Finding(placement_id, f"places {placed['person_id']}, who was never selected")
        offer = evidence.offers.get(placed["position_id"])
        if offer is None:
            yield Finding(placement_id, f"is at {placed['position_id']}, which was never offered")
        elif wrong := [name for name in OFFERED if placed[name] != offer[name]]:
            yield Finding(placement_id, f"differs from its position in {', '.join(wrong)}")
        policy = evidence.policies.get(placed["cohort_id"])
        served = months_of(placed["starts_on"], evidence.last_day(placement_id))
        for month in served if policy else ():
            due = pay_date(policy, {"month": month}).isoformat() if policy else ""
            if (placement_id, month) not in evidence.attendances and evidence.today > due:
                says = f"attendance of {month} was never confirmed: nothing was paid on {due}"
                yield Finding(placed["person_id"], says)


def _check_work(evidence: Evidence) -> Iterator[Finding]:
    for work, attendance in evidence.attendances.items():
        placed = evidence.placements.get(work[0])
        for figures in (attendance, *evidence.corrections.get(work, ())):
            if placed is not None:
                yield from _check_figures(work, placed, figures)


def _check_figures(work: Work, placed: Json, figures: Json) -> Iterator[Finding]:
    (placement_id, month), who = work, figures["person_id"]
    if who != placed["person_id"]:
        yield Finding(who, f"worked {month} in the placement of {placed['person_id']}")
    first, last = figures["service_from"], figures["service_until"]
    if first is None:
        return
    if first < placed["starts_on"] or last > placed["ends_on"] or first[:7] != month:
        yield Finding(who, f"served {first} to {last} in {month}, outside {placement_id}")


def _check_endings(evidence: Evidence) -> Iterator[Finding]:
    """Completed or not, by the policy's share of the scheduled days of all her months."""
    yield from _check_unended(evidence)
    for placement_id, ending in evidence.endings.items():
        name, scheduled, attended = ending.name, ending.scheduled_days, ending.attended_days
        told = ending.body
        if (told["scheduled_days"], told["attended_days"]) != (scheduled, attended):
            says = f"attended {attended} of {scheduled} days, {name} says {told['attended_days']}"
            yield Finding(placement_id, f"{says} of {told['scheduled_days']}")
        if policy := evidence.policies.get(told["cohort_id"]):
            is_completed = attended >= Fraction(policy["completion_attendance_min"]) * scheduled
            if is_completed != (name == "InternshipCompleted"):
                yield Finding(placement_id, f"{name} with {attended} of {scheduled} days attended")


def _check_unended(evidence: Evidence) -> Iterator[Finding]:
    """Who served to the end is told to have completed, or not: by the last month's pay day."""
    told = {*evidence.endings, *evidence.left, *evidence.declined}
    for placement_id, placed in evidence.placements.items():
        policy = evidence.policies.get(placed["cohort_id"])
        months = months_of(placed["starts_on"], placed["ends_on"])
        found = [evidence.attendances.get((placement_id, month)) for month in months]
        if policy and placement_id not in told and all(found):
            due = max(pay_date(policy, one) for one in found if one)
            if evidence.today > due.isoformat():
                yield Finding(placement_id, f"ended on {placed['ends_on']}, and nobody told how")


def _check_payees(evidence: Evidence) -> Iterator[Finding]:
    for payslip_id, payslip in evidence.payslips.items():
        who = payslip["person_id"]
        placed = evidence.placements.get(evidence.work_of(payslip)[0])
        if placed and placed["person_id"] != who:
            yield Finding(payslip_id, f"pays {who} for the work of {placed['person_id']}")
        if payslip["deductions_krw"] or payslip["gross_krw"] != payslip["net_krw"]:
            yield Finding(payslip_id, "deducts, and the policy deducts nothing")
    for order_id, order in evidence.orders.items():
        payslip = evidence.payslips.get(order["payslip_id"], {})
        if payslip and payslip["person_id"] != order["person_id"]:
            yield Finding(order_id, f"pays {order['person_id']} the wage of {payslip['person_id']}")
        yield from _check_days(evidence, order_id, order, payslip)
    for claim_id, claim in evidence.claims.items():
        placed = evidence.placements.get(evidence.work_of(claim)[0])
        if placed and placed["person_id"] != claim["person_id"]:
            says = f"claims from {claim['person_id']} the wage of {placed['person_id']}"
            yield Finding(claim_id, says)


def _check_overlaps(evidence: Evidence) -> Iterator[Finding]:
    """Nobody is paid twice for one day: two placements of a person share no day of service."""
    served: dict[str, list[tuple[str, str, Work, str]]] = {}
    for payslip_id, payslip in evidence.payslips.items():
        work = evidence.work_of(payslip)
        figures = evidence.figures(work, evidence.today) or {}
        if figures.get("service_from"):
            span = (figures["service_from"], figures["service_until"], work, payslip_id)
            served.setdefault(payslip["person_id"], []).append(span)
    for who, spans in served.items():
        for (_, until, work, former), (first, _, other, payslip_id) in pairwise(sorted(spans)):
            if work != other and first <= until:
                says = f"is a second wage of {who} from {first} on, beside {former}"
                yield Finding(payslip_id, says)


def _check_days(evidence: Evidence, order_id: str, order: Json, payslip: Json) -> Iterator[Finding]:
    """Labour Standards Act Art. 43, 36: on the fixed day. A wage held for want of an account is
    late as well; one that the bank refused cannot be on the day.
    """
    is_first = order["attempt"] == 1
    if payslip and is_first and order["pay_on"] > payslip["pay_date"]:
        yield Finding(order_id, f"is for {order['pay_on']}, due was {payslip['pay_date']}")
    if order["recorded_on"] > order["pay_on"]:
        yield Finding(order_id, f"was ordered on {order['recorded_on']} for {order['pay_on']}")
    for row in evidence.bank.get(order_id, []):
        if row.paid_on < order["recorded_on"]:
            yield Finding(order_id, f"was paid on {row.paid_on}, ordered on {order['recorded_on']}")
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
        changes = evidence.account_changes[who]
        if len(accounts) > 1 + changes:
            says = f"is paid to {len(accounts)} accounts, with {changes} changes approved"
            yield Finding(who, says)
    for people in of_account.values():
        if len(people) > 1:
            yield from (Finding(who, "is paid to an account of another, too") for who in people)
