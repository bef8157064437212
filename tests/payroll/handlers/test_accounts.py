"""Another account needs two officers, and nothing goes to it before both have agreed."""

import pytest

from services.payroll import handlers
from services.payroll.domain import (
    AccountChangePending,
    ApproveAccountChange,
    NoAccountChange,
    NoAccountRegistered,
    RejectAccountChange,
    RequestAccountChange,
    SameOfficer,
    payslip_id_of,
    record_id_of,
)
from services.payroll.storage import RECORDS
from shared.events.payroll import PayeeAccountChanged
from shared.testing import Bench
from tests.payroll.builders import placed
from tests.payroll.playing import published_of
from tests.payroll.steps import (
    ACCOUNT,
    RECORD_1,
    employ,
    open_files,
    published,
    refuse_all,
    register,
    reissue,
    work_month,
)

NEW_NUMBER = "111-2222-33333"
CHANGE = RequestAccountChange(
    bank_code="088", account_number=NEW_NUMBER, holder_name="김하나", requested_by="o-1"
)


async def ask(bench: Bench, record_id: str = RECORD_1) -> None:
    await bench.command(lambda work: handlers.request_account_change(record_id, CHANGE, work))


async def approve(bench: Bench, officer: str, record_id: str = RECORD_1) -> None:
    command = ApproveAccountChange(approved_by=officer)
    await bench.command(lambda work: handlers.approve_account_change(record_id, command, work))


async def reject(bench: Bench) -> None:
    command = RejectAccountChange(rejected_by="o-1")
    await bench.command(lambda work: handlers.reject_account_change(RECORD_1, command, work))


async def paid_to(bench: Bench) -> list[str]:
    files = await open_files(bench)
    return [order["account_number"] for file in files for order in file["orders"]]


async def test_a_change_takes_two_officers(bench: Bench) -> None:
    await employ(bench, 1)
    await work_month(bench, 1)
    await ask(bench)
    await bench.day("2022-05-10")
    assert await paid_to(bench) == [ACCOUNT.account_number]
    with pytest.raises(SameOfficer):
        await approve(bench, "O-1")  # the same code in capitals is the same officer
    assert await paid_to(bench) == [ACCOUNT.account_number]

    await approve(bench, "o-2")

    assert await paid_to(bench) == [NEW_NUMBER]
    (changed,) = published_of(bench, PayeeAccountChanged)
    assert changed.record_id == RECORD_1
    await bench.verify()


async def test_a_request_cannot_slip_under_an_approval_meant_for_another(bench: Bench) -> None:
    await employ(bench, 1)
    await ask(bench)

    with pytest.raises(AccountChangePending):
        await ask(bench)

    await reject(bench)
    await ask(bench)
    assert (await bench.state(RECORDS, RECORD_1)).change_requested_by == "o-1"


async def test_what_was_rejected_can_be_approved_by_nobody(bench: Bench) -> None:
    await employ(bench, 1)
    await ask(bench)
    await reject(bench)

    with pytest.raises(NoAccountChange):
        await approve(bench, "o-2")
    with pytest.raises(NoAccountChange):
        await reject(bench)
    assert published(bench)["PayeeAccountChanged"] == 0


async def test_who_has_no_account_registers_one(bench: Bench) -> None:
    await employ(bench, 1, with_accounts=False)

    with pytest.raises(NoAccountRegistered):
        await ask(bench)


async def test_a_second_cohort_takes_another_account_only_by_a_change(bench: Bench) -> None:
    """One person, one account: the change counts for both of her records."""
    await employ(bench, 1)
    second = record_id_of("plc_2")
    await bench.given(placed(2).model_copy(update={"person_id": "per_1"}))
    await ask(bench, second)
    await approve(bench, "o-2", second)

    assert (await bench.state(RECORDS, second)).has_account
    await work_month(bench, 1)
    await bench.day("2022-05-10")
    assert await paid_to(bench) == [NEW_NUMBER]


async def test_a_change_lets_what_the_bank_refused_go_to_the_new_account(bench: Bench) -> None:
    await employ(bench, 1)
    await work_month(bench, 1)
    await bench.day("2022-05-10")
    (file,) = await open_files(bench)
    await refuse_all(bench)
    await ask(bench)
    await approve(bench, "o-2")
    await reissue(bench, payslip_id_of(RECORD_1, "2022-04"))

    assert await paid_to(bench) == [NEW_NUMBER]
    (again,) = await open_files(bench)
    assert again["file_id"] != file["file_id"]


async def test_neither_account_is_anywhere_but_in_the_vault(bench: Bench) -> None:
    await employ(bench, 1)
    await ask(bench)
    await approve(bench, "o-2")
    await register_again(bench)

    rows = [
        str(row)
        for name in ("journal", "outbox", RECORDS.name)
        for row in await bench._rows(name, {})
    ]
    assert rows
    assert not [row for row in rows if "2222-33333" in row or "6543-21098" in row]


async def register_again(bench: Bench) -> None:
    """Her second record takes the changed account, which is hers by now."""
    await bench.given(placed(2).model_copy(update={"person_id": "per_1"}))
    await register(
        bench, 2, ACCOUNT.model_copy(update={"bank_code": "088", "account_number": NEW_NUMBER})
    )
