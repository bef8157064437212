"""What a service as a process tells Prometheus: of records, of what is parked, of requests."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from ops.stack import Stack
from proofs import story
from proofs.publisher import Publisher
from tests.system.support import Series, running_service, scrape

pytestmark = pytest.mark.system


async def test_a_service_tells_what_it_took_skipped_and_parked_and_names_nobody(
    stack: Stack, prefix: str, tmp_path: Path
) -> None:
    async with (
        running_service(stack, "payroll", prefix, tmp_path) as payroll,
        Publisher(stack, prefix) as say,
    ):
        await say.days(story.FIRST, story.FIRST)
        await payroll.until_day(story.FIRST)
        await say.say(story.opened())

        async def is_known() -> bool:
            """Until it is, the answer is 404: on a busy machine it is asked for more than once."""
            await payroll.get(f"/cohorts/{story.COHORT}/payroll-records")
            return True

        # Not with what follows: topics have no order, and who waits for a cohort is counted, too.
        await payroll.until(is_known, "the cohort's records")
        await say.say(*(story.placed(n) for n in range(3)))
        topic = f"{prefix}womanup.placement.v1"
        await say.producer.send(topic, key=None, value=b"\xde\xad\xbe\xef", headers=[])
        await say.say(story.attended(0))
        await say.producer.send(topic, **say.record(story.attended(0), sequence=2))
        say.record(story.attended(1))  # a number that is never sent
        await say.say(story.attended(1, "2022-05"))

        said: Mapping[str, Series] = {}

        async def all_told() -> bool:
            """Each look is bounded, so on a busy machine one of them may tell less."""
            nonlocal said
            said = await scrape(payroll)
            events = said["womanup_events_total"]
            counted = [events[outcome,] for outcome in ("duplicate", "failed", "behind")]
            is_whole = {"womanup_parked", "womanup_lag_records"} <= said.keys()
            return is_whole and counted == [1, 1, 1] and said["womanup_parked"]["failed",] == 1

        await payroll.until(all_told, "a duplicate, a record that failed, one behind a gap")

        assert said["womanup_parked"] == {("failed",): 1, ("waits",): 0, ("behind",): 1}
        assert said["womanup_store_up"] == said["womanup_log_up"] == {(): 1}
        assert set(said["womanup_set_aside"].values()) == {0}
        assert said["womanup_poll_age_seconds"][()] < 30
        midnight = datetime.combine(story.FIRST, time(), UTC).timestamp()
        assert said["womanup_day_timestamp_seconds"] == {(): midnight}
        taken = said["womanup_events_total"]["taken",]
        assert taken >= 5
        assert said["womanup_batch_records_sum"][()] == taken + 3
        assert said["womanup_transaction_seconds_count"][()] >= 1
        route = "/cohorts/{cohort_id}/payroll-records"
        assert said["womanup_http_requests_total"]["GET", route, "200"] == 1
        text = (await payroll.client.get("/metrics")).text
        assert [word for word in ("per_0", "coh_", "plc_", "rec_") if word in text] == []
