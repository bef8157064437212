"""A cohort played in containers from outside, every one of which is killed with -9 meanwhile.

Its vaults have the secrets that the embedded stack has, so that its states must be those of the
small cohort, which was played on that stack and was not disturbed.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from ops.containers import Containers
from ops.demo.chaos import busy_days
from ops.demo.outages import Outages, check_outages, deal
from ops.demo.outcome import Outcome
from ops.demo.player import Hooks, Options, play_at
from ops.demo.venue import OFFICE, compose_venue
from ops.processes import DEVELOPMENT_SECRET
from ops.secret_files import FOLDER, SERVICES, vault_secret
from shared.events import TOPICS
from tests.compose.project import Project, running_project
from tests.small_cohort import SEED, Played, small_programme

pytestmark = [pytest.mark.system, pytest.mark.crash, pytest.mark.timeout(600)]

DEATHS_SEED = 7
PATIENCE_SECONDS = 180.0
PARTS = {"kafka", "clock", "bank", *SERVICES, *(f"mongo-{name}" for name in SERVICES)}


@dataclass(frozen=True)
class Wild:
    """A play in containers; `up_at`: when the first of them was made."""

    project: Project
    outcome: Outcome
    outages: Outages
    up_at: datetime


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
    busy = busy_days(one.policy for one in options.programmes)
    dealt = deal(DEATHS_SEED, busy, await containers.parts(), quiet_from=options.final_day)
    login, office = project.login("operator"), project.folder / FOLDER.name / f"subscriber-{OFFICE}"
    where = compose_venue(
        project.where, logs, login, patience_seconds=PATIENCE_SECONDS, office_password=office
    )
    outages = Outages(containers, dealt, DEATHS_SEED, quiet_from=options.final_day)
    async with where as venue, outages:
        outcome = await play_at(venue, options, Hooks(on_day=outages.on_day))
    return Wild(project, outcome, outages, await containers.created_at())


def test_every_container_died_and_the_digest_is_that_of_the_undisturbed_play(
    wild: Wild, small_cohort: Played
) -> None:
    checks = [*check_outages(PARTS, wild.outages.found, small_cohort.outcome, wild.outcome)]

    assert {outage.part for outage in wild.outages.found} == PARTS
    assert [check for check in checks if not check.is_met] == []
    assert wild.outcome.digest == small_cohort.outcome.digest


def test_the_first_won_is_paid_minutes_after_up(wild: Wild) -> None:
    assert wild.outcome.first_wage_paid_at is not None
    seconds = (wild.outcome.first_wage_paid_at - wild.up_at).total_seconds()
    print(f"from `up` to the first paid won: {seconds:.0f} s")

    assert 0 < seconds < 600
