"""Payroll's month, told by its neighbours' events: small, and complete from placement to wage."""

from datetime import date
from typing import Any, Protocol

import httpx

from ops.policies import read_policy
from proofs.publisher import Publisher
from shared.events.intake import CohortOpened
from shared.events.placement import AttendanceConfirmed, AttendanceMonthClosed, InternPlaced
from shared.ids import derive
from shared.money import first_day, last_day

COHORT = "coh_test"
FIRST, PAY_DATE = date(2022, 4, 29), date(2022, 5, 10)
MONTH = "2022-04"
POLICY = read_policy("2022-h1")


class Asked(Protocol):
    """A service as a client sees it."""

    async def get(self, path: str, **params: Any) -> Any: ...

    async def post(self, path: str, body: Any, key: str) -> httpx.Response: ...


def person(number: int) -> str:
    return f"per_{number:04d}"


def opened() -> CohortOpened:
    return CohortOpened(
        cohort_id=COHORT, policy=POLICY, effective_on=POLICY.notice_date, recorded_on=FIRST
    )


def placed(number: int) -> InternPlaced:
    return InternPlaced(
        placement_id=f"plc_{number:04d}",
        application_id=f"app_{number:04d}",
        person_id=person(number),
        cohort_id=COHORT,
        org_id=f"org_{number:04d}",
        position_id=f"pos_{number:04d}",
        starts_on=POLICY.starts_on,
        ends_on=POLICY.ends_on,
        hours_per_day=8,
        hours_per_month=209,
        effective_on=POLICY.starts_on,
        recorded_on=FIRST,
    )


def attended(number: int, month: str = MONTH) -> AttendanceConfirmed:
    return AttendanceConfirmed(
        placement_id=f"plc_{number:04d}",
        person_id=person(number),
        cohort_id=COHORT,
        month=month,
        service_from=first_day(month),
        service_until=last_day(month),
        scheduled_days=21,
        absent_days=0,
        absent_weeks=0,
        effective_on=last_day(month),
        recorded_on=FIRST,
    )


def month_closed(confirmed: int) -> AttendanceMonthClosed:
    return AttendanceMonthClosed(
        cohort_id=COHORT,
        month=MONTH,
        confirmed=confirmed,
        missing=0,
        effective_on=date(2022, 4, 30),
        recorded_on=date(2022, 5, 5),
    )


async def is_placed(payroll: Asked, people: int) -> bool:
    """All placements have become payroll records. A lag of 0 says less: what was not fetched yet
    is no lag that the service could know of.
    """
    page = await payroll.get(f"/cohorts/{COHORT}/payroll-records", limit=500)
    return len(page["items"]) == people


async def register_accounts(payroll: Asked, people: int) -> None:
    for number in range(people):
        record_id = derive("rec", f"plc_{number:04d}")
        body = {
            "bank_code": "004",
            "account_number": f"110-{number:06d}",
            "holder_name": f"이름{number}",
        }
        reply = await payroll.post(f"/payroll-records/{record_id}/account", body, f"acc{number}")
        assert reply.status_code == 201, reply.text


async def answer_as_bank(payroll: Asked) -> int:
    """Pay every open file in full, as a bank would: fetch, pay, post. How many orders were paid."""
    paid = 0
    for file in (await payroll.get("/payment-files", status="open", limit=500))["items"]:
        orders = (await payroll.get(f"/payment-files/{file['file_id']}"))["orders"]
        results = [
            {"order_id": o["order_id"], "outcome": "paid", "reason_code": None}
            | {"amount_krw": o["amount_krw"]}
            for o in orders
        ]
        path = f"/payment-files/{file['file_id']}/results"
        reply = await payroll.post(path, {"results": results}, file["file_id"])
        assert reply.status_code == 201, reply.text
        paid += len(orders)
    return paid


async def tell_until_placed(say: Publisher, people: int) -> None:
    await say.days(FIRST, FIRST)
    await say.say(opened(), *(placed(n) for n in range(people)))


async def tell_the_month(say: Publisher, people: int) -> None:
    await say.say(*(attended(n) for n in range(people)), month_closed(people))
    await say.days(date(2022, 4, 30), PAY_DATE)
