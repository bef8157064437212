"""What is hers and what is not: somebody else's is answered as if it were not there."""

from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.counseling.api import router as counseling_router
from services.intake.api import router as intake_router
from services.payroll.api import router as payroll_router
from services.payroll.domain import record_id_of
from services.placement.api import router as placement_router
from shared.ids import derive
from shared.testing import Bench
from tests.contracts.test_bad_input import bench_of
from tests.counseling import builders as counseling
from tests.door import Visitor, of, refused, tokens
from tests.intake import builders as intake
from tests.intake.test_api import DECLARED, HANA, policy_body
from tests.payroll import builders as payroll
from tests.payroll.test_api import ACCOUNT
from tests.placement import builders as placement
from tests.placement.test_api import COMPANY, POSITION, offer

OFFICER = of("officer")
PAYROLL = of("payroll", subject="o-1")
Doors = Callable[[str, Any], Visitor]


@pytest.fixture
async def doors() -> AsyncIterator[Callable[[Bench, Any], Visitor]]:
    open_: list[httpx.AsyncClient] = []

    def door(bench: Bench, router: Any) -> Visitor:
        open_.append(bench.app(router, tokens()))
        return Visitor(open_[-1])

    yield door
    for client in open_:
        await client.aclose()


def alike(not_hers: httpx.Response, not_there: httpx.Response, ids: tuple[str, str]) -> None:
    """The same words, but for the id that was asked for: nobody learns whether it exists."""
    assert refused(not_hers) == refused(not_there) == (404, "not-found")
    assert not_hers.text.replace(ids[0], "ID") == not_there.text.replace(ids[1], "ID")


async def test_an_applicant_sees_and_changes_herself_only(doors: Any) -> None:
    bench, _ = bench_of("intake")
    await bench.day("2022-03-02")
    visitor = doors(bench, intake_router)
    await visitor.post("/cohorts", policy_body(), OFFICER)
    await bench.day("2022-03-03")
    first = (await visitor.post("/people", HANA, of("applicant"))).json()["person_id"]
    other = {**HANA, "name": "박둘", "birth_date": "1986-07-07"}
    second = (await visitor.post("/people", other, of("applicant"))).json()["person_id"]
    hana, her = of("applicant", person_id=first), of("applicant", person_id=second)
    path = f"/cohorts/{intake.COHORT_ID}/applications"
    applied = await visitor.post(path, {**DECLARED, "person_id": first}, hana)
    for_another = await visitor.post(path, {**DECLARED, "person_id": first}, her)
    for_nobody = await visitor.post(path, {**DECLARED, "person_id": "per_no"}, her)
    application = applied.json()["application_id"]

    assert (await visitor.get(f"/people/{first}", hana)).json()["name"] == "김하나"
    alike(
        await visitor.get(f"/people/{first}", her),
        await visitor.get("/people/per_no", her),
        (first, "per_no"),
    )
    alike(for_another, for_nobody, (first, "per_no"))
    alike(
        await visitor.get(f"/applications/{application}", her),
        await visitor.get("/applications/app_no", her),
        (application, "app_no"),
    )
    leaving = {"leaves_on": "2022-03-03"}
    withdrawal = f"/applications/{application}/withdrawal"
    assert refused(await visitor.post(withdrawal, leaving, her)) == (404, "not-found")
    assert (await visitor.get(f"/applications/{application}", hana)).is_success
    assert (await visitor.post(withdrawal, leaving, hana)).status_code == 201
    assert refused(await visitor.get(path, hana)) == (403, "role-required")


async def test_nobody_registers_as_somebody_who_is_registered(doors: Any) -> None:
    """Else whoever knows her name and birth date could change where she is reached."""
    bench, _ = bench_of("intake")
    await bench.day("2022-03-02")
    visitor = doors(bench, intake_router)
    hers = (await visitor.post("/people", HANA, of("applicant"))).json()["person_id"]
    moved = {**HANA, "email": "other@mail.example"}

    assert refused(await visitor.post("/people", moved, of("applicant"))) == (403, "not-yours")
    another = of("applicant", person_id="per_other")
    assert refused(await visitor.post("/people", moved, another)) == (403, "not-yours")
    kept = await visitor.get(f"/people/{hers}", OFFICER)
    assert "email" not in kept.json()
    assert (await visitor.post("/people", moved, of("applicant", person_id=hers))).is_success
    assert (await visitor.get(f"/people/{hers}", OFFICER)).json()["email"] == moved["email"]


async def test_a_host_sees_and_does_its_own_only(doors: Any) -> None:
    bench, _ = bench_of("placement")
    await bench.day("2022-03-10")
    await bench.given(placement.cohort_opened())
    visitor = doors(bench, placement_router)
    org_id = derive("org", str(COMPANY["business_registration_no"]).replace("-", ""))
    its, another = of("host", org_id=org_id), of("host", org_id="org_other")
    registered = await visitor.post("/host-companies", COMPANY, its)
    path = f"/host-companies/{org_id}"
    approval = {"cohort_id": placement.COHORT_ID}
    await visitor.post(f"{path}/approvals", approval, OFFICER)
    offered = await visitor.post(f"{path}/positions", POSITION, its)
    position = offered.json()["position_id"]
    ranking: dict[str, list[str]] = {"ranked_person_ids": []}

    assert registered.json() == {"org_id": org_id}
    assert refused(await visitor.post("/host-companies", COMPANY, another)) == (403, "not-yours")
    assert refused(await visitor.post(f"{path}/approvals", approval, its))[1] == "role-required"
    alike(
        await visitor.get(path, another),
        await visitor.get("/host-companies/org_no", another),
        (org_id, "org_no"),
    )
    again = {**POSITION, "title": "another"}
    assert refused(await visitor.post(f"{path}/positions", again, another)) == (404, "not-found")
    for what in ("ranking", "closing"):
        body = ranking if what == "ranking" else {}
        answer = await visitor.post(f"/positions/{position}/{what}", body, another)
        assert refused(answer) == (404, "not-found")
    assert (await visitor.post(f"/positions/{position}/ranking", ranking, its)).is_success
    assert (await visitor.get(f"/positions/{position}/candidates", its)).is_success


async def test_a_month_is_confirmed_by_its_own_host_and_intern_and_nobody_else(doors: Any) -> None:
    """The city can confirm for neither: two sides say the same, or a month is not confirmed."""
    bench, _ = bench_of("placement")
    placement_id, its, her = await placed(bench, doors)
    visitor = doors(bench, placement_router)
    path = f"/placements/{placement_id}"
    sheet = f"{path}/attendance/2022-04"
    nothing: dict[str, Any] = {"absent_on": []}
    everybody_else = [of("host", org_id="org_other"), of("applicant", person_id="per_other")]

    for who in everybody_else:
        alike(
            await visitor.get(path, who),
            await visitor.get("/placements/plc_no", who),
            (placement_id, "plc_no"),
        )
    for side, wrong in (("host", [her, OFFICER]), ("intern", [its, OFFICER])):
        for who in wrong:
            answer = await visitor.post(f"{sheet}/{side}-confirmation", nothing, who)
            assert refused(answer) == (403, "role-required")
    for who in everybody_else[:1]:
        answer = await visitor.post(f"{sheet}/host-confirmation", nothing, who)
        assert refused(answer) == (404, "not-found")
    every = f"/cohorts/{placement.COHORT_ID}/placements"
    for who, count in ((its, 1), (her, 1), *((one, 0) for one in everybody_else)):
        assert len((await visitor.get(every, who)).json()["items"]) == count
    assert refused(await visitor.get(every, of("host"))) == (404, "not-found")
    assert (await visitor.post(f"{sheet}/host-confirmation", nothing, its)).is_success
    confirmed = await visitor.post(f"{sheet}/intern-confirmation", nothing, her)
    assert confirmed.json()["status"] == "confirmed"


async def test_a_party_speaks_for_itself_only(doors: Any) -> None:
    bench, _ = bench_of("placement")
    placement_id, its, her = await placed(bench, doors)
    visitor = doors(bench, placement_router)
    path, on = f"/placements/{placement_id}/withdrawal", {"leaves_on": "2022-05-03"}
    by_host, by_her = {**on, "ended_by": "host"}, {**on, "ended_by": "intern"}

    assert refused(await visitor.post(path, by_her, its)) == (403, "speaks-for-another")
    assert refused(await visitor.post(path, by_host, her)) == (403, "speaks-for-another")
    assert (await visitor.post(path, by_her, her)).is_success


async def placed(bench: Bench, doors: Any) -> tuple[str, dict[str, str], dict[str, str]]:
    """A placement in service on 2 May 2022, and the tokens of its host and of its intern."""
    from tests.placement.test_api import Client

    await bench.day("2022-03-10")
    await bench.given(placement.cohort_opened())
    async with bench.app(placement_router) as unguarded:
        org_id, position_id = await offer(Client(unguarded))
    await bench.given(
        placement.applicant_selected(1, position_id),
        placement.selection_closed(1),
    )
    await bench.day("2022-05-02")
    visitor = doors(bench, placement_router)
    listed = await visitor.get(f"/cohorts/{placement.COHORT_ID}/placements", OFFICER)
    (found,) = listed.json()["items"]
    her = of("applicant", person_id=found["person_id"])
    return found["placement_id"], of("host", org_id=org_id), her


async def test_an_intern_sees_her_own_record_and_account_only(doors: Any) -> None:
    bench, _ = bench_of("payroll")
    await bench.day("2022-04-30")
    await bench.given(payroll.cohort_opened(), payroll.placed(1), payroll.confirmed(1))
    visitor = doors(bench, payroll_router)
    record = record_id_of("plc_1")
    shown = (await visitor.get(f"/payroll-records/{record}", PAYROLL)).json()
    her, another = (of("applicant", person_id=id_) for id_ in (shown["person_id"], "per_other"))
    path = f"/payroll-records/{record}"

    alike(
        await visitor.get(path, another),
        await visitor.get("/payroll-records/rec_no", another),
        (record, "rec_no"),
    )
    for what in ("payroll-records", "payslips", "overpayment-claims"):
        every = f"/cohorts/{payroll.COHORT}/{what}"
        assert (await visitor.get(every, another)).json()["items"] == []
        all_of_them = (await visitor.get(every, PAYROLL)).json()
        assert (await visitor.get(every, her)).json() == all_of_them  # nobody else's are there
    records = (await visitor.get(f"/cohorts/{payroll.COHORT}/payroll-records", her)).json()
    assert [one["record_id"] for one in records["items"]] == [record]
    answer = await visitor.post(f"{path}/account", ACCOUNT, another)
    assert refused(answer) == (404, "not-found")
    assert (await visitor.get(path, her)).json()["has_account"] is False
    assert (await visitor.post(f"{path}/account", ACCOUNT, her)).is_success


async def test_who_changes_an_account_is_who_the_token_says(doors: Any) -> None:
    """Two officers are two tokens: no body can make one of them two."""
    bench, _ = bench_of("payroll")
    await bench.day("2022-04-30")
    await bench.given(payroll.cohort_opened(), payroll.placed(1), payroll.confirmed(1))
    visitor = doors(bench, payroll_router)
    record = f"/payroll-records/{record_id_of('plc_1')}"
    await visitor.post(f"{record}/account", ACCOUNT, PAYROLL)
    path, both = f"{record}/account-change", of("payroll", "approver", subject="o-1")
    change = {**ACCOUNT, "account_number": "111-2222-33333"}
    mail = of("payroll", subject="kim@city.example")

    lied = await visitor.post(path, {**change, "requested_by": "o-9"}, both)
    named = await visitor.post(path, change, mail)
    asked = await visitor.post(path, change, both)
    herself = await visitor.post(f"{path}/approval", {}, both)
    lying = await visitor.post(f"{path}/approval", {"approved_by": "o-2"}, both)
    payer = await visitor.post(f"{path}/approval", {}, of("payroll", subject="o-2"))
    approved = await visitor.post(f"{path}/approval", {}, of("approver", subject="o-2"))

    assert refused(lied) == (403, "speaks-for-another")
    assert refused(named) == (422, "officer-unknown")
    assert asked.json()["change_requested_by"] == "o-1"
    assert refused(herself) == (409, "same-officer")
    assert refused(lying) == (403, "speaks-for-another")
    assert refused(payer) == (403, "role-required")
    assert approved.json()["has_account"] is True


async def test_a_counselor_sees_her_own_cases_only(doors: Any) -> None:
    bench, _ = bench_of("counseling")
    assigned = counseling.KNOWN + timedelta(days=1)
    await bench.day(counseling.KNOWN)
    await bench.given(counseling.cohort_opened(), counseling.completed("ji-u"))
    visitor = doors(bench, counseling_router)
    body = {"staff_no": "C-1", "name": "한지민", "caseload_max": 1}
    counselor_id = (await visitor.post("/counselors", body, OFFICER)).json()["counselor_id"]
    await bench.day(assigned)
    hers = of("counselor", counselor_id=counselor_id)
    another = of("counselor", counselor_id="cns_other")
    case = counseling.case_id("ji-u")
    contact = {"kind": "counseling", "held_on": assigned.isoformat(), "note": "이직 상담"}

    assert (await visitor.post(f"/cases/{case}/contacts", contact, hers)).is_success
    assert (await visitor.get(f"/cases/{case}/contacts", hers)).json()["items"][0]["note"]
    for path in ("/cases/{}", "/cases/{}/contacts"):
        alike(
            await visitor.get(path.format(case), another),
            await visitor.get(path.format("cas_no"), another),
            (case, "cas_no"),
        )
    refusal = await visitor.post(f"/cases/{case}/contacts", contact, another)
    assert refused(refusal) == (404, "not-found")
    assert refused(await visitor.get(f"/cases/{case}/contacts", OFFICER)) == (403, "role-required")
    assert (await visitor.get(f"/counselors/{counselor_id}/worklist", hers)).is_success
    worklist = await visitor.get(f"/counselors/{counselor_id}/worklist", another)
    assert refused(worklist) == (404, "not-found")


async def test_a_key_is_its_callers_own(doors: Any) -> None:
    """Whoever guesses another's Idempotency-Key is not answered with what she was told."""
    bench, _ = bench_of("intake")
    await bench.day(date(2022, 3, 2))
    visitor = doors(bench, intake_router)
    headers = {"Idempotency-Key": "1"}
    first = await visitor.post("/people", HANA, {**of("applicant", subject="a"), **headers})
    second = await visitor.post("/people", HANA, {**of("applicant", subject="b"), **headers})

    assert first.status_code == 201
    assert refused(second) == (403, "not-yours")
