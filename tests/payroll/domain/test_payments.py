"""Orders, files, and the bank's answer: taken whole or refused whole."""

from datetime import date

import pytest
from pydantic import ValidationError

from services.payroll.domain import (
    AlreadyAnswered,
    BankResultInvalid,
    PaymentFile,
    PaymentResult,
    Payslip,
    PostResults,
    decide_answer,
    decide_order,
    decide_settle,
    decide_write_file,
    evolve_file,
    evolve_order,
)
from shared.events.payroll import PaymentFailed, WagePaid
from tests.payroll.builders import COHORT

PAY_DAY = date(2022, 5, 10)


def payslip(number: int, attempt: int = 1) -> Payslip:
    return Payslip(
        payslip_id=f"slp_{number}",
        record_id=f"rec_{number}",
        person_id=f"per_{number}",
        cohort_id=COHORT,
        month="2022-04",
        gross_krw=1_000 * number,
        deductions_krw=0,
        net_krw=1_000 * number,
        pay_date=PAY_DAY,
        status="ordered",
        attempts=attempt,
    )


ORDERS = [decide_order(payslip(number), PAY_DAY, PAY_DAY) for number in (1, 2)]
FILE: PaymentFile = evolve_file(None, decide_write_file(ORDERS, PAY_DAY))
PAID = [
    PaymentResult(order_id=order.order_id, outcome="paid", amount_krw=order.amount_krw)
    for order in ORDERS
]
REFUSED = PAID[1].model_copy(update={"outcome": "refused", "reason_code": "account-closed"})


def answer(*results: PaymentResult) -> PostResults:
    return PostResults(results=results)


def test_an_order_has_one_id_for_payslip_and_attempt() -> None:
    again = decide_order(payslip(1), date(2022, 6, 1), date(2022, 6, 1))
    second_attempt = decide_order(payslip(1, attempt=2), PAY_DAY, PAY_DAY)

    assert again.order_id == ORDERS[0].order_id
    assert second_attempt.order_id != ORDERS[0].order_id


def test_a_file_holds_its_orders_and_is_open() -> None:
    assert [line.order_id for line in FILE.lines] == [order.order_id for order in ORDERS]
    assert (FILE.total_krw, FILE.status, FILE.pay_on) == (3_000, "open", PAY_DAY)


def test_a_whole_answer_is_taken_once_in_any_order() -> None:
    (answered,) = decide_answer(FILE, answer(REFUSED, PAID[0]), PAY_DAY)
    after = evolve_file(FILE, answered)  # type: ignore[arg-type]

    assert after.status == "answered"
    with pytest.raises(AlreadyAnswered):
        decide_answer(after, answer(*PAID), PAY_DAY)


@pytest.mark.parametrize(
    ("results", "named"),
    [
        ([PAID[0]], "every order must be answered once"),
        ([PAID[0], PAID[0], PAID[1]], "row 1"),
        ([PAID[0], PAID[1].model_copy(update={"amount_krw": 1_999})], "row 2"),
        ([*PAID, PAID[0].model_copy(update={"order_id": "ord_other"})], "row 3"),
        ([PAID[0], PAID[1].model_copy(update={"outcome": "refused"})], "without a reason_code"),
        ([PAID[0], REFUSED.model_copy(update={"outcome": "paid"})], "has a reason_code"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_and_the_row_named(
    results: list[PaymentResult], named: str
) -> None:
    with pytest.raises(BankResultInvalid, match=named):
        decide_answer(FILE, answer(*results), PAY_DAY)


def test_paid_and_refused_end_an_order() -> None:
    order = evolve_order(None, ORDERS[1])
    paid = decide_settle(payslip(2), order, PAID[1], PAY_DAY)
    failed = decide_settle(payslip(2), order, REFUSED, PAY_DAY)

    assert isinstance(paid, WagePaid)
    assert evolve_order(order, paid).status == "paid"
    assert isinstance(failed, PaymentFailed)
    after = evolve_order(order, failed)
    assert (after.status, after.reason_code) == ("failed", "account-closed")
    assert failed.amount_krw == 2_000


@pytest.mark.parametrize("code", ["1234567890", "account 123", "R-123456", "", "x" * 50])
def test_a_reason_is_a_code_that_no_account_number_fits(code: str) -> None:
    with pytest.raises(ValidationError):
        PaymentResult(order_id="ord_1", outcome="refused", reason_code=code, amount_krw=1)


@pytest.mark.parametrize("code", ["account-closed", "R03", "NAME_MISMATCH", "E-1234"])
def test_the_banks_codes_are_taken(code: str) -> None:
    PaymentResult(order_id="ord_1", outcome="refused", reason_code=code, amount_krw=1)


def test_an_amount_is_integer_won() -> None:
    with pytest.raises(ValidationError):
        PaymentResult.model_validate({"order_id": "ord_1", "outcome": "paid", "amount_krw": 1000.0})
