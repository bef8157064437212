"""Whose token goes with a request: never none where there is one, never another's."""

import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.issuer import issuer_of_this_run, new_issuer
from ops.tokens import (
    BANK,
    ISSUER,
    OFFICER,
    OPERATOR,
    TOKEN,
    TOKEN_FILE,
    Actor,
    Bearer,
    counselor,
    host,
    without_an_issuer,
)


@pytest.fixture(autouse=True)
def no_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN, raising=False)
    monkeypatch.delenv(ISSUER, raising=False)
    monkeypatch.setattr("ops.tokens._kept", {})


async def sent(actor: Actor, answer: Any = None) -> list[httpx.Request]:
    requests: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=answer or {})

    transport = httpx.MockTransport(take)
    async with httpx.AsyncClient(transport=transport, auth=Bearer(actor)) as client:
        await client.get("http://service/digest")
    return requests


async def test_an_operators_own_token_goes_before_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "hers")
    monkeypatch.setenv(ISSUER, "/nowhere")
    (request,) = await sent(OPERATOR)

    assert request.headers["Authorization"] == "Bearer hers"


async def test_a_part_that_has_one_token_reads_it_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where an issuer is named, that counts: its services trust no other."""
    (tmp_path / "bank-token").write_text("its-own\n")
    new_issuer().write(tmp_path)
    monkeypatch.setenv(TOKEN_FILE, str(tmp_path / "bank-token"))
    (first,) = await sent(BANK)
    monkeypatch.setenv(ISSUER, str(tmp_path))
    (second,) = await sent(BANK)

    assert first.headers["Authorization"] == "Bearer its-own"
    assert second.headers["Authorization"] != "Bearer its-own"


async def test_a_development_issuers_folder_gives_each_actor_her_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    new_issuer().write(tmp_path)
    monkeypatch.setenv(ISSUER, str(tmp_path))
    first, second = [await sent(actor) for actor in (host("org_1"), counselor("cns_1"))]

    assert first[0].headers["Authorization"] != second[0].headers["Authorization"]


async def test_an_issuer_elsewhere_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ISSUER, "http://issuer-elsewhere")
    first = await sent(OFFICER, {"access_token": "signed there"})
    again = await sent(OFFICER, {"access_token": "another"})

    assert [str(r.url) for r in first] == ["http://issuer-elsewhere/token", "http://service/digest"]
    assert [r.headers["Authorization"] for r in (first[1], *again)] == ["Bearer signed there"] * 2
    assert "Authorization" not in first[0].headers


async def test_what_this_process_began_goes_by_its_own_issuer() -> None:
    issuer_of_this_run()
    (request,) = await sent(OPERATOR)

    assert request.headers["Authorization"].startswith("Bearer ey")


async def test_what_is_started_here_is_not_asked_with_tokens_of_an_issuer_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(ISSUER, "http://issuer")
    issuer_of_this_run()
    with without_an_issuer():
        requests = await sent(OFFICER)

    assert [request.url.path for request in requests] == ["/digest"]
    assert os.environ[ISSUER] == "http://issuer"
