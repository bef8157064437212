"""A record's life: opened, months noted, account registered."""

from datetime import date

import pytest
from pydantic import ValidationError

from services.payroll.domain import (
    AccountAlreadyRegistered,
    AccountRegistered,
    AttendanceNoted,
    ContractNoted,
    RegisterAccount,
    decide_note_attendance,
    decide_open,
    decide_register_account,
    due_record,
    evolve_record,
    held_payslips,
    month_in_time,
    payable_months,
)
from shared.errors import Invalid
from shared.events.payroll import PayrollRecordOpened
from tests.payroll.builders import POLICY, confirmed, contract, made_out, placed, record, worked

TODAY = date(2022, 5, 10)


def test_a_placed_intern_is_on_the_payroll_with_her_contract() -> None:
    noted, opened = decide_open(placed(1, hours_per_day=6), POLICY)

    assert isinstance(noted, ContractNoted)
    assert noted.contract == contract(hours_per_day=6)
    assert isinstance(opened, PayrollRecordOpened)
    assert opened.record_id == noted.record_id
    assert opened.effective_on == POLICY.matching_on


def test_hours_that_the_cohort_does_not_offer_are_refused() -> None:
    odd = placed(1).model_copy(update={"hours_per_month": 208})

    with pytest.raises(Invalid):
        decide_open(odd, POLICY)


def test_attendance_in_time_is_payable_on_the_pay_date_by_the_pay_run() -> None:
    (noted,) = decide_note_attendance(record(), confirmed(1), POLICY)

    assert isinstance(noted, AttendanceNoted)
    assert noted.payable_on == date(2022, 5, 10)
    after = evolve_record(record(), noted)
    assert month_in_time(after, "2022-04") == after.months[0]
    assert due_record(after) is None
    assert payable_months(after, TODAY) == ()


@pytest.mark.parametrize(
    ("recorded_on", "payable_on"),
    [
        (date(2022, 5, 7), date(2022, 5, 10)),  # not before the month's pay date
        (date(2022, 5, 10), date(2022, 5, 11)),
        (date(2022, 5, 13), date(2022, 5, 16)),  # a Friday: Monday is next
    ],
)
def test_late_attendance_is_payable_on_the_next_business_day(
    recorded_on: date, payable_on: date
) -> None:
    (noted,) = decide_note_attendance(record(), confirmed(1, late_on=recorded_on), POLICY)

    assert isinstance(noted, AttendanceNoted)
    assert noted.payable_on == payable_on
    after = evolve_record(record(), noted)
    assert due_record(after) == payable_on
    assert month_in_time(after, "2022-04") is None


def test_only_the_months_whose_day_has_come_are_payable() -> None:
    april = worked(is_late=True, payable_on=TODAY)
    june = worked("2022-06", is_late=True, payable_on=date(2022, 7, 11))

    assert payable_months(record(april, june), TODAY) == (april,)


def test_a_month_is_confirmed_once() -> None:
    with pytest.raises(Invalid):
        decide_note_attendance(record(worked()), confirmed(1), POLICY)


def test_an_account_makes_held_months_due() -> None:
    held = record(made_out("held", 100), has_account=False)
    assert due_record(held) is None
    (registered,) = decide_register_account(held, is_other_known=False, today=TODAY)

    assert isinstance(registered, AccountRegistered)
    after = evolve_record(held, registered)
    assert due_record(after) == date(2022, 5, 10)
    assert held_payslips(after) == (("2022-04", 0),)


def test_a_second_account_is_refused() -> None:
    with pytest.raises(AccountAlreadyRegistered):
        decide_register_account(record(), is_other_known=False, today=TODAY)
    with pytest.raises(AccountAlreadyRegistered):
        decide_register_account(record(has_account=False), is_other_known=True, today=TODAY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"bank_code": "04"},
        {"bank_code": "٠٠٤"},
        {"account_number": "12345"},
        {"account_number": "123-"},
        {"account_number": "1" * 21},
        {"account_number": "12 345 678"},
        {"holder_name": " "},
        {"holder_name": "가" * 61},
        {"note": "x"},
    ],
)
def test_an_account_that_no_bank_has_is_refused(wrong: dict[str, str]) -> None:
    good = {"bank_code": "004", "account_number": "123-456-789012", "holder_name": "김하나"}
    RegisterAccount.model_validate(good)

    with pytest.raises(ValidationError):
        RegisterAccount.model_validate({**good, **wrong})
