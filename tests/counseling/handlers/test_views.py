"""What is shown: worklists in the order of their days, outcomes with their definitions."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.counseling import domain, handlers
from shared.errors import InTheFuture
from shared.testing import Bench
from tests.counseling.builders import (
    COHORT_ID,
    COMPLETED,
    KNOWN,
    LEFT,
    OPENED,
    case_id,
    cohort_opened,
    completed,
    depart,
    employ,
    employment_end,
    record,
    reemployment,
    register,
    withdrew,
)

DAY = timedelta(days=1)
ASSIGNED = KNOWN + DAY


async def test_a_worklist_begins_with_whom_to_be_in_touch_with_next(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), completed("met"), completed("next"))
    counselor_id = await register(bench, "C-1")
    await bench.day(ASSIGNED)
    await record(bench, "met", ASSIGNED)

    worklist = await bench.query(lambda work: handlers.show_worklist(counselor_id, work))

    assert [("2022-07-30", case_id("next")), ("2022-09-28", case_id("met"))] == [
        (item["next_follow_up_on"], item["case_id"]) for item in worklist["items"]
    ]


async def test_outcomes_say_what_they_count_and_as_of_when(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), completed("ji-u"), completed("silent"))
    await employ(bench, "ji-u", reemployment(date(2022, 7, 4)))

    async def outcomes(as_of: date | None) -> dict[str, Any]:
        return await bench.query(lambda work: handlers.show_outcomes(COHORT_ID, as_of, work))

    now = await outcomes(None)
    assert now["rate"] == {"numerator": 1, "denominator": 2}
    assert (KNOWN.isoformat(), KNOWN.isoformat()) == (now["as_of"], now["known_on"])
    assert (await outcomes(date(2022, 7, 3)))["rate"] == {"numerator": 0, "denominator": 2}
    assert "started_on <= as_of" in now["definition"]
    with pytest.raises(InTheFuture):
        await outcomes(KNOWN + DAY)


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (LEFT - 2 * DAY, (0, 0, 0, 0, 0, 0)),
        (LEFT - DAY, (1, 0, 0, 0, 1, 0)),
        (COMPLETED - DAY, (1, 0, 0, 0, 1, 1)),
        (COMPLETED, (3, 2, 0, 0, 1, 1)),
        (OPENED, (3, 2, 1, 1, 1, 1)),
        (OPENED + 2 * DAY, (3, 2, 1, 1, 1, 1)),
        (OPENED + 3 * DAY, (3, 2, 1, 0, 1, 1)),
        (KNOWN, (3, 2, 1, 0, 1, 1)),
    ],
)
async def test_outcomes_as_of_any_day_are_by_the_days_on_which_things_were_so(
    bench: Bench, as_of: date, expected: tuple[int, ...]
) -> None:
    """All of it is learned on one day in July, her leaving in May as well."""
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), withdrew("left", on=LEFT, recorded_on=KNOWN))
    await bench.given(completed("ji-u"), completed("silent"))
    await employ(bench, "left", reemployment(LEFT + 9 * DAY))
    await employ(bench, "ji-u", reemployment(OPENED))
    end = employment_end(OPENED + 3 * DAY)
    await bench.command(lambda work: handlers.record_employment_end(case_id("ji-u"), end, work))

    found = await bench.query(lambda work: handlers.show_outcomes(COHORT_ID, as_of, work))

    keys = (
        "participants",
        "completed",
        "reemployed_ever",
        "still_employed",
        "left",
        "left_reemployed_ever",
    )
    assert expected == tuple(found[key] for key in keys)
    assert found["still_rate"] == {"numerator": expected[3], "denominator": expected[1]}
    assert {"definition", "still_definition", "left_definition"} <= found.keys()


async def test_cases_are_listed_by_their_status(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), completed("a"), completed("b"))
    await register(bench, "C-1", 1)
    await bench.day(ASSIGNED)

    async def listed(status: domain.Status | None) -> list[str]:
        page = await bench.query(
            lambda work: handlers.list_cases(COHORT_ID, status, work, after="", limit=9)
        )
        return [item["status"] for item in page["items"]]

    assert sorted(await listed(None)) == ["open", "waiting"]
    assert await listed("waiting") == ["waiting"]
    assert await listed("open") == ["open"]
    assert await listed("closed") == []


async def test_a_counselor_who_left_is_shown_as_such(bench: Bench) -> None:
    await bench.day(KNOWN)
    counselor_id = await register(bench, "C-1")
    await depart(bench, counselor_id)

    shown = await bench.query(lambda work: handlers.show_counselor(counselor_id, work))

    assert shown["left_on"] == KNOWN.isoformat()
