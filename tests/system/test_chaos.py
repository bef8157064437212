"""Kill -9 at drawn moments, twice in a row, on the busiest days: the outcome shows nothing of it.

The small cohort again, under chaos, with two instances of each service. Compared with the play that
nobody disturbed.
"""

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from ops.city import SERVICES, City
from ops.demo import chaos as module
from ops.demo.chaos import DEATHS_MIN, Chaos, Figures, busy_days
from ops.demo.outcome import Outcome
from ops.demo.player import Hooks, Options, play
from ops.demo.population import Population
from ops.digest import fetch_digests, overall
from ops.processes import service_environment
from ops.provision import provision, withdraw
from ops.services import client
from ops.stack import Stack
from ops.status import Lookout, Status
from ops.topics import Record, read_records
from ops.trace import Life, Reasons, read_told, select, tell
from ops.trace.command import run_trace
from tests.small_cohort import Played

pytestmark = [pytest.mark.system, pytest.mark.crash, pytest.mark.timeout(600)]

CHAOS_SEED = 7
INSTANCES = (2,)  # with one of each: tests/compose/test_cohort.py, and the demo's --chaos


@dataclass
class Wild:
    """A play under chaos; `altered` are its digests after a state was changed behind its back."""

    instances: int
    logs: Path
    prefix: str
    chaos: Chaos
    outcome: Outcome | None = None
    status: Status | None = None
    life: Life | None = None
    records: list[Record] = field(default_factory=list)
    altered: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def found(self) -> Outcome:
        assert self.outcome is not None
        return self.outcome


@pytest.fixture(scope="module")
def wild(
    stack: Stack, small_cohort: Played, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[int, Wild]]:
    population = small_cohort.outcome.population
    who = someone_paid(small_cohort.outcome)
    options = {
        instances: Options(
            (population.programme,),
            tmp_path_factory.mktemp(f"wild{instances}"),
            population.seed,
            f"c{secrets.token_hex(3)}{instances}.",
            instances,
        )
        for instances in INSTANCES
    }

    async def play_all() -> list[Wild]:
        return await asyncio.gather(*(_play(stack, one, who) for one in options.values()))

    try:
        with pytest.MonkeyPatch.context() as patch:
            # Those of other days and services are for `make demo ARGS=--chaos`: a death costs 3 s.
            patch.setattr(module, "QUIET_DAY_SHARE", 0.0)
            patch.setattr(module, "OTHERS_SHARE", 0.0)
            patch.setattr(module, "DOUBLE_SHARE", 0.6)
            found = asyncio.run(play_all())
        yield {one.instances: one for one in found}
    finally:
        asyncio.run(_withdraw(stack, [one.prefix for one in options.values()]))


async def _play(stack: Stack, options: Options, who: str) -> Wild:
    busy = busy_days(programme.policy for programme in options.programmes)
    await provision(stack, prefix=options.prefix)
    async with Chaos(CHAOS_SEED, busy, quiet_from=options.final_day) as chaos:
        wild = Wild(options.instances, options.logs, options.prefix, chaos)

        async def look(city: City, _: Outcome) -> None:
            async with client() as http:
                where = (city.stack.kafka, city.addresses, city.prefix)
                lookout = Lookout(*where, http)
                wild.status = await lookout.look()
                await lookout.close()
            wild.records = await read_records(city.stack.kafka, city.prefix)
            wild.life = await run_trace(city.stack.kafka, city.services, who, prefix=city.prefix)
            alter_a_state(stack, city.prefix)
            wild.altered = await fetch_digests(city.services)

        wild.outcome = await play(stack, options, Hooks(on_day=chaos.on_day, at_end=look))
    return wild


async def _withdraw(stack: Stack, prefixes: list[str]) -> None:
    for prefix in prefixes:
        await withdraw(stack, prefix=prefix)


def someone_paid(outcome: Outcome) -> str:
    return min(line.person_id for line in outcome.audit.lines if line.paid_krw)


def alter_a_state(stack: Stack, prefix: str) -> None:
    """One letter of one case, as a write past the service would."""
    database = service_environment(stack, "counseling", prefix=prefix)["COUNSELING_DATABASE"]
    with MongoClient[Any](stack.mongo) as mongo:
        cases = mongo[database]["cases"]
        case = cases.find_one(sort=[("_id", 1)])
        assert case is not None
        cases.update_one({"_id": case["_id"]}, {"$set": {"state.counselor_id": "cns_altered"}})


@pytest.fixture(params=INSTANCES, ids=lambda n: f"{n} of each")
def one(request: pytest.FixtureRequest, wild: dict[int, Wild]) -> Wild:
    found: Wild = wild[request.param]
    return found


def test_the_digest_is_that_of_the_undisturbed_play(one: Wild, small_cohort: Played) -> None:
    assert one.found.digests == small_cohort.outcome.digests
    assert one.found.digest == small_cohort.outcome.digest


def test_every_check_is_met_and_not_a_won_is_missing(one: Wild, small_cohort: Played) -> None:
    assert [check for check in one.found.checks if not check.is_met] == []
    assert one.found.audit.is_clean
    assert one.found.audit.total() == small_cohort.outcome.audit.total()
    assert one.found.audit.total().paid_krw > 10_000_000


def test_every_service_died_on_the_busiest_days_and_came_back(one: Wild) -> None:
    """Without deaths the equal digests would prove nothing."""
    figures = one.chaos.figures
    print_figures(one.instances, figures)

    for service in SERVICES:
        assert figures[service].kills >= DEATHS_MIN, service
        assert figures[service].restarts == figures[service].kills + figures[service].stops
        assert figures[service].recovery_seconds
    assert sum(of.double_kills for of in figures.values()) >= 1


def test_every_event_was_told_once_whoever_died_while_telling(
    one: Wild, small_cohort: Played
) -> None:
    """Records may come twice; what is told, stream by stream and in this order, is the same."""
    assert told_by_stream(one.records) == told_by_stream(small_cohort.records)


def test_a_state_altered_behind_its_service_changes_the_digest(one: Wild) -> None:
    """Planted: else equal digests could be those of anything."""
    changed = {n for n, digest in one.altered.items() if digest["sha256"] != one.found.digests[n]}

    assert changed == {"counseling"}
    assert overall(one.altered) != one.found.digest


def test_status_says_of_every_instance_that_it_is_well(one: Wild) -> None:
    assert one.status is not None
    assert [(s.name, s.trouble) for s in one.status.services if not s.is_well] == []
    assert len(one.status.services) == len(SERVICES) * one.instances
    assert sum(one.status.topics.values()) == len(one.records)


def test_a_life_is_told_from_her_application_to_the_end_of_her_year(
    one: Wild, small_cohort: Played
) -> None:
    """Its events are those of the undisturbed play; why, the services of this one say."""
    who = someone_paid(small_cohort.outcome)
    calm = tell(who, select(read_told(small_cohort.records), who), Reasons())
    assert one.life is not None

    assert [step.says for step in one.life.steps] == [step.says for step in calm.steps]
    events = [step.event for step in one.life.steps]
    assert events[0] == "CohortOpened"
    assert events[-1] == "CaseClosed"
    why = {step.event: step.why for step in one.life.steps}
    assert why["ApplicantSelected"][0].startswith("rank ")
    assert "her wish" in why["InternPlaced"][0] or "did not list" in why["InternPlaced"][0]
    assert any("₩" in line for line in why["PayslipIssued"])
    assert one.life.owed_krw == 0
    assert said_personally(one.life, small_cohort.outcome.population) == []


def said_personally(life: Life, population: Population) -> list[str]:
    text = str(life.to_json())
    told = (
        secret
        for person in population.applicants
        for secret in (person.name, person.phone, person.account_number, person.email)
    )
    return [secret for secret in told if secret in text]


def told_by_stream(records: list[Record]) -> dict[tuple[str, str], list[tuple[str, Any]]]:
    streams: dict[tuple[str, str], list[tuple[str, Any]]] = {}
    for event in read_told(records):
        streams.setdefault((event.producer, event.key), []).append((event.name, event.body))
    return streams


def print_figures(instances: int, figures: dict[str, Figures]) -> None:
    for service, of in figures.items():
        blows = f"{of.kills} kills ({of.double_kills} double), {of.stops} stops"
        back = f"back in {of.median_seconds:.1f} s, at worst {of.worst_seconds:.1f} s"
        print(f"{instances} x {service}: {blows}, {of.restarts} restarts, {back}")
