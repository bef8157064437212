"""What is made out for a month: payslips, and claims for what was too much.

All of it rests on what was recorded before today: news of today may be here or not, and counts
from tomorrow on.
"""

from services.payroll import domain
from services.payroll.domain import Payslip, Record, WorkedMonth
from services.payroll.storage import CLAIMS, LEDGER, PAYSLIPS, RECORDS
from shared.events.policy import CohortPolicy
from shared.logs import logger
from shared.mongo import Work

log = logger()


async def issue_month(
    record: Record, month: WorkedMonth, policy: CohortPolicy, work: Work
) -> Payslip:
    """Its payslip and the debt. The record keeps how far it has come and what it has taken in."""
    issued = domain.decide_issue(record, month, policy, work.today)
    payslip_id = issued[0].payslip_id
    await work.load(PAYSLIPS, payslip_id)
    work.save(PAYSLIPS, payslip_id, issued)
    payslip = await work.require(PAYSLIPS, payslip_id)
    await work.load(LEDGER, payslip_id)
    work.save(LEDGER, payslip_id, domain.decide_post_wage(payslip, work.today))
    work.save(RECORDS, record.record_id, domain.decide_note_payslip(payslip, work.today))
    settled = domain.decide_settle_month(record, month, 0, work.today)
    work.save(RECORDS, record.record_id, settled)
    return payslip


async def correct_month(
    record: Record, month: WorkedMonth, policy: CohortPolicy, work: Work
) -> list[Payslip]:
    """The month's corrected figures against what was made out: a further payslip, or a claim."""
    difference_krw = domain.difference_krw(record, month, policy, work.today)
    if difference_krw > 0:
        return [await issue_month(record, month, policy, work)]
    if difference_krw < 0:
        await _claim(record, month, -difference_krw, work)
    settled = domain.decide_settle_month(record, month, -difference_krw, work.today)
    work.save(RECORDS, record.record_id, settled)
    return []


async def release_payslip(record: Record, month: str, correction_no: int, work: Work) -> Payslip:
    """What was held for want of an account goes to the bank."""
    payslip_id = domain.payslip_id_of(record.record_id, month, correction_no)
    await work.require(PAYSLIPS, payslip_id)
    released = domain.decide_move_payslip(payslip_id, "ordered", work.today)
    work.save(PAYSLIPS, payslip_id, [released])
    payslip = await work.require(PAYSLIPS, payslip_id)
    work.save(RECORDS, record.record_id, domain.decide_note_payslip(payslip, work.today))
    return payslip


async def _claim(record: Record, month: WorkedMonth, amount_krw: int, work: Work) -> None:
    correction_no, _ = month.known_before(work.today)
    found = domain.decide_find_overpayment(
        record, month.month, correction_no, amount_krw, work.today
    )
    await work.load(CLAIMS, found.claim_id)
    work.save(CLAIMS, found.claim_id, [found])
    await work.load(LEDGER, found.claim_id)
    work.save(LEDGER, found.claim_id, domain.decide_post_claim(found))
    log.info("overpayment_found", claim_id=found.claim_id)
