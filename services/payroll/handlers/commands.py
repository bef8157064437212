"""What officers and the bank ask for: a file is answered, a payslip ordered again, money booked."""

from services.payroll import domain
from services.payroll.domain import (
    PaymentFile,
    PaymentResult,
    PostResults,
    RecoverOverpayment,
    ReissuePayslip,
)
from services.payroll.handlers.ordering import order_payslips
from services.payroll.storage import (
    CLAIMS,
    COHORTS,
    LEDGER,
    ORDERS,
    PAYMENT_FILES,
    PAYSLIPS,
    RECORDS,
)
from shared.events.payroll import WagePaid
from shared.mongo import Document, Work


async def post_results(file_id: str, command: PostResults, work: Work) -> Document:
    """The bank's answer, whole: orders, payslips, records and ledger move in one transaction."""
    file = await work.require(PAYMENT_FILES, file_id)
    work.save(PAYMENT_FILES, file_id, domain.decide_answer(file, command, work.today))
    await _preload(file, work)
    for result in command.results:
        await _settle(result, work)
    paid = [result.amount_krw for result in command.results if result.outcome == "paid"]
    refused = len(command.results) - len(paid)
    return {"file_id": file_id, "paid": len(paid), "paid_krw": sum(paid), "refused": refused}


async def reissue_payslip(payslip_id: str, _: ReissuePayslip, work: Work) -> Document:
    """A further order, in a file of its own, to the account that is registered by now."""
    payslip = await work.require(PAYSLIPS, payslip_id)
    cohort = await work.require(COHORTS, payslip.cohort_id)
    work.save(PAYSLIPS, payslip_id, domain.decide_reissue(payslip, work.today))
    await _note_payslip(payslip_id, work)
    again = await work.require(PAYSLIPS, payslip_id)
    (order,) = await order_payslips([again], cohort.policy, work)
    return {
        "payslip_id": payslip_id,
        "order_id": order.order_id,
        "attempt": order.attempt,
        "pay_on": order.pay_on.isoformat(),
    }


async def recover_overpayment(claim_id: str, command: RecoverOverpayment, work: Work) -> Document:
    """A deposit on a claim. The ledger is keyed by it, so that no deposit is booked twice."""
    claim = await work.require(CLAIMS, claim_id)
    record = await work.require(RECORDS, claim.record_id)
    is_booked = await work.load(LEDGER, command.deposit_id) is not None
    recovered = domain.decide_recover(claim, command, is_booked=is_booked, today=work.today)
    work.save(CLAIMS, claim_id, [recovered])
    work.save(RECORDS, record.record_id, domain.decide_note_recovery(record, recovered))
    work.save(LEDGER, command.deposit_id, domain.decide_post_recovery(recovered))
    outstanding_krw = claim.outstanding_krw - command.amount_krw
    return {"claim_id": claim_id, "outstanding_krw": outstanding_krw}


async def _settle(result: PaymentResult, work: Work) -> None:
    order = await work.require(ORDERS, result.order_id)
    payslip = await work.require(PAYSLIPS, order.payslip_id)
    settled = domain.decide_settle(payslip, order, result, work.today)
    status: domain.PaymentStatus = "paid" if isinstance(settled, WagePaid) else "failed"
    work.save(ORDERS, order.order_id, [settled])
    moved = domain.decide_move_payslip(payslip.payslip_id, status, work.today)
    work.save(PAYSLIPS, payslip.payslip_id, [moved])
    await _note_payslip(payslip.payslip_id, work)
    if isinstance(settled, WagePaid):
        await work.load(LEDGER, order.order_id)
        work.save(LEDGER, order.order_id, domain.decide_post_payment(settled))


async def _note_payslip(payslip_id: str, work: Work) -> None:
    payslip = await work.require(PAYSLIPS, payslip_id)
    await work.require(RECORDS, payslip.record_id)
    work.save(RECORDS, payslip.record_id, domain.decide_note_payslip(payslip, work.today))


async def _preload(file: PaymentFile, work: Work) -> None:
    """All that the answer touches, in one round trip a kind."""
    order_ids = [line.order_id for line in file.lines]
    await work.preload(ORDERS, order_ids)
    await work.preload(LEDGER, order_ids)
    orders = [await work.require(ORDERS, order_id) for order_id in order_ids]
    await work.preload(PAYSLIPS, [order.payslip_id for order in orders])
    payslips = [await work.require(PAYSLIPS, order.payslip_id) for order in orders]
    await work.preload(RECORDS, [payslip.record_id for payslip in payslips])
