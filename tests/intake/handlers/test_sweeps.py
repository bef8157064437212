"""What falls due: calls before the selection of the day, and nothing twice."""

from datetime import date

import pytest

from services.intake import handlers
from services.intake.storage import APPLICATIONS, COHORTS
from shared.events.intake import ApplicantSelected
from shared.testing import Bench
from tests.intake.builders import COHORT_ID, left, unmatched, vacancy
from tests.intake.steps import (
    announce,
    apply,
    cancel,
    selected_cohort,
    shown_selection,
    shown_vacancies,
    status_of,
    withdraw,
)

FOURTH = date(2022, 4, 4)


async def test_a_vacancy_is_called_for_once_and_shown_with_who_was_called(bench: Bench) -> None:
    ids = await selected_cohort(bench)
    await bench.day(FOURTH)

    await bench.given(vacancy(1, FOURTH))
    await bench.day("2022-04-08")

    (shown,) = await shown_vacancies(bench)
    assert (shown["status"], shown["application_id"]) == ("called", ids[1])
    assert (shown["opened_on"], shown["called_on"]) == ("2022-04-04", "2022-04-05")
    calls = [e for e in bench.published if isinstance(e, ApplicantSelected) and e.vacancy_id]
    assert len(calls) == 1
    cohort = await bench.query(lambda work: handlers.show_cohort(COHORT_ID, work))
    counts = cohort["counts"]
    assert (counts["selected"], counts["called"], counts["reserved"]) == (3, 1, 0)
    assert (await shown_selection(bench))["recheck"] == 0
    await bench.verify()


async def test_a_vacancy_that_nobody_can_take_lapses_and_shows_why(bench: Bench) -> None:
    await selected_cohort(bench)
    await bench.day(FOURTH)

    await bench.given(vacancy(1, FOURTH), vacancy(2, FOURTH))
    await bench.day("2022-04-05")

    shown = await shown_vacancies(bench)
    assert sorted(v["status"] for v in shown) == ["called", "lapsed"]
    assert {v["lapse_reason"] for v in shown} == {None, "nobody-left"}
    assert bench.set_aside == []


async def test_many_vacancies_are_called_for_in_passes_of_one_day(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.intake.domain.calls.MEMBERS_PER_PASS_MAX", 1)
    await selected_cohort(bench)
    await bench.day(FOURTH)

    await bench.given(*(vacancy(n, FOURTH) for n in range(3)))
    await bench.day("2022-04-05")

    assert sorted(v["status"] for v in await shown_vacancies(bench)) == [
        "called",
        "lapsed",
        "lapsed",
    ]
    assert bench.set_aside == []


async def test_a_large_cohort_lapses_in_passes_of_one_day(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.intake.domain.cancellation.MEMBERS_PER_PASS_MAX", 1)
    ids = await selected_cohort(bench)

    await cancel(bench)
    await bench.day("2022-03-23")

    assert (await status_of(bench, *ids)).count("lapsed") == 3
    assert (await bench.state(COHORTS, COHORT_ID)).is_wound_up
    assert bench.set_aside == []


async def test_a_vacancy_that_opens_while_the_cohort_is_cancelled_lapses(bench: Bench) -> None:
    await selected_cohort(bench)
    await bench.day(FOURTH)

    await cancel(bench)
    await bench.given(vacancy(1, FOURTH))
    await bench.day("2022-04-06")

    assert [v["lapse_reason"] for v in await shown_vacancies(bench)] == ["cohort-cancelled"]
    assert (await bench.state(COHORTS, COHORT_ID)).is_wound_up
    assert bench.set_aside == []


async def test_the_whole_unhappy_story_leaves_a_recheck_of_zero(bench: Bench) -> None:
    """A leaver, a call, a withdrawal on the day of the call, an extra round, one more call."""
    ids = await selected_cohort(bench)
    await bench.day("2022-04-01")
    her = await bench.state(APPLICATIONS, ids[3])
    await bench.given(left(her, date(2022, 4, 1)), vacancy(1, date(2022, 4, 1)))
    await announce(bench)
    late = [await apply(bench, n, career_years=n) for n in (6, 7)]
    await bench.day("2022-04-02")
    await withdraw(bench, ids[1], date(2022, 4, 2))
    await bench.day("2022-04-06")
    (best,) = [await bench.state(APPLICATIONS, late[1])]
    await bench.given(unmatched(best, date(2022, 4, 6)), vacancy(2, date(2022, 4, 6)))
    await bench.day("2022-04-08")

    assert await status_of(bench, *ids, *late) == [
        "not-selected",
        "withdrawn",
        "selected",
        "left",
        "rejected",
        "reserved",
        "selected",
    ]
    by_id = {v["vacancy_id"]: v for v in await shown_vacancies(bench)}
    found = [by_id[vacancy(n, FOURTH).vacancy_id] for n in (1, 2)]
    assert [(v["status"], v["lapse_reason"]) for v in found] == [
        ("lapsed", "nobody-left"),
        ("called", None),
    ]
    assert found[1]["application_id"] == late[1]
    shown = await shown_selection(bench)
    assert (shown["recheck"], shown["differences"]) == (0, {})
    assert bench.set_aside == []
    await bench.verify()
