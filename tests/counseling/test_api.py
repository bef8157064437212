"""Counseling as its clients meet it: routes, bodies, replies, and refusals they can act on."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.counseling.api import router
from shared.ids import derive
from shared.testing import Bench
from tests.counseling.builders import COHORT_ID, KNOWN, OPENED, case_id, cohort_opened, completed

ASSIGNED = KNOWN + timedelta(days=1)
CASE = f"/cases/{case_id('ji-u')}"
CONTACT = {"kind": "counseling", "held_on": ASSIGNED.isoformat(), "note": "이직 상담"}
REEMPLOYMENT = {
    "kind": "fixed-term",
    "evidence_grade": "employer-document",
    "started_on": OPENED.isoformat(),
    "is_at_host": True,
    "employer_name": "㈜화신",
}
END = {"ended_on": ASSIGNED.isoformat()}


@pytest.fixture
async def client(bench: Bench) -> AsyncIterator[httpx.AsyncClient]:
    """Counseling on 6 July 2022: two cases, of which one is open and one waits."""
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), completed("ji-u"))
    async with bench.app(router) as client:
        counselor = {"staff_no": "C-1", "name": "한지민", "caseload_max": 1}
        await post(client, "/counselors", counselor, "setup")
        await bench.day(ASSIGNED)
        await bench.given(completed("waiting", recorded_on=ASSIGNED))
        yield client


async def post(client: httpx.AsyncClient, path: str, body: Any, key: str = "k0") -> httpx.Response:
    return await client.post(path, json=body, headers={"Idempotency-Key": key})


async def problem(client: httpx.AsyncClient, path: str, body: Any) -> tuple[int, str]:
    response = await post(client, path, body)
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


async def test_counselors_are_listed_by_id_and_load_and_shown_with_their_name(
    client: httpx.AsyncClient,
) -> None:
    counselor_id = derive("cns", "C-1")
    item = {"counselor_id": counselor_id, "caseload_max": 1, "open_cases": 1, "left_on": None}

    listed = await client.get("/counselors")
    shown = await client.get(f"/counselors/{counselor_id}")

    assert listed.json() == {"items": [item], "next": None}
    assert shown.json() == {**item, "staff_no": "C-1", "name": "한지민"}


async def test_a_cohorts_cases_are_listed_as_the_city_counts_them(
    client: httpx.AsyncClient,
) -> None:
    response = await client.get(f"/cohorts/{COHORT_ID}/cases")

    found = {item["case_id"]: item for item in response.json()["items"]}
    assert found[case_id("ji-u")] == {
        "case_id": case_id("ji-u"),
        "person_id": derive("per", "ji-u"),
        "cohort_id": COHORT_ID,
        "after": "completion",
        "counselor_id": derive("cns", "C-1"),
        "former_counselor_id": None,
        "status": "open",
        "opened_on": "2022-07-01",
        "ends_on": "2023-06-30",
        "contacts": 0,
        "next_follow_up_on": "2022-07-30",
        "overdue": [],
        "reemployed_on": None,
        "employment_ended_on": None,
    }
    assert found[case_id("waiting")]["counselor_id"] is None


async def test_a_contact_and_a_reemployment_are_recorded_and_shown(
    client: httpx.AsyncClient,
) -> None:
    contact = await post(client, f"{CASE}/contacts", CONTACT, "k1")
    employed = await post(client, f"{CASE}/reemployment", REEMPLOYMENT, "k2")
    case = (await client.get(CASE)).json()
    contacts = (await client.get(f"{CASE}/contacts")).json()

    assert (201, {"case_id": case_id("ji-u"), "contact_no": 1}) == (
        contact.status_code,
        contact.json(),
    )
    assert employed.status_code == 201
    assert case["contacts"] == 1
    assert case["reemployment"] == {**REEMPLOYMENT, "ended_on": None}
    assert case["employments"] == [case["reemployment"]]
    assert case["follow_ups"][0] == {
        "follow_up_no": 1,
        "day": "2022-07-30",
        "is_met": True,
        "was_overdue": False,
    }
    assert contacts["items"] == [{**CONTACT, "contact_no": 1}]


async def test_a_contact_that_is_sent_twice_under_one_key_is_recorded_once(
    client: httpx.AsyncClient,
) -> None:
    first = await post(client, f"{CASE}/contacts", CONTACT, "k1")
    again = await post(client, f"{CASE}/contacts", CONTACT, "k1")

    assert first.json() == again.json()
    assert len((await client.get(f"{CASE}/contacts")).json()["items"]) == 1


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/counselors", {"staff_no": "C-1", "name": "n", "caseload_max": 9}, "counselor-exists"),
        (f"/cases/{case_id('waiting')}/contacts", CONTACT, "no-counselor-yet"),
        (f"{CASE}/contacts", {**CONTACT, "held_on": "2022-07-07"}, "in-the-future"),
        (f"{CASE}/contacts", {**CONTACT, "held_on": "2022-06-30"}, "before-the-case"),
        (f"{CASE}/contacts", {**CONTACT, "kind": "gossip"}, "invalid-request"),
        (f"{CASE}/contacts", {**CONTACT, "note": "n" * 2001}, "invalid-request"),
        (f"{CASE}/contacts", {**CONTACT, "mood": "low"}, "invalid-request"),
        ("/cases/cas_none/contacts", CONTACT, "not-found"),
        ("/cases/cas_none/reemployment", REEMPLOYMENT, "not-found"),
        (f"{CASE}/reemployment", {**REEMPLOYMENT, "started_on": "2022-07-07"}, "in-the-future"),
        (f"{CASE}/reemployment", {**REEMPLOYMENT, "employer_name": " "}, "invalid-request"),
        (f"{CASE}/reemployment", {**REEMPLOYMENT, "employer_name": "n" * 101}, "invalid-request"),
        (f"{CASE}/employment-end", END, "not-employed"),
        (f"{CASE}/employment-end", {}, "invalid-request"),
        ("/cases/cas_none/employment-end", END, "not-found"),
        ("/counselors/cns_none/departure", {}, "not-found"),
        (f"/counselors/{derive('cns', 'C-1')}/departure", {"why": "tired"}, "invalid-request"),
        ("/counselors", {"staff_no": " ", "name": "n", "caseload_max": 9}, "invalid-request"),
        ("/counselors", {"staff_no": "C-2", "name": "n", "caseload_max": 0}, "invalid-request"),
    ],
)
async def test_what_cannot_be_is_refused_with_a_code(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], expected: str
) -> None:
    conflicts = dict.fromkeys(("counselor-exists", "no-counselor-yet", "not-employed"), 409)
    statuses = {**conflicts, "not-found": 404}

    assert (statuses.get(expected, 422), expected) == await problem(client, path, body)


async def test_a_second_reemployment_is_refused(client: httpx.AsyncClient) -> None:
    await post(client, f"{CASE}/reemployment", REEMPLOYMENT, "k1")

    response = await post(client, f"{CASE}/reemployment", REEMPLOYMENT, "k2")

    assert (response.status_code, response.json()["code"]) == (409, "already-reemployed")


async def test_a_job_ends_and_another_one_is_recorded(client: httpx.AsyncClient) -> None:
    await post(client, f"{CASE}/reemployment", REEMPLOYMENT, "k1")
    ended = await post(client, f"{CASE}/employment-end", END, "k2")
    again = {**REEMPLOYMENT, "started_on": ASSIGNED.isoformat(), "employer_name": None}
    begun = await post(client, f"{CASE}/reemployment", again, "k3")
    case = (await client.get(CASE)).json()

    assert (ended.status_code, ended.json()) == (201, {"case_id": case_id("ji-u"), **END})
    assert begun.status_code == 201
    assert case["employments"] == [{**REEMPLOYMENT, **END}, {**again, "ended_on": None}]
    assert (case["reemployed_on"], case["employment_ended_on"]) == (ASSIGNED.isoformat(), None)


async def test_an_employer_is_named_by_the_case_alone(client: httpx.AsyncClient) -> None:
    reply = await post(client, f"{CASE}/reemployment", REEMPLOYMENT, "k1")
    paths = (
        f"{CASE}/contacts",
        f"/cohorts/{COHORT_ID}/cases",
        f"/cohorts/{COHORT_ID}/outcomes",
        f"/counselors/{derive('cns', 'C-1')}/worklist",
    )
    others = [reply.text, *[(await client.get(path)).text for path in paths]]

    assert "㈜화신" in (await client.get(CASE)).text
    assert "㈜화신" not in "".join(others)


async def test_a_counselor_who_leaves_is_shown_as_gone_and_cannot_leave_again(
    client: httpx.AsyncClient,
) -> None:
    path = f"/counselors/{derive('cns', 'C-1')}"

    left = await post(client, f"{path}/departure", {}, "k1")
    again = await post(client, f"{path}/departure", {}, "k2")

    assert left.status_code == 201
    assert (again.status_code, again.json()["code"]) == (409, "counselor-left")
    assert (await client.get(path)).json()["left_on"] == ASSIGNED.isoformat()


async def test_the_cases_that_wait_are_asked_for_by_status(client: httpx.AsyncClient) -> None:
    found = (await client.get(f"/cohorts/{COHORT_ID}/cases?status=waiting")).json()

    assert [case_id("waiting")] == [item["case_id"] for item in found["items"]]


async def test_a_refusal_names_the_field_and_never_its_value(client: httpx.AsyncClient) -> None:
    response = await post(client, f"{CASE}/contacts", {**CONTACT, "held_on": "secret"})

    assert "held_on" in response.text
    assert "secret" not in response.text


async def test_outcomes_are_asked_as_of_a_day(client: httpx.AsyncClient) -> None:
    await post(client, f"{CASE}/reemployment", REEMPLOYMENT)

    found = (await client.get(f"/cohorts/{COHORT_ID}/outcomes?as_of=2022-07-01")).json()

    assert {
        "participants": 2,
        "completed": 2,
        "reemployed_ever": 1,
        "still_employed": 1,
        "left": 0,
        "left_reemployed_ever": 0,
        "as_of": "2022-07-01",
    }.items() <= found.items()
    assert found["rate"] == {"numerator": 1, "denominator": 2}
    assert found["known_on"] == ASSIGNED.isoformat()


@pytest.mark.parametrize(
    "path",
    [
        f"/cohorts/{COHORT_ID}/outcomes?as_of={date.max}",
        f"/cohorts/{COHORT_ID}/cases?limit=501",
        f"/cohorts/{COHORT_ID}/cases?status=lost",
        "/cohorts/coh_none/cases",
        "/counselors/cns_none/worklist",
        "/cases/per_wrong",
    ],
)
async def test_a_question_without_an_answer_is_refused(
    client: httpx.AsyncClient, path: str
) -> None:
    response = await client.get(path)

    assert response.status_code in {404, 422}
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_worklist_is_short(client: httpx.AsyncClient) -> None:
    found = (await client.get(f"/counselors/{derive('cns', 'C-1')}/worklist")).json()

    assert [case_id("ji-u")] == [item["case_id"] for item in found["items"]]
