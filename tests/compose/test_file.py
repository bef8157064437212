"""What the compose file promises by its text alone, and that what is written twice is the same."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops import compose, secret_files
from ops.city import SERVICES
from ops.issuer import LOCAL, NAME
from ops.processes import ROOT
from ops.stack.parts import (
    BROKER_SETTINGS,
    KAFKA_IMAGE,
    MONGO_IMAGE,
    TRANSACTION_LIFETIME_SECONDS,
)
from ops.tokens import AUDIENCE
from shared.login import SCRAM

FILE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PARTS: dict[str, dict[str, Any]] = FILE["services"]
BROKER = dict(line.split("=", 1) for line in PARTS["kafka"]["environment"]["BROKER"].splitlines())

SHARED = {f"mongo-{name}": "mongo" for name in SERVICES} | {"operate": "provision"}
"""Whose secrets a part sees, where they are not its own."""


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
    assert secret_files.SERVICES == SERVICES
    assert {f"mongo-{name}" for name in SERVICES} < set(PARTS)
    for name in SERVICES:
        assert {"SERVICE": name} == PARTS[name]["build"]["args"]
        where = f"mongodb://{name}@mongo-{name}:27017/womanup_{name}?replicaSet=rs0"
        assert where == environment(name)["MONGO"]


def test_the_parts_are_those_of_the_embedded_stack() -> None:
    assert {KAFKA_IMAGE, MONGO_IMAGE} == {
        p["image"] for p in PARTS.values() if "build" not in p and "profiles" not in p
    } - {PARTS["handout"]["image"]}
    assert BROKER_SETTINGS.items() <= BROKER.items()
    lifetime = f"--setParameter=transactionLifetimeLimitSeconds={TRANSACTION_LIFETIME_SECONDS}"
    assert all(lifetime in PARTS[f"mongo-{name}"]["command"] for name in SERVICES)


def test_what_is_kept_has_a_name() -> None:
    sources = {mount.split(":")[0] for part in PARTS.values() for mount in part.get("volumes", ())}
    mounted = {source for source in sources if not source.startswith("./")}

    assert mounted == set(FILE["volumes"])
    stores = {f"mongo-{name}" for name in SERVICES}
    handed = {f"secret-{part}" for part in secret_files.shares()}
    whole = {"kafka", "clock", "bank", "issuer", "backup", "prometheus", "grafana"}
    assert mounted == whole | stores | handed


def test_no_part_sees_the_secrets_of_another() -> None:
    """Each mounts its own volume and no file; `handout` alone sees all, and has no network."""
    for name, part in PARTS.items():
        if name == "handout":
            continue
        secret = [v for v in part.get("volumes", ()) if v.startswith("secret-")]
        expected = [f"secret-{SHARED.get(name, name)}:/run/womanup:ro"]
        assert secret == ([] if name in {"issuer", "prometheus", "grafana"} else expected)
        assert "secrets" not in part
    handout = PARTS["handout"]
    assert handout["network_mode"] == "none"
    assert "secrets" not in FILE
    assert handout["volumes"] == [
        "./secrets:/secrets",
        f"./docker-compose.yml:{secret_files.OWNER_MARK}:ro",
        *(f"secret-{part}:/data/secrets/{part}" for part in secret_files.shares()),
    ]


def test_the_cluster_is_the_same_but_for_what_makes_it_three() -> None:
    """`!override` and `!reset` are Compose's; to us they are a list and nothing."""

    def listed(loader: yaml.SafeLoader, node: Any) -> Any:
        return loader.construct_sequence(node)

    yaml.SafeLoader.add_constructor("!override", listed)
    yaml.SafeLoader.add_constructor("!reset", lambda *_: None)
    parts = yaml.safe_load((ROOT / "docker-compose.cluster.yml").read_text())["services"]
    brokers = [read_broker(parts[name]) for name in ("kafka", "kafka-2", "kafka-3")]
    differ = {key for key in BROKER if brokers[0].get(key) != BROKER[key]}

    assert brokers[0] == brokers[1] == brokers[2]
    assert brokers[0].keys() == BROKER.keys()
    assert differ == {
        "node.id", "listeners", "advertised.listeners", "controller.quorum.voters",
        "default.replication.factor", "min.insync.replicas", "offsets.topic.replication.factor",
        "transaction.state.log.replication.factor", "transaction.state.log.min.isr",
        "share.coordinator.state.topic.replication.factor", "share.coordinator.state.topic.min.isr",
    }  # fmt: skip
    ports = [port for part in parts.values() for port in part.get("ports") or ()]
    assert all(port.startswith("127.0.0.1:") for port in ports)
    said = parts["provision"]["command"]
    ours = [w for w in PARTS["provision"]["command"] if not re.match("--(kafka|cli|mon)", w)]
    assert [word for word in ours if word not in said] == []


def read_broker(part: dict[str, Any]) -> dict[str, str]:
    return dict(line.split("=", 1) for line in part["environment"]["BROKER"].splitlines())


def test_every_part_reads_its_secrets_as_the_user_that_it_runs_as() -> None:
    users = {part: share.user for part, share in secret_files.shares().items()}

    assert PARTS["kafka"]["user"] == f"{users['kafka']}:{users['kafka']}"
    for name in SERVICES:
        assert PARTS[f"mongo-{name}"]["user"] == f"{users['mongo']}:{users['mongo']}"
        assert "user" not in PARTS[name]
    assert one_match(r"useradd --system --uid (\d+)", "Dockerfile") == str(users["intake"])


def test_secrets_come_as_files_and_every_file_is_one_that_the_part_has() -> None:
    for name, part in PARTS.items():
        told = [*part.get("environment", {}).items()]
        options = dict(
            w[2:].split("=", 1) for w in part.get("command", ()) if w.startswith("--kafka")
        )
        told += [("PASSWORD_FILE", options["kafka-password-file"])] if name == "provision" else []
        share = secret_files.shares().get(SHARED.get(name, name))
        for key, value in told:
            if "PASSWORD" in key or "SECRET" in key:
                assert key.endswith(("_FILE", "_PASSWORDS")), (name, key)
                file = value.removeprefix("/run/womanup").strip("/")
                assert not file or file in (share.names if share else ())


def test_every_login_on_kafka_is_the_parts_own() -> None:
    for name in SERVICES:
        assert environment(name)["KAFKA_USER"] == name
        assert environment(name)["KAFKA"] == "kafka:9092"
    assert PARTS["clock"]["environment"]["WOMANUP_KAFKA_USER"] == secret_files.CLOCK


def test_kafka_asks_everyone_who_they_are() -> None:
    protocols = BROKER["listener.security.protocol.map"].split(",")

    assert {one.partition(":")[2] for one in protocols} == {"SASL_PLAINTEXT"}
    for listener in ("client", "host"):
        assert BROKER[f"listener.name.{listener}.sasl.enabled.mechanisms"] == SCRAM
    assert BROKER["super.users"] == f"User:{secret_files.ADMIN}"
    assert BROKER["allow.everyone.if.no.acl.found"] == "false"
    assert "StandardAuthorizer" in BROKER["authorizer.class.name"]
    inside = [port for name, port in published() if name == "kafka"]
    assert [port.rpartition(":")[2] for port in inside] == ["9094"]  # HOST, and not INTERNAL


def test_mongodb_asks_everyone_who_they_are() -> None:
    for name in SERVICES:
        part = PARTS[f"mongo-{name}"]
        assert "--keyFile=/run/womanup/mongo-key" in part["command"]  # turns users on, too
        assert part["environment"]["MONGO_INITDB_ROOT_PASSWORD_FILE"] == "/run/womanup/mongo-root"
        assert "ports" not in part


def test_every_part_is_hardened_and_limited() -> None:
    for name, part in PARTS.items():
        assert part["read_only"] is True, name
        assert part["cap_drop"] == ["ALL"], name
        assert part["security_opt"] == ["no-new-privileges:true"], name
        assert {"mem_limit", "cpus", "pids_limit"} <= set(part), name
        assert "privileged" not in part
        added = {"CHOWN", "DAC_OVERRIDE", "FOWNER"} if name == "handout" else set()
        assert set(part.get("cap_add", ())) == added
        assert (part.get("user") == "root") == (name == "handout")


@pytest.mark.parametrize("path", ["docker-compose.yml", "Dockerfile", ".env", "image/serve"])
def test_no_secret_stands_in_a_file(path: str) -> None:
    text = (ROOT / path).read_text()

    assert re.findall(r"_SECRET[\"']?\s*[:=]\s*[\w\"'/+]", text) == []
    assert re.findall(r"[A-Za-z0-9+/]{43}=", text) == []


def test_a_service_trusts_the_operators_own_key_where_no_issuer_is_named() -> None:
    """Nobody but the owner of secrets/ signs with it, and nobody comes in without a token."""
    for name in SERVICES:
        settings = environment(name)
        assert settings["AUTH"] == "${WOMANUP_AUTH:-required}"
        assert settings["AUTH_ISSUER"] == f"${{WOMANUP_AUTH_ISSUER:-{LOCAL}}}"
        public = f"/run/womanup/{secret_files.ISSUER_JWKS}"
        assert settings["AUTH_JWKS"] == f"${{WOMANUP_AUTH_JWKS:-{public}}}"


def test_the_development_issuer_starts_only_where_it_is_asked_for() -> None:
    assert {n: p["profiles"] for n, p in PARTS.items() if "issuer" in n} == {
        "issuer": ["development"]
    }
    assert (
        PARTS["issuer"]["environment"]["WOMANUP_CLOCK"]
        == PARTS["clock"]["environment"]["WOMANUP_CLOCK"]
    )
    told = dict(
        line.split("=", 1)
        for line in (ROOT / "development.env").read_text().splitlines()
        if not line.startswith("#")
    )
    assert (told["WOMANUP_AUTH_ISSUER"], told["COMPOSE_PROFILES"]) == (NAME, "development")
    assert told["WOMANUP_CLOCK"] == "simulated"
    assert told.keys() - {"COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES"} <= set(
        re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text())
    )
    assert f"${{WOMANUP_AUTH_AUDIENCE:-{AUDIENCE}}}" == environment("payroll")["AUTH_AUDIENCE"]


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


def test_only_what_watches_has_a_profile_and_reads_files_of_the_repository() -> None:
    """So `up` starts as much as before, and an image needs no folder of ours beside it."""
    watching = {name for name, part in PARTS.items() if "profiles" in part}
    mounts = {
        name: [m for m in part.get("volumes", ()) if m.startswith("./")]
        for name, part in PARTS.items()
    }

    asked_for = {"issuer", "operate"}
    assert watching == {"prometheus", "grafana"} | asked_for
    assert {name for name, m in mounts.items() if m} == {"prometheus", "grafana", "handout"}
    del mounts["handout"]  # the secrets, and the mark of their owner
    assert all(PARTS[n]["profiles"] == ["observability"] for n in watching - asked_for)
    for mount in [m for found in mounts.values() for m in found]:
        path, _, mode = mount.split(":")
        assert (ROOT / path).exists()
        assert mode == "ro"
    assert all(re.search(r":v?\d", PARTS[n]["image"]) for n in watching - asked_for)
