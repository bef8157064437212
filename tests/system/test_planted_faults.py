"""Each check of the demo turns red on a planted fault, and names the culprit.

The faults are planted in a real run's topics, bank file and store: a small cohort's, whose
checks were all met before.
"""

import asyncio
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from examples.statistics_office import compute, read_topics
from ops.audit import AuditReport, audit, run_audit
from ops.bank import read_bank_file
from ops.city import City
from ops.demo.outcome import Outcome
from ops.demo.player import Hooks, Options, play
from ops.provision import provision, withdraw
from ops.services import client
from ops.stack import Stack
from tests.system.conftest import SEED, Played, small_programme

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]


@dataclass
class Robbed:
    """A run from whose payroll store a payslip was taken, and what the checks said of it."""

    payslip_id: str = ""
    before: AuditReport | None = None
    after: AuditReport | None = None
    verify: Any = None
    office_records: Any = None


@pytest.fixture(scope="module")
def robbed(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Robbed]:
    prefix, logs = f"r{secrets.token_hex(3)}.", tmp_path_factory.mktemp("robbed")
    found = Robbed()

    async def rob(city: City, _: Outcome) -> None:
        payroll = city.services["payroll"]
        where = (city.stack.kafka, payroll, city.bank_file)
        found.before = await run_audit(*where, prefix=city.prefix)
        with MongoClient[Any](stack.mongo) as mongo:
            payslips = mongo[f"womanup_payroll_{prefix.strip('.')}"]["payslips"]
            victim = payslips.find_one(sort=[("_id", 1)])
            assert victim is not None
            payslips.delete_one({"_id": victim["_id"]})
        found.payslip_id = victim["_id"]
        found.after = await run_audit(*where, prefix=city.prefix)
        async with client() as http:
            found.verify = (await http.get(f"{payroll}/verify")).json()
        found.office_records = await read_topics(city.stack.kafka, city.prefix)

    async def run() -> None:
        await provision(stack, prefix=prefix)
        await play(stack, Options((small_programme(),), logs, SEED, prefix), Hooks(at_end=rob))

    try:
        asyncio.run(run())
        yield found
    finally:
        asyncio.run(withdraw(stack, prefix=prefix))


def test_a_payslip_taken_from_the_store_is_named(robbed: Robbed) -> None:
    assert robbed.before is not None
    assert robbed.after is not None
    assert robbed.before.is_clean

    assert not robbed.after.is_clean
    assert robbed.payslip_id in {finding.culprit for finding in robbed.after.findings}
    assert robbed.verify["differences"] == [
        {"kind": "payslips", "key": robbed.payslip_id, "problem": "not in the store"}
    ]


def test_an_application_fewer_on_the_topic_is_named(robbed: Robbed) -> None:
    honest = compute(robbed.office_records)
    assert honest.problems == ()

    type_ = ("ce_type", b"womanup.intake.ApplicationSubmitted.v1")
    lost = next(r for r in robbed.office_records if type_ in [tuple(h) for h in r.headers])
    fewer = compute([r for r in robbed.office_records if r is not lost])

    person = lost.key.decode()
    assert person in str(fewer.problems)
    assert fewer.figures != honest.figures


def test_a_won_more_in_the_bank_s_file_is_named(small_cohort: Played, tmp_path: Path) -> None:
    file = tmp_path / "bank.csv"
    shutil.copy(small_cohort.logs / "bank.csv", file)
    honest = read_bank_file(file)
    victim = honest[3]
    lines = file.read_text().splitlines(keepends=True)
    old, new = str(victim.amount_krw), str(victim.amount_krw + 1)
    altered = [x.replace(f",{old},", f",{new},") if victim.order_id in x else x for x in lines]
    file.write_text("".join(altered))
    payslips = small_cohort.payslips

    assert audit(small_cohort.records, honest, payslips).is_clean

    report = audit(small_cohort.records, read_bank_file(file), payslips)
    assert report.difference_krw == 1
    assert victim.order_id in {finding.culprit for finding in report.findings}
