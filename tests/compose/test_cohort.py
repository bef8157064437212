"""A cohort played in containers from outside, every one of which is killed with -9 meanwhile.

Its vaults have the secrets that the embedded stack has, so that its states must be those of the
small cohort, which was played on that stack and was not disturbed.
"""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.compose import READY_SECONDS, wait_until_ready
from ops.containers import Containers
from ops.demo.chaos import busy_days
from ops.demo.outages import Outages, check_outages, deal
from ops.demo.outcome import Outcome
from ops.demo.player import Hooks, Options, play_at
from ops.demo.venue import OFFICE, compose_venue
from ops.digest import fetch_digests
from ops.processes import DEVELOPMENT_SECRET, free_ports
from ops.secret_files import FOLDER, SERVICES, vault_secret
from ops.topics import read_records
from proofs.small import SEED, short_policy, small_programme
from shared.events import TOPICS
from shared.events.policy import CohortPolicy
from shared.money import add_months
from tests.compose.project import Project, running_project
from tests.compose.registering import Registering
from tests.small_cohort import Played

pytestmark = [pytest.mark.system, pytest.mark.crash, pytest.mark.timeout(600)]

DEATHS_SEED = 7
PATIENCE_SECONDS = 180.0
PARTS = {"kafka", "clock", "bank", "issuer", *SERVICES, *(f"mongo-{name}" for name in SERVICES)}


@dataclass(frozen=True)
class Wild:
    """A play in containers; `up_at`: when the first of them was made."""

    project: Project
    outcome: Outcome
    outages: Outages
    up_at: datetime
    digests: dict[str, Any]


@pytest.fixture(scope="module")
def wild(small_cohort: Played, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wild]:
    del small_cohort  # played first: two plays at once would only wait for each other
    folder = tmp_path_factory.mktemp("clone")
    with running_project(folder, WOMANUP_CLOCK="simulated") as project:
        make_secrets(project)
        project.up()
        basis = ("--basis", "a play: nobody in it is real")
        project.ops("grant", OFFICE, *TOPICS, *basis, user="admin")
        yield asyncio.run(play(project, tmp_path_factory.mktemp("play")))


def make_secrets(project: Project) -> None:
    """As `make secrets`, which keeps what is there."""
    folder = project.folder / FOLDER.name
    folder.mkdir(mode=0o700)
    for name in SERVICES:
        (folder / vault_secret(name)).write_text(DEVELOPMENT_SECRET)
    project.python("-m", "ops.secret_files")


async def play(project: Project, logs: Path) -> Wild:
    options = Options((small_programme(),), logs, SEED)
    containers = Containers(project.name)
    # Several at once on a third of the busy days: one by one they take as long as the play.
    busy = sorted(busy_days(one.policy for one in options.programmes))[::3]
    dealt = deal(DEATHS_SEED, busy, await containers.parts(), quiet_from=options.final_day)
    login, office = project.login("operator"), project.folder / FOLDER.name / f"subscriber-{OFFICE}"
    where = compose_venue(
        project.where, logs, login, patience_seconds=PATIENCE_SECONDS, office_password=office
    )
    outages = Outages(containers, dealt, DEATHS_SEED, quiet_from=options.final_day)
    async with where as venue, outages:
        outcome = await play_at(venue, options, Hooks(on_day=outages.on_day))
    digests = await fetch_digests(project.where.services)
    return Wild(project, outcome, outages, await containers.created_at(), digests)


def test_every_container_died_and_the_digest_is_that_of_the_undisturbed_play(
    wild: Wild, small_cohort: Played
) -> None:
    checks = [*check_outages(PARTS, wild.outages.found, small_cohort.outcome, wild.outcome)]

    assert {outage.part for outage in wild.outages.found} == PARTS
    assert [check for check in checks if not check.is_met] == []
    assert wild.outcome.digest == small_cohort.outcome.digest


# What an operator does next, on the stack that has seen all that: each leaves it sound.

WIPE = """
from pymongo import MongoClient
password = open("/run/womanup/mongo-payroll").read()
with MongoClient("mongodb://mongo-payroll:27017/womanup_payroll", username="payroll",
                 password=password) as client:
    for name in client.womanup_payroll.list_collection_names():
        client.womanup_payroll.drop_collection(name)
    print("left:", client.womanup_payroll.list_collection_names())
"""


def test_the_first_won_is_paid_minutes_after_up(wild: Wild) -> None:
    assert wild.outcome.first_wage_paid_at is not None
    seconds = (wild.outcome.first_wage_paid_at - wild.up_at).total_seconds()
    print(f"from `up` to the first paid won: {seconds:.0f} s")

    assert 0 < seconds < 600


def test_nobody_is_let_in_without_a_token_and_the_issuer_is_loud(wild: Wild) -> None:
    project = wild.project
    for url in project.where.services.values():
        answer = httpx.get(f"{url}/verify", timeout=30, trust_env=False)
        assert (answer.status_code, answer.json()["code"]) == (401, "token-required")
        project.get(f"{url}/verify")  # with one, and so with the issuer's keys at hand
        assert project.get(f"{url}/health/ready")["auth"] == "development"
    assert "DEVELOPMENT ISSUER" in project.run("logs", "issuer")


def test_a_development_issuer_never_runs_beside_a_real_clock(wild: Wild) -> None:
    project = wild.project
    words = ("run", "--rm", "--no-deps", "-e", "WOMANUP_CLOCK=real", "issuer")
    said = project.run(*words, "issuer", "--folder=/tmp/issuer", check=False)

    assert "does not run beside a real clock" in said


def test_a_store_that_is_lost_comes_back_from_a_backup_taken_in_containers(wild: Wild) -> None:
    project, operate = wild.project, ("run", "--rm", "-T", "operate")
    folder = "/data/backup/evening"
    restore = (*operate, "restore", "--service", "payroll", "--from", folder)
    project.run(*operate, "backup", "--service", "all", "--out", folder)
    refused = project.run(*restore, "--replace", "--wait-seconds", "0", check=False)
    project.run("stop", "payroll")
    python = ("run", "--rm", "-T", "--no-deps", "--entrypoint", "python", "payroll")
    wiped = project.run(*python, "-c", WIPE)
    project.run(*restore)
    project.run("start", "payroll")
    wait_until_ready(project.where)

    assert "has members (payroll-1)" in refused
    assert "left: []" in wiped
    assert asyncio.run(fetch_digests(project.where.services)) == wild.digests
    assert project.get(f"{project.where.services['payroll']}/verify")["differences"] == []


def test_a_new_version_takes_over_beside_the_old_one_and_nobody_waits(wild: Wild) -> None:
    """The new one says more of a cohort; the old ones of the other services read it all the same.
    Somebody registers people all the while, at whichever of the two addresses answers.
    """
    project = wild.project
    contract = project.folder / "shared/events/intake.py"
    told = contract.read_text()
    before = '    key_field: ClassVar[str] = "cohort_id"\n\n    cohort_id: CohortId\n    policy'
    assert told.count(before) == 1
    contract.write_text(told.replace(before, before.replace("    policy", f"    {NEWS}    policy")))
    (port,) = free_ports(1)
    url, beside = project.where.services["intake"], f"http://127.0.0.1:{port}"
    new = Project(project.folder, {**project.environment, "WOMANUP_VERSION": "next"})
    new.run("build", "intake")
    with Registering((url, beside)) as registering:
        name, place = f"{project.name}-intake-next", ("-p", f"127.0.0.1:{port}:8000")
        instance = ("-e", "INTAKE_INSTANCE=intake-next", "--use-aliases", "--name", name)
        new.run("run", "-d", "--no-deps", *place, *instance, "intake")
        wait_until_answers(beside)
        registering.until_more()  # side by side
        new.run("up", "-d", "--no-deps", "intake")
        wait_until_ready(project.where)
        registering.until_more()
        for words in (("stop", "--time", "40"), ("rm",)):
            subprocess.run(["docker", *words, name], capture_output=True, check=True)
        registering.until_more()
    policy = later_policy(project.day())
    opened = project.post(f"{url}/cohorts", policy.model_dump(mode="json"), key="later")
    project.advance((policy.notice_date - project.day()).days)

    assert registering.refused == []
    assert registering.served.keys() == {url, beside}
    assert all(project.get(f"{url}/people/{one}")["person_id"] == one for one in registering.people)
    assert image_of(project, "intake").endswith(":next")
    assert opened.status_code == 201, opened.text
    cohort_id = opened.json()["cohort_id"]
    assert NEWS.partition(":")[0] in last_of(project, "womanup.intake.v1", cohort_id)
    for name, address in project.where.services.items():
        assert project.get(f"{address}/parked")["items"] == [], name
        assert project.get(f"{address}/verify")["differences"] == [], name
    assert project.get(f"{project.where.services['placement']}/cohorts/{cohort_id}")


NEWS = 'announced_by: str = "the city"\n'


def wait_until_answers(url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}/health/ready", timeout=10, trust_env=False).is_success:
                return
        assert time.monotonic() < deadline, url
        time.sleep(0.2)


def later_policy(today: date) -> CohortPolicy:
    """The small cohort's, announced in a later month; a July is paid a day earlier than an April,
    within the 14 days of the law.
    """
    policy = short_policy()
    by = (today.year - policy.notice_date.year) * 12 + today.month - policy.notice_date.month + 1
    pay = policy.pay.model_copy(update={"pay_day": 3})
    days = {name: add_months(day, by) for name, day in policy if isinstance(day, date)}
    return policy.model_copy(update={**days, "title": "2022-h2", "pay": pay})


def image_of(project: Project, part: str) -> str:
    name = project.run("ps", "-q", part).strip()
    words = ["docker", "inspect", "--format", "{{.Config.Image}}", name]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def last_of(project: Project, topic: str, key: str) -> str:
    where = read_records(project.where.kafka, "", [topic], project.login("operator"))
    return [str(r.value) for r in asyncio.run(where) if r.key == key.encode()][-1]
