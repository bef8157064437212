"""Payslips as issued: one per record and month, with rows, and where the payment begins."""

from datetime import date

import pytest

from services.payroll.domain import (
    Payslip,
    Record,
    decide_issue,
    decide_move_payslip,
    evolve_payslip,
    payslip_id_of,
)
from shared.events.payroll import PayslipIssued
from tests.payroll.builders import POLICY, attendance, record, worked

PAY_DAY = date(2022, 5, 10)


def issue(of: Record, today: date = PAY_DAY) -> Payslip:
    payslip = None
    for event in decide_issue(of, of.months[0], POLICY, today):
        payslip = evolve_payslip(payslip, event)
    assert payslip is not None
    return payslip


def test_a_payslip_says_what_and_why() -> None:
    payslip = issue(record(worked()))

    assert payslip.payslip_id == payslip_id_of(payslip.record_id, "2022-04")
    assert payslip.gross_krw == payslip.net_krw == 2_250_094
    assert payslip.deductions_krw == 0
    assert payslip.proration == "hourly"
    assert [row.item for row in payslip.rows] == ["contracted-month"]
    assert payslip.status == "ordered"
    assert payslip.pay_date == PAY_DAY


def test_without_an_account_the_payment_is_held() -> None:
    assert issue(record(worked(), has_account=False)).status == "held"


def test_a_wage_of_nothing_is_not_ordered() -> None:
    day = date(2022, 4, 29)
    nothing = attendance(absent_on=[day], service_from=day, service_until=day)

    assert issue(record(worked(attendance=nothing))).status == "nothing-due"


def test_on_a_weekend_the_pay_date_is_the_next_business_day() -> None:
    payslip = issue(record(worked()), today=date(2022, 5, 14))

    assert payslip.pay_date == date(2022, 5, 16)


def test_the_published_payslip_counts_from_its_pay_date() -> None:
    of = record(worked())
    issued = decide_issue(of, of.months[0], POLICY, date(2022, 5, 14))[0]

    assert isinstance(issued, PayslipIssued)
    assert issued.effective_on == issued.pay_date == date(2022, 5, 16)
    assert issued.recorded_on == date(2022, 5, 14)


def test_nothing_can_happen_to_a_payslip_before_it_is_issued() -> None:
    moved = decide_move_payslip("slp_1", "paid", PAY_DAY)

    with pytest.raises(LookupError):
        evolve_payslip(None, moved)
