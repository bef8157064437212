"""States survive the way to the store and back, and the questions are answered in pages."""

from typing import Any

import pytest

from services.placement.domain import Placement, Vacancy, WithdrawIntern, decide_withdrawal
from services.placement.storage import (
    CANDIDATES,
    COHORTS,
    HOSTS,
    KINDS,
    PLACEMENTS,
    POSITIONS,
    VACANCIES,
    candidates_of,
    candidates_of_round,
    page_of_positions,
    positions_of,
)
from shared.mongo import Aggregate
from shared.testing import Bench
from tests.placement.builders import (
    COHORT_ID,
    POLICY,
    applicant_selected,
    application_id,
    both_said,
    candidate,
    cohort,
    cohort_opened,
    day,
    fold,
    host,
    offer,
    placement,
    position,
    register,
    selection_closed,
    started_placement,
)


def left() -> Placement:
    """With a month confirmed, corrected and cut short, and two that are void."""
    state, _ = both_said(started_placement(), "2022-04", [day("04-04"), day("04-20")])
    command = WithdrawIntern(leaves_on=day("04-12"), ended_by="host")
    return fold(state, decide_withdrawal(state, command, POLICY, day("05-02")))


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (COHORTS, cohort(selected=3)),
        (HOSTS, host()),
        (POSITIONS, position(1, ranked=[1, 2])),
        (CANDIDATES, candidate(1, prefers=["pos_1"])),
        (PLACEMENTS, placement()),
        (PLACEMENTS, left()),
        (VACANCIES, Vacancy("vac_1", "pos_1", "org_1", COHORT_ID, day("04-05"), "plc_2")),
    ],
)
def test_a_state_survives_the_way_through_json(kind: Aggregate[Any], state: object) -> None:
    assert kind.from_json(kind.to_json(state)) == state


def test_every_kind_is_kept_under_its_own_name() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)


async def test_sets_are_found_by_cohort_and_round(bench: Bench) -> None:
    await bench.day("2022-03-10")
    await bench.given(cohort_opened(), *map(applicant_selected, range(3)), selection_closed(3))

    of_round = await bench.query(lambda work: candidates_of_round(COHORT_ID, 1, work))

    assert [c.application_id for c in of_round] == sorted(map(application_id, range(3)))
    assert await bench.query(lambda work: candidates_of_round(COHORT_ID, 2, work)) == []
    assert await bench.query(lambda work: candidates_of("coh_other", work)) == []


async def test_positions_come_in_pages_by_id(bench: Bench) -> None:
    await bench.day("2022-03-10")
    await bench.given(cohort_opened())
    for number in range(3):
        await offer(bench, await register(bench, number))

    everything = [p.position_id for p in await bench.query(lambda w: positions_of(COHORT_ID, w))]
    first = await bench.query(lambda work: page_of_positions(COHORT_ID, "", 2, work))
    rest = await bench.query(lambda work: page_of_positions(COHORT_ID, first.next or "", 2, work))

    assert (
        [p.position_id for p in (*first.states, *rest.states)] == everything == sorted(everything)
    )
