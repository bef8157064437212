"""The routes as a client calls them: bodies, replies, statuses and codes."""

from typing import Any

import httpx
import pytest

from services.placement.api import router
from shared.testing import Bench
from tests.placement.builders import (
    COHORT_ID,
    MATCHING_ON,
    applicant_selected,
    application_id,
    cohort_opened,
    person_id,
    selection_closed,
)

COMPANY = {
    "business_registration_no": "123-45-67890",
    "name": "Hangang Design",
    "region": "seoul",
    "regular_employee_count": 20,
    "is_insured_in_all_schemes": True,
}
POSITION = {
    "cohort_id": COHORT_ID,
    "title": "Web designer",
    "field": "design",
    "openings": 1,
    "hours_per_day": 6,
}


class Client:
    """Posts with an Idempotency-Key of its own for each command."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self._commands = 0

    async def post(self, path: str, body: Any, expected: int = 201) -> Any:
        self._commands += 1
        key = {"Idempotency-Key": f"command-{self._commands}"}
        reply = await self.http.post(path, json=body, headers=key)
        assert reply.status_code == expected, reply.text
        return reply.json()

    async def get(self, path: str, expected: int = 200) -> Any:
        reply = await self.http.get(path)
        assert reply.status_code == expected, reply.text
        return reply.json()


@pytest.fixture
async def client(bench: Bench) -> Client:
    await bench.day("2022-03-10")
    await bench.given(cohort_opened())
    return Client(bench.app(router))


async def offer(client: Client) -> tuple[str, str]:
    org_id = (await client.post("/host-companies", COMPANY))["org_id"]
    await client.post(f"/host-companies/{org_id}/approvals", {"cohort_id": COHORT_ID})
    offered = await client.post(f"/host-companies/{org_id}/positions", POSITION)
    return org_id, offered["position_id"]


async def test_a_company_registers_signs_and_offers(client: Client) -> None:
    org_id, position_id = await offer(client)
    agreement = {"cohort_id": COHORT_ID, "signed_on": "2022-03-10"}
    signed = await client.post(f"/host-companies/{org_id}/agreements", agreement)

    assert signed["agreement_id"].startswith("agr_")
    assert await client.get(f"/host-companies/{org_id}") == {
        **COMPANY,
        "business_registration_no": "1234567890",
        "org_id": org_id,
        "cohorts": [
            {
                "cohort_id": COHORT_ID,
                "openings": 1,
                "agreement_id": signed["agreement_id"],
                "is_suspended": False,
            }
        ],
    }
    assert await client.get(f"/cohorts/{COHORT_ID}/positions") == {
        "items": [
            {
                "position_id": position_id,
                "org_id": org_id,
                "host_name": "Hangang Design",
                "title": "Web designer",
                "field": "design",
                "openings": 1,
                "hours_per_day": 6,
                "ranked": 0,
                "is_closed": False,
            }
        ],
        "next": None,
    }


async def test_an_internship_from_ranking_to_confirmation(bench: Bench, client: Client) -> None:
    _, position_id = await offer(client)
    await bench.given(applicant_selected(1, position_id), selection_closed(1))
    assert await client.get(f"/positions/{position_id}/candidates") == {
        "items": [{"person_id": person_id(1), "application_id": application_id(1), "listed_as": 1}]
    }
    ranking = {"ranked_person_ids": [person_id(1)]}
    ranked = await client.post(f"/positions/{position_id}/ranking", ranking, expected=200)
    assert ranked == {"position_id": position_id, "ranked": 1}

    await bench.day(MATCHING_ON)
    await bench.day("2022-04-30")

    page = await client.get(f"/cohorts/{COHORT_ID}/placements?limit=1")
    (placement,) = page["items"]
    path = f"/placements/{placement['placement_id']}"
    assert page["next"] is None, "a full last page has nothing after it"
    assert (placement["status"], placement["hours_per_month"]) == ("started", 157)
    attendance = f"{path}/attendance/2022-04"
    absences = {"absent_on": ["2022-04-04"]}
    first = await client.post(f"{attendance}/host-confirmation", absences, expected=200)
    second = await client.post(f"{attendance}/intern-confirmation", absences, expected=200)
    assert (first["status"], second["status"]) == ("waiting", "confirmed")
    april = (await client.get(path))["months"]["2022-04"]
    assert (april["scheduled_days"], april["absent_days"], april["absent_weeks"]) == (21, 1, 1)
    closed = await client.post(f"{attendance}/host-confirmation", absences, expected=409)
    assert closed["code"] == "month-already-confirmed"
    matching = await client.get(f"/cohorts/{COHORT_ID}/matching")
    assert (matching["recheck"], matching["blocking_pairs"]) == (0, 0)
    assert (await client.get(f"/cohorts/{COHORT_ID}"))["counts"]["placed"] == 1


async def test_a_repeated_command_is_answered_not_repeated(client: Client) -> None:
    key = {"Idempotency-Key": "same"}

    first = await client.http.post("/host-companies", json=COMPANY, headers=key)
    again = await client.http.post("/host-companies", json=COMPANY, headers=key)

    assert (first.status_code, first.json()) == (again.status_code, again.json())


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"openings": 3}, 409, "host-cap-exceeded"),
        ({"hours_per_day": 5}, 422, "hours-not-offered"),
        ({"field": "nursing"}, 422, "unknown-field"),
        ({"openings": 0}, 422, "invalid-request"),
        ({"surprise": 1}, 422, "invalid-request"),
        ({"cohort_id": "coh_unknown"}, 409, "not-yet-known"),
    ],
)
async def test_an_offer_that_breaks_a_rule_is_refused_by_code(
    client: Client, change: dict[str, Any], status: int, code: str
) -> None:
    org_id = (await client.post("/host-companies", COMPANY))["org_id"]
    await client.post(f"/host-companies/{org_id}/approvals", {"cohort_id": COHORT_ID})

    problem = await client.post(
        f"/host-companies/{org_id}/positions", {**POSITION, **change}, expected=status
    )

    assert problem["code"] == code


async def test_an_approval_names_every_condition_that_is_not_met(client: Client) -> None:
    company = {**COMPANY, "region": "busan", "regular_employee_count": 3}
    org_id = (await client.post("/host-companies", company))["org_id"]

    problem = await client.post(
        f"/host-companies/{org_id}/approvals", {"cohort_id": COHORT_ID}, expected=409
    )

    assert problem["code"] == "host-not-eligible"
    assert "region-differs, too-few-staff" in problem["detail"]


@pytest.mark.parametrize(
    "path",
    [
        f"/cohorts/{COHORT_ID}/matching",
        "/cohorts/coh_unknown",
        "/cohorts/coh_unknown/positions",
        "/cohorts/coh_unknown/placements",
        "/placements/plc_unknown",
        "/positions/pos_unknown/candidates",
        "/host-companies/org_unknown",
    ],
)
async def test_what_is_not_there_is_not_found(client: Client, path: str) -> None:
    problem = await client.get(path, expected=404)

    assert problem["code"] in {"not-found", "matching-not-closed"}


async def placed(bench: Bench, client: Client) -> tuple[str, str, str]:
    """The ids of a company, its position and who is placed there, on the matching day."""
    org_id, position_id = await offer(client)
    await bench.given(applicant_selected(1, position_id), selection_closed(1))
    await bench.day(MATCHING_ON)
    page = await client.get(f"/cohorts/{COHORT_ID}/placements")
    return org_id, position_id, page["items"][0]["placement_id"]


async def test_a_placement_is_declined_over_http(bench: Bench, client: Client) -> None:
    _, _, placement_id = await placed(bench, client)

    path = f"/placements/{placement_id}"
    reply = await client.post(f"{path}/decline", {"declined_by": "host"}, expected=200)

    assert reply["status"] == "declined"
    assert reply["vacancy_id"].startswith("vac_")
    problem = await client.post(f"{path}/decline", {"declined_by": "host"}, expected=409)
    assert problem["code"] == "placement-over"
    city = await client.post(f"{path}/decline", {"declined_by": "city"}, expected=422)
    assert city["code"] == "invalid-request"
    counts = (await client.get(f"/cohorts/{COHORT_ID}"))["counts"]
    assert (counts["placed"], counts["started"], counts["declined"], counts["vacancies"]) == (
        1,
        0,
        1,
        1,
    )


@pytest.mark.parametrize(
    ("leaves_on", "status", "code"),
    [
        ("2022-04-22", 422, "in-the-future"),
        ("2022-03-31", 422, "before-first-day"),
        ("2022-04-21", 200, None),
    ],
)
async def test_a_withdrawal_over_http_is_at_the_latest_tomorrow(
    bench: Bench, client: Client, leaves_on: str, status: int, code: str | None
) -> None:
    _, _, placement_id = await placed(bench, client)
    await bench.day("2022-04-20")

    path = f"/placements/{placement_id}"
    body = {"leaves_on": leaves_on, "ended_by": "intern"}
    reply = await client.post(f"{path}/withdrawal", body, expected=status)

    assert reply.get("code") == code
    begun = await client.post(f"{path}/decline", {"declined_by": "host"}, expected=409)
    assert begun["code"] == ("placement-over" if code is None else "internship-begun")


async def test_a_confirmed_month_is_corrected_over_http(bench: Bench, client: Client) -> None:
    _, _, placement_id = await placed(bench, client)
    await bench.day("2022-04-30")
    month = f"/placements/{placement_id}/attendance/2022-04"
    body = {"absent_on": ["2022-04-04"]}
    early = await client.post(f"{month}/host-correction", body, expected=409)
    assert early["code"] == "month-not-confirmed"
    for side in ("host", "intern"):
        await client.post(f"{month}/{side}-confirmation", {"absent_on": []}, expected=200)

    first = await client.post(f"{month}/host-correction", body, expected=200)
    second = await client.post(f"{month}/intern-correction", body, expected=200)

    assert (first["correction"], first["corrections"]) == ("waiting", 0)
    assert (second["correction"], second["corrections"]) == ("none", 1)
    april = (await client.get(f"/placements/{placement_id}"))["months"]["2022-04"]
    assert (april["absent_days"], april["absent_weeks"], april["corrections"]) == (1, 1, 1)


async def test_a_position_is_closed_and_a_company_suspended_over_http(
    bench: Bench, client: Client
) -> None:
    org_id, position_id, _ = await placed(bench, client)

    closed = await client.post(f"/positions/{position_id}/closing", {}, expected=200)
    again = await client.post(f"/positions/{position_id}/closing", {}, expected=409)
    cohort = {"cohort_id": COHORT_ID}
    suspended = await client.post(f"/host-companies/{org_id}/suspension", cohort, expected=200)
    twice = await client.post(f"/host-companies/{org_id}/suspension", cohort, expected=409)
    offered = await client.post(f"/host-companies/{org_id}/positions", POSITION, expected=409)

    assert closed == {"position_id": position_id, "closed_on": "2022-03-29"}
    assert again["code"] == "position-closed"
    assert suspended["closed_position_ids"] == []
    assert twice["code"] == "host-suspended"
    assert offered["code"] in {"host-suspended", "matching-begun"}
    page = await client.get(f"/cohorts/{COHORT_ID}/positions")
    assert page["items"][0]["is_closed"]
