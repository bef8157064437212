"""What was paid back: payroll's word of each deposit against the bank's own file."""

from collections import Counter
from collections.abc import Iterator

from ops.audit.evidence import Evidence, Finding


def check_recoveries(evidence: Evidence) -> Iterator[Finding]:
    for deposit_id in sorted({*evidence.deposits, *evidence.recoveries}):
        rows, told = evidence.deposits.get(deposit_id, []), evidence.recoveries.get(deposit_id)
        if len(rows) > 1:
            yield Finding(deposit_id, f"stands {len(rows)} times in the bank's file")
        if not rows and told:
            amount = told["amount_krw"]
            yield Finding(
                deposit_id, f"₩{amount:,} are booked, the bank's file has no such deposit"
            )
        elif told is None:
            amount = rows[0].amount_krw
            yield Finding(deposit_id, f"the bank received ₩{amount:,}, payroll never booked them")
        elif (rows[0].file_id, rows[0].amount_krw) != (told["claim_id"], told["amount_krw"]):
            done = f"₩{rows[0].amount_krw:,} for {rows[0].file_id}"
            says = f"the bank received {done}, booked are ₩{told['amount_krw']:,}"
            yield Finding(deposit_id, f"{says} for {told['claim_id']}")
        elif (came_on := rows[0].paid_on) != told["effective_on"]:
            says = f"came in on {came_on}, is booked as of {told['effective_on']}"
            yield Finding(deposit_id, says)
    yield from _check_claims(evidence)


def _check_claims(evidence: Evidence) -> Iterator[Finding]:
    """By the bank's file and by payroll's word, whichever has more."""
    received: Counter[str] = Counter()
    for rows in evidence.deposits.values():
        for row in rows:
            received[row.file_id] += row.amount_krw
    booked: Counter[str] = Counter()
    for told in evidence.recoveries.values():
        booked[told["claim_id"]] += told["amount_krw"]
        claim = evidence.claims.get(told["claim_id"])
        if claim and claim["person_id"] != told["person_id"]:
            says = f"is booked for {told['person_id']}, the claim is on {claim['person_id']}"
            yield Finding(told["deposit_id"], says)
    for claim_id, krw in (received | booked).items():
        claim = evidence.claims.get(claim_id)
        if claim is None:
            yield Finding(claim_id, f"₩{krw:,} are paid back, and there is no such claim")
        elif krw > claim["amount_krw"]:
            says = f"₩{krw:,} are paid back of ₩{claim['amount_krw']:,} claimed"
            yield Finding(claim_id, says)
