"""The restore drill: payroll's store is lost, and put back from a backup, a new one and an old one.

One month is played with the simulated bank. The drill goes through the operator's own commands.
"""

import gzip
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from ops.audit.command import run_audit
from ops.backup.group import Group
from ops.bank import read_bank_file
from ops.processes import Processes, free_ports, service_command, service_environment
from ops.stack import Stack
from ops.topics import read_records
from proofs import story
from proofs.publisher import Publisher
from shared.events import topic_of
from tests.system.support import Service

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

PEOPLE = 6
NEXT_DAY = date(2022, 5, 11)
SESSION = {"PAYROLL_SESSION_TIMEOUT_MS": "6000"}  # a stopped instance stays in its group so long


@dataclass
class Drill:
    """Payroll and the bank as processes, and the operator beside them."""

    stack: Stack
    prefix: str
    folder: Path
    processes: Processes
    service: Service
    say: Publisher
    commands: int = 0
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def bank_file(self) -> Path:
        return self.folder / "bank.csv"

    async def ops(self, *arguments: str, fails: bool = False) -> str:
        """Run `python -m ops …`; what it printed."""
        self.commands += 1
        where = ["--kafka", self.stack.kafka, "--mongo", self.stack.mongo, "--prefix", self.prefix]
        command = [sys.executable, "-m", "ops", *arguments, "--service", "payroll", *where]
        name = f"ops-{self.commands}"
        child = await self.processes.run(name, command, timeout_seconds=60, check=not fails)
        assert (child.process.returncode != 0) == fails, child.error("should have failed")
        return child.log.read_text()

    async def start(self) -> None:
        if "payroll" in self.environment:
            await self.processes.restart("payroll")
        else:
            self.environment["payroll"] = ""
            port = int(self.service.url.rpartition(":")[2])
            environment = service_environment(self.stack, "payroll", prefix=self.prefix)
            command = service_command("payroll", port)
            self.processes.start("payroll", command, env=environment | SESSION)
        await self.processes.wait_for_url("payroll", f"{self.service.url}/health/ready")

    async def bank_pays(self) -> None:
        """Start the bank, let it do what there is to do, stop it."""
        port = free_ports(1)[0]
        options = ["--payroll", self.service.url, "--file", str(self.bank_file)]
        command = [sys.executable, "-m", "ops", "bank", *options, "--port", str(port)]
        self.processes.start("bank", command)
        url = f"http://127.0.0.1:{port}/idle"
        await self.processes.wait_for_url("bank", url)

        async def is_paid() -> bool:
            async with httpx.AsyncClient(trust_env=False) as client:
                is_idle = (await client.get(url)).json()["idle"]
            files = (await self.service.get("/payment-files", status="open"))["items"]
            return bool(is_idle) and files == []

        await self.service.until(is_paid, "every file answered")
        await self.processes.stop("bank")

    def wipe(self) -> None:
        database = service_environment(self.stack, "payroll", prefix=self.prefix)
        with MongoClient[Any](self.stack.mongo) as client:
            client.drop_database(database["PAYROLL_DATABASE"])

    async def said(self) -> int:
        """Records on payroll's own topic."""
        return len(await read_records(self.stack.kafka, self.prefix, [topic_of("payroll")]))

    async def picture(self) -> dict[str, Any]:
        """All that must be the same again."""
        audit = await run_audit(
            self.stack.kafka, self.service.url, self.bank_file, prefix=self.prefix
        )
        return {
            "digest": (await self.service.get("/digest"))["sha256"],
            "verify": (await self.service.get("/verify"))["differences"],
            "money": await self.service.get(f"/cohorts/{story.COHORT}/payroll"),
            "balance": await self.service.get("/ledger/trial-balance"),
            "parked": (await self.service.get("/parked"))["items"],
            "said": await self.said(),
            "bank": read_bank_file(self.bank_file),
            "difference": audit.difference_krw,
            "paid": audit.total().paid_krw,
        }


@asynccontextmanager
async def drilled(stack: Stack, prefix: str, folder: Path) -> AsyncIterator[Drill]:
    async with Processes(folder / "logs") as processes, Publisher(stack, prefix) as say:
        service = Service(processes, "payroll", free_ports(1)[0])
        async with service.client:
            yield Drill(stack, prefix, folder, processes, service, say)


async def play_the_month(drill: Drill) -> dict[str, Any]:
    """Two backups on the way: `old` before the month is told, `new` when it is paid."""
    await drill.start()
    await story.tell_until_placed(drill.say, PEOPLE)
    await drill.service.until(lambda: story.is_placed(drill.service, PEOPLE), "all placed")
    await story.register_accounts(drill.service, PEOPLE)
    await drill.ops("backup", "--out", str(drill.folder / "old"))
    await story.tell_the_month(drill.say, PEOPLE)
    await drill.service.until_day(story.PAY_DATE)
    await drill.bank_pays()
    await drill.service.until_day(story.PAY_DATE)
    printed = await drill.ops("backup", "--out", str(drill.folder / "new"))
    assert "2022-05-10" in printed
    return await drill.picture()


async def restore_the_new_one(drill: Drill) -> None:
    """A running service and a filled store are refused; then offsets and store are the backup's."""
    place = ("--from", str(drill.folder / "new"))
    assert "stop every" in await drill.ops(
        "restore", *place, "--replace", "--wait-seconds", "0", fails=True
    )
    await drill.processes.stop("payroll")
    assert "is not empty" in await drill.ops("restore", *place, fails=True)
    drill.wipe()
    printed = await drill.ops("restore", *place)
    assert "start payroll" in printed

    manifest = json.loads((drill.folder / "new" / "payroll" / "manifest.json").read_text())
    offsets = {(f"{drill.prefix}{t}", n): offset for t, n, offset in manifest["offsets"]}
    assert await Group(drill.stack.kafka, "payroll", drill.prefix).offsets() == offsets
    assert sum(offsets.values()) > 2 * PEOPLE
    await drill.start()
    await drill.service.until_day(story.PAY_DATE)


async def restore_the_old_one(drill: Drill) -> None:
    """It is refused at a start, taken over, and stays on the pay day without the bank's answers."""
    await drill.processes.stop("payroll")
    printed = await drill.ops("restore", "--from", str(drill.folder / "old"), "--replace")
    assert " 0 records will be read again" not in printed
    with pytest.raises(Exception, match="is older than its own topic"):
        await drill.start()
    assert f"{3 * PEOPLE:,} events of {PEOPLE} streams" in await drill.ops("takeover")
    await drill.start()
    await drill.service.until(lambda: is_on(drill, story.FIRST, announced=11), "held on its day")
    await drill.ops("takeover", "--until", "none")
    await drill.say.days(NEXT_DAY, NEXT_DAY)
    await drill.service.until(lambda: is_on(drill, story.PAY_DATE, announced=1), "held by orphans")


async def is_on(drill: Drill, day: date, announced: int) -> bool:
    health = await drill.service.get("/health/ready")
    return bool(health["day"] == day.isoformat() and health["announced"] == announced)


async def test_a_lost_store_comes_back_and_an_old_backup_goes_on(
    stack: Stack, prefix: str, tmp_path: Path
) -> None:
    async with drilled(stack, prefix, tmp_path) as drill:
        before = await play_the_month(drill)
        assert (before["verify"], before["parked"], before["difference"]) == ([], [], 0)
        assert len(before["bank"]) == PEOPLE

        await restore_the_new_one(drill)
        assert await drill.picture() == before

        await restore_the_old_one(drill)
        left = json.loads(await drill.ops("takeover", "--list", "--json"))
        assert {row["type"] for row in left} == {"womanup.payroll.WagePaid.v1"}
        assert len(left) == PEOPLE
        assert await drill.said() == before["said"]
        await drill.bank_pays()  # it says again what it has in its book, and pays nobody
        await drill.service.until_day(NEXT_DAY)
        assert await drill.picture() == before
        assert "decided again all" in await drill.ops("takeover", "--list")


async def test_a_planted_fault_in_a_backup_is_refused_or_seen(
    stack: Stack, prefix: str, tmp_path: Path
) -> None:
    """A byte flipped is refused. A row fewer, sealed anew by a liar, is seen by the digest."""
    second = f"{prefix.strip('.')}p."
    from ops.provision import provision, withdraw

    await provision(stack, prefix=second)
    try:
        async with drilled(stack, second, tmp_path) as drill:
            await drill.start()
            await story.tell_until_placed(drill.say, 2)
            await drill.service.until(lambda: story.is_placed(drill.service, 2), "all placed")
            await drill.ops("backup", "--out", str(tmp_path / "b"))
            digest = (await drill.service.get("/digest"))["sha256"]
            await drill.processes.stop("payroll")
            drill.wipe()
            file = tmp_path / "b" / "payroll" / "payroll_records.bson.gz"
            honest = file.read_bytes()
            file.write_bytes(honest[:-9] + bytes([honest[-9] ^ 1]) + honest[-8:])
            printed = await drill.ops("restore", "--from", str(tmp_path / "b"), fails=True)
            assert "payroll_records.bson.gz is not what was written" in printed

            file.write_bytes(honest)
            take_a_row_and_seal_anew(file)
            await drill.ops("restore", "--from", str(tmp_path / "b"))
            await drill.start()
            found = (await drill.service.get("/verify"))["differences"]
            assert [(one["kind"], one["problem"]) for one in found] == [
                ("payroll_records", "not in the store")
            ]
            assert (await drill.service.get("/digest"))["sha256"] != digest
    finally:
        await withdraw(stack, prefix=second)


def take_a_row_and_seal_anew(file: Path) -> None:
    import bson

    from tests.ops.backup.test_archive import reseal, sha256

    honest = bson.decode_all(gzip.decompress(file.read_bytes()))
    file.write_bytes(gzip.compress(b"".join(bson.encode(row) for row in honest[1:])))
    data = file.read_bytes()

    def fewer(manifest: dict[str, Any]) -> None:
        (part,) = [p for p in manifest["parts"] if p["collection"] == "payroll_records"]
        part.update(documents=len(honest) - 1, bytes=len(data), sha256=sha256(data))

    reseal(file.parent, fewer)
