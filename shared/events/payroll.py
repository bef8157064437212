"""What payroll tells the city: records, payslips, orders, what the bank did. Never an account."""

from datetime import date
from typing import ClassVar

from shared.events.base import IntegrationEvent
from shared.ids import (
    ClaimId,
    CohortId,
    DepositId,
    OrderId,
    PayslipId,
    PersonId,
    PlacementId,
    RecordId,
)
from shared.money import Month, Won


class PayrollRecordOpened(IntegrationEvent):
    """A placed intern is on the payroll."""

    producer: ClassVar[str] = "payroll"
    key_field: ClassVar[str] = "person_id"

    record_id: RecordId
    placement_id: PlacementId
    person_id: PersonId
    cohort_id: CohortId


class PayslipIssued(IntegrationEvent):
    """One month's wage is worked out: gross, deductions and net in won.

    `correction_no` 0 is the month's payslip. A later one, with the number of the attendance
    correction, pays only what that correction added.
    """

    producer: ClassVar[str] = "payroll"
    key_field: ClassVar[str] = "person_id"

    payslip_id: PayslipId
    record_id: RecordId
    person_id: PersonId
    cohort_id: CohortId
    month: Month
    gross_krw: Won
    deductions_krw: Won
    net_krw: Won
    pay_date: date
    correction_no: int = 0


class PaymentOrdered(IntegrationEvent):
    """The bank may fetch this order. `attempt` 1 is the first, a reissue counts up."""

    producer: ClassVar[str] = "payroll"
    key_field: ClassVar[str] = "person_id"

    order_id: OrderId
    payslip_id: PayslipId
    person_id: PersonId
    cohort_id: CohortId
    attempt: int
    amount_krw: Won
    pay_on: date


class WagePaid(IntegrationEvent):
    """The bank says that it paid this order."""

    producer: ClassVar[str] = "payroll"
    key_field: ClassVar[str] = "person_id"

    order_id: OrderId
    payslip_id: PayslipId
    person_id: PersonId
    cohort_id: CohortId
    month: Month
    amount_krw: Won


class PaymentFailed(IntegrationEvent):
    """The bank refused this order, with its reason code."""

    producer: ClassVar[str] = "payroll"
    key_field: ClassVar[str] = "person_id"

    order_id: OrderId
    payslip_id: PayslipId
    person_id: PersonId
    cohort_id: CohortId
    month: Month
    amount_krw: Won
    reason_code: str


class PayrollRecordClosed(IntegrationEvent):
    """Nothing is open any more: every month in service is paid, every overpayment recovered.

    `paid_krw`: what she keeps, that is, paid less recovered.
    """

    producer: ClassVar[str] = "payroll"
    key_field: ClassVar[str] = "person_id"

    record_id: RecordId
    person_id: PersonId
    cohort_id: CohortId
    months: int
    paid_krw: Won


class OverpaymentFound(IntegrationEvent):
    """More was made out for a month than is due by its corrected attendance. A claim, never a
    negative wage (domain.md §2.7).
    """

    producer: ClassVar[str] = "payroll"
    key_field: ClassVar[str] = "person_id"

    claim_id: ClaimId
    record_id: RecordId
    person_id: PersonId
    cohort_id: CohortId
    month: Month
    correction_no: int
    amount_krw: Won


class OverpaymentRecovered(IntegrationEvent):
    """She paid back part or all of a claim; the bank received it as this deposit."""

    producer: ClassVar[str] = "payroll"
    key_field: ClassVar[str] = "person_id"

    claim_id: ClaimId
    deposit_id: DepositId
    person_id: PersonId
    cohort_id: CohortId
    month: Month
    amount_krw: Won


class PayeeAccountChanged(IntegrationEvent):
    """Her wage goes to another account from now on: asked for by one officer, approved by another
    (a swapped account is the documented fraud, domain.md §4). Neither account is told.
    """

    producer: ClassVar[str] = "payroll"
    key_field: ClassVar[str] = "person_id"

    record_id: RecordId
    person_id: PersonId
    cohort_id: CohortId
