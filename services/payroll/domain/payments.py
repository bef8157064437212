"""Payment orders and the files that the bank fetches, and what the bank answers.

An order is written with an id derived from payslip and attempt before the bank can see it, and a
file never changes once written: whatever the bank fetched is what its answer is checked against.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal, assert_never

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.payroll.domain.payslips import Payslip
from shared.errors import Rejected
from shared.events import Event
from shared.events.payroll import PaymentFailed, PaymentOrdered, WagePaid
from shared.ids import OrderId, PersonId, derive
from shared.money import Won

ORDERS_A_FILE_MAX = 500  # one transaction answers a whole file: orders, payslips, records, ledger

FIRST_ATTEMPT = 1  # a reissue after a refusal counts up

FileId = Annotated[str, StringConstraints(pattern=r"^fil_[a-z0-9]{1,40}$")]
ReasonCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z_-]{0,35}[0-9]{0,4}$")]
FileStatus = Literal["open", "answered"]


class PaymentResult(BaseModel):
    """What the bank did with one order. A reason is a code like `account-closed` or `R03`: with
    four digits at most, so that no account number can pass for one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    order_id: OrderId
    outcome: Literal["paid", "refused"]
    reason_code: ReasonCode | None = None
    amount_krw: Won


class PostResults(BaseModel):
    """The bank's answer to a file: every order of it once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    results: Annotated[tuple[PaymentResult, ...], Field(min_length=1, max_length=ORDERS_A_FILE_MAX)]


class BankResultInvalid(Rejected):
    """The answer does not fit the file. It is refused whole: half an answer is none."""

    code = "bank-result-invalid"
    status = 422


class AlreadyAnswered(Rejected):
    """The bank answers a file once; an answer is money, so a second one is never taken."""

    code = "already-answered"

    def __init__(self) -> None:
        super().__init__("this payment file was answered before: its results stand")


@dataclass(frozen=True, slots=True)
class FileLine:
    order_id: OrderId
    person_id: PersonId
    amount_krw: Won


class PaymentFileWritten(Event):
    """These orders go to the bank in one file, to be paid on `pay_on`."""

    file_id: FileId
    pay_on: date
    lines: tuple[FileLine, ...]


class PaymentFileAnswered(Event):
    """The bank said of every order in the file what became of it."""

    file_id: FileId


OrderEvent = PaymentOrdered | WagePaid | PaymentFailed
FileEvent = PaymentFileWritten | PaymentFileAnswered


@dataclass(frozen=True, slots=True)
class Order:
    order_id: str
    payslip_id: str
    person_id: str
    cohort_id: str
    attempt: int
    amount_krw: int
    pay_on: date
    status: Literal["ordered", "paid", "failed"] = "ordered"
    reason_code: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentFile:
    file_id: str
    pay_on: date
    lines: tuple[FileLine, ...]
    status: FileStatus = "open"

    @property
    def total_krw(self) -> int:
        return sum(line.amount_krw for line in self.lines)


def order_id_of(payslip_id: str, attempt: int) -> str:
    return derive("ord", payslip_id, attempt)


def file_id_of(lines: Sequence[FileLine]) -> str:
    """A file is named by its first order: an order stands in exactly one file."""
    return derive("fil", lines[0].order_id)


def decide_order(payslip: Payslip, pay_on: date, today: date) -> PaymentOrdered:
    """The order of the payslip's latest attempt."""
    return PaymentOrdered(
        effective_on=pay_on,
        recorded_on=today,
        order_id=order_id_of(payslip.payslip_id, payslip.attempts),
        payslip_id=payslip.payslip_id,
        person_id=payslip.person_id,
        cohort_id=payslip.cohort_id,
        attempt=payslip.attempts,
        amount_krw=payslip.net_krw,
        pay_on=pay_on,
    )


def decide_write_file(orders: Sequence[PaymentOrdered], today: date) -> PaymentFileWritten:
    """One file of these orders, which are paid on the same day."""
    lines = tuple(FileLine(o.order_id, o.person_id, o.amount_krw) for o in orders)
    return PaymentFileWritten(
        effective_on=orders[0].pay_on,
        recorded_on=today,
        file_id=file_id_of(lines),
        pay_on=orders[0].pay_on,
        lines=lines,
    )


def decide_answer(file: PaymentFile, command: PostResults, today: date) -> list[Event]:
    """Take the bank's answer whole, or refuse it whole, naming the first row that is wrong."""
    if file.status == "answered":
        raise AlreadyAnswered
    amounts = {line.order_id: line.amount_krw for line in file.lines}
    seen = Counter(result.order_id for result in command.results)
    for number, result in enumerate(command.results, start=1):
        if problem := _find_problem(result, amounts, seen):
            raise BankResultInvalid(f"row {number} ({result.order_id}) {problem}")
    if missing := amounts.keys() - seen:
        raise BankResultInvalid(
            f"{len(missing)} orders of the file have no row, such as {min(missing)}:"
            " every order must be answered once"
        )
    return [PaymentFileAnswered(effective_on=today, recorded_on=today, file_id=file.file_id)]


def decide_settle(
    payslip: Payslip, order: Order, result: PaymentResult, today: date
) -> WagePaid | PaymentFailed:
    """What the bank says becomes the order's end: paid, or failed with the bank's code."""
    fact = {
        "effective_on": today,
        "recorded_on": today,
        "order_id": order.order_id,
        "payslip_id": order.payslip_id,
        "person_id": order.person_id,
        "cohort_id": order.cohort_id,
        "month": payslip.month,
        "amount_krw": order.amount_krw,
    }
    if result.outcome == "paid":
        return WagePaid.model_validate(fact)
    return PaymentFailed.model_validate({**fact, "reason_code": result.reason_code})


def evolve_order(order: Order | None, event: OrderEvent) -> Order:
    if isinstance(event, PaymentOrdered):
        return Order(
            order_id=event.order_id,
            payslip_id=event.payslip_id,
            person_id=event.person_id,
            cohort_id=event.cohort_id,
            attempt=event.attempt,
            amount_krw=event.amount_krw,
            pay_on=event.pay_on,
        )
    if order is None:
        raise LookupError(f"a {type(event).__name__} before the order itself")
    match event:
        case WagePaid():
            return replace(order, status="paid")
        case PaymentFailed():
            return replace(order, status="failed", reason_code=event.reason_code)
        case _:
            assert_never(event)


def evolve_file(file: PaymentFile | None, event: FileEvent) -> PaymentFile:
    if isinstance(event, PaymentFileWritten):
        return PaymentFile(event.file_id, event.pay_on, event.lines)
    if file is None:
        raise LookupError("a PaymentFileAnswered before the file itself")
    return replace(file, status="answered")


def _find_problem(result: PaymentResult, amounts: dict[str, int], seen: Counter[str]) -> str | None:
    """What is wrong with a row, in words that hold no personal data."""
    if result.order_id not in amounts:
        return "names no order of this file"
    if seen[result.order_id] > 1:
        return "names an order that another row names, too"
    if result.amount_krw != amounts[result.order_id]:
        return f"has another amount than the ₩{amounts[result.order_id]:,} ordered"
    if result.outcome == "refused" and result.reason_code is None:
        return "is refused without a reason_code"
    if result.outcome == "paid" and result.reason_code is not None:
        return "is paid, yet has a reason_code"
    return None
