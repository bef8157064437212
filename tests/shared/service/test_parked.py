"""Acts over HTTP: who did it is the token's subject, and no act is without a reason."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter

from shared.metrics import table
from shared.testing import Bench
from tests.door import of, refused, tokens
from tests.shared import toy
from tests.shared.toy import submitted

HEAD = "/parked//womanup/intake/per_a/1"
OPERATOR = of("operator", subject="Op-7")


@pytest.fixture
async def bench() -> Bench:
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    await bench.day("2022-03-03")
    toy.faulty.add("per_a")
    await bench.given(submitted("per_a"), submitted("per_a"))
    return bench


@pytest.fixture
async def http(bench: Bench) -> AsyncIterator[httpx.AsyncClient]:
    async with bench.app(APIRouter(), tokens()) as client:
        yield client


@pytest.mark.parametrize(("act", "type_"), [("release", "released"), ("discard", "discarded")])
async def test_who_acts_is_the_tokens_subject_and_another_name_is_refused(
    http: httpx.AsyncClient, act: str, type_: str
) -> None:
    lied = await http.post(f"{HEAD}/{act}", json={"by": "somebody", "why": "x"}, headers=OPERATOR)
    done = await http.post(f"{HEAD}/{act}", json={"why": " mended "}, headers=OPERATOR)
    acts = (await http.get("/parked-acts", headers=OPERATOR)).json()["items"]

    assert refused(lied) == (403, "speaks-for-another")
    assert done.status_code == 200
    assert [(a["type"], a["by"], a["why"]) for a in acts] == [(type_, "Op-7", "mended")]


@pytest.mark.parametrize("path", [f"{HEAD}/release", f"{HEAD}/discard", "/rebuild"])
async def test_an_act_without_a_name_or_a_reason_is_refused(bench: Bench, path: str) -> None:
    async with bench.app(APIRouter()) as http:  # AUTH is off: the body must say who
        nobody = await http.post(path, json={"why": "mended"})
        blank = await http.post(path, json={"by": "kim", "why": "  "})
        acts = (await http.get("/parked-acts")).json()["items"]

    assert refused(nobody) == (422, "invalid-request")
    assert refused(blank) == (422, "invalid-request")
    assert acts == []


@pytest.mark.parametrize("path", [f"{HEAD}/release", f"{HEAD}/discard", "/rebuild"])
async def test_only_an_operator_acts(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.post(path, json={"why": "x"}, headers=of("auditor", "officer"))

    assert refused(answer) == (403, "role-required")


async def test_a_dry_run_answers_as_the_act_would_and_does_nothing(
    http: httpx.AsyncClient, bench: Bench
) -> None:
    body = {"why": "x", "dry_run": True}
    fits = {**body, "value": submitted("per_a").model_dump_json()}
    answers = [
        await http.post(f"{HEAD}/release", json=fits, headers=OPERATOR),
        await http.post(f"{HEAD}/release", json={**body, "value": "{}"}, headers=OPERATOR),
        await http.post(f"{HEAD}/discard", json=body, headers=OPERATOR),
        await http.post("/parked//womanup/intake/per_a/2/discard", json=body, headers=OPERATOR),
    ]
    before = [dict(parked) for parked in bench.parked]
    await bench.settle()

    assert [answer.status_code for answer in answers] == [200, 422, 200, 409]
    assert refused(answers[3]) == (409, "not-head")
    assert [dict(parked) for parked in bench.parked] == before
    assert (await http.get("/parked-acts", headers=OPERATOR)).json()["items"] == []


async def test_acts_are_counted_by_kind(http: httpx.AsyncClient, bench: Bench) -> None:
    value = submitted("per_a").model_dump_json()
    await http.post(f"{HEAD}/release", json={"why": "x"}, headers=OPERATOR)
    await http.post(f"{HEAD}/release", json={"why": "x", "value": value}, headers=OPERATOR)
    await http.post(f"{HEAD}/discard", json={"why": "x", "whole": True}, headers=OPERATOR)
    counted = [
        bench.metrics.value(table.PARKED_ACTS, kind=kind)
        for kind in ("released", "mended", "discarded")
    ]

    assert counted == [1, 1, 2]
