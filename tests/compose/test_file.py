"""What the compose file promises by its text alone, and that what is written twice is the same."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops import compose
from ops.city import SERVICES
from ops.issuer import NAME
from ops.processes import ROOT
from ops.stack.parts import (
    BROKER_SETTINGS,
    KAFKA_IMAGE,
    MONGO_IMAGE,
    TRANSACTION_LIFETIME_SECONDS,
)
from ops.tokens import AUDIENCE

FILE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PARTS: dict[str, dict[str, Any]] = FILE["services"]
BROKER = dict(line.split("=", 1) for line in PARTS["kafka"]["environment"]["BROKER"].splitlines())


def published() -> Iterator[tuple[str, str]]:
    for name, part in PARTS.items():
        yield from ((name, port) for port in part.get("ports", ()))


def test_nothing_is_published_but_on_loopback() -> None:
    assert [port for _, port in published() if not port.startswith("127.0.0.1:")] == []


def test_every_port_is_the_one_that_the_demo_looks_for() -> None:
    found = {
        name: re.findall(r"^127\.0\.0\.1:\$\{(\w+):-(\d+)\}:\d+$", port)
        for name, port in published()
    }

    assert {n: [(compose.variable(n), str(p))] for n, p in compose.PORTS.items()} == found
    (default,) = found["kafka"]
    assert f"HOST://127.0.0.1:${{{default[0]}:-{default[1]}}}" in BROKER["advertised.listeners"]


def test_the_services_are_the_programmes() -> None:
    assert compose.SERVICES == SERVICES
    assert {f"mongo-{name}" for name in SERVICES} < set(PARTS)
    for name in SERVICES:
        assert {"SERVICE": name} == PARTS[name]["build"]["args"]
        assert f"mongodb://mongo-{name}:27017/?replicaSet=rs0" == environment(name)["MONGO"]


def test_the_parts_are_those_of_the_embedded_stack() -> None:
    assert {KAFKA_IMAGE, MONGO_IMAGE} == {
        p["image"] for p in PARTS.values() if "build" not in p
    } - {PARTS["provision"]["image"]}
    assert BROKER_SETTINGS.items() <= BROKER.items()
    lifetime = f"--setParameter=transactionLifetimeLimitSeconds={TRANSACTION_LIFETIME_SECONDS}"
    assert all(lifetime in PARTS[f"mongo-{name}"]["command"] for name in SERVICES)


def test_what_is_kept_has_a_name() -> None:
    mounted = {mount.split(":")[0] for part in PARTS.values() for mount in part.get("volumes", ())}

    assert mounted == set(FILE["volumes"])
    assert mounted == {"kafka", "clock", "bank", "issuer"} | {
        f"{kind}-{name}" for kind in ("mongo", "secret") for name in SERVICES
    }


def test_no_service_sees_the_secret_of_another() -> None:
    for name in SERVICES:
        assert [f"secret-{name}:/run/womanup:ro"] == PARTS[name]["volumes"]


@pytest.mark.parametrize("path", ["docker-compose.yml", "Dockerfile", ".env", "image/serve"])
def test_no_secret_stands_in_a_file(path: str) -> None:
    text = (ROOT / path).read_text()

    assert re.findall(r"_SECRET[\"']?\s*[:=]\s*[\w\"'/+]", text) == []
    assert re.findall(r"[A-Za-z0-9+/]{43}=", text) == []


def test_a_service_says_who_its_issuer_is_or_does_not_start() -> None:
    """No default trusts anybody: what is not set is empty, and with that a service ends."""
    for name in SERVICES:
        settings = environment(name)
        assert settings["AUTH"] == "${WOMANUP_AUTH:-required}"
        assert settings["AUTH_ISSUER"] == "${WOMANUP_AUTH_ISSUER:-}"
        assert settings["AUTH_JWKS"] == "${WOMANUP_AUTH_JWKS:-}"


def test_the_development_issuer_starts_only_where_it_is_asked_for() -> None:
    assert {n: p["profiles"] for n, p in PARTS.items() if "issuer" in n} == {
        "issuer": ["development"]
    }
    assert (
        PARTS["issuer"]["environment"]["WOMANUP_CLOCK"]
        == PARTS["clock"]["environment"]["WOMANUP_CLOCK"]
    )
    assert compose.DEVELOPMENT["WOMANUP_AUTH_ISSUER"] == NAME
    assert compose.DEVELOPMENT["WOMANUP_AUTH_AUDIENCE"] == AUDIENCE
    makefile = (ROOT / "Makefile").read_text()
    for variable, value in compose.DEVELOPMENT.items():
        if variable != "COMPOSE_PROFILES":
            assert f"{variable}={value}" in makefile


def test_logs_do_not_grow_for_ever() -> None:
    assert {"10m"} == {part["logging"]["options"]["max-size"] for part in PARTS.values()}


def test_uv_is_the_makefiles() -> None:
    assert one_match(r"^UV_VERSION := (.+)$", "Makefile") == one_match(
        r"^ARG UV_VERSION=(.+)$", "Dockerfile"
    )


def test_the_recipe_pulls_nothing_but_its_base() -> None:
    text = (ROOT / "Dockerfile").read_text()

    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {"${PYTHON}"}
    assert set(re.findall(r"--from=(\S+)", text)) <= set(
        re.findall(r" AS (\w+)$", text, re.MULTILINE)
    )
    assert not text.startswith("# syntax")


def environment(name: str) -> dict[str, str]:
    prefix = f"{name.upper()}_"
    found = PARTS[name]["environment"]
    assert all(key.startswith(prefix) for key in found)
    return {key.removeprefix(prefix): value for key, value in found.items()}


def one_match(pattern: str, path: str) -> str:
    (found,) = re.findall(pattern, Path(ROOT / path).read_text(), re.MULTILINE)
    return str(found)
