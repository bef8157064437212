"""Accounts and the bank's answers, each taken once and whole."""

from datetime import date

import pytest

from services.payroll import handlers
from services.payroll.domain import (
    AccountAlreadyRegistered,
    AlreadyAnswered,
    BankResultInvalid,
    DepositAlreadyBooked,
    MoreThanOutstanding,
    NotFailed,
    RecoverOverpayment,
    claim_id_of,
    payslip_id_of,
    record_id_of,
)
from services.payroll.storage import CLAIMS, PAYMENT_FILES, PAYSLIPS, RECORDS
from shared.errors import InTheFuture, NotFound
from shared.events.payroll import (
    OverpaymentRecovered,
    PaymentFailed,
    PaymentOrdered,
    WagePaid,
)
from shared.testing import Bench
from tests.payroll.builders import corrected, placed
from tests.payroll.playing import published_of
from tests.payroll.steps import (
    ACCOUNT,
    RECORD_1,
    answer,
    employ,
    open_files,
    pay_all,
    pay_back,
    published,
    refuse_all,
    register,
    reissue,
    totals,
    trial_balance,
    work_month,
)


async def test_the_bank_refuses_one_and_the_debt_stands(bench: Bench) -> None:
    await employ(bench, 2)
    await work_month(bench, 2)
    await bench.day("2022-05-10")
    (file,) = await open_files(bench)
    refused = file["orders"][0]["order_id"]

    reply = await answer(bench, file, refused)

    assert reply == {
        "file_id": file["file_id"],
        "paid": 1,
        "paid_krw": 2_250_094,
        "refused": 1,
    }
    (failed,) = [e for e in bench.published if isinstance(e, PaymentFailed)]
    assert (failed.order_id, failed.reason_code) == (refused, "account-closed")
    assert published(bench)["WagePaid"] == 1
    overall = (await totals(bench))["overall"]
    assert overall["net_krw"] == overall["ordered_krw"] == 4_500_188
    assert (overall["paid"], overall["failed"], overall["pending"]) == (1, 1, 0)
    assert (await trial_balance(bench))["wages_payable"] == (2_250_094, 4_500_188)
    await bench.verify()


async def test_an_answer_is_taken_whole_or_not_at_all(bench: Bench) -> None:
    await employ(bench, 2)
    await work_month(bench, 2)
    await bench.day("2022-05-10")
    (file,) = await open_files(bench)
    half = {**file, "orders": file["orders"][:1]}

    with pytest.raises(BankResultInvalid):
        await answer(bench, half)

    assert published(bench)["WagePaid"] == 0
    assert (await bench.state(PAYMENT_FILES, file["file_id"])).status == "open"


async def test_a_file_is_answered_once(bench: Bench) -> None:
    await employ(bench, 1)
    await work_month(bench, 1)
    await bench.day("2022-05-10")
    (file,) = await open_files(bench)
    await answer(bench, file)

    with pytest.raises(AlreadyAnswered):
        await answer(bench, file)

    assert published(bench)["WagePaid"] == 1
    assert await open_files(bench) == []


async def test_an_account_is_registered_once_and_never_replaced(bench: Bench) -> None:
    await employ(bench, 1)
    other = ACCOUNT.model_copy(update={"account_number": "111-2222-33333"})

    with pytest.raises(AccountAlreadyRegistered) as refused:
        await register(bench, 1, other)

    assert "111" not in str(refused.value)
    with pytest.raises(NotFound):
        await register(bench, 99)


async def test_another_record_of_hers_takes_the_same_account_only(bench: Bench) -> None:
    """A second cohort must not become the way around the rule that guards a change."""
    await employ(bench, 1)
    again = placed(2).model_copy(update={"person_id": "per_1"})
    await bench.given(again)
    other = ACCOUNT.model_copy(update={"account_number": "111-2222-33333"})

    with pytest.raises(AccountAlreadyRegistered):
        await register(bench, 2, other)
    await register(bench, 2)

    assert (await bench.state(RECORDS, record_id_of("plc_2"))).has_account


async def test_an_account_is_nowhere_but_in_the_vault(bench: Bench) -> None:
    await employ(bench, 1)
    await work_month(bench, 1)
    await bench.day("2022-05-10")

    kept = [
        str(row)
        for name in ("journal", "outbox", *[kind.name for kind in (RECORDS, PAYMENT_FILES)])
        for row in await bench._rows(name, {})
    ]
    assert kept
    assert not [row for row in kept if "98765" in row.replace("-", "") or "김하나" in row]


async def test_a_paid_wage_names_order_payslip_and_month(bench: Bench) -> None:
    await employ(bench, 1)
    await work_month(bench, 1)
    await bench.day("2022-05-10")
    (file,) = await open_files(bench)
    await bench.day("2022-05-11")
    await answer(bench, file)

    (paid,) = [e for e in bench.published if isinstance(e, WagePaid)]
    assert paid.order_id == file["orders"][0]["order_id"]
    assert paid.payslip_id == payslip_id_of(RECORD_1, "2022-04")
    assert (paid.month, paid.effective_on) == ("2022-04", date(2022, 5, 11))


SLIP = payslip_id_of(RECORD_1, "2022-04")
CLAIM = claim_id_of(RECORD_1, "2022-04", 1)
ABSENCE = 172_256  # a day and its weekly holiday: domain.md §2.5


async def test_what_the_bank_refused_is_ordered_again_in_a_file_of_its_own(bench: Bench) -> None:
    await employ(bench, 1)
    await work_month(bench, 1)
    await bench.day("2022-05-10")
    (refused,) = await open_files(bench)
    await refuse_all(bench)
    await bench.day("2022-05-14")  # a Saturday

    reply = await reissue(bench, SLIP)

    (again,) = await open_files(bench)
    assert again["file_id"] != refused["file_id"]
    assert [order["order_id"] for order in again["orders"]] == [reply["order_id"]]
    assert (reply["attempt"], reply["pay_on"], again["pay_on"]) == (2, "2022-05-16", "2022-05-16")
    overall = (await totals(bench))["overall"]
    assert (overall["pending"], overall["failed"], overall["paid"]) == (1, 0, 0)
    await pay_all(bench)
    assert [e.attempt for e in published_of(bench, PaymentOrdered)] == [1, 2]
    assert (await trial_balance(bench))["wages_payable"] == (2_250_094, 2_250_094)
    await bench.verify()


async def test_only_what_failed_is_ordered_again(bench: Bench) -> None:
    """Not what the bank may still pay, not what it paid, and what failed only once."""
    await employ(bench, 1)
    await work_month(bench, 1)
    await bench.day("2022-05-10")
    with pytest.raises(NotFailed):
        await reissue(bench, SLIP)
    await refuse_all(bench)
    await reissue(bench, SLIP)
    with pytest.raises(NotFailed):
        await reissue(bench, SLIP)
    await pay_all(bench)

    with pytest.raises(NotFailed):
        await reissue(bench, SLIP)

    assert published(bench)["PaymentOrdered"] == 2
    assert (await bench.state(PAYSLIPS, SLIP)).status == "paid"
    with pytest.raises(NotFound):
        await reissue(bench, "slp_none")


async def overpay(bench: Bench) -> None:
    """She was paid for a day on which she was absent."""
    await employ(bench, 1)
    await work_month(bench, 1)
    await bench.day("2022-05-10")
    await pay_all(bench)
    await bench.given(corrected(1, "2022-04", "2022-05-10", [date(2022, 4, 6)]))
    await bench.day("2022-05-11")


async def test_an_overpayment_is_paid_back_in_parts(bench: Bench) -> None:
    await overpay(bench)

    first = await pay_back(bench, CLAIM, "dep_1", 100_000)
    second = await pay_back(bench, CLAIM, "dep_2", ABSENCE - 100_000)

    assert first == {"claim_id": CLAIM, "outstanding_krw": ABSENCE - 100_000}
    assert second == {"claim_id": CLAIM, "outstanding_krw": 0}
    recovered = published_of(bench, OverpaymentRecovered)
    assert [(e.deposit_id, e.amount_krw) for e in recovered] == [
        ("dep_1", 100_000),
        ("dep_2", ABSENCE - 100_000),
    ]
    assert {(e.effective_on, e.recorded_on) for e in recovered} == {
        (date(2022, 5, 1), date(2022, 5, 11))
    }
    balance = await trial_balance(bench)
    assert balance["overpayments_receivable"] == (ABSENCE, ABSENCE)
    assert balance["bank"] == (ABSENCE, 2_250_094)
    overall = (await totals(bench))["overall"]
    assert (overall["overpaid_krw"], overall["outstanding_krw"]) == (ABSENCE, 0)
    assert overall["paid_krw"] == 2_250_094  # what the bank paid out, whatever came back
    await bench.verify()


async def test_no_more_than_is_outstanding_is_booked(bench: Bench) -> None:
    await overpay(bench)
    with pytest.raises(MoreThanOutstanding):
        await pay_back(bench, CLAIM, "dep_1", ABSENCE + 1)
    await pay_back(bench, CLAIM, "dep_1", ABSENCE)

    with pytest.raises(MoreThanOutstanding):
        await pay_back(bench, CLAIM, "dep_2", 1)

    assert (await bench.state(CLAIMS, CLAIM)).recovered_krw == ABSENCE


async def test_a_deposit_is_booked_once(bench: Bench) -> None:
    await overpay(bench)
    await pay_back(bench, CLAIM, "dep_1", 1_000)

    with pytest.raises(DepositAlreadyBooked):
        await pay_back(bench, CLAIM, "dep_1", 1_000)

    assert (await bench.state(CLAIMS, CLAIM)).recovered_krw == 1_000


async def test_money_that_has_not_come_is_not_booked(bench: Bench) -> None:
    await overpay(bench)
    tomorrow = RecoverOverpayment(deposit_id="dep_1", amount_krw=1, received_on=date(2022, 5, 12))

    with pytest.raises(InTheFuture):
        await bench.command(lambda work: handlers.recover_overpayment(CLAIM, tomorrow, work))
