"""The development issuer: loud, never in production, and good for plays."""

import json
import stat
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from ops.__main__ import build
from ops.issuer import (
    KEY_FILE,
    LOUD,
    IssuerError,
    build_app,
    new_issuer,
    read_issuer,
    refuse_production,
)
from ops.tokens import Actor
from shared.service.keys import Keys
from shared.service.tokens import Tokens


@pytest.mark.parametrize(("mode", "clock"), [("production", ""), ("development", "real")])
def test_it_does_not_run_where_anything_is_real(mode: str, clock: str) -> None:
    with pytest.raises(IssuerError, match="the city's own issuer"):
        refuse_production(mode, clock)


@pytest.mark.parametrize("clock", ["", "simulated"])
def test_it_runs_beside_a_simulated_clock(clock: str) -> None:
    refuse_production("development", clock)


def test_in_production_the_command_ends_with_the_reason(tmp_path: Path) -> None:
    options = ["issuer", "--folder", str(tmp_path), "--mode", "production"]
    ended = CliRunner().invoke(build("issuer"), options)

    assert ended.exit_code == 1
    assert "a development issuer does not run in production" in ended.output
    assert list(tmp_path.iterdir()) == []


def test_its_key_is_for_its_user_only_and_is_kept(tmp_path: Path) -> None:
    issuer = new_issuer()
    issuer.write(tmp_path)
    file = tmp_path / KEY_FILE

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_issuer(tmp_path).jwks() == issuer.jwks()
    assert "d" not in issuer.jwks()["keys"][0]
    with pytest.raises(IssuerError):
        read_issuer(tmp_path / "elsewhere")


async def test_it_signs_over_http_what_a_service_takes_and_says_what_it_is() -> None:
    issuer = new_issuer()
    transport = httpx.ASGITransport(app=build_app(issuer))
    async with httpx.AsyncClient(transport=transport, base_url="http://issuer") as client:
        jwks = (await client.get("/jwks")).content
        body = {"subject": "o-1", "roles": ["officer"]}
        answer = (await client.post("/token", json=body)).json()
        ready = (await client.get("/health/ready")).json()
    tokens = Tokens(issuer.name, "womanup", Keys("there", load=lambda _: jwks))
    caller = await tokens.caller(f"Bearer {answer['access_token']}")

    assert (caller.subject, sorted(caller.roles)) == ("o-1", ["officer"])
    assert LOUD in (answer["warning"], ready["warning"])
    assert answer["warning"] == ready["warning"]


def test_a_token_is_printed_for_a_shell(tmp_path: Path) -> None:
    issuer = new_issuer()
    issuer.write(tmp_path)
    options = ["token", "--issuer", str(tmp_path), "--role", "applicant", "--person", "per_1"]
    printed = CliRunner().invoke(build("token"), options)
    wanted = issuer.token(Actor(subject="per_1", roles=("applicant",), person_id="per_1"))

    assert printed.exit_code == 0
    assert printed.output.strip().split(".")[0] == wanted.split(".")[0]
    assert json.loads((tmp_path / "jwks.json").read_text()) == issuer.jwks()
