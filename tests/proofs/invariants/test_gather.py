"""The payroll story on real parts: everything is met at its end. Then faults are planted in the
real parts, and each is found.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from ops.backup.group import Group
from ops.processes import database_name
from ops.stack import Stack
from proofs import story
from proofs.invariants import (
    INVARIANTS,
    Evidence,
    Finding,
    Recorder,
    Recovery,
    Sample,
    check,
    gather,
    judge,
    sample_memory,
)
from proofs.publisher import Publisher
from shared.events import topic_of
from shared.events.payroll import WagePaid
from shared.ids import derive
from tests.system.support import Service, running_service

pytestmark = pytest.mark.system

PEOPLE = 6
HELD_UP = story.person(900)
RATIO = Fraction(4)  # the machine is shared, and what is proven here is that it is looked at
SESSION_SECONDS_MAX = 60.0  # how long Kafka counts a stopped instance as one of its group
PLACEMENT = topic_of("placement")


async def test_a_story_leaves_all_invariants_met_and_planted_faults_are_found(
    stack: Stack, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYROLL_SESSION_TIMEOUT_MS", "6000")  # its end is waited for, below
    async with Publisher(stack, prefix) as say:
        evidence = await told(stack, prefix, tmp_path, say)
        assert check(evidence) == []
        verdicts = judge(evidence)
        assert {verdict.invariant: verdict.says for verdict in verdicts} == dict.fromkeys(
            INVARIANTS, "met"
        )
        assert all(all(verdict.looked_at.values()) for verdict in verdicts)

        planted = await plant(stack, prefix, say, evidence)
        found = check(await gather(stack, prefix, ("payroll",)))
        code, printed = await run_command(stack, prefix)

    assert {one for one in planted if one not in found} == set()
    assert {finding.invariant for finding in found} == {finding.invariant for finding in planted}
    assert code == 1
    assert {f"  {one.culprit} {one.says}" for one in planted} <= set(printed)
    assert [line for line in printed if line.startswith("logs")] == ["logs      not seen"]


async def told(stack: Stack, prefix: str, logs: Path, say: Publisher) -> Evidence:
    """The month with a kill in it, a stream that is held up and a record that nobody can read."""
    async with running_service(stack, "payroll", prefix, logs) as payroll:
        recorder = Recorder("payroll", payroll.client)
        await story.tell_until_placed(say, PEOPLE)
        await tell_what_is_parked(say)
        await payroll.until(lambda: story.is_placed(payroll, PEOPLE), "all placed")
        recovery = await kill(payroll)
        before = sample_memory("payroll", payroll.pid)
        await register_accounts(recorder)
        await story.tell_the_month(say, PEOPLE)
        await payroll.until_day(story.PAY_DATE)
        assert await story.answer_as_bank(payroll) == PEOPLE
        await payroll.until_day(story.PAY_DATE)
        samples: Sequence[Sample] = (before, sample_memory("payroll", payroll.pid))
        evidence = await gather(
            stack,
            prefix,
            ("payroll",),
            addresses={"payroll": payroll.url},
            logs=logs,
            actor=None,
        )
    return replace(
        evidence,
        recoveries=(recovery,),
        recovery_ratio=RATIO,
        samples=tuple(samples),
        replies=tuple(recorder.replies),
    )


async def tell_what_is_parked(say: Publisher) -> None:
    never = story.placed(900).model_copy(update={"cohort_id": "coh_never"})
    await say.say(never, story.attended(900))
    await say.say(story.attended(901), headers=[("ce_id", b"\xff")])


async def kill(payroll: Service) -> Recovery:
    await payroll.processes.kill9("payroll")
    began = time.monotonic()
    await payroll.processes.restart("payroll")

    async def is_back() -> bool:
        return (await payroll.get("/health/ready"))["last_poll_age_seconds"] is not None

    await payroll.until(is_back, "back after the kill")
    return Recovery("payroll", time.monotonic() - began)


async def register_accounts(recorder: Recorder) -> None:
    """Each twice; the first client hangs up before it is answered."""
    for number in range(PEOPLE):
        record_id = derive("rec", f"plc_{number:04d}")
        body = {"bank_code": "004", "account_number": f"110-{number:06d}", "holder_name": "이름"}
        path = f"/payroll-records/{record_id}/account"
        reply = await recorder.send(path, body, f"acc{number}", cut=number == 0)
        assert reply.status == 201, reply.body


async def plant(
    stack: Stack, prefix: str, say: Publisher, evidence: Evidence
) -> tuple[Finding, ...]:
    """What must be found of it."""
    row = next(r for r in evidence.stores["payroll"].journal if r["type"].endswith("WagePaid.v1"))
    paid = WagePaid.model_validate(row["event"])
    numbers = evidence.firsts[f"/womanup/payroll/{paid.person_id}"]
    payment = next(n for n, said in numbers.items() if said.envelope.type == row["type"])
    event_id = f"/womanup/payroll/{paid.person_id}/{payment}"
    bumped = f"/womanup/placement/{story.person(1)}"
    with MongoClient[Any](stack.mongo) as mongo:
        database = mongo[database_name("payroll", prefix)]
        assert database["journal"].delete_one({"_id": row["_id"]}).deleted_count == 1
        bump = {"$inc": {"last_sequence": 1}}
        for stream in (bumped, f"/womanup/placement/{HELD_UP}"):
            assert database["inbox"].update_one({"_id": stream}, bump).modified_count == 1
    forged = paid.model_copy(update={"amount_krw": paid.amount_krw + 1})
    await say.say(forged, sequence=payment)
    unseen = await commit_what_was_never_taken(stack, prefix, say)
    says = f"has {len(evidence.firsts[bumped])} events, {len(evidence.firsts[bumped]) + 1} applied"
    return (
        Finding("told", event_id, "is in the log and was never committed"),
        Finding("order", event_id, "stands in the log twice, with other bytes"),
        Finding("committed", f"payroll {unseen}", "is committed and not stored"),
        Finding("drained", f"payroll {bumped}", f"{says} and 0 parked"),
        Finding(
            "parked", f"payroll /womanup/placement/{HELD_UP}", "is parked at 1 and applied to 1"
        ),
    )


async def commit_what_was_never_taken(stack: Stack, prefix: str, say: Publisher) -> str:
    """The id of an event behind which the group's offset is set, without the service."""
    group = Group(stack.kafka, "payroll", prefix)
    await group.refuse_active(SESSION_SECONDS_MAX)
    before = await group.offsets()
    person = story.person(2)
    record = say.record(story.attended(2, "2022-05"))
    sent = await say.producer.send_and_wait(f"{prefix}{PLACEMENT}", **record)
    assert await group.rewind({**before, (sent.topic, sent.partition): sent.offset + 1}) == 0
    return f"/womanup/placement/{person}/{say.sequences[f'placement/{person}']}"


async def run_command(stack: Stack, prefix: str) -> tuple[int | None, list[str]]:
    where = ("--kafka", stack.kafka, "--mongo", stack.mongo, "--prefix", prefix)
    command = (sys.executable, "-m", "proofs", "check", *where, "--service", "payroll")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return process.returncode, output.decode().splitlines()
