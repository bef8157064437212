"""What a foreign producer may put on a topic, and what the services make of it."""

from pathlib import Path

import pytest

from ops.stack import Stack
from proofs import story
from proofs.publisher import Publisher
from tests.system.support import running_service

pytestmark = pytest.mark.system


async def test_garbage_unknown_duplicate_and_gap_harm_nobody_else(
    stack: Stack, prefix: str, tmp_path: Path
) -> None:
    """Parked, passed over, skipped, parked; and after mending the order is kept."""
    async with (
        running_service(stack, "payroll", prefix, tmp_path) as payroll,
        Publisher(stack, prefix) as say,
    ):
        await story.tell_until_placed(say, 3)
        topic = f"{prefix}womanup.placement.v1"
        await say.producer.send(topic, key=None, value=b"\xde\xad\xbe\xef", headers=[])
        await say.producer.send(topic, key=b"per_0000", value=b"{}", headers=[("ce_id", b"\xff")])
        unknown = say.record(story.attended(0))
        unknown["headers"] = [
            (n, b"womanup.placement.NeverHeardOf.v1" if n == "ce_type" else v)
            for n, v in unknown["headers"]
        ]
        await say.producer.send(topic, **unknown)
        await say.say(story.attended(0))
        duplicate = say.record(story.attended(0), sequence=3)
        await say.producer.send(topic, **duplicate)
        missing = say.record(story.attended(1))
        late = say.record(story.attended(1, "2022-05"))
        await say.producer.send(topic, **late)
        await say.say(story.attended(2))

        async def all_taken() -> bool:
            health = await payroll.get("/health/ready")
            records = (await payroll.get(f"/cohorts/{story.COHORT}/payroll-records"))["items"]
            heard = [r["person_id"] for r in records if r["months"]]
            return bool(heard == ["per_0000", "per_0002"] and health["parked"] == 3)

        await payroll.until(all_taken, "two people heard of, three records parked")
        parked = (await payroll.get("/parked"))["items"]
        assert sorted((p["kind"], p["stream"] or "-") for p in parked) == [
            ("behind", "/womanup/placement/per_0001"),
            ("failed", "-"),
            ("failed", "-"),
        ]

        await say.producer.send(topic, **missing)  # the mending: what was missing comes

        async def in_order() -> bool:
            records = (await payroll.get(f"/cohorts/{story.COHORT}/payroll-records"))["items"]
            mended = next(r for r in records if r["person_id"] == "per_0001")
            return [m["month"] for m in mended["months"]] == ["2022-04", "2022-05"]

        await payroll.until(in_order, "both months, in order")
        assert (await payroll.get("/health/ready"))["parked"] == 2
        assert (await payroll.get("/verify"))["differences"] == []
