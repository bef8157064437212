"""The placement's own door: who declines, who leaves, and the place that is free again."""

from datetime import timedelta

import pytest

from services.placement import handlers
from services.placement.domain import InternshipBegun, PlacementOver
from services.placement.storage import PLACEMENTS
from shared.errors import NotFound
from shared.events.placement import (
    AttendanceConfirmed,
    AttendanceCorrected,
    AttendanceMonthClosed,
    InternPlaced,
    InternshipCompleted,
    InternWithdrew,
    PlacementDeclined,
    VacancyOpened,
)
from shared.ids import derive
from shared.testing import Bench
from tests.placement.builders import (
    COHORT_ID,
    MONTHS,
    close,
    confirm,
    correct,
    day,
    decline,
    leave,
    matched,
    memory_bench,
    suspend,
    told,
)


async def test_a_host_declines_before_the_first_day_and_the_place_is_vacant(bench: Bench) -> None:
    first, second = await matched(bench, positions=2, candidates=2)
    await bench.day("2022-03-30")

    reply = await decline(bench, first)

    (declined,) = told(bench, PlacementDeclined)
    (opened,) = told(bench, VacancyOpened)
    assert (declined.placement_id, declined.declined_by) == (first, "host")
    assert opened.vacancy_id == derive("vac", first)
    assert (opened.position_id, opened.cohort_id) == (declined.position_id, COHORT_ID)
    assert reply == {
        "placement_id": first,
        "status": "declined",
        "vacancy_id": opened.vacancy_id,
    }
    await bench.day("2022-04-01")
    with pytest.raises(InternshipBegun):
        await decline(bench, second)
    with pytest.raises(NotFound):
        await decline(bench, "plc_unknown")
    counts = (await bench.query(lambda work: handlers.show_cohort(COHORT_ID, work)))["counts"]
    assert (counts["placed"], counts["started"], counts["declined"], counts["vacancies"]) == (
        2,
        1,
        1,
        1,
    )
    await bench.verify()


async def test_an_intern_leaves_in_her_first_weeks_and_the_place_is_vacant() -> None:
    bench = memory_bench()
    (placement_id,) = await matched(bench, positions=1, candidates=1)
    await bench.day("2022-04-08")

    reply = await leave(bench, placement_id, day("04-09"))

    (withdrew,) = told(bench, InternWithdrew)
    assert (withdrew.effective_on, withdrew.ended_by) == (day("04-09"), "intern")
    assert reply["vacancy_id"] == told(bench, VacancyOpened)[0].vacancy_id
    with pytest.raises(PlacementOver):
        await leave(bench, placement_id, day("04-09"))
    shown = await bench.query(lambda work: handlers.show_placement(placement_id, work))
    assert (shown["status"], shown["left_on"], shown["ended_by"]) == (
        "withdrew",
        "2022-04-09",
        "intern",
    )
    assert shown["months"]["2022-04"]["service_until"] == "2022-04-08"
    assert shown["months"]["2022-05"]["status"] == "void"
    assert shown["months"]["2022-05"]["service_from"] is None


@pytest.mark.parametrize("left_on", ["04-15", "05-20"])
async def test_no_place_is_vacant_when_nobody_can_start_any_more(left_on: str) -> None:
    bench = memory_bench()
    (placement_id,) = await matched(bench, positions=1, candidates=1)
    await bench.day(day(left_on))

    reply = await leave(bench, placement_id, day(left_on))

    assert reply["vacancy_id"] is None
    assert told(bench, VacancyOpened) == []


async def test_no_place_of_a_closed_position_or_a_suspended_host_is_vacant() -> None:
    bench = memory_bench()
    first, second = await matched(bench, positions=2, candidates=2)
    (one, other) = told(bench, InternPlaced)
    await bench.day("2022-03-30")
    await close(bench, one.position_id)
    await suspend(bench, other.org_id)

    await decline(bench, first)
    await decline(bench, second, "intern")

    assert told(bench, VacancyOpened) == []
    assert len(told(bench, PlacementDeclined)) == 2


async def test_the_last_month_of_who_left_is_final_and_in_no_count() -> None:
    """Neither among those confirmed in time nor among those that are missing."""
    bench = memory_bench()
    first, second, third = await matched(bench, positions=3, candidates=3)
    await bench.day("2022-04-20")
    await leave(bench, first, day("04-20"))
    await leave(bench, second, day("04-21"))
    await confirm(bench, first, "2022-04")
    await bench.day("2022-04-30")
    await confirm(bench, third, "2022-04")
    await bench.day("2022-06-05")

    finals = [e for e in told(bench, AttendanceConfirmed) if e.is_final]
    assert [(e.placement_id, e.service_until) for e in finals] == [(first, day("04-19"))]
    assert [(e.month, e.confirmed, e.missing) for e in told(bench, AttendanceMonthClosed)] == [
        ("2022-04", 1, 0),
        ("2022-05", 0, 1),
    ]
    await confirm(bench, second, "2022-04")
    (late,) = [e for e in told(bench, AttendanceConfirmed) if e.is_late]
    assert (late.placement_id, late.is_final) == (second, False)


async def test_a_month_that_was_told_in_time_counts_also_when_she_had_left_before() -> None:
    bench = memory_bench()
    (placement_id,) = await matched(bench, positions=1, candidates=1)
    await bench.day("2022-04-30")
    await confirm(bench, placement_id, "2022-04")
    await leave(bench, placement_id, day("04-12"), "host")
    await bench.day("2022-05-05")

    assert [(e.confirmed, e.missing) for e in told(bench, AttendanceMonthClosed)] == [(1, 0)]
    (corrected,) = told(bench, AttendanceCorrected)
    assert (corrected.service_until, corrected.scheduled_days) == (day("04-11"), 7)


async def test_a_withdrawal_found_after_completion_corrects_and_makes_a_leaver(
    bench: Bench,
) -> None:
    (placement_id,) = await matched(bench, positions=1, candidates=1)
    for month, until in zip(MONTHS, ("2022-04-30", "2022-05-31", "2022-06-30"), strict=True):
        await bench.day(until)
        await confirm(bench, placement_id, month)
    await bench.day("2022-08-01")
    assert len(told(bench, InternshipCompleted)) == 1

    await leave(bench, placement_id, day("05-18"), "host")

    (withdrew,) = told(bench, InternWithdrew)
    hers = [type(e) for e in bench.published if e.key == withdrew.person_id]
    assert hers[-3:] == [InternWithdrew, AttendanceCorrected, AttendanceCorrected]
    assert [(e.month, e.service_until) for e in told(bench, AttendanceCorrected)] == [
        ("2022-05", day("05-17")),
        ("2022-06", None),
    ]
    counts = (await bench.query(lambda work: handlers.show_cohort(COHORT_ID, work)))["counts"]
    assert (counts["started"], counts["completed"], counts["withdrew"]) == (1, 0, 1)
    assert (bench.parked, bench.set_aside) == ([], [])
    await bench.verify()


async def test_a_confirmed_month_is_corrected_by_both_and_completion_uses_it(
    bench: Bench,
) -> None:
    """50 of 62 days complete, 49 do not: the correction of April decides."""
    (placement_id,) = await matched(bench, positions=1, candidates=1)
    april = [day("04-01") + timedelta(days=n) for n in (0, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 17)]
    await bench.day("2022-04-30")
    await confirm(bench, placement_id, "2022-04", [*april, day("04-19")])
    await bench.day("2022-06-30")
    await confirm(bench, placement_id, "2022-05")
    await confirm(bench, placement_id, "2022-06")

    reply = await correct(bench, placement_id, "2022-04", "host", april)
    assert (reply["status"], reply["correction"], reply["corrections"]) == (
        "confirmed",
        "waiting",
        0,
    )
    reply = await correct(bench, placement_id, "2022-04", "intern", april)
    assert (reply["correction"], reply["corrections"]) == ("none", 1)
    await bench.day("2022-07-05")

    (completed,) = told(bench, InternshipCompleted)
    assert completed.attended_days == 50
    (corrected,) = told(bench, AttendanceCorrected)
    assert (corrected.correction_no, corrected.absent_days) == (1, 12)
    shown = await bench.query(lambda work: handlers.show_placement(placement_id, work))
    assert shown["months"]["2022-04"]["corrections"] == 1
    await bench.verify()


async def test_a_told_outcome_is_not_revised_by_a_correction() -> None:
    bench = memory_bench()
    (placement_id,) = await matched(bench, positions=1, candidates=1)
    await bench.day("2022-06-30")
    for month in MONTHS:
        await confirm(bench, placement_id, month)
    await bench.day("2022-07-05")
    for side in ("host", "intern"):
        await correct(bench, placement_id, "2022-06", side, [day("06-02")])
    await bench.day("2022-07-10")

    assert len(told(bench, AttendanceCorrected)) == 1
    assert [e.attended_days for e in told(bench, InternshipCompleted)] == [62]
    assert (await bench.state(PLACEMENTS, placement_id)).status == "completed"
