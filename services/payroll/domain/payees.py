"""Whose account it is: registered once, and changed only by two officers (domain.md §4)."""

from datetime import date

from services.payroll.domain.accounts import (
    AccountAlreadyRegistered,
    AccountChangeApproved,
    AccountChangePending,
    AccountChangeRejected,
    AccountChangeRequested,
    AccountRegistered,
    ApproveAccountChange,
    NoAccountChange,
    NoAccountRegistered,
    RejectAccountChange,
    RequestAccountChange,
    SameOfficer,
    decide_officer,
)
from services.payroll.domain.records import Record
from shared.events import Event
from shared.events.payroll import PayeeAccountChanged


def decide_register_account(record: Record, *, is_other_known: bool, today: date) -> list[Event]:
    """`is_other_known`: the vault has another account of hers, from an earlier cohort."""
    if record.has_account or is_other_known:
        raise AccountAlreadyRegistered
    return [AccountRegistered(effective_on=today, recorded_on=today, record_id=record.record_id)]


def decide_request_change(
    record: Record, command: RequestAccountChange, *, is_known: bool, today: date
) -> list[Event]:
    """`is_known`: the vault has an account of hers, by this record or that of another cohort."""
    if not is_known:
        raise NoAccountRegistered
    if record.change_requested_by is not None:
        raise AccountChangePending
    return [
        AccountChangeRequested(
            effective_on=today,
            recorded_on=today,
            record_id=record.record_id,
            requested_by=decide_officer(command.requested_by),
        )
    ]


def decide_approve_change(
    record: Record, command: ApproveAccountChange, today: date
) -> list[Event]:
    if record.change_requested_by is None:
        raise NoAccountChange
    officer = decide_officer(command.approved_by)
    if record.change_requested_by.lower() == officer.lower():
        raise SameOfficer
    return [
        AccountChangeApproved(
            effective_on=today,
            recorded_on=today,
            record_id=record.record_id,
            approved_by=officer,
        ),
        PayeeAccountChanged(
            effective_on=today,
            recorded_on=today,
            record_id=record.record_id,
            person_id=record.person_id,
            cohort_id=record.cohort_id,
        ),
    ]


def decide_reject_change(record: Record, command: RejectAccountChange, today: date) -> list[Event]:
    if record.change_requested_by is None:
        raise NoAccountChange
    return [
        AccountChangeRejected(
            effective_on=today,
            recorded_on=today,
            record_id=record.record_id,
            rejected_by=decide_officer(command.rejected_by),
        )
    ]
