"""Accounts and the bank's answers, each taken once and whole."""

from datetime import date

import pytest

from services.payroll.domain import (
    AccountAlreadyRegistered,
    AlreadyAnswered,
    BankResultInvalid,
    payslip_id_of,
    record_id_of,
)
from services.payroll.storage import PAYMENT_FILES, RECORDS
from shared.errors import NotFound
from shared.events.payroll import PaymentFailed, WagePaid
from shared.testing import Bench
from tests.payroll.builders import placed
from tests.payroll.steps import (
    ACCOUNT,
    RECORD_1,
    answer,
    employ,
    open_files,
    published,
    register,
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
