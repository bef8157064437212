"""How a stack in containers is: what it lets in, what it refuses, what it keeps."""

import asyncio
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta

import httpx
import pytest

from ops.access.broker import change_rights
from ops.access.rights import Right
from ops.compose import SERVICES, wait_until_ready
from ops.dev import HOST, PERSON
from ops.issuer import LOCAL, new_issuer
from ops.login import admin_client
from ops.secret_files import BANK_TOKEN, ISSUER_JWKS, ISSUER_KEY, names
from shared.ids import derive
from shared.login import Login
from tests.compose.intruder import (
    MONGO_PROBE,
    NO_GROUP,
    NO_TOPIC,
    NOT_AUTHENTICATED,
    NOT_AUTHORIZED,
    READS,
    is_let_in,
    look_at_group,
    read,
    write,
)
from tests.compose.project import BASE_IMAGE, STAFF, Project, running_project

pytestmark = [pytest.mark.system, pytest.mark.timeout(420)]

FIRST = date(2022, 3, 1)
MORE_BYTES_MAX = 200_000_000  # of an image than of its base
ORG = derive("org", HOST["business_registration_no"].replace("-", ""))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Up by plain compose from a clone with nothing in it, on the fourth day, with a company and a
    person. Days are stepped by hand; all else is as an operator gets it who says nothing.
    """
    folder = tmp_path_factory.mktemp("clone")
    with running_project(folder, told="", WOMANUP_CLOCK="simulated") as project:
        project.up()
        begin(project)
        yield project


def begin(project: Project) -> None:
    where = project.where
    early = project.post(f"{where.services['placement']}/host-companies", HOST, key="early")
    assert (early.status_code, early.json()["code"]) == (409, "calendar-not-started")
    assert project.post(f"{where.clock}/advance", {"days": 1}).json()["code"] == "clock-refused"
    started = project.post(f"{where.clock}/start", {"first_day": FIRST.isoformat()})
    assert started.json() == {"day": FIRST.isoformat()}
    assert project.post(f"{where.clock}/rest", {}).is_success
    host = project.post(f"{where.services['placement']}/host-companies", HOST, key="host")
    person = project.post(f"{where.services['intake']}/people", PERSON, key="person")
    assert (host.status_code, person.status_code) == (201, 201), (host.text, person.text)
    assert project.advance(3) == FIRST + timedelta(days=3)


def check_kept(project: Project) -> None:
    """The company, the person with what only the secret opens, and the days."""
    services = project.where.services
    answer = project.post(f"{services['intake']}/people", PERSON, key="again")
    person = project.get(f"{services['intake']}/people/{answer.json()['person_id']}")

    assert project.get(f"{services['placement']}/host-companies/{ORG}")["org_id"] == ORG
    assert PERSON["name"] in person.values()
    for name, url in services.items():
        assert project.get(f"{url}/health/ready")["day"] == project.day().isoformat(), name
        assert project.get(f"{url}/verify")["differences"] == []


def test_all_are_healthy_and_no_service_is_root(project: Project) -> None:
    where = project.where
    for url in [*where.services.values(), where.clock, where.bank]:
        assert project.get(f"{url}/health/ready")
    for name in (*SERVICES, "clock", "bank"):
        assert project.run("exec", "-T", name, "id", "-u").strip() == "10001"
    listed = project.run("exec", "-T", "intake", "ls", "/app", "/app/services").split()
    assert {"payroll", "ops", "tests"} & set(listed) == set()


def test_an_image_is_small_and_holds_no_tools_to_build_with(project: Project) -> None:
    base = size_of(BASE_IMAGE)
    sizes = {n: size_of(f"{project.name}-{n}:latest") - base for n in (*SERVICES, "ops")}
    found = project.run(
        "exec", "-T", "payroll", "sh", "-c", "ls /uv; command -v pip uv gcc", check=False
    )

    assert {name: size for name, size in sizes.items() if size > MORE_BYTES_MAX} == {}
    assert "No such file" in found
    assert "/uv/" not in found
    assert "gcc" not in found


def size_of(image: str) -> int:
    words = ["docker", "image", "inspect", "--format", "{{.Size}}", image]
    return int(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def test_nobody_is_let_in_without_a_token_of_the_operators_key(project: Project) -> None:
    stranger = {"Authorization": f"Bearer {new_issuer(LOCAL, 'operator-').token(STAFF)}"}
    for url in project.where.services.values():
        for headers, code in (({}, "token-required"), (stranger, "token-invalid")):
            answer = httpx.get(f"{url}/verify", headers=headers, timeout=30, trust_env=False)
            assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert project.get(f"{url}/verify")["differences"] == []
        assert project.get(f"{url}/health/ready")["auth"] == "required"


def test_the_clock_is_stepped_over_http_and_all_services_follow(project: Project) -> None:
    before = project.day()

    assert project.advance(2) == before + timedelta(days=2)
    assert project.get(f"{project.where.clock}/")["at_rest"] is True
    check_kept(project)


def test_a_simulated_stack_never_gets_a_real_clock(project: Project) -> None:
    words = ("run", "--rm", "--no-deps", "-e", "WOMANUP_CLOCK=real", "clock", "clock", "serve")
    said = project.run(*words, "--kind-file=/data/clock/kind", check=False)

    assert "this stack's clock is simulated for life" in said


def test_secrets_are_made_for_whoever_owns_the_clone_and_for_nobody_else(project: Project) -> None:
    secrets, owner = project.folder / "secrets", (project.folder / "docker-compose.yml").stat()
    made = {path.name: path.stat() for path in secrets.iterdir()}

    assert {*names(), ISSUER_KEY, ISSUER_JWKS, BANK_TOKEN} <= made.keys()
    assert {(s.st_uid, s.st_mode & 0o777) for s in made.values()} == {(owner.st_uid, 0o600)}
    assert (secrets.stat().st_uid, secrets.stat().st_mode & 0o777) == (owner.st_uid, 0o700)
    assert "nothing to change" in project.run("run", "--rm", "-T", "--no-deps", "handout")


def test_a_service_writes_its_own_topic_and_reads_what_it_reacts_to(project: Project) -> None:
    kafka, payroll = project.where.kafka, project.login("payroll")
    intake, counseling = "womanup.intake.v1", "womanup.counseling.v1"

    assert read(kafka, payroll, intake) == READS
    assert write(kafka, payroll, intake) == NO_TOPIC
    assert read(kafka, payroll, counseling) == NO_TOPIC
    assert read(kafka, payroll, "womanup.register.v1") == NO_TOPIC
    assert look_at_group(kafka, payroll, "payroll") == READS
    assert look_at_group(kafka, payroll, "intake") == NO_GROUP
    assert write(kafka, project.login("operator"), counseling) == NO_TOPIC
    assert read(kafka, project.login("clock"), intake) == NO_TOPIC


async def test_nobody_gets_in_without_a_login(project: Project) -> None:
    kafka = project.where.kafka

    assert await is_let_in(kafka, project.login("payroll"))
    assert not await is_let_in(kafka, Login("payroll", "guessed"))
    assert not await is_let_in(kafka, Login("nobody", "guessed"))
    assert not await is_let_in(kafka, None)


def test_a_services_user_on_mongodb_opens_its_own_database_only(project: Project) -> None:
    said = project.run("exec", "-T", "payroll", "python", "-c", MONGO_PROBE, "payroll", "intake")

    assert said.split()[-5:] == [
        READS,
        *map(str, (NOT_AUTHORIZED, NOT_AUTHORIZED, NOT_AUTHENTICATED, NOT_AUTHORIZED)),
    ]


def test_no_secret_stands_where_an_engine_shows_it(project: Project) -> None:
    words = ("docker", "ps", "-aq", "--filter", f"label=com.docker.compose.project={project.name}")
    ids = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    told = subprocess.run(["docker", "inspect", *ids], capture_output=True, text=True, check=True)
    logs = project.run("logs", "--no-color")
    made = {path.name: path.read_text() for path in (project.folder / "secrets").iterdir()}

    assert len(ids) >= 12
    assert [name for name, secret in made.items() if secret in told.stdout + logs] == []


def test_a_subscriber_reads_what_it_was_granted_until_that_is_revoked(project: Project) -> None:
    kafka, topic = project.where.kafka, "womanup.payroll.v1"
    basis = ("--basis", "resolution 2022-7 of the city", "--by", "Kim")
    said = project.ops("grant", "office", topic, *basis, user="admin")
    office = project.login("office", "subscriber-office")

    assert "Kafka user office made" in said
    assert read(kafka, office, topic) == read(kafka, office, "womanup.calendar.v1") == READS
    assert read(kafka, office, "womanup.intake.v1") == NO_TOPIC
    assert write(kafka, office, topic) == NO_TOPIC
    assert "nothing to change" in project.ops("grant", "office", topic, *basis, user="admin")
    assert "resolution 2022-7 of the city (by Kim)" in project.ops("grants", user="admin")

    project.ops("revoke", "office", topic, "--why", "the settlement is over", user="admin")

    assert "nothing is granted" in project.ops("grants", user="admin")
    told = project.ops("grants", "--all", user="admin")
    assert "grant office womanup.payroll.v1" in told
    assert "revoke office womanup.payroll.v1" in told
    assert not asyncio.run(is_let_in(kafka, office))


def test_a_login_that_no_grant_explains_is_found(project: Project) -> None:
    """Planted: a right that somebody gave past the register."""
    admin = admin_client(project.where.kafka, project.login("admin"))
    planted = [Right("shadow", "TOPIC", "womanup.payroll.v1", "READ")]
    asyncio.run(change_rights(admin, [], planted))
    said = project.ops("grants", user="admin", check=False)
    asyncio.run(change_rights(admin, planted, []))

    assert "not in the register: shadow may read topic womanup.payroll.v1" in said


def test_provision_takes_away_what_is_too_much_and_then_has_nothing_to_change(
    project: Project,
) -> None:
    admin = admin_client(project.where.kafka, project.login("admin"))
    planted = Right("payroll", "TOPIC", "womanup.counseling.v1", "READ")
    asyncio.run(change_rights(admin, [], [planted]))
    words = ("run", "--rm", "-T", "--no-deps", "provision")

    assert f"no longer: {planted}" in project.run(*words)
    assert "nothing to change" in project.run(*words)


def test_an_operator_sees_how_all_is(project: Project) -> None:
    services = ",".join(f"{name}={url}" for name, url in project.where.services.items())

    assert "all is well" in project.ops("status", "--services", services, user="operator")


def test_a_password_is_rotated_as_the_runbook_says(project: Project) -> None:
    """The old one ends, and what seals data is never handed anew."""
    before = project.login("payroll")
    for name in ("kafka-payroll", "mongo-payroll"):
        (project.folder / "secrets" / name).unlink()
    project.python("-m", "ops.secret_files")
    handed = project.run("run", "--rm", "-T", "--no-deps", "handout")
    changed = project.run("run", "--rm", "-T", "--no-deps", "provision")
    project.run("restart", "payroll")
    wait_until_ready(project.where)

    assert "kafka-payroll handed anew to payroll" in handed
    assert "Kafka user payroll password changed" in changed
    assert "MongoDB user payroll password changed" in changed
    assert not asyncio.run(is_let_in(project.where.kafka, before))
    assert asyncio.run(is_let_in(project.where.kafka, project.login("payroll")))
    check_kept(project)


@pytest.mark.parametrize("part", ["kafka", "mongo-intake", "placement"])
def test_what_is_stored_outlives_a_restart(project: Project, part: str) -> None:
    before = project.day()
    project.run("restart", part)
    wait_until_ready(project.where)

    assert project.advance(1) == before + timedelta(days=1)
    check_kept(project)


def test_all_of_it_comes_back_after_a_down_that_keeps_its_data(project: Project) -> None:
    before = project.day()
    project.run("down", "--timeout", "20")
    project.environment["WOMANUP_CLOCK"] = ""  # unset: the clock is what it was
    project.up()

    assert "nothing to change" in project.run("logs", "provision")
    assert project.day() == before
    assert project.advance(1) == before + timedelta(days=1)
    check_kept(project)
