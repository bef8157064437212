"""Intake over HTTP as a client meets it: replies, problems, and one effect per Idempotency-Key."""

from datetime import date
from typing import Any

import httpx
import pytest

from services.intake.api import router
from shared.ids import derive
from shared.testing import Bench
from tests.intake.builders import COHORT_ID, POLICY, vacancy

Body = dict[str, Any]

HANA = {"name": "김하나", "birth_date": "1985-06-15", "phone": "010-1234-5678"}
DECLARED = {
    "field": "it",
    "residence_region": "seoul",
    "last_employed_on": None,
    "licences": ["it-1"],
    "career_years": 0,
    "priority_groups": ["single-parent"],
    "preferred_position_ids": ["pos_b", "pos_a"],
}


@pytest.fixture
def client(bench: Bench) -> httpx.AsyncClient:
    return bench.app(router)


def policy_body(**changes: Any) -> Body:
    return {**POLICY.model_dump(mode="json"), **changes}


async def post(client: httpx.AsyncClient, path: str, body: Body, key: str = "") -> httpx.Response:
    """With a key of its own for each request, unless one is given."""
    headers = {"Idempotency-Key": key or derive("key", path, str(body))}
    return await client.post(path, json=body, headers=headers)


async def applied(client: httpx.AsyncClient) -> str:
    """A cohort with Hana's application in it."""
    await post(client, "/cohorts", policy_body())
    person_id = (await post(client, "/people", HANA)).json()["person_id"]
    body = {**DECLARED, "person_id": person_id}
    reply = await post(client, f"/cohorts/{COHORT_ID}/applications", body)
    assert reply.status_code == 201
    return str(reply.json()["application_id"])


async def test_a_cohort_is_opened_and_shown(bench: Bench, client: httpx.AsyncClient) -> None:
    await bench.day("2022-03-02")

    opened = await post(client, "/cohorts", policy_body())
    shown = await client.get(f"/cohorts/{COHORT_ID}")

    assert (opened.status_code, opened.json()) == (201, {"cohort_id": COHORT_ID})
    assert shown.json()["policy"] == policy_body()
    assert shown.json()["status"] == "open"
    assert set(shown.json()["counts"].values()) == {0}


async def test_the_same_key_and_body_is_answered_and_not_repeated(
    bench: Bench, client: httpx.AsyncClient
) -> None:
    await bench.day("2022-03-02")

    replies = [await post(client, "/cohorts", policy_body(), "once") for _ in range(2)]
    await bench.look()

    assert [r.status_code for r in replies] == [201, 201]
    assert len(bench.published) == 1


async def test_the_same_cohort_under_another_key_exists(
    bench: Bench, client: httpx.AsyncClient
) -> None:
    await bench.day("2022-03-02")
    await post(client, "/cohorts", policy_body(), "one")

    refused = await post(client, "/cohorts", policy_body(), "two")

    assert (refused.status_code, refused.json()["code"]) == (409, "cohort-exists")


@pytest.mark.parametrize(
    ("day", "change", "problem"),
    [
        ("2022-03-02", {"ends_on": "2022-03-31"}, (422, "policy-inconsistent")),
        ("2022-03-18", {}, (409, "notice-too-late")),
        ("2022-03-02", {"target": 0}, (422, "invalid-request")),
    ],
)
async def test_a_cohort_that_cannot_be_is_rejected(
    bench: Bench,
    client: httpx.AsyncClient,
    day: str,
    change: Body,
    problem: tuple[int, str],
) -> None:
    await bench.day(day)

    refused = await post(client, "/cohorts", policy_body(**change))

    assert problem == (refused.status_code, refused.json()["code"])


async def test_before_the_first_day_there_is_no_today(client: httpx.AsyncClient) -> None:
    refused = await post(client, "/cohorts", policy_body())

    assert (refused.status_code, refused.json()["code"]) == (409, "calendar-not-started")


async def test_a_person_is_shown_from_the_vault(bench: Bench, client: httpx.AsyncClient) -> None:
    await bench.day("2022-03-02")

    person_id = (await post(client, "/people", HANA)).json()["person_id"]
    shown = await client.get(f"/people/{person_id}")

    assert shown.json() == {"person_id": person_id, "registered_on": "2022-03-02", **HANA}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"birth_date": "1899-12-31"}, "birth-date-implausible"),
        ({"birth_date": "2022-03-03"}, "birth-date-implausible"),
        ({"phone": "1234567890"}, "phone-invalid"),
        ({"phone": "no number"}, "invalid-request"),
        ({"resident_number": "850615-2000000"}, "invalid-request"),
        ({"name": " "}, "invalid-request"),
        ({"email": "no address"}, "invalid-request"),
    ],
)
async def test_wrong_personal_data_is_refused_and_not_repeated(
    bench: Bench, client: httpx.AsyncClient, change: dict[str, str], code: str
) -> None:
    await bench.day("2022-03-02")

    refused = await post(client, "/people", {**HANA, **change})

    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert not any(value in refused.text for value in (*HANA.values(), "850615-2000000"))


async def test_an_application_is_shown_with_what_it_is_decided_by(
    bench: Bench, client: httpx.AsyncClient
) -> None:
    await bench.day("2022-03-10")
    application_id = await applied(client)

    await bench.day("2022-03-22")
    shown = (await client.get(f"/applications/{application_id}")).json()

    assert (shown["status"], shown["rank"], shown["reason_codes"]) == ("selected", 1, [])
    assert shown["points"] == {"priority_group": 10, "career": 0, "licence": 5, "total": 15}
    assert shown["facts"]["age_on_notice"] == 36
    assert shown["preferred_position_ids"] == ["pos_b", "pos_a"]
    assert shown["check"]["rule_version"] == "screening-1"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"field": "law"}, 422, "unknown-field"),
        ({"last_employed_on": "2022-03-11"}, 422, "last-employed-in-future"),
        ({"person_id": "per_nobody"}, 404, "not-found"),
        ({"licences": ["it-1", "it-1"]}, 422, "invalid-request"),
        ({"preferred_position_ids": ["org_a"]}, 422, "invalid-request"),
    ],
)
async def test_an_application_that_cannot_be_is_rejected(
    bench: Bench, client: httpx.AsyncClient, change: Body, status: int, code: str
) -> None:
    await bench.day("2022-03-10")
    await post(client, "/cohorts", policy_body())
    person_id = (await post(client, "/people", HANA)).json()["person_id"]

    body = {**DECLARED, "person_id": person_id, **change}
    refused = await post(client, f"/cohorts/{COHORT_ID}/applications", body)

    assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_a_second_application_and_a_late_one_are_rejected(
    bench: Bench, client: httpx.AsyncClient
) -> None:
    await bench.day("2022-03-10")
    application_id = await applied(client)
    shown = (await client.get(f"/applications/{application_id}")).json()
    body = {**DECLARED, "person_id": shown["person_id"]}

    second = await post(client, f"/cohorts/{COHORT_ID}/applications", body, "second")
    other = {**HANA, "phone": "010-1234-9999"}
    person_id = (await post(client, "/people", other)).json()["person_id"]
    await bench.day("2022-03-18")
    body = {**DECLARED, "person_id": person_id}
    late = await post(client, f"/cohorts/{COHORT_ID}/applications", body)

    assert (second.status_code, second.json()["code"]) == (409, "already-applied")
    assert (late.status_code, late.json()["code"]) == (409, "application-period-closed")


async def test_applications_are_listed_by_pages(bench: Bench, client: httpx.AsyncClient) -> None:
    await bench.day("2022-03-10")
    await applied(client)
    path = f"/cohorts/{COHORT_ID}/applications"

    whole = (await client.get(path)).json()
    page = (await client.get(path, params={"limit": 1})).json()
    last = page["items"][-1]["application_id"]
    after = (await client.get(path, params={"after": last, "limit": 1})).json()

    assert [item["status"] for item in whole["items"]] == ["submitted"]
    assert whole["next"] is None
    assert page == whole, "a full last page has nothing after it"
    assert after == {"items": [], "next": None}
    assert (await client.get(path, params={"limit": 501})).status_code == 422
    assert (await client.get("/cohorts/coh_other/applications")).status_code == 404


async def test_a_selection_is_shown_once_it_is_closed(
    bench: Bench, client: httpx.AsyncClient
) -> None:
    await bench.day("2022-03-10")
    application_id = await applied(client)

    early = await client.get(f"/cohorts/{COHORT_ID}/selection")
    await bench.day("2022-03-22")
    shown = (await client.get(f"/cohorts/{COHORT_ID}/selection")).json()

    assert (early.status_code, early.json()["code"]) == (409, "selection-not-closed")
    assert [item["application_id"] for item in shown["ranked"]] == [application_id]
    assert shown["recheck"] == 0
    assert len(shown["input_digest"]) == 64


async def test_an_application_is_withdrawn_once_and_not_for_a_later_day(
    bench: Bench, client: httpx.AsyncClient
) -> None:
    await bench.day("2022-03-10")
    application_id = await applied(client)
    path = f"/applications/{application_id}/withdrawal"

    later = await post(client, path, {"leaves_on": "2022-03-12"})
    early = await post(client, path, {"leaves_on": "2022-03-09"})
    withdrawn = await post(client, path, {"leaves_on": "2022-03-11"})
    again = await post(client, path, {"leaves_on": "2022-03-11"}, "again")
    shown = (await client.get(f"/applications/{application_id}")).json()

    assert (later.status_code, later.json()["code"]) == (422, "in-the-future")
    assert (early.status_code, early.json()["code"]) == (422, "before-application")
    assert withdrawn.status_code == 201
    assert withdrawn.json() == {
        "application_id": application_id,
        "status": "withdrawn",
        "leaves_on": "2022-03-11",
    }
    assert (again.status_code, again.json()["code"]) == (409, "already-withdrawn")
    assert (shown["status"], shown["leaves_on"]) == ("withdrawn", "2022-03-11")


async def test_a_cohort_is_cancelled_from_tomorrow_on_and_takes_nobody(
    bench: Bench, client: httpx.AsyncClient
) -> None:
    await bench.day("2022-03-10")
    await applied(client)
    path = f"/cohorts/{COHORT_ID}/cancellation"

    cancelled = await post(client, path, {})
    again = await post(client, path, {}, "again")
    other = {**HANA, "phone": "010-1234-9999"}
    person_id = (await post(client, "/people", other)).json()["person_id"]
    body = {**DECLARED, "person_id": person_id}
    refused = await post(client, f"/cohorts/{COHORT_ID}/applications", body)

    assert cancelled.status_code == 201
    assert cancelled.json() == {"cohort_id": COHORT_ID, "cancelled_from": "2022-03-11"}
    assert (again.status_code, again.json()["code"]) == (409, "cohort-cancelled")
    assert (refused.status_code, refused.json()["code"]) == (409, "cohort-cancelled")
    assert (await client.get(f"/cohorts/{COHORT_ID}")).json()["status"] == "cancelled"


async def test_an_extra_round_needs_a_closed_round_a_place_and_days_in_order(
    bench: Bench, client: httpx.AsyncClient
) -> None:
    await bench.day("2022-03-10")
    await post(client, "/cohorts", policy_body(target=1))
    person_id = (await post(client, "/people", HANA)).json()["person_id"]
    applied_for = f"/cohorts/{COHORT_ID}/applications"
    application_id = (await post(client, applied_for, {**DECLARED, "person_id": person_id})).json()[
        "application_id"
    ]
    path = f"/cohorts/{COHORT_ID}/extra-rounds"
    days = {
        "application_from": "2022-03-24",
        "application_until": "2022-03-28",
        "screening_on": "2022-03-29",
        "selection_on": "2022-03-30",
        "matching_on": "2022-04-04",
    }

    early = await post(client, path, days, "early")
    await bench.day("2022-03-23")
    wrong = await post(client, path, {**days, "screening_on": "2022-03-28"})
    full = await post(client, path, days, "full")
    withdrawal = {"leaves_on": "2022-03-23"}
    await post(client, f"/applications/{application_id}/withdrawal", withdrawal)
    announced = await post(client, path, days, "announced")
    shown = (await client.get(f"/cohorts/{COHORT_ID}")).json()

    assert (early.status_code, early.json()["code"]) == (409, "selection-not-closed")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "policy-inconsistent")
    assert (full.status_code, full.json()["code"]) == (409, "no-places-left")
    assert (announced.status_code, announced.json()["round"]) == (201, 2)
    assert (shown["round"], shown["status"]) == (2, "open")
    assert {name: shown["policy"][name] for name in days} == days


async def test_vacancies_are_listed_by_pages(bench: Bench, client: httpx.AsyncClient) -> None:
    await bench.day("2022-03-10")
    await applied(client)
    await bench.day("2022-04-04")
    await bench.given(*(vacancy(n, date(2022, 4, 4)) for n in (1, 2)))
    path = f"/cohorts/{COHORT_ID}/vacancies"

    whole = (await client.get(path)).json()
    first = (await client.get(path, params={"limit": 1})).json()
    rest = (await client.get(path, params={"limit": 1, "after": first["next"]})).json()

    assert [v["status"] for v in whole["items"]] == ["open", "open"]
    assert (whole["next"], rest["next"]) == (None, None)
    assert [*first["items"], *rest["items"]] == whole["items"]
    assert (await client.get("/cohorts/coh_other/vacancies")).status_code == 404


async def test_taking_part_twice_is_rejected(bench: Bench, client: httpx.AsyncClient) -> None:
    await bench.day("2022-03-10")
    application_id = await applied(client)
    shown = (await client.get(f"/applications/{application_id}")).json()
    other = (await post(client, "/cohorts", policy_body(title="2022-h1-b"))).json()["cohort_id"]

    body = {**DECLARED, "person_id": shown["person_id"]}
    refused = await post(client, f"/cohorts/{other}/applications", body)

    assert (refused.status_code, refused.json()["code"]) == (409, "duplicate-participation")
