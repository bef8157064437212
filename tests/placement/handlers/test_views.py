"""What is shown, and what never is."""

from services.placement import handlers
from shared.events.placement import (
    MatchingClosed,
)
from shared.testing import Bench
from tests.placement.builders import COHORT_ID, confirm, day, matched, told


async def test_a_matching_can_be_checked_again(bench: Bench) -> None:
    await matched(bench, positions=3, candidates=5)

    shown = await bench.query(lambda work: handlers.show_matching(COHORT_ID, work))

    assert (shown["recheck"], shown["blocking_pairs"]) == (0, 0)
    assert shown["counts"] == {"candidates": 5, "openings": 3, "placed": 3, "unmatched": 2}
    assert len(shown["pairs"]) == 3
    assert shown["input_digest"] == told(bench, MatchingClosed)[0].input_digest


async def test_no_published_event_and_no_reply_names_a_day_of_absence(bench: Bench) -> None:
    (placement_id,) = await matched(bench, positions=1, candidates=1)
    await bench.day("2022-04-30")
    await confirm(bench, placement_id, "2022-04", [day("04-13")])

    assert all("04-13" not in event.model_dump_json() for event in bench.published)
    shown = await bench.query(lambda work: handlers.show_placement(placement_id, work))
    assert "04-13" not in str(shown)
