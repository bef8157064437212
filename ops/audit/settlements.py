"""Payslips and claims: each paper of a month against what the audit derives for it.

A month's papers go by their correction_no: 0 is its payslip, worked out by the figures recorded
before it was issued. Each later one settles one correction: it pays, or claims, the difference
between that correction's wage and what was settled before. No paper is missing at the end.
"""

from collections.abc import Iterator
from itertools import groupby

from ops.audit.evidence import Evidence, Finding, Json, Work, plus
from ops.audit.wages import next_business_day, pay_date


def check_settlements(evidence: Evidence) -> Iterator[Finding]:
    papers = [*evidence.payslips.values(), *evidence.claims.values()]
    for work, found in groupby(sorted(papers, key=lambda p: _place(evidence, p)), evidence.work_of):
        yield from _check_month(evidence, work, list(found))
    yield from _check_unissued(evidence)


def paper_id(paper: Json) -> str:
    return str(paper.get("payslip_id") or paper["claim_id"])


def _place(evidence: Evidence, paper: Json) -> tuple[Work, int, str]:
    return evidence.work_of(paper), paper.get("correction_no", 0), paper_id(paper)


def _check_month(evidence: Evidence, work: Work, papers: list[Json]) -> Iterator[Finding]:
    findings: list[Finding] = []
    settled, seen = 0, dict[int, str]()
    for paper in papers:
        number, id_ = paper.get("correction_no", 0), paper_id(paper)
        if number in seen:
            what = f"correction {number} of {work[1]}" if number else work[1]
            findings.append(Finding(id_, f"settles {what} again, after {seen[number]}"))
        seen[number] = id_
        findings += _check_paper(evidence, work, paper, settled)
        settled += -paper["amount_krw"] if "claim_id" in paper else paper["net_krw"]
    yield from findings
    if not findings:
        yield from _check_rest(evidence, work, papers, settled)


def _check_paper(evidence: Evidence, work: Work, paper: Json, settled: int) -> Iterator[Finding]:
    id_, figures = paper_id(paper), _figures_of(evidence, work, paper)
    if figures is None or work[0] not in evidence.placements:
        yield Finding(id_, _without(paper))
        return
    wage = evidence.wage(figures)
    if wage is None:
        return
    if "claim_id" in paper:
        claimed, owed = paper["amount_krw"], settled - wage
        verb = "claims"
    else:
        claimed, owed = paper["net_krw"], wage - settled
        verb = "is"
    if claimed != owed or (owed <= 0 and paper.get("correction_no", 0)):
        more = f"{claimed - owed:+,}"
        yield Finding(id_, f"{verb} ₩{claimed:,}, the audit derives ₩{owed:,} ({more})")
    if "claim_id" in paper and paper["recorded_on"] != (due := plus(figures["recorded_on"], 1)):
        yield Finding(id_, f"is claimed on {paper['recorded_on']}, due was {due}")
    if "payslip_id" in paper:
        yield from _check_pay_date(evidence, work, paper, figures)


def _without(paper: Json) -> str:
    if number := paper.get("correction_no", 0):
        return f"settles correction {number} of {paper['month']}, which was never made"
    if "claim_id" in paper:
        return f"claims for {paper['month']} without a correction"
    return "rests on no confirmed attendance of a placed intern"


def _figures_of(evidence: Evidence, work: Work, paper: Json) -> Json | None:
    """What it settles: a correction, or the month as it stood when the payslip was issued."""
    if number := paper.get("correction_no", 0):
        corrections = evidence.corrections.get(work, [])
        return next((c for c in corrections if c["correction_no"] == number), None)
    return None if "claim_id" in paper else evidence.figures(work, paper["recorded_on"])


def _check_pay_date(
    evidence: Evidence, work: Work, payslip: Json, figures: Json
) -> Iterator[Finding]:
    """A correction is paid on the business day that follows it. On the day, or it is late."""
    payslip_id, policy = payslip["payslip_id"], evidence.policies[figures["cohort_id"]]
    if payslip.get("correction_no", 0):
        due = next_business_day(policy, figures["recorded_on"]).isoformat()
    else:
        due = pay_date(policy, evidence.attendances.get(work, figures)).isoformat()
    if payslip["pay_date"] != due:
        yield Finding(payslip_id, f"is to be paid on {payslip['pay_date']}, due is {due}")
    net, is_over = payslip["net_krw"], evidence.today > payslip["pay_date"]
    if net and is_over and not evidence.orders_of(payslip_id):
        yield Finding(payslip_id, f"₩{net:,} were due on {payslip['pay_date']}: never ordered")


def _check_rest(
    evidence: Evidence, work: Work, papers: list[Json], settled: int
) -> Iterator[Finding]:
    """Every paper is right, and one is missing."""
    wage = evidence.wage(evidence.figures(work, evidence.today))
    if wage is None or wage == settled:
        return
    who, left = papers[-1]["person_id"], evidence.left.get(work[0])
    if wage > settled:
        says = f"is owed ₩{wage:,} for {work[1]}, made out are ₩{settled:,}: nothing pays the rest"
    elif left:
        more = f"₩{settled - wage:,} for {work[1]} are made out beyond it, and not claimed"
        says = f"left on {left['effective_on']}: {more}"
    else:
        says = f"₩{settled - wage:,} for {work[1]} are made out beyond what is due, and not claimed"
    yield Finding(who, says)


def _check_unissued(evidence: Evidence) -> Iterator[Finding]:
    issued = {evidence.work_of(payslip) for payslip in evidence.payslips.values()}
    for work, attendance in evidence.attendances.items():
        policy = evidence.policies.get(attendance["cohort_id"])
        if policy is None or work in issued:
            continue
        due = pay_date(policy, attendance)
        owed = evidence.wage(evidence.figures(work, evidence.today))
        if evidence.today > due.isoformat() and owed:
            says = f"₩{owed:,} for {work[1]} were due on {due}: there is no payslip"
            yield Finding(attendance["person_id"], says)
