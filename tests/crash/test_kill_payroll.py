"""kill -9 inside an open transaction: not a won is lost, none is paid twice."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from ops.processes import service_environment
from ops.stack import Stack
from proofs import story
from proofs.publisher import Publisher
from shared.mongo.driver import app_name
from tests.system.support import Service, running_service

pytestmark = [pytest.mark.system, pytest.mark.crash]

PEOPLE = 120
KILLS = 3


def name_of(stack: Stack, prefix: str) -> str:
    """What MongoDB calls the service's sessions. Were it wrong, none would ever be seen open."""
    environment = service_environment(stack, "payroll", prefix=prefix)
    return app_name(environment["PAYROLL_DATABASE"], environment["PAYROLL_INSTANCE"])


def open_transactions(mongo: "MongoClient[Any]", name: str, **more: str) -> int:
    operations = mongo.admin.aggregate(
        [
            {"$currentOp": {"allUsers": True, "idleSessions": True}},
            {"$match": {"appName": name, "transaction": {"$exists": True}, **more}},
        ]
    )
    return len(list(operations))


def kill_inside_a_transaction(mongo: "MongoClient[Any]", service: Service, name: str) -> None:
    """Freeze the process, look whether its transaction is open, and only then kill it.

    Open, and with no statement under way: one that was sent before the freeze may still be the
    commit, and mongod itself ends a transaction whose statement loses its connection.
    """
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if not open_transactions(mongo, name):
            continue
        os.kill(service.pid, signal.SIGSTOP)
        if any(open_transactions(mongo, name, type="idleSession") for _ in range(20)):
            os.kill(service.pid, signal.SIGKILL)
            assert open_transactions(mongo, name), "it closed by itself: not the proof"
            return
        os.kill(service.pid, signal.SIGCONT)
    pytest.fail("payroll never had a transaction open for long enough to be seen")


async def run(stack: Stack, prefix: str, logs: Path, kills: int) -> dict[str, Any]:
    """The month, with so many kills on the way; what payroll says of it at the end."""
    recoveries: list[float] = []
    with MongoClient[Any](stack.mongo) as mongo:
        async with (
            running_service(stack, "payroll", prefix, logs) as payroll,
            Publisher(stack, prefix) as say,
        ):

            async def kill(restart: bool = True) -> None:
                kill_inside_a_transaction(mongo, payroll, name_of(stack, prefix))
                began = time.monotonic()
                await payroll.processes.restart("payroll")

                async def is_back() -> bool:
                    health = await payroll.get("/health/ready")
                    return health["last_poll_age_seconds"] is not None

                await payroll.until(is_back, "back after the kill")
                recoveries.append(time.monotonic() - began)

            await story.tell_until_placed(say, PEOPLE)
            if kills:
                await kill()
            await payroll.until(lambda: story.is_placed(payroll, PEOPLE), "all placed")
            await story.register_accounts(payroll, PEOPLE)
            await story.tell_the_month(say, PEOPLE)
            for _ in range(kills - 1):
                await kill()
            await payroll.until_day(story.PAY_DATE)
            paid = await story.answer_as_bank(payroll)
            await payroll.until_day(story.PAY_DATE)
            return {
                "paid": paid,
                "digest": (await payroll.get("/digest"))["sha256"],
                "verify": (await payroll.get("/verify"))["differences"],
                "money": await payroll.get(f"/cohorts/{story.COHORT}/payroll"),
                "balance": await payroll.get("/ledger/trial-balance"),
                "parked": (await payroll.get("/parked"))["items"],
                "recoveries": recoveries,
                "orphans ended": payroll.log.count("orphaned_transactions_ended"),
            }


async def test_kill_9_inside_open_transactions_changes_no_won(
    stack: Stack, prefix: str, tmp_path: Path
) -> None:
    undisturbed = await run(stack, prefix, tmp_path / "undisturbed", 0)
    second = f"{prefix.strip('.')}k."
    from ops.provision import provision, withdraw

    await provision(stack, prefix=second)
    try:
        killed = await run(stack, second, tmp_path / "killed", KILLS)
    finally:
        await withdraw(stack, prefix=second)

    recoveries = killed.pop("recoveries")
    undisturbed.pop("recoveries")
    assert undisturbed.pop("orphans ended") == 0
    # mongod itself ends one whose statement was running when the connection broke.
    assert 1 <= killed.pop("orphans ended") <= KILLS
    assert len(recoveries) == KILLS
    print(f"recoveries: {[f'{s:.2f} s' for s in recoveries]}")
    assert undisturbed["paid"] == PEOPLE
    assert undisturbed["verify"] == []
    assert killed == undisturbed
