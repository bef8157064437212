"""A small cohort, played once for all tests that look at it, and then robbed of a payslip.

The fixture is found by every test through tests/conftest.py.
"""

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from ops.audit import AuditReport, run_audit
from ops.audit.command import cohort_ids
from ops.city import City
from ops.demo.outcome import Outcome
from ops.demo.player import Hooks, Options, play
from ops.processes import service_environment
from ops.provision import provision, withdraw
from ops.services import client
from ops.stack import Stack
from ops.topics import Record, read_records
from proofs.small import SEED, small_programme


@dataclass(frozen=True)
class Robbery:
    """What the checks said before and after a payslip was taken from payroll's store."""

    payslip_id: str
    before: AuditReport
    after: AuditReport
    verify: dict[str, Any]


@dataclass(frozen=True)
class Played:
    """A play, what it left, and what was found when it had been robbed after all that."""

    outcome: Outcome
    records: list[Record]
    payslips: list[dict[str, Any]]
    logs: Path
    robbery: Robbery
    metrics: Mapping[str, str]


@pytest.fixture(scope="session")
def small_cohort(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """With processes, topics and databases of its own."""
    prefix = f"s{secrets.token_hex(3)}."
    try:
        yield asyncio.run(_play(stack, prefix, tmp_path_factory.mktemp("play")))
    finally:
        asyncio.run(withdraw(stack, prefix=prefix))


async def _play(stack: Stack, prefix: str, logs: Path) -> Played:
    records: list[Record] = []
    payslips: list[dict[str, Any]] = []
    robberies: list[Robbery] = []
    metrics: dict[str, str] = {}

    async def keep(city: City, _: Outcome) -> None:
        records.extend(await read_records(city.stack.kafka, city.prefix))
        payslips.extend(await fetch_payslips(city, records))
        metrics.update(await fetch_metrics(city))
        robberies.append(await _rob(city))

    await provision(stack, prefix=prefix)
    options = Options((small_programme(),), logs, SEED, prefix)
    outcome = await play(stack, options, Hooks(at_end=keep))
    return Played(outcome, records, payslips, logs, robberies[0], metrics)


async def _rob(city: City) -> Robbery:
    """As a hand in the database would, past the service."""
    payroll = city.services["payroll"]
    where = (city.stack.kafka, payroll, city.bank_file)
    before = await run_audit(*where, prefix=city.prefix)
    database = service_environment(city.stack, "payroll", prefix=city.prefix)["PAYROLL_DATABASE"]
    with MongoClient[Any](city.stack.mongo) as mongo:
        payslips = mongo[database]["payslips"]
        victim = payslips.find_one(sort=[("_id", 1)])
        assert victim is not None
        payslips.delete_one({"_id": victim["_id"]})
    after = await run_audit(*where, prefix=city.prefix)
    async with client() as http:
        verify = (await http.get(f"{payroll}/verify")).json()
    return Robbery(victim["_id"], before, after, verify)


async def fetch_payslips(city: City, records: list[Record]) -> list[dict[str, Any]]:
    """Payroll's, of every cohort that the topics tell of: one page each, as small as they are."""
    found: list[dict[str, Any]] = []
    async with client() as http:
        for cohort_id in cohort_ids(records):
            url = f"{city.services['payroll']}/cohorts/{cohort_id}/payslips"
            found.extend((await http.get(url, params={"limit": 500})).json()["items"])
    return found


async def fetch_metrics(city: City) -> dict[str, str]:
    """What each service tells Prometheus at the end, after all that it did."""
    async with client(None) as http:
        return {n: (await http.get(f"{url}/metrics")).text for n, url in city.services.items()}
