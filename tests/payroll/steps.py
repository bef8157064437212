"""The steps that the stories about payroll are told in."""

from collections import Counter
from datetime import date

from services.payroll import handlers
from services.payroll.domain import (
    PostResults,
    RecoverOverpayment,
    RegisterAccount,
    ReissuePayslip,
    record_id_of,
)
from shared.mongo import Document
from shared.testing import Bench
from tests.payroll.builders import COHORT, cohort_opened, confirmed, month_closed, placed

ACCOUNT = RegisterAccount(bank_code="004", account_number="987-6543-21098", holder_name="김하나")
RECORD_1 = record_id_of("plc_1")


def published(bench: Bench) -> Counter[str]:
    return Counter(type(event).__name__ for event in bench.published)


async def employ(bench: Bench, interns: int, *, with_accounts: bool = True) -> None:
    """So many interns of the cohort, on the last day of April."""
    await bench.day("2022-04-30")
    await bench.given(cohort_opened(), *[placed(n + 1) for n in range(interns)])
    if with_accounts:
        for number in range(interns):
            await register(bench, number + 1)


async def register(bench: Bench, number: int, account: RegisterAccount = ACCOUNT) -> None:
    record_id = record_id_of(f"plc_{number}")
    await bench.command(lambda work: handlers.register_account(record_id, account, work))


async def work_month(bench: Bench, interns: int, month: str = "2022-04") -> None:
    await bench.given(*[confirmed(n + 1, month) for n in range(interns)])
    await bench.given(month_closed(interns, month))


async def open_files(bench: Bench) -> list[Document]:
    found = await bench.query(lambda work: handlers.list_files("open", "", 500, work))
    return [await show_file(bench, item["file_id"]) for item in found["items"]]


async def show_file(bench: Bench, file_id: str) -> Document:
    return await bench.query(lambda work: handlers.show_file(file_id, work))


async def answer(bench: Bench, file: Document, *refused: str) -> Document:
    """The bank pays every order of the file, but refuses these."""
    rows = [
        {
            "order_id": order["order_id"],
            "outcome": "refused" if order["order_id"] in refused else "paid",
            "reason_code": "account-closed" if order["order_id"] in refused else None,
            "amount_krw": order["amount_krw"],
        }
        for order in file["orders"]
    ]
    command = PostResults.model_validate({"results": rows})
    return await bench.command(lambda work: handlers.post_results(file["file_id"], command, work))


async def pay_all(bench: Bench) -> None:
    """The bank pays every open file."""
    for file in await open_files(bench):
        await answer(bench, file)


async def refuse_all(bench: Bench) -> None:
    for file in await open_files(bench):
        await answer(bench, file, *[order["order_id"] for order in file["orders"]])


async def reissue(bench: Bench, payslip_id: str) -> Document:
    return await bench.command(
        lambda work: handlers.reissue_payslip(payslip_id, ReissuePayslip(), work)
    )


async def pay_back(bench: Bench, claim_id: str, deposit_id: str, amount_krw: int) -> Document:
    """She paid back that much of a claim, a while ago."""
    command = RecoverOverpayment(
        deposit_id=deposit_id, amount_krw=amount_krw, received_on=date(2022, 5, 1)
    )
    return await bench.command(lambda work: handlers.recover_overpayment(claim_id, command, work))


async def totals(bench: Bench) -> Document:
    return await bench.query(lambda work: handlers.show_payroll(COHORT, work))


async def trial_balance(bench: Bench) -> dict[str, tuple[int, int]]:
    found = await bench.query(handlers.show_trial_balance)
    assert found["balanced"]
    return {a["account"]: (a["debit_krw"], a["credit_krw"]) for a in found["accounts"]}
