"""Payroll over HTTP: statuses, shapes, and what an error never says."""

from collections.abc import AsyncIterator
from datetime import date

import httpx
import pytest

from services.payroll.api import router
from services.payroll.domain import record_id_of
from shared.testing import Bench
from tests.payroll.builders import (
    COHORT,
    cohort_opened,
    confirmed,
    corrected,
    month_closed,
    placed,
)

RECORD = record_id_of("plc_1")
ACCOUNT = {"bank_code": "004", "account_number": "987-6543-21098", "holder_name": "김하나"}


@pytest.fixture
async def client(bench: Bench) -> AsyncIterator[httpx.AsyncClient]:
    await bench.day("2022-04-30")
    await bench.given(cohort_opened(), placed(1), confirmed(1), month_closed(1))
    async with bench.app(router) as client:
        yield client


def key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": name}


async def register(client: httpx.AsyncClient, name: str = "k1") -> httpx.Response:
    path = f"/payroll-records/{RECORD}/account"
    return await client.post(path, json=ACCOUNT, headers=key(name))


async def pay(bench: Bench, client: httpx.AsyncClient) -> str:
    await register(client)
    await bench.day("2022-05-10")
    found = (await client.get("/payment-files", params={"status": "open"})).json()
    (item,) = found["items"]
    return str(item["file_id"])


async def test_an_account_is_registered_once_by_key(client: httpx.AsyncClient) -> None:
    created = await register(client)
    repeated = await register(client)
    second = await register(client, "k2")

    assert created.status_code == repeated.status_code == 201
    assert created.json() == repeated.json() == {"record_id": RECORD, "has_account": True}
    assert second.status_code == 409
    assert second.json()["code"] == "account-already-registered"


async def test_an_invalid_account_is_named_by_field_without_its_value(
    client: httpx.AsyncClient,
) -> None:
    reply = await client.post(
        f"/payroll-records/{RECORD}/account",
        json={**ACCOUNT, "account_number": "98765432109x", "pin": "4321"},
        headers=key("k1"),
    )

    assert reply.status_code == 422
    assert reply.json()["code"] == "invalid-request"
    assert "account_number" in reply.text
    assert "98765432109" not in reply.text
    assert "4321" not in reply.text


async def test_records_and_payslips_can_be_read(bench: Bench, client: httpx.AsyncClient) -> None:
    await pay(bench, client)
    record = (await client.get(f"/payroll-records/{RECORD}")).json()
    records = (await client.get(f"/cohorts/{COHORT}/payroll-records")).json()
    slips = (await client.get(f"/cohorts/{COHORT}/payslips")).json()
    (slip,) = slips["items"]

    assert records == {"items": [record], "next": None}
    assert record["months"][0]["status"] == "ordered"
    assert record["months"][0]["month"] == "2022-04"
    assert slip["net_krw"] == 2_250_094
    assert (await client.get(f"/payslips/{slip['payslip_id']}")).json() == slip


async def test_the_bank_fetches_a_file_and_answers_it(
    bench: Bench, client: httpx.AsyncClient
) -> None:
    path = f"/payment-files/{await pay(bench, client)}"
    file = (await client.get(path)).json()
    (order,) = file["orders"]
    assert order["account_number"] == ACCOUNT["account_number"]
    row = {"order_id": order["order_id"], "outcome": "paid", "reason_code": None}
    wrong = {"results": [{**row, "amount_krw": order["amount_krw"] - 1}]}
    right = {"results": [{**row, "amount_krw": order["amount_krw"]}]}

    refused = await client.post(f"{path}/results", json=wrong, headers=key("b1"))
    taken = await client.post(f"{path}/results", json=right, headers=key("b2"))
    repeated = await client.post(f"{path}/results", json=right, headers=key("b2"))
    again = await client.post(f"{path}/results", json=right, headers=key("b3"))

    assert (refused.status_code, refused.json()["code"]) == (422, "bank-result-invalid")
    assert "row 1" in refused.json()["detail"]
    assert taken.status_code == repeated.status_code == 201
    assert taken.json() == {
        "file_id": file["file_id"],
        "paid": 1,
        "paid_krw": 2_250_094,
        "refused": 0,
    }
    assert repeated.json() == taken.json()
    assert (again.status_code, again.json()["code"]) == (409, "already-answered")
    answered = (await client.get("/payment-files", params={"status": "answered"})).json()
    assert answered["items"][0]["orders"] == 1


async def test_totals_and_trial_balance(bench: Bench, client: httpx.AsyncClient) -> None:
    await pay(bench, client)
    payroll = (await client.get(f"/cohorts/{COHORT}/payroll")).json()
    balance = (await client.get("/ledger/trial-balance")).json()

    assert payroll["overall"]["pending_krw"] == payroll["months"][0]["net_krw"] == 2_250_094
    assert balance["balanced"] is True
    assert [account["account"] for account in balance["accounts"]] == [
        "wage_expense",
        "wages_payable",
        "bank",
        "overpayments_receivable",
    ]


async def test_a_claim_is_listed_and_paid_back_once(
    bench: Bench, client: httpx.AsyncClient
) -> None:
    await pay(bench, client)
    await bench.given(corrected(1, "2022-04", "2022-05-10", [date(2022, 4, 6)]))
    await bench.day("2022-05-11")
    (claim,) = (await client.get(f"/cohorts/{COHORT}/overpayment-claims")).json()["items"]
    path = f"/overpayment-claims/{claim['claim_id']}"
    body = {"deposit_id": "dep_1", "amount_krw": 100_000, "received_on": "2022-05-11"}

    taken = await client.post(f"{path}/recoveries", json=body, headers=key("r1"))
    repeated = await client.post(f"{path}/recoveries", json=body, headers=key("r1"))
    again = await client.post(f"{path}/recoveries", json=body, headers=key("r2"))
    too_much = await client.post(
        f"{path}/recoveries", json={**body, "deposit_id": "dep_2"}, headers=key("r3")
    )

    assert (claim["amount_krw"], claim["recovered_krw"], claim["month"]) == (172_256, 0, "2022-04")
    assert claim["person_id"] == "per_1"
    assert taken.status_code == repeated.status_code == 201
    assert taken.json() == repeated.json()
    assert (again.status_code, again.json()["code"]) == (409, "deposit-already-booked")
    assert (too_much.status_code, too_much.json()["code"]) == (409, "more-than-outstanding")
    shown = (await client.get(path)).json()
    assert (shown["recovered_krw"], shown["outstanding_krw"]) == (100_000, 72_256)
    assert shown["deposits"] == [
        {"deposit_id": "dep_1", "amount_krw": 100_000, "received_on": "2022-05-11"}
    ]


async def test_an_account_is_changed_by_two(client: httpx.AsyncClient) -> None:
    await register(client)
    path = f"/payroll-records/{RECORD}/account-change"
    new = {**ACCOUNT, "account_number": "111-2222-33333", "requested_by": "o-1"}

    asked = await client.post(path, json=new, headers=key("c1"))
    same = await client.post(f"{path}/approval", json={"approved_by": "o-1"}, headers=key("c2"))
    done = await client.post(f"{path}/approval", json={"approved_by": "o-2"}, headers=key("c3"))

    assert asked.json() == {"record_id": RECORD, "change_requested_by": "o-1"}
    assert "111-2222" not in asked.text
    assert (same.status_code, same.json()["code"]) == (409, "same-officer")
    assert done.status_code == 201
    record = (await client.get(f"/payroll-records/{RECORD}")).json()
    assert (record["has_account"], record["change_requested_by"]) == (True, None)


async def test_what_did_not_fail_is_not_ordered_again(
    bench: Bench, client: httpx.AsyncClient
) -> None:
    await pay(bench, client)
    (slip,) = (await client.get(f"/cohorts/{COHORT}/payslips")).json()["items"]
    path = f"/payslips/{slip['payslip_id']}/reissue"
    reply = await client.post(path, json={}, headers=key("i1"))

    assert (reply.status_code, reply.json()["code"]) == (409, "not-failed")


@pytest.mark.parametrize(
    "path",
    [
        "/payroll-records/rec_none",
        "/payslips/slp_none",
        "/payment-files/fil_none",
        "/cohorts/coh_none/payslips",
        "/cohorts/coh_none/payroll-records",
        "/cohorts/coh_none/payroll",
        "/cohorts/coh_none/overpayment-claims",
        "/overpayment-claims/clm_none",
    ],
)
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    reply = await client.get(path)

    assert (reply.status_code, reply.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize(
    "path", ["/payroll-records/nonsense", "/payment-files?limit=501", "/payment-files?status=x"]
)
async def test_a_request_that_cannot_be_is_invalid(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 422
