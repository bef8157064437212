"""What payroll shows, as JSON values."""

import json
from datetime import date

import pytest

from services.payroll import handlers
from services.payroll.domain import record_id_of
from shared.errors import NotFound
from shared.testing import Bench
from tests.payroll.builders import COHORT, confirmed, month_closed
from tests.payroll.steps import employ, open_files, totals, work_month


async def test_a_file_tells_the_bank_the_account(bench: Bench) -> None:
    await employ(bench, 1)
    await work_month(bench, 1)
    await bench.day("2022-05-10")
    (file,) = await open_files(bench)

    assert file["orders"] == [
        {
            "order_id": file["orders"][0]["order_id"],
            "bank_code": "004",
            "account_number": "987-6543-21098",
            "holder_name": "김하나",
            "amount_krw": 2_250_094,
        }
    ]
    assert (file["pay_on"], file["total_krw"]) == ("2022-05-10", 2_250_094)


async def test_a_payslip_shows_its_formula(bench: Bench) -> None:
    await employ(bench, 1)
    await bench.given(confirmed(1, absent_on=[date(2022, 4, 6)]), month_closed(1))
    await bench.day("2022-05-10")

    page = await bench.query(lambda work: handlers.list_payslips(COHORT, "", 10, work))
    (slip,) = page["items"]
    same = await bench.query(lambda work: handlers.show_payslip(slip["payslip_id"], work))

    assert same == slip
    assert slip["gross_krw"] == sum(row["amount_krw"] for row in slip["rows"]) == 2_077_838
    assert slip["rows"][1] == {
        "item": "absent-days",
        "basis": "-1 × 8 h × ₩10,766",
        "amount_krw": -86_128,
        "hours": "-8",
        "krw_per_hour": 10_766,
    }
    json.dumps(page)  # JSON values only


async def test_totals_stand_beside_the_pay_run(bench: Bench) -> None:
    await employ(bench, 2)
    await work_month(bench, 2)
    await bench.day("2022-05-10")
    await bench.given(month_closed(2, "2022-05"))

    april, may = (await totals(bench))["months"]
    assert april["pay_run"]["status"] == "closed"
    assert (april["payslips"], april["ordered"], april["pending_krw"]) == (2, 2, 4_500_188)
    assert (may["month"], may["payslips"]) == ("2022-05", 0)
    assert may["pay_run"] == {
        "status": "open",
        "confirmed": 2,
        "missing": 0,
        "next_on": "2022-06-10",
    }


async def test_records_are_paged_by_id(bench: Bench) -> None:
    await employ(bench, 3, with_accounts=False)
    first = await bench.query(lambda work: handlers.list_records(COHORT, "", 2, work))
    rest = await bench.query(lambda work: handlers.list_records(COHORT, first["next"], 2, work))

    ids = [item["record_id"] for item in [*first["items"], *rest["items"]]]
    assert ids == sorted(record_id_of(f"plc_{n}") for n in (1, 2, 3))
    assert rest["next"] is None
    assert first["items"][0]["hours_per_month"] == 209
    with pytest.raises(NotFound):
        await bench.query(lambda work: handlers.list_records("coh_none", "", 2, work))
