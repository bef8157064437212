"""Whose account it is: registered by one, changed by two. Its numbers are in the vault only."""

from services.payroll import domain
from services.payroll.domain import (
    ApproveAccountChange,
    RegisterAccount,
    RejectAccountChange,
    RequestAccountChange,
)
from services.payroll.storage import (
    RECORDS,
    read_account,
    read_requested_account,
    write_account,
    write_requested_account,
)
from shared.mongo import Document, Work


async def register_account(record_id: str, command: RegisterAccount, work: Work) -> Document:
    """What was held for want of an account becomes due."""
    record = await work.require(RECORDS, record_id)
    account = command.model_dump()
    known = await read_account(work, record.person_id)
    registered = domain.decide_register_account(
        record, is_other_known=bool(known) and known != account, today=work.today
    )
    await write_account(work, record.person_id, account)
    work.save(RECORDS, record_id, registered)
    return {"record_id": record_id, "has_account": True}


async def request_account_change(
    record_id: str, command: RequestAccountChange, work: Work
) -> Document:
    """Nothing is paid to it yet: it lies apart until another officer approves it."""
    record = await work.require(RECORDS, record_id)
    known = await read_account(work, record.person_id)
    requested = domain.decide_request_change(
        record, command, is_known=bool(known), today=work.today
    )
    account = command.model_dump(include={*domain.ACCOUNT_FIELDS})
    await write_requested_account(work, record.person_id, record_id, account)
    work.save(RECORDS, record_id, requested)
    return {"record_id": record_id, "change_requested_by": command.requested_by}


async def approve_account_change(
    record_id: str, command: ApproveAccountChange, work: Work
) -> Document:
    """From now on the bank is told the new account, for all that it has not answered yet."""
    record = await work.require(RECORDS, record_id)
    approved = domain.decide_approve_change(record, command, work.today)
    account = await read_requested_account(work, record.person_id, record_id)
    await write_account(work, record.person_id, account)
    await write_requested_account(work, record.person_id, record_id, {})
    work.save(RECORDS, record_id, approved)
    return {"record_id": record_id, "has_account": True}


async def reject_account_change(
    record_id: str, command: RejectAccountChange, work: Work
) -> Document:
    record = await work.require(RECORDS, record_id)
    rejected = domain.decide_reject_change(record, command, work.today)
    await write_requested_account(work, record.person_id, record_id, {})
    work.save(RECORDS, record_id, rejected)
    return {"record_id": record_id, "change_requested_by": None}
