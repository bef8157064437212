"""The overlay of three: a broker and a MongoDB primary are killed under load, and stay away.

What nobody may notice: the digest is that of the small cohort, played on one broker and one mongod
that nobody disturbed. Brokers and primaries come back one at a time, as an operator would see to.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from ops.city import City
from ops.containers import Containers
from ops.demo.chaos import compare_plays
from ops.demo.outcome import Outcome
from ops.demo.player import Hooks, Options, play_at
from ops.demo.venue import OFFICE, compose_venue
from ops.secret_files import FOLDER
from proofs.small import SEED, small_programme
from shared.events import TOPICS
from shared.money import months_between
from tests.compose.project import Project, running_project
from tests.compose.test_cohort import PATIENCE_SECONDS, make_secrets
from tests.small_cohort import Played

pytestmark = [pytest.mark.system, pytest.mark.crash, pytest.mark.cluster, pytest.mark.timeout(1800)]

OVERLAY = "docker-compose.cluster.yml"
WHERE = """
import sys
from pymongo import MongoClient
password = open("/run/womanup/mongo-payroll").read()
uri = f"mongodb://payroll:{password}@mongo-payroll,mongo-payroll-2,mongo-payroll-3/womanup_payroll"
with MongoClient(uri, replicaSet="rs0") as client:
    client.admin.command("ping")
    print(client.primary[0])
"""


@dataclass(frozen=True)
class Blow:
    """What is killed together; both come back when the next two are killed, or it gets quiet."""

    broker: str
    primary: str


class Blows:
    """A play's hook. The primary is whoever is it then, so it is asked for."""

    def __init__(self, project: Project, plan: dict[date, str], *, quiet_from: date) -> None:
        self._project = project
        self._containers = Containers(project.name)
        self._plan = plan
        self._quiet_from = quiet_from
        self._away: list[str] = []
        self.fallen: list[Blow] = []

    async def on_day(self, day: date, _: City) -> None:
        if day >= self._quiet_from or day in self._plan:
            for part in self._away:
                await self._containers.start(part)
            self._away = []
        if day in self._plan:
            said = await asyncio.to_thread(
                self._project.run, "exec", "-T", "payroll", "python", "-c", WHERE
            )
            blow = Blow(self._plan[day], said.split()[-1])
            self._away = [blow.broker, blow.primary]
            await asyncio.gather(*map(self._containers.kill9, self._away))
            self.fallen.append(blow)


@dataclass(frozen=True)
class Wild:
    project: Project
    outcome: Outcome
    fallen: list[Blow]


@pytest.fixture(scope="module")
def wild(small_cohort: Played, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wild]:
    del small_cohort  # played first: two plays at once would only wait for each other
    folder = tmp_path_factory.mktemp("cluster")
    ports = ("kafka_2", "kafka_3")
    with running_project(folder, OVERLAY, more_ports=ports, WOMANUP_CLOCK="simulated") as project:
        make_secrets(project)
        project.up()
        basis = ("--basis", "a play: nobody in it is real")
        project.ops("grant", OFFICE, *TOPICS, *basis, user="admin")
        yield asyncio.run(play(project, tmp_path_factory.mktemp("play")))


async def play(project: Project, logs: Path) -> Wild:
    """On the eves of the pay days, when the most hangs on it."""
    options = Options((small_programme(),), logs, SEED)
    policy = options.programmes[0].policy
    pay_days = [policy.pay_date(m) for m in months_between(policy.starts_on, policy.ends_on)]
    eves = [day - timedelta(days=1) for day in pay_days]
    plan = dict(zip(eves, ("kafka-2", "kafka"), strict=True))
    blows = Blows(project, plan, quiet_from=max(pay_days) + timedelta(days=2))
    office = project.folder / FOLDER.name / f"subscriber-{OFFICE}"
    where = compose_venue(
        project.where,
        logs,
        project.login("operator"),
        patience_seconds=PATIENCE_SECONDS,
        office_password=office,
    )
    async with where as venue:
        outcome = await play_at(venue, options, Hooks(on_day=blows.on_day))
    return Wild(project, outcome, blows.fallen)


def test_brokers_and_primaries_died_and_nothing_is_lost(wild: Wild, small_cohort: Played) -> None:
    checks = [*compare_plays(small_cohort.outcome, wild.outcome)]

    assert [blow.broker for blow in wild.fallen] == ["kafka-2", "kafka"]
    assert all(blow.primary.startswith("mongo-payroll") for blow in wild.fallen)
    assert wild.fallen[0].primary != wild.fallen[1].primary
    assert [check for check in checks if not check.is_met] == []
    assert wild.outcome.digest == small_cohort.outcome.digest


def test_every_instance_had_its_share_of_the_partitions(wild: Wild) -> None:
    """Two of payroll, three of placement, in one group each."""
    told = wild.project.run("exec", "-T", "kafka", "bash", "-c", MEMBERS)
    found = {tuple(line.split()) for line in told.splitlines() if line.startswith(("pay", "pla"))}

    assert found == {("payroll", "2"), ("placement", "3")}


JAAS = "org.apache.kafka.common.security.plain.PlainLoginModule required"
MEMBERS = f"""
umask 077; cat > /tmp/admin.properties <<END
security.protocol=SASL_PLAINTEXT
sasl.mechanism=PLAIN
sasl.jaas.config={JAAS} username="admin" password="$(cat /run/womanup/kafka-admin)";
END
for group in payroll placement; do
  echo $group $(/opt/kafka/bin/kafka-consumer-groups.sh --bootstrap-server kafka:19092 \
    --command-config /tmp/admin.properties --describe --group $group 2>/dev/null |
    awk '$1 == "'$group'" && $7 != "-" {{print $7}}' | sort -u | wc -l)
done
"""
