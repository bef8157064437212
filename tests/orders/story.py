"""One story with everything that goes wrong: three cohorts, told through the services' HTTP APIs.

`main` has five places, nine applicants and three reserves; women withdraw before, during and after
placement, a host declines, is suspended, closes a position; one leaves and is found out after pay
day; a month is corrected; the bank refuses; a counselor leaves. `short` loses its only intern
before she begins, needs an extra round, and is cancelled while its interns work; one of them had
to withdraw from `main` before she could apply. `never` is cancelled before anyone begins.

Who is meant is asked of the service that an act is for, so the same story fits whoever is placed.
"""

import hashlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from ops.bank import RECEIVED, Row
from ops.policies import read_policy
from shared.events.policy import CohortPolicy
from shared.ids import derive
from tests.orders.twin import Act, City, NotYet

Json = dict[str, Any]
FIRST, LAST = date(2022, 3, 2), date(2022, 6, 6)
APPLICANTS = {"main": 9, "short": 1, "never": 2}
EXTRA = ("short", 2)  # who applies in the extra round
HOSTS = {"main": 5, "short": 2, "never": 2}


def march(day: int) -> date:
    return date(2022, 3, day)


def april(day: int) -> date:
    return date(2022, 4, day)


def may(day: int) -> date:
    return date(2022, 5, day)


def _policy(title: str, cohort_no: int, days: Mapping[str, date], **more: Any) -> CohortPolicy:
    base = read_policy("2022-h1")
    counseling = base.counseling.model_copy(
        update={"months": 1, "follow_up_after_days": (7, 20), "caseload_max": 3}
    )
    fields = {"title": title, "cohort_no": cohort_no, "counseling": counseling, **days, **more}
    return CohortPolicy.model_validate({**base.model_dump(), **_dumped(fields)})


def _dumped(fields: Mapping[str, Any]) -> Json:
    return {n: v.model_dump() if hasattr(v, "model_dump") else v for n, v in fields.items()}


def _days(*days: date) -> dict[str, date]:
    names = "notice_date application_from application_until screening_on selection_on matching_on"
    names += " starts_on latest_start_on ends_on"
    return dict(zip(names.split(), days, strict=True))


POLICIES = {
    "main": _policy(
        "main",
        91,
        _days(
            march(3), march(3), march(5), march(6), march(7), march(10),
            march(14), march(31), april(30),
        ),
        target=5,
        reserves_max=3,
    ),
    "short": _policy(
        "short",
        92,
        _days(
            march(8), march(8), march(9), march(10), march(11), march(14),
            march(28), april(8), may(31),
        ),
        target=3,
        reserves_max=1,
    ),
    "never": _policy(
        "never",
        93,
        _days(
            april(1), april(1), april(5), april(6), april(7), april(12),
            april(18), april(25), may(31),
        ),
        target=2,
        reserves_max=0,
    ),
}  # fmt: skip
COHORTS = {name: derive("coh", policy.title) for name, policy in POLICIES.items()}


def script() -> dict[date, list[Act]]:
    days: dict[date, list[Act]] = defaultdict(list)
    for day, service, name, run in _acts():
        days[day].append(Act(service, name, run))
    return days


Line = tuple[date, str, str, Callable[[City], Awaitable[None]]]


def _acts() -> Iterator[Line]:
    yield FIRST, "counseling", "counselors register", _register_counselors
    for name in POLICIES:
        yield from _recruiting(name)
    yield from _leaving()
    yield from _wages()
    yield from _counseling()


def _recruiting(name: str) -> Iterator[Line]:
    policy = POLICIES[name]
    yield policy.notice_date, "intake", f"{name} opens", lambda c: _open(c, name)
    yield policy.notice_date, "placement", f"{name} has hosts", lambda c: _hosts(c, name)
    for number in range(APPLICANTS[name]):
        day = policy.application_from + timedelta(days=number % 3)
        day = min(day, policy.application_until)
        yield day, "intake", f"{name} {number} applies", _applying(name, number)


def _leaving() -> Iterator[Line]:
    """In the order of their days; `nth` counts by application id among those in that status."""
    say = "intake"
    yield march(9), say, "one withdraws before matching", _withdrawing("main", "selected", 0)
    yield march(9), say, "one may not apply twice", _apply_beside
    yield march(10), say, "she withdraws on the matching day", _withdrawing("main", "selected", 1)
    yield march(11), say, "a reserve withdraws", _withdrawing("main", "reserved", 0)
    yield march(12), say, "an extra round", _reopen
    for number in (10, 11):
        yield march(13), say, f"short {number} applies", _applying("short", number)
    yield march(13), say, "who withdrew from main applies for short", _apply_again
    yield march(15), say, "one withdraws before her first day", _withdrawing("short", "selected", 0)
    yield march(11), "placement", "a host declines", _decline
    yield march(20), "placement", "a position is closed", _closing("main")
    yield march(21), "placement", "one leaves it at once", _leave_at_once
    yield april(4), "placement", "a position is closed, and all stay", _closing("short")
    yield april(13), "placement", "one is found to have left", _find_out
    yield april(14), "placement", "a host is suspended", _suspend
    yield april(20), say, "short is cancelled", _cancelling("short")
    yield april(8), say, "never is cancelled", _cancelling("never")
    yield april(19), "placement", "a month is corrected by both", _correct


def _wages() -> Iterator[Line]:
    """The bank answers every day, and refuses some first orders."""
    for day in (march(11), march(14), march(15), march(23), march(28), march(29), april(15)):
        yield day, "payroll", "accounts are given", _give_accounts
    day = march(25)
    while day <= LAST:
        yield day, "payroll", "the bank answers", _answer
        day += timedelta(days=1)
    yield april(18), "payroll", "a refused order is reissued", _reissue
    yield may(3), "payroll", "a claim is paid back in part", _pay_back
    for month, first in (("2022-03", date(2022, 3, 31)), ("2022-04", april(29))):
        for wait, side in ((0, "host"), (2, "intern")):
            day = first + timedelta(days=wait)
            yield day, "placement", f"{side}s confirm {month}", _confirming(side, month)
    for side in ("host", "intern"):
        yield april(22), "placement", f"{side}s confirm last months", _confirming(side, "2022-04")


def _counseling() -> Iterator[Line]:
    yield may(9), "counseling", "counselors are in touch", _contact
    yield may(10), "counseling", "some work again", _employ
    yield may(12), "counseling", "a counselor leaves", _lose_counselor
    yield may(20), "counseling", "an employment ends", _end_employment


async def _register_counselors(city: City) -> None:
    for number in range(4):
        body = {"staff_no": f"c-{number}", "name": f"상담{number}", "caseload_max": 4}
        await city["counseling"].post("/counselors", body, f"counselor/{number}")


async def _open(city: City, name: str) -> None:
    await city["intake"].post("/cohorts", POLICIES[name].model_dump(mode="json"), f"open/{name}")


async def _hosts(city: City, name: str) -> None:
    """Hosts of `main` have one opening each, the first two; others one."""
    placement = city["placement"]
    for number in range(HOSTS[name]):
        body: Json = {
            "business_registration_no": f"{POLICIES[name].cohort_no:03d}-81-{number:05d}",
            "name": f"host {number}",
            "region": "seoul",
            "regular_employee_count": 20,
            "is_insured_in_all_schemes": True,
        }
        key = f"{name}/{number}"
        org_id = (await placement.post("/host-companies", body, f"host/{key}"))["org_id"]
        cohort = {"cohort_id": COHORTS[name]}
        await placement.post(f"/host-companies/{org_id}/approvals", cohort, f"approval/{key}")
        offer: Json = {
            **cohort,
            "title": "work",
            "field": "it",
            "openings": 2 if number == 0 else 1,
            "hours_per_day": (8, 6, 4)[number % 3],
        }
        await placement.post(f"/host-companies/{org_id}/positions", offer, f"offer/{key}")


def _applying(name: str, number: int) -> Callable[[City], Awaitable[None]]:
    async def apply(city: City) -> None:
        digits = POLICIES[name].cohort_no * 100 + number
        person = {
            "name": f"지원자{digits}",
            "birth_date": f"1980-01-{number + 1:02d}",
            "phone": f"010-1000-{digits:04d}",
        }
        registered = await city["intake"].post("/people", person, f"person/{name}/{number}")
        await _submit(city, name, registered["person_id"], number)

    return apply


async def _submit(city: City, name: str, person_id: str, number: int) -> None:
    body: Json = {
        "person_id": person_id,
        "field": "it",
        "residence_region": "seoul" if number != 8 else "busan",
        "last_employed_on": None,
        "licences": ["data-analysis"],
        "career_years": number % 4,
        "priority_groups": [],
        "preferred_position_ids": [],
    }
    path = f"/cohorts/{COHORTS[name]}/applications"
    await city["intake"].post(path, body, f"application/{name}/{number}")


async def _apply_beside(city: City) -> None:
    """Who has a place in `main` applies for `short`, whose internship falls on the same days."""
    found = await _applications(city, "main", "selected")
    try:
        await _submit(city, "short", found[1]["person_id"], 20)
    except NotYet as refusal:
        if "duplicate-participation" not in str(refusal):
            raise
    else:
        raise AssertionError("she takes part in two internships at once")


async def _apply_again(city: City) -> None:
    """She has withdrawn from `main` since."""
    withdrawn = await _applications(city, "main", "withdrawn")
    hers = [a for a in withdrawn if a["withdrawn_on"] == "2022-03-10"]
    await _submit(city, "short", hers[0]["person_id"], 21)


def _withdrawing(name: str, status: str, nth: int) -> Callable[[City], Awaitable[None]]:
    async def withdraw(city: City) -> None:
        found = await _applications(city, name, status)
        id_ = found[min(nth, len(found) - 1)]["application_id"]
        body = {"leaves_on": city.today.isoformat()}
        await city["intake"].post(f"/applications/{id_}/withdrawal", body, f"withdrawal/{id_}")

    return withdraw


async def _applications(city: City, name: str, status: str) -> list[Json]:
    found = await city["intake"].items(f"/cohorts/{COHORTS[name]}/applications")
    return [application for application in found if application["status"] == status]


async def _reopen(city: City) -> None:
    body = {
        "application_from": "2022-03-13",
        "application_until": "2022-03-14",
        "screening_on": "2022-03-15",
        "selection_on": "2022-03-16",
        "matching_on": "2022-03-18",
    }
    await city["intake"].post(f"/cohorts/{COHORTS['short']}/extra-rounds", body, "extra")


def _cancelling(name: str) -> Callable[[City], Awaitable[None]]:
    async def cancel(city: City) -> None:
        path = f"/cohorts/{COHORTS[name]}/cancellation"
        await city["intake"].post(path, {}, f"cancel/{name}")

    return cancel


async def _placements(city: City, name: str, *statuses: str) -> list[Json]:
    path = f"/cohorts/{COHORTS[name]}/placements"
    found = await city["placement"].items(path)
    return [p for p in found if p["status"] in statuses]


async def _decline(city: City) -> None:
    placed = await _placements(city, "main", "placed")
    path = f"/placements/{placed[-1]['placement_id']}/decline"
    await city["placement"].post(path, {"declined_by": "host"}, "decline")


async def _leave_at_once(city: City) -> None:
    started = await _placements(city, "main", "started")
    path = f"/placements/{started[0]['placement_id']}/withdrawal"
    body = {"leaves_on": city.today.isoformat(), "ended_by": "intern"}
    await city["placement"].post(path, body, "leave-at-once")


async def _find_out(city: City) -> None:
    """After the pay day of March: she left on the 24th, and both sides said she had been there."""
    started = await _placements(city, "main", "started")
    path = f"/placements/{started[0]['placement_id']}/withdrawal"
    body = {"leaves_on": "2022-03-24", "ended_by": "host"}
    await city["placement"].post(path, body, "find-out")


def _closing(name: str) -> Callable[[City], Awaitable[None]]:
    async def close(city: City) -> None:
        started = await _placements(city, name, "started")
        path = f"/positions/{started[0]['position_id']}/closing"
        await city["placement"].post(path, {}, f"closing/{name}")

    return close


async def _suspend(city: City) -> None:
    started = await _placements(city, "main", "started")
    path = f"/host-companies/{started[-1]['org_id']}/suspension"
    await city["placement"].post(path, {"cohort_id": COHORTS["main"]}, "suspension")


async def _correct(city: City) -> None:
    """An absence of March turns out to have been none, and a presence to have been an absence."""
    for placement in await _placements(city, "main", "started", "completed"):
        if placement["months"]["2022-03"]["status"] != "confirmed":
            continue
        day = "2022-03-29" if placement["months"]["2022-03"]["absent_days"] == 0 else None
        body = {"absent_on": [day] if day else []}
        for side in ("host", "intern"):
            id_ = placement["placement_id"]
            path = f"/placements/{id_}/attendance/2022-03/{side}-correction"
            await city["placement"].post(path, body, f"correct/{side}/{id_}")


def _confirming(side: str, month: str) -> Callable[[City], Awaitable[None]]:
    """Everyone whose month is over by today; each third by id was absent for a day."""

    async def confirm(city: City) -> None:
        for name in ("main", "short"):
            statuses = ("started", "withdrew", "completed", "not-completed")
            for placement in await _placements(city, name, *statuses):
                await _confirm(city, placement, side, month)

    return confirm


async def _confirm(city: City, placement: Json, side: str, month: str) -> None:
    sheet = placement["months"].get(month)
    if not sheet or sheet["status"] == "confirmed" or not sheet["service_until"]:
        return
    id_ = placement["placement_id"]
    is_absent = sum(id_.encode()) % 3 == 0 and sheet["service_until"] >= f"{month}-28"
    body = {"absent_on": [f"{month}-28"] if is_absent else []}
    path = f"/placements/{id_}/attendance/{month}/{side}-confirmation"
    key = f"confirm/{side}/{month}/{id_}/{city.today}"
    try:
        await city["placement"].post(path, body, key)
    except NotYet as refusal:
        if "month-not-over" not in str(refusal):
            raise


async def _records(city: City) -> list[Json]:
    found: list[Json] = []
    for name in POLICIES:
        try:
            found += await city["payroll"].items(f"/cohorts/{COHORTS[name]}/payroll-records")
        except NotYet:  # its cohort is still to come
            continue
    return found


async def _give_accounts(city: City) -> None:
    """One gives it late, after the first pay day: her wage is held until then."""
    for record in await _records(city):
        id_ = record["record_id"]
        is_late = sum(id_.encode()) % 5 == 0 and city.today < april(15)
        if record["has_account"] or is_late:
            continue
        body = {
            "bank_code": "004",
            "account_number": f"110-{sum(record['person_id'].encode()):06d}",
            "holder_name": "이름",
        }
        await city["payroll"].post(f"/payroll-records/{id_}/account", body, f"account/{id_}")


async def _answer(city: City) -> None:
    """Every open file; the orders of one person in four are refused on their first attempt."""
    payroll = city["payroll"]
    for file in (await payroll.get("/payment-files", status="open", limit=500))["items"]:
        path = f"/payment-files/{file['file_id']}"
        fetched = await payroll.get(path)
        rows = [
            _row(fetched, order, is_first=city.today < april(15)) for order in fetched["orders"]
        ]
        city.bank += rows  # the bank writes its book before it tells anyone
        results = [_result(row) for row in rows]
        await payroll.post(f"{path}/results", {"results": results}, f"answer/{file['file_id']}")


def _row(file: Json, order: Json, *, is_first: bool) -> Row:
    is_refused = is_first and sum(order["order_id"].encode()) % 4 == 0
    account = f"{order['bank_code']}:{order['account_number']}"
    return Row(
        order_id=order["order_id"],
        file_id=file["file_id"],
        paid_on=file["pay_on"],
        amount_krw=order["amount_krw"],
        outcome="refused" if is_refused else "paid",
        reason_code="account-closed" if is_refused else "",
        account_sha256=hashlib.sha256(account.encode()).hexdigest(),
    )


def _result(row: Row) -> Json:
    return {
        "order_id": row.order_id,
        "outcome": row.outcome,
        "reason_code": row.reason_code or None,
        "amount_krw": row.amount_krw,
    }


async def _reissue(city: City) -> None:
    payroll = city["payroll"]
    for name in ("main", "short"):
        for payslip in await payroll.items(f"/cohorts/{COHORTS[name]}/payslips"):
            if payslip["status"] == "failed":
                id_ = payslip["payslip_id"]
                await payroll.post(f"/payslips/{id_}/reissue", {}, f"reissue/{id_}")


async def _pay_back(city: City) -> None:
    """The bank receives a third of one claim, and the whole of the next."""
    payroll = city["payroll"]
    claims = await payroll.items(f"/cohorts/{COHORTS['main']}/overpayment-claims")
    for number, claim in enumerate(claims):
        amount = claim["outstanding_krw"] if number % 2 else claim["outstanding_krw"] // 3
        id_, day = claim["claim_id"], city.today.isoformat()
        row = Row(derive("dep", id_), id_, day, amount, RECEIVED, "", "")
        city.bank.append(row)
        body = {"deposit_id": row.order_id, "amount_krw": row.amount_krw, "received_on": day}
        await payroll.post(f"/overpayment-claims/{id_}/recoveries", body, f"back/{id_}")


async def _cases(city: City) -> Sequence[Json]:
    found: list[Json] = []
    for name in ("main", "short"):
        found += await city["counseling"].items(f"/cohorts/{COHORTS[name]}/cases")
    return [case for case in found if case["status"] == "open"]


async def _contact(city: City) -> None:
    for case in (await _cases(city))[::2]:
        body = {"kind": "counseling", "held_on": city.today.isoformat(), "note": "잘 지냄"}
        id_ = case["case_id"]
        await city["counseling"].post(f"/cases/{id_}/contacts", body, f"contact/{id_}")


async def _employ(city: City) -> None:
    for case in (await _cases(city))[::3]:
        body = {
            "kind": "regular",
            "evidence_grade": "self-report",
            "started_on": city.today.isoformat(),
            "is_at_host": True,
        }
        id_ = case["case_id"]
        await city["counseling"].post(f"/cases/{id_}/reemployment", body, f"job/{id_}")


async def _end_employment(city: City) -> None:
    for case in await _cases(city):
        if case["reemployed_on"]:
            id_ = case["case_id"]
            body = {"ended_on": city.today.isoformat()}
            await city["counseling"].post(f"/cases/{id_}/employment-end", body, f"end/{id_}")
            return


async def _lose_counselor(city: City) -> None:
    cases = await _cases(city)
    counselor_id = cases[0]["counselor_id"]
    await city["counseling"].post(f"/counselors/{counselor_id}/departure", {}, "departure")
