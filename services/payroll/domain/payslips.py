"""Payslips: one month's wage of one record, with its formula, and how far its payment has come."""

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.payroll.domain.records import PaymentStatus, Record, WorkedMonth
from services.payroll.domain.wages import Row, Wage, calculate_wage
from shared.events import Event
from shared.events.payroll import PayslipIssued
from shared.events.policy import CohortPolicy, Proration
from shared.ids import PayslipId, derive


class WageExplained(Event):
    """The rows behind a payslip's gross, and the proration method that made them."""

    payslip_id: PayslipId
    proration: Proration
    rows: tuple[Row, ...]


class PayslipMoved(Event):
    """The payment of a payslip has come so far."""

    payslip_id: PayslipId
    status: PaymentStatus


PayslipEvent = PayslipIssued | WageExplained | PayslipMoved


@dataclass(frozen=True, slots=True)
class Payslip:
    payslip_id: str
    record_id: str
    person_id: str
    cohort_id: str
    month: str
    gross_krw: int
    deductions_krw: int
    net_krw: int
    pay_date: date
    proration: Proration | None = None
    rows: tuple[Row, ...] = ()
    status: PaymentStatus = "held"


def payslip_id_of(record_id: str, month: str) -> str:
    """One per record and month, for ever: a month cannot have two payslips."""
    return derive("slp", record_id, month)


def decide_issue(
    record: Record, month: WorkedMonth, policy: CohortPolicy, today: date
) -> list[Event]:
    """Work the month's wage out, to be paid today or on the next business day."""
    wage = calculate_wage(record.contract, month.attendance, policy)
    payslip_id = payslip_id_of(record.record_id, month.month)
    pay_date = policy.business_day_from(today)
    return [
        PayslipIssued(
            effective_on=pay_date,
            recorded_on=today,
            payslip_id=payslip_id,
            record_id=record.record_id,
            person_id=record.person_id,
            cohort_id=record.cohort_id,
            month=month.month,
            gross_krw=wage.gross_krw,
            deductions_krw=wage.deductions_krw,
            net_krw=wage.net_krw,
            pay_date=pay_date,
        ),
        WageExplained(
            effective_on=pay_date,
            recorded_on=today,
            payslip_id=payslip_id,
            proration=wage.proration,
            rows=wage.rows,
        ),
        *decide_move_payslip(payslip_id, _first_status(record, wage), today),
    ]


def decide_move_payslip(payslip_id: str, status: PaymentStatus, today: date) -> list[Event]:
    return [
        PayslipMoved(effective_on=today, recorded_on=today, payslip_id=payslip_id, status=status)
    ]


def evolve_payslip(payslip: Payslip | None, event: PayslipEvent) -> Payslip:
    if isinstance(event, PayslipIssued):
        return Payslip(
            payslip_id=event.payslip_id,
            record_id=event.record_id,
            person_id=event.person_id,
            cohort_id=event.cohort_id,
            month=event.month,
            gross_krw=event.gross_krw,
            deductions_krw=event.deductions_krw,
            net_krw=event.net_krw,
            pay_date=event.pay_date,
        )
    if payslip is None:
        raise LookupError(f"a {type(event).__name__} before the payslip itself")
    match event:
        case WageExplained():
            return replace(payslip, proration=event.proration, rows=event.rows)
        case PayslipMoved():
            return replace(payslip, status=event.status)
        case _:
            assert_never(event)


def _first_status(record: Record, wage: Wage) -> PaymentStatus:
    if wage.net_krw == 0:
        return "nothing-due"
    return "ordered" if record.has_account else "held"
