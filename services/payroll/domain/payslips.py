"""Payslips: one month's wage of one record, with its formula, and how far its payment has come.

A month has one payslip of its own, and a further one for each correction that added to its wage.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from pydantic import BaseModel, ConfigDict

from services.payroll.domain.months import PaymentStatus, WorkedMonth
from services.payroll.domain.records import MonthMoved, MonthSettled, Record
from services.payroll.domain.wages import Row, Wage, calculate_wage
from shared.errors import Rejected
from shared.events import Event
from shared.events.payroll import PayslipIssued
from shared.events.policy import CohortPolicy, Proration
from shared.ids import PayslipId, derive


class ReissuePayslip(BaseModel):
    """Order a payslip again whose payment the bank refused. There is nothing more to say."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NotFailed(Rejected):
    code = "not-failed"

    def __init__(self) -> None:
        super().__init__("only a payslip whose payment the bank refused can be ordered again")


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
    """`attempts`: how many orders the bank has got for it, all but the last refused."""

    payslip_id: str
    record_id: str
    person_id: str
    cohort_id: str
    month: str
    gross_krw: int
    deductions_krw: int
    net_krw: int
    pay_date: date
    correction_no: int = 0
    proration: Proration | None = None
    rows: tuple[Row, ...] = ()
    status: PaymentStatus = "held"
    attempts: int = 0


def payslip_id_of(record_id: str, month: str, correction_no: int = 0) -> str:
    """One per record, month and correction, for ever: nothing is made out twice."""
    if correction_no:
        return derive("slp", record_id, month, correction_no)
    return derive("slp", record_id, month)


def difference_krw(record: Record, month: WorkedMonth, policy: CohortPolicy, today: date) -> int:
    """What is due beyond what was made out and not claimed back; below 0: so much is overpaid."""
    return _wage(record, month, policy, today).net_krw - month.settled_krw


def decide_issue(
    record: Record, month: WorkedMonth, policy: CohortPolicy, today: date
) -> tuple[PayslipIssued, WageExplained, PayslipMoved]:
    """Work out what is due for the month, to be paid today or on the next business day.

    Its first payslip pays the wage; a further one what a correction added, named by its number.
    """
    wage = _wage(record, month, policy, today)
    correction_no = month.known_before(today)[0] if month.payslips else 0
    payslip_id = payslip_id_of(record.record_id, month.month, correction_no)
    pay_date = policy.business_day_from(today)
    return (
        PayslipIssued(
            effective_on=pay_date,
            recorded_on=today,
            payslip_id=payslip_id,
            record_id=record.record_id,
            person_id=record.person_id,
            cohort_id=record.cohort_id,
            month=month.month,
            gross_krw=wage.gross_krw - month.settled_krw,
            deductions_krw=wage.deductions_krw,
            net_krw=wage.net_krw - month.settled_krw,
            pay_date=pay_date,
            correction_no=correction_no,
        ),
        WageExplained(
            effective_on=pay_date,
            recorded_on=today,
            payslip_id=payslip_id,
            proration=wage.proration,
            rows=(*wage.rows, *_settled_before(month)),
        ),
        decide_move_payslip(payslip_id, _first_status(record, wage), today),
    )


def decide_reissue(payslip: Payslip, today: date) -> list[Event]:
    """What the bank refused is ordered again."""
    if payslip.status != "failed":
        raise NotFailed
    return [decide_move_payslip(payslip.payslip_id, "ordered", today)]


def decide_note_payslip(payslip: Payslip, today: date) -> list[Event]:
    """What her record keeps of a payslip: which one, how far it has come, how much it is."""
    return [
        MonthMoved(
            effective_on=today,
            recorded_on=today,
            record_id=payslip.record_id,
            month=payslip.month,
            correction_no=payslip.correction_no,
            status=payslip.status,
            net_krw=payslip.net_krw,
        )
    ]


def decide_settle_month(
    record: Record, month: WorkedMonth, claimed_krw: int, today: date
) -> list[Event]:
    """The figures known before today are settled now. Nothing to note when they were before."""
    correction_no, _ = month.known_before(today)
    if correction_no == month.settled_no:
        return []
    return [
        MonthSettled(
            effective_on=today,
            recorded_on=today,
            record_id=record.record_id,
            month=month.month,
            correction_no=correction_no,
            claimed_krw=claimed_krw,
        )
    ]


def decide_move_payslip(payslip_id: str, status: PaymentStatus, today: date) -> PayslipMoved:
    return PayslipMoved(effective_on=today, recorded_on=today, payslip_id=payslip_id, status=status)


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
            correction_no=event.correction_no,
        )
    if payslip is None:
        raise LookupError(f"a {type(event).__name__} before the payslip itself")
    match event:
        case WageExplained():
            return replace(payslip, proration=event.proration, rows=event.rows)
        case PayslipMoved():
            attempts = payslip.attempts + (event.status == "ordered")
            return replace(payslip, status=event.status, attempts=attempts)
        case _:
            assert_never(event)


def _wage(record: Record, month: WorkedMonth, policy: CohortPolicy, today: date) -> Wage:
    _, attendance = month.known_before(today)
    return calculate_wage(record.contract, attendance, policy)


def _settled_before(month: WorkedMonth) -> tuple[Row, ...]:
    """The row that leaves only the difference: none on the month's own payslip."""
    if not month.payslips:
        return ()
    basis = f"payslips of ₩{month.net_krw:,} less claims of ₩{month.claimed_krw:,}"
    return (Row("settled-before", basis, -month.settled_krw),)


def _first_status(record: Record, wage: Wage) -> PaymentStatus:
    if wage.net_krw == 0:
        return "nothing-due"
    return "ordered" if record.has_account else "held"
