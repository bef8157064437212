"""What must hold between the papers of one wage, each check naming whom it caught."""

from collections.abc import Iterator

from ops.audit.evidence import Evidence, Finding, Json
from ops.audit.people import check_people
from ops.audit.wages import pay_date, scheduled_days, wage_krw


def check(evidence: Evidence) -> Iterator[Finding]:
    yield from evidence.findings
    yield from _check_attendances(evidence)
    yield from _check_payslips(evidence)
    yield from _check_store(evidence)
    yield from _check_orders(evidence)
    yield from _check_bank(evidence)
    yield from _check_outcomes(evidence)
    yield from check_people(evidence)


def _check_attendances(evidence: Evidence) -> Iterator[Finding]:
    issued = {evidence.work_of(payslip) for payslip in evidence.payslips.values()}
    for (placement_id, month), attendance in evidence.attendances.items():
        who = attendance["person_id"]
        policy = evidence.policies.get(attendance["cohort_id"])
        if placement_id not in evidence.placements:
            yield Finding(who, f"attendance of {month} for {placement_id}, which was never placed")
            continue
        if policy is None:
            yield Finding(who, f"attendance of {month} in a cohort that was never opened")
            continue
        scheduled = scheduled_days(policy, attendance)
        if scheduled != attendance["scheduled_days"]:
            claim = attendance["scheduled_days"]
            yield Finding(who, f"{month} has {scheduled} scheduled days, attendance says {claim}")
        due, owed = pay_date(policy, attendance), _wage(evidence, attendance)
        if (placement_id, month) not in issued and evidence.today > due.isoformat() and owed:
            yield Finding(who, f"₩{owed:,} for {month} were due on {due}: there is no payslip")


def _check_payslips(evidence: Evidence) -> Iterator[Finding]:
    seen: dict[tuple[str, str], str] = {}
    for payslip_id, payslip in evidence.payslips.items():
        work = evidence.work_of(payslip)
        attendance = evidence.attendances.get(work)
        if work in seen:
            yield Finding(payslip_id, f"a second payslip for the month that {seen[work]} pays")
        seen[work] = payslip_id
        if attendance is None or work[0] not in evidence.placements:
            yield Finding(payslip_id, "rests on no confirmed attendance of a placed intern")
            continue
        owed, net = _wage(evidence, attendance), payslip["net_krw"]
        if owed is not None and net != owed:
            yield Finding(payslip_id, f"is ₩{net:,}, the audit derives ₩{owed:,} ({net - owed:+,})")
        policy = evidence.policies.get(attendance["cohort_id"])
        if policy and payslip["pay_date"] != (due := pay_date(policy, attendance).isoformat()):
            yield Finding(payslip_id, f"is to be paid on {payslip['pay_date']}, due is {due}")
        if net and not evidence.orders_of(payslip_id) and evidence.today > payslip["pay_date"]:
            yield Finding(payslip_id, f"₩{net:,} were due on {payslip['pay_date']}: never ordered")


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
    for field in ("person_id", "month", "gross_krw", "deductions_krw", "net_krw", "pay_date"):
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
    for payslip_id in evidence.payslips:
        paid = [
            order["order_id"]
            for order in evidence.orders_of(payslip_id)
            if any(row.outcome == "paid" for row in evidence.bank.get(order["order_id"], []))
        ]
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
    for order_id in sorted({*evidence.bank, *evidence.outcomes} & {*evidence.orders}):
        done = " and ".join(row.outcome for row in evidence.bank.get(order_id, [])) or "nothing"
        told = evidence.outcomes.get(order_id, "nothing")
        is_over = evidence.today > evidence.orders[order_id]["pay_on"]
        if told != done and (is_over or told != "nothing"):
            yield Finding(order_id, f"payroll says {told}, the bank's file says {done}")


def _wage(evidence: Evidence, attendance: Json) -> int | None:
    """None where the wage rests on a cohort or a placement that nobody told of."""
    policy = evidence.policies.get(attendance["cohort_id"])
    placement = evidence.placements.get(attendance["placement_id"])
    return wage_krw(policy, placement, attendance) if policy and placement else None
