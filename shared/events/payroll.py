"""What payroll tells the city: records, payslips, orders, what the bank did. Never an account."""

from datetime import date
from typing import ClassVar

from shared.events.base import IntegrationEvent
from shared.ids import CohortId, OrderId, PayslipId, PersonId, PlacementId, RecordId
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
    """One month's wage is worked out: gross, deductions and net in won."""

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
    """Every month of the internship is paid: this many months, this many won."""

    producer: ClassVar[str] = "payroll"
    key_field: ClassVar[str] = "person_id"

    record_id: RecordId
    person_id: PersonId
    cohort_id: CohortId
    months: int
    paid_krw: Won
