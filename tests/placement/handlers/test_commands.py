"""What is asked for, and what is refused."""

import pytest

from services.placement import handlers
from services.placement.domain import (
    HostCapExceeded,
    HostNotApproved,
    MatchingBegun,
    NotACandidate,
)
from shared.errors import NotFound, Waits
from shared.events.placement import (
    AttendanceConfirmed,
    PositionOffered,
)
from shared.testing import Bench
from tests.placement.builders import (
    MATCHING_ON,
    applicant_selected,
    cohort_opened,
    day,
    declare,
    matched,
    offer,
    person_id,
    rank,
    register,
    selection_closed,
    told,
)


async def test_a_company_stays_within_its_cap(bench: Bench) -> None:
    await bench.day("2022-03-10")
    await bench.given(cohort_opened())
    org_id = await register(bench, 1)
    await offer(bench, org_id, "A", openings=2)

    with pytest.raises(HostCapExceeded):
        await offer(bench, org_id, "B")

    assert len(told(bench, PositionOffered)) == 1


async def test_what_a_command_rests_on_must_be_there(bench: Bench) -> None:
    await bench.day("2022-03-10")
    with pytest.raises(Waits):
        await register(bench, 1)
    with pytest.raises(NotFound):
        await offer(bench, "org_unknown")
    await bench.given(cohort_opened())
    org_id = await register(bench, 1, is_approved=False)

    with pytest.raises(HostNotApproved):
        await offer(bench, org_id)


async def test_only_candidates_are_ranked_and_only_before_the_matching_day(bench: Bench) -> None:
    await bench.day("2022-03-10")
    await bench.given(cohort_opened(), applicant_selected(1), selection_closed(1))
    position_id = await offer(bench, await register(bench, 1))
    with pytest.raises(NotACandidate):
        await rank(bench, position_id, 2)
    await rank(bench, position_id, 1)
    listed = await bench.query(lambda work: handlers.list_candidates(position_id, work))
    assert [item["person_id"] for item in listed["items"]] == [person_id(1)]

    await bench.day(MATCHING_ON)

    with pytest.raises(MatchingBegun):
        await rank(bench, position_id, 1)
    with pytest.raises(MatchingBegun):
        await offer(bench, await register(bench, 2))


async def test_a_dispute_ends_when_one_side_corrects(bench: Bench) -> None:
    (placement_id,) = await matched(bench, positions=1, candidates=1)
    await bench.day("2022-04-30")

    assert await declare(bench, placement_id, "2022-04", "host", [day("04-04")]) == "waiting"
    assert await declare(bench, placement_id, "2022-04", "intern") == "disputed"
    assert told(bench, AttendanceConfirmed) == []
    assert await declare(bench, placement_id, "2022-04", "host") == "confirmed"
    shown = await bench.query(lambda work: handlers.show_placement(placement_id, work))
    assert shown["months"]["2022-04"]["absent_days"] == 0
    assert shown["months"]["2022-05"]["status"] == "open"
