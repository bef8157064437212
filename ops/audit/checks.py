"""What must hold between the papers of one wage, each check naming whom it caught."""

from collections.abc import Iterator

from ops.audit.counseling import check_counseling
from ops.audit.evidence import Evidence, Finding, Json
from ops.audit.leaving import check_leaving
from ops.audit.people import check_people
from ops.audit.places import check_places
from ops.audit.recoveries import check_recoveries
from ops.audit.refills import check_refills
from ops.audit.settlements import check_settlements
from ops.audit.wages import scheduled_days

COMPARED = ("person_id", "month", "gross_krw", "deductions_krw", "net_krw", "pay_date")
# What the result of an order repeats, for those who read only results.
TOLD = ("person_id", "cohort_id", "payslip_id", "amount_krw")


def check(evidence: Evidence) -> Iterator[Finding]:
    yield from evidence.findings
    yield from _check_attendances(evidence)
    yield from check_settlements(evidence)
    yield from check_recoveries(evidence)
    yield from _check_store(evidence)
    yield from _check_orders(evidence)
    yield from _check_attempts(evidence)
    yield from _check_bank(evidence)
    yield from _check_outcomes(evidence)
    yield from check_people(evidence)
    yield from check_leaving(evidence)
    yield from check_places(evidence)
    yield from check_refills(evidence)
    yield from check_counseling(evidence)


def _check_attendances(evidence: Evidence) -> Iterator[Finding]:
    for (placement_id, month), attendance in evidence.attendances.items():
        who = attendance["person_id"]
        policy = evidence.policies.get(attendance["cohort_id"])
        if placement_id not in evidence.placements:
            yield Finding(who, f"attendance of {month} for {placement_id}, which was never placed")
            continue
        if policy is None:
            yield Finding(who, f"attendance of {month} in a cohort that was never opened")
            continue
        for figures in (attendance, *evidence.corrections.get((placement_id, month), ())):
            scheduled, told = scheduled_days(policy, figures), figures["scheduled_days"]
            if scheduled != told:
                says = f"{month} has {scheduled} scheduled days, attendance says {told}"
                yield Finding(who, says)


def _check_store(evidence: Evidence) -> Iterator[Finding]:
    for payslip_id in sorted({*evidence.payslips, *evidence.stored}):
        told, kept = evidence.payslips.get(payslip_id), evidence.stored.get(payslip_id)
        if kept is None:
            yield Finding(payslip_id, "is on the topic but not in payroll's store")
        elif told is None:
            yield Finding(payslip_id, "is in payroll's store but not on the topic")
        else:
            yield from _compare(payslip_id, told, kept)


def _compare(payslip_id: str, told: Json, kept: Json) -> Iterator[Finding]:
    for field in COMPARED:
        if told[field] != kept[field]:
            yield Finding(payslip_id, f"{field} is {kept[field]} in store, {told[field]} on topic")
    rows = sum(row["amount_krw"] for row in kept["rows"])
    if rows != kept["gross_krw"]:
        yield Finding(payslip_id, f"its rows add up to ₩{rows:,}, its gross is another")
    if kept["gross_krw"] - kept["deductions_krw"] != kept["net_krw"]:
        yield Finding(payslip_id, "gross less deductions is not its net")


def _check_orders(evidence: Evidence) -> Iterator[Finding]:
    for order_id, order in evidence.orders.items():
        payslip = evidence.payslips.get(order["payslip_id"])
        if payslip is None:
            yield Finding(order_id, f"pays {order['payslip_id']}, which was never issued")
        elif payslip["net_krw"] != order["amount_krw"]:
            net, amount = payslip["net_krw"], order["amount_krw"]
            yield Finding(order_id, f"is ₩{amount:,}, its payslip is ₩{net:,} ({amount - net:+,})")
        if order_id not in evidence.bank and evidence.today > order["pay_on"]:
            yield Finding(order_id, f"was for {order['pay_on']}, but the bank's file has no row")


def _check_attempts(evidence: Evidence) -> Iterator[Finding]:
    """A payslip is ordered again only when the bank refused it, and paid once."""
    for payslip_id in evidence.payslips:
        orders, paid = evidence.orders_of(payslip_id), list[str]()
        for due, order in enumerate(orders, start=1):
            outcomes = {row.outcome for row in evidence.bank.get(order["order_id"], [])}
            if order["attempt"] != due:
                yield Finding(order["order_id"], f"is attempt {order['attempt']}, due is {due}")
            if order is not orders[-1] and outcomes != {"refused"}:
                again = orders[due]["order_id"]
                yield Finding(again, f"orders again what the bank did not refuse: {payslip_id}")
            if "paid" in outcomes:
                paid.append(order["order_id"])
        if len(paid) > 1:
            yield Finding(payslip_id, f"is paid more than once, by {', '.join(paid)}")


def _check_bank(evidence: Evidence) -> Iterator[Finding]:
    for order_id, rows in evidence.bank.items():
        order = evidence.orders.get(order_id)
        if len(rows) > 1:
            yield Finding(order_id, f"stands {len(rows)} times in the bank's file")
        for row in rows:
            if order is None:
                yield Finding(order_id, f"₩{row.amount_krw:,} {row.outcome}: it was never ordered")
            elif row.amount_krw != order["amount_krw"]:
                paid, ordered = row.amount_krw, order["amount_krw"]
                wrong = f"₩{paid:,} {row.outcome}, ordered were ₩{ordered:,} ({paid - ordered:+,})"
                yield Finding(order_id, wrong)


def _check_outcomes(evidence: Evidence) -> Iterator[Finding]:
    for result in evidence.results:
        order = evidence.orders.get(result["order_id"], result)
        month = evidence.payslips.get(order["payslip_id"], result)["month"]
        should = {**{name: order[name] for name in TOLD}, "month": month}
        if wrong := [name for name, value in should.items() if result[name] != value]:
            yield Finding(result["order_id"], f"is told with another {', '.join(wrong)}")
    for order_id in sorted({*evidence.bank, *evidence.outcomes} & {*evidence.orders}):
        done = " and ".join(row.outcome for row in evidence.bank.get(order_id, [])) or "nothing"
        told = evidence.outcomes.get(order_id, "nothing")
        is_over = evidence.today > evidence.orders[order_id]["pay_on"]
        if told != done and (is_over or told != "nothing"):
            yield Finding(order_id, f"payroll says {told}, the bank's file says {done}")
