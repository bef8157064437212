"""What people and the bank ask for: an account is registered, a payment file is answered."""

from services.payroll import domain
from services.payroll.domain import PaymentFile, PaymentResult, PostResults, RegisterAccount
from services.payroll.storage import LEDGER, ORDERS, PAYMENT_FILES, PAYSLIPS, RECORDS
from shared.events.payroll import WagePaid
from shared.mongo import Document, Work


async def register_account(record_id: str, command: RegisterAccount, work: Work) -> Document:
    """Into the vault under the person, so that erasing her erases it. What was held becomes due."""
    record = await work.require(RECORDS, record_id)
    account = command.model_dump()
    known = await work.read_vault(record.person_id)
    registered = domain.decide_register_account(
        record, is_other_known=bool(known) and known != account, today=work.today
    )
    await work.write_vault(record.person_id, account)
    work.save(RECORDS, record_id, registered)
    return {"record_id": record_id, "has_account": True}


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


async def _settle(result: PaymentResult, work: Work) -> None:
    order = await work.require(ORDERS, result.order_id)
    payslip = await work.require(PAYSLIPS, order.payslip_id)
    record = await work.require(RECORDS, payslip.record_id)
    settled = domain.decide_settle(payslip, order, result, work.today)
    status: domain.PaymentStatus = "paid" if isinstance(settled, WagePaid) else "failed"
    moved = {payslip.month: (status, payslip.net_krw)}
    work.save(ORDERS, order.order_id, [settled])
    work.save(
        PAYSLIPS,
        payslip.payslip_id,
        domain.decide_move_payslip(payslip.payslip_id, status, work.today),
    )
    work.save(RECORDS, record.record_id, domain.decide_move_months(record, moved, work.today))
    if isinstance(settled, WagePaid):
        await work.load(LEDGER, order.order_id)
        work.save(LEDGER, order.order_id, domain.decide_post_payment(settled))


async def _preload(file: PaymentFile, work: Work) -> None:
    """All that the answer touches, in one round trip a kind."""
    order_ids = [line.order_id for line in file.lines]
    await work.preload(ORDERS, order_ids)
    await work.preload(LEDGER, order_ids)
    orders = [await work.require(ORDERS, order_id) for order_id in order_ids]
    await work.preload(PAYSLIPS, [order.payslip_id for order in orders])
    payslips = [await work.require(PAYSLIPS, order.payslip_id) for order in orders]
    await work.preload(RECORDS, [payslip.record_id for payslip in payslips])
