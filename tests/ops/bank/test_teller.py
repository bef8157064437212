"""What people pay back: each deposit is written first, then told to payroll until it takes it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.bank import (
    COLUMNS,
    Bank,
    BankError,
    Book,
    Deposit,
    DepositDiffers,
    Refusals,
    build_app,
    parse_bank_file,
    read_bank_file,
)
from tests.ops.fake_payroll import PAYROLL, FakePayroll

NOBODY = Refusals()


def deposit(number: int = 1, krw: int = 1000) -> Deposit:
    ids = {"deposit_id": f"dep_{number}", "claim_id": "clm_1"}
    return Deposit(**ids, amount_krw=krw, received_on=date(2022, 6, 30))


@asynccontextmanager
async def opened(payroll: FakePayroll, path: Path) -> AsyncIterator[Bank]:
    async with httpx.AsyncClient(transport=payroll.transport()) as http:
        with Book(path) as book:
            yield Bank(PAYROLL, book, NOBODY, http)


async def test_a_deposit_is_in_the_file_before_payroll_hears_of_it(tmp_path: Path) -> None:
    payroll, path = FakePayroll(), tmp_path / "bank.csv"
    async with opened(payroll, path) as bank:
        assert bank.take(deposit())
        (row,) = read_bank_file(path)

        assert payroll.keys == []
        assert (
            *(row.order_id, row.file_id, row.paid_on),
            row.amount_krw,
        ) == ("dep_1", "clm_1", "2022-06-30", 1000)
        assert (row.outcome, row.reason_code, row.account_sha256) == ("received", "", "")
        assert [await bank.work() for _ in range(3)] == [False, True, True]

    told = {"deposit_id": "dep_1", "amount_krw": 1000, "received_on": "2022-06-30"}
    assert payroll.recovered == {"dep_1": ("clm_1", told)}
    assert payroll.keys == ["dep_1"]


async def test_a_deposit_is_taken_once_and_never_with_another_content(tmp_path: Path) -> None:
    async with opened(FakePayroll(), tmp_path / "bank.csv") as bank:
        assert bank.take(deposit())
        assert not bank.take(deposit())
        with pytest.raises(DepositDiffers, match="dep_1"):
            bank.take(deposit(krw=1001))

    assert len(read_bank_file(tmp_path / "bank.csv")) == 1


async def test_is_not_idle_while_a_deposit_is_untold(tmp_path: Path) -> None:
    payroll = FakePayroll()
    async with opened(payroll, tmp_path / "bank.csv") as bank:
        bank.take(deposit())
        payroll.is_away = True
        assert [await bank.work() for _ in range(2)] == [False, False]
        assert "does not answer" in (bank.trouble or "")
        payroll.is_away = False
        assert [await bank.work() for _ in range(2)] == [False, True]

    assert {"dep_1"} == set(payroll.recovered)


@pytest.mark.parametrize("code", ["not-found", "more-than-outstanding", "in-the-future"])
async def test_a_deposit_that_payroll_refuses_is_an_outcome_and_holds_up_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    payroll = FakePayroll(1)
    payroll.problem = {"dep_1": code}
    async with opened(payroll, tmp_path / "bank.csv") as bank:
        bank.take(deposit(1))
        bank.take(deposit(2))

        assert [await bank.work() for _ in range(3)] == [False, True, True]
        assert bank.trouble is None
        assert {"dep_1"} == set(bank.refused)
        assert f" {code}: as planted" in bank.refused["dep_1"]
        assert {"dep_2"} == set(payroll.recovered)
        assert {"file_0"} == set(payroll.results)
        assert payroll.keys.count("dep_1") == 1

    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1
    assert said[0].startswith("payroll refuses deposit dep_1: 4")
    assert said[0].endswith(code)
    async with opened(payroll, tmp_path / "bank.csv") as bank:  # it comes back, and asks once more
        assert [await bank.work() for _ in range(2)] == [False, True]
        assert {"dep_1"} == set(bank.refused)


async def test_a_refused_deposit_that_is_sent_again_is_told_again(tmp_path: Path) -> None:
    payroll = FakePayroll()
    payroll.problem = {"dep_1": "in-the-future"}
    async with opened(payroll, tmp_path / "bank.csv") as bank:
        bank.take(deposit())
        await bank.work()
        payroll.problem = {}

        assert not bank.take(deposit())
        assert bank.refused == {}
        assert [await bank.work() for _ in range(2)] == [False, True]
        assert {"dep_1"} == set(payroll.recovered)


@pytest.mark.parametrize("code", ["not-yet-known", "unavailable"])
async def test_a_deposit_that_payroll_cannot_take_yet_is_told_again(
    tmp_path: Path, code: str
) -> None:
    payroll = FakePayroll()
    payroll.problem = {"dep_1": code}
    async with opened(payroll, tmp_path / "bank.csv") as bank:
        bank.take(deposit())

        assert [await bank.work() for _ in range(3)] == [False, False, False]
        assert code in (bank.trouble or "")
        assert bank.refused == {}
        payroll.problem = {}
        assert [await bank.work() for _ in range(2)] == [False, True]
        assert {"dep_1"} == set(payroll.recovered)


async def test_a_deposit_that_payroll_has_booked_already_is_told(tmp_path: Path) -> None:
    payroll = FakePayroll()
    payroll.problem = {"dep_1": "deposit-already-booked"}
    async with opened(payroll, tmp_path / "bank.csv") as bank:
        bank.take(deposit())

        assert [await bank.work() for _ in range(2)] == [False, True]
        assert bank.refused == {}


@given(cut=st.integers(min_value=0))
async def test_a_crash_after_any_byte_loses_no_deposit_that_was_answered(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    """What was torn off was never answered: its sender sends it again."""
    payroll, path = FakePayroll(1), tmp_path_factory.mktemp("bank") / "bank.csv"
    async with opened(payroll, path) as bank:
        bank.take(deposit(1))
        await bank.work()
        bank.take(deposit(2))
    whole = path.read_bytes()
    path.write_bytes(whole[: cut % (len(whole) + 1)])
    kept = {r.order_id for r in read_bank_file(path)} if path.read_bytes().count(b"\n") else set()

    async with opened(payroll, path) as bank:
        assert {id_ for id_ in kept if id_.startswith("dep_")} <= set(bank.book.rows)
        bank.take(deposit(1))
        bank.take(deposit(2))
        await bank.work()
        assert await bank.work()
    rows = [row for row in read_bank_file(path) if row.outcome == "received"]
    assert {row.order_id: row.amount_krw for row in rows} == {"dep_1": 1000, "dep_2": 1000}
    assert len(rows) == 2
    assert {"dep_1", "dep_2"} == set(payroll.recovered)


def test_a_file_of_before_deposits_stays_readable(tmp_path: Path) -> None:
    old = "ord_1,fil_1,2022-05-10,1000,paid,,aa\n"
    text = f"{','.join(COLUMNS)}\n{old}"
    (tmp_path / "bank.csv").write_text(text)
    with Book(tmp_path / "bank.csv") as book:
        assert {"ord_1"} == set(book.rows)

    assert text == (tmp_path / "bank.csv").read_text()


def test_a_row_that_was_torn_off_is_not_read_and_one_that_is_none_is_an_error() -> None:
    head, row = ",".join(COLUMNS), "ord_1,fil_1,2022-05-10,1000,paid,,aa"

    assert parse_bank_file(f"{head}\n{row}", "it") == []
    with pytest.raises(BankError, match="row 0"):
        parse_bank_file(f"{head}\n{row.replace('1000', 'much')}\n", "it")


@pytest.fixture
def behind() -> FakePayroll:
    return FakePayroll()


@pytest.fixture
async def door(tmp_path: Path, behind: FakePayroll) -> AsyncIterator[httpx.AsyncClient]:
    """The bank's routes, without its looks at payroll."""
    app = build_app(PAYROLL, tmp_path / "bank.csv", NOBODY)
    async with opened(behind, tmp_path / "bank.csv") as bank:
        app.state.bank = bank
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bank") as http:
            yield http


async def test_takes_deposits_at_its_door(door: httpx.AsyncClient) -> None:
    body = deposit().model_dump(mode="json")
    answers = [await door.post("/deposits", json=body) for _ in range(2)]
    other = await door.post("/deposits", json={**body, "amount_krw": 5})
    before, after = [(await door.get("/idle")).json() for _ in range(2)]

    assert [a.status_code for a in (*answers, other)] == [201, 200, 409]
    assert answers[0].json() == {"deposit_id": "dep_1", "outcome": "received"}
    assert other.json()["code"] == "deposit-differs"
    assert [(a["idle"], a["received"]) for a in (before, after)] == [(False, 1), (True, 1)]


async def test_shows_at_its_door_what_payroll_refused(
    door: httpx.AsyncClient, behind: FakePayroll
) -> None:
    behind.problem = {"dep_1": "not-found"}
    await door.post("/deposits", json=deposit().model_dump(mode="json"))
    before, after = [(await door.get("/idle")).json() for _ in range(2)]

    assert [before["idle"], after["idle"], after["trouble"]] == [False, True, None]
    assert "404 not-found: as planted" in after["refused_deposits"]["dep_1"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"deposit_id": "ord_1"},
        {"claim_id": "clm"},
        {"amount_krw": 0},
        {"amount_krw": "1000"},
        {"amount_krw": 10.5},
        {"received_on": "yesterday"},
        {"note": "more"},
    ],
)
async def test_a_deposit_that_is_none_is_not_written(
    door: httpx.AsyncClient, wrong: dict[str, Any]
) -> None:
    body = {**deposit().model_dump(mode="json"), **wrong}

    assert (await door.post("/deposits", json=body)).status_code == 422
    assert (await door.get("/file")).text.count("\n") == 1


async def test_gives_its_file_to_who_asks(door: httpx.AsyncClient, tmp_path: Path) -> None:
    await door.post("/deposits", json=deposit().model_dump(mode="json"))
    answer = await door.get("/file")

    assert answer.headers["content-type"].startswith("text/csv")
    assert read_bank_file(tmp_path / "bank.csv") == parse_bank_file(answer.text, "it")
