"""Bad input to every HTTP command of every service: said in a problem, and nothing is stored."""

import importlib
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from ops.policies import read_policy
from shared.testing import Bench

SERVICES = ("intake", "placement", "payroll", "counseling")
SECRET_WORDS = "홍길동 010-1234-5678"
IDS = {
    "cohort_id": "coh_1",
    "person_id": "per_1",
    "application_id": "app_1",
    "org_id": "org_1",
    "position_id": "pos_1",
    "placement_id": "plc_1",
    "record_id": "rec_1",
    "payslip_id": "slp_1",
    "claim_id": "clm_1",
    "file_id": "fil_1",
    "case_id": "cas_1",
    "counselor_id": "cns_1",
    "month": "2022-04",
}
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b'{"name": ',
    "an empty object": b"{}",
    "a list": b"[]",
    "a word": json.dumps(SECRET_WORDS).encode(),
    "fields unheard of": json.dumps({"unheard_of": SECRET_WORDS}).encode(),
    "deep nesting": b"[" * 5_000 + b"]" * 5_000,
    "bytes that are no text": b"\xff\xfe\x00",
}


GOOD: dict[str, Any] = {
    "CohortPolicy": read_policy("2022-h1").model_dump(mode="json"),
    "RegisterPerson": {"name": "김하늘", "birth_date": "1985-05-05", "phone": "010-1111-2222"},
    "SubmitApplication": {
        "person_id": "per_1",
        "field": "it",
        "residence_region": "seoul",
        "last_employed_on": None,
        "licences": [],
        "career_years": 3,
        "priority_groups": [],
        "preferred_position_ids": [],
    },
    "AnnounceExtraRound": {
        "application_from": "2022-04-01",
        "application_until": "2022-04-05",
        "screening_on": "2022-04-06",
        "selection_on": "2022-04-07",
        "matching_on": "2022-04-11",
    },
    "CancelCohort": {},
    "WithdrawApplication": {"leaves_on": "2022-03-03"},
    "RegisterHostCompany": {
        "business_registration_no": "123-45-67890",
        "name": "워드마인드",
        "region": "seoul",
        "regular_employee_count": 20,
        "is_insured_in_all_schemes": True,
    },
    "ApproveHostCompany": {"cohort_id": "coh_1"},
    "SignAgreement": {"cohort_id": "coh_1", "signed_on": "2022-03-03"},
    "OfferPosition": {
        "cohort_id": "coh_1",
        "title": "data labelling",
        "field": "it",
        "openings": 1,
        "hours_per_day": 8,
    },
    "SuspendHostCompany": {"cohort_id": "coh_1"},
    "ClosePosition": {},
    "DeclinePlacement": {"declined_by": "host"},
    "WithdrawIntern": {"leaves_on": "2022-03-03", "ended_by": "intern"},
    "RankCandidates": {"ranked_person_ids": ["per_1"]},
    "ConfirmAttendance": {"absent_on": []},
    "RegisterAccount": {
        "bank_code": "004",
        "account_number": "110-000-000000",
        "holder_name": "김하늘",
    },
    "RequestAccountChange": {
        "bank_code": "004",
        "account_number": "110-000-000001",
        "holder_name": "김하늘",
        "requested_by": "o-1",
    },
    "ApproveAccountChange": {"approved_by": "o-2"},
    "RejectAccountChange": {"rejected_by": "o-2"},
    "ReissuePayslip": {},
    "RecoverOverpayment": {
        "deposit_id": "dep_1",
        "amount_krw": 1,
        "received_on": "2022-03-03",
    },
    "PostResults": {
        "results": [{"order_id": "ord_1", "outcome": "paid", "reason_code": None, "amount_krw": 1}]
    },
    "RegisterCounselor": {"staff_no": "c-1", "name": "박상담", "caseload_max": 20},
    "RecordContact": {"kind": "counseling", "held_on": "2022-03-03", "note": "first talk"},
    "RecordReemployment": {
        "kind": "regular",
        "evidence_grade": "self-report",
        "started_on": "2022-03-03",
        "is_at_host": False,
    },
    "RecordEmploymentEnd": {"ended_on": "2022-03-03"},
    "RecordDeparture": {},
}


def commands() -> Iterator[tuple[str, str]]:
    for service in SERVICES:
        router = importlib.import_module(f"services.{service}.api").router
        for route in router.routes:
            if isinstance(route, APIRoute) and "POST" in (route.methods or ()):
                yield service, route.path


COMMANDS = sorted(commands())


def bench_of(service: str) -> tuple[Bench, Any]:
    handlers = importlib.import_module(f"services.{service}.handlers")
    storage = importlib.import_module(f"services.{service}.storage")
    bench = Bench(service, storage.KINDS, handlers.HANDLERS, handlers.SWEEPS)
    return bench, importlib.import_module(f"services.{service}.api").router


async def documents(bench: Bench) -> int:
    names = ("journal", "outbox", "vault", "idempotency")
    return sum([len(await bench._rows(name, {})) for name in names])


def assert_helpful(reply: httpx.Response) -> None:
    assert 400 <= reply.status_code < 500, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json()
    assert problem["code"].replace("-", "").isalpha()
    assert len(problem["detail"].split()) >= 3
    assert SECRET_WORDS not in reply.text


def test_every_service_has_commands() -> None:
    assert {service for service, _ in COMMANDS} == set(SERVICES)
    assert len(COMMANDS) >= 14


@pytest.mark.parametrize(("service", "path"), COMMANDS, ids=[f"{s} {p}" for s, p in COMMANDS])
async def test_bad_input_is_a_problem_and_stores_nothing(service: str, path: str) -> None:
    bench, router = bench_of(service)
    await bench.day(date(2022, 3, 3))
    before = await documents(bench)
    good = path.format(**IDS)
    bad = path.format(**dict.fromkeys(IDS, "Not_An_Id"))
    headers = {"Idempotency-Key": "k", "content-type": "application/json"}
    async with bench.app(router) as client:
        for body in BODIES.values():
            assert_helpful(await client.post(good, content=body, headers=headers))
            assert_helpful(await client.post(bad, content=body, headers=headers))
        assert_helpful(await client.post(good, content=b"{}"))

    assert await documents(bench) == before


@pytest.mark.parametrize(("service", "path"), COMMANDS, ids=[f"{s} {p}" for s, p in COMMANDS])
async def test_no_command_is_taken_before_the_first_day(service: str, path: str) -> None:
    """Also not one whose body is right: the rule stands before the handler."""
    bench, router = bench_of(service)
    await bench.prepare()
    route = next(
        r
        for r in router.routes
        if isinstance(r, APIRoute) and r.path == path and "POST" in (r.methods or ())
    )
    body = _plausible(route)
    headers = {"Idempotency-Key": "k", "content-type": "application/json"}
    async with bench.app(router) as client:
        reply = await client.post(path.format(**IDS), content=body, headers=headers)

    assert_helpful(reply)
    assert reply.json()["code"] == "calendar-not-started", reply.text


def _plausible(route: APIRoute) -> bytes:
    """A body that passes validation, so that only the missing day is in its way."""
    field = route.body_field
    assert field is not None
    model = field.field_info.annotation
    assert isinstance(model, type)
    return json.dumps(GOOD[model.__name__]).encode()
