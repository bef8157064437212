"""What placement tells is noted whenever it arrives, and decided on a later day."""

from collections.abc import Sequence
from datetime import date
from itertools import permutations

import pytest

from services.intake.domain import Application
from services.intake.handlers import HANDLERS, SWEEPS
from services.intake.storage import APPLICATIONS, COHORTS, KINDS
from shared.events import IntegrationEvent
from shared.events.calendar import DayStarted
from shared.events.intake import ApplicantSelected
from shared.testing import Bench
from tests.intake.builders import COHORT_ID, declined, left, unmatched, vacancy
from tests.intake.steps import selected_cohort, status_of

THIRD, FOURTH = date(2022, 4, 3), date(2022, 4, 4)


async def candidates(bench: Bench, *ids: str) -> list[Application]:
    return [await bench.state(APPLICATIONS, id_) for id_ in ids]


def day_started(day: date) -> DayStarted:
    return DayStarted(effective_on=day, recorded_on=day, is_business_day=day.weekday() < 5)


def calls_of(bench: Bench) -> list[ApplicantSelected]:
    found = [e for e in bench.published if isinstance(e, ApplicantSelected)]
    return [e for e in found if e.vacancy_id]


async def test_a_vacancy_is_noted_with_the_day_on_which_it_was_recorded(bench: Bench) -> None:
    await selected_cohort(bench)
    await bench.day(THIRD)

    await bench.given(vacancy(1, FOURTH))

    (noted,) = (await bench.state(COHORTS, COHORT_ID)).vacancies
    assert (noted.status, noted.opened_on) == ("open", FOURTH)
    assert calls_of(bench) == []
    await bench.verify()


async def test_the_news_of_a_day_is_not_decided_on_that_day(bench: Bench) -> None:
    """Neither when it came before the day, nor when it came on it."""
    ids = await selected_cohort(bench)
    await bench.day(THIRD)
    await bench.given(vacancy(1, FOURTH))

    await bench.day(FOURTH)
    on_the_day = calls_of(bench)
    await bench.day("2022-04-05")

    assert on_the_day == []
    assert [e.application_id for e in calls_of(bench)] == [ids[1]]
    assert calls_of(bench)[0].recorded_on == date(2022, 4, 5)


@pytest.mark.parametrize(
    ("by", "status"), [("host", "unplaced"), ("city", "unplaced"), ("intern", "declined")]
)
async def test_a_decline_is_noted_on_the_application(bench: Bench, by: str, status: str) -> None:
    ids = await selected_cohort(bench)
    await bench.day(FOURTH)
    (her,) = await candidates(bench, ids[3])

    await bench.given(declined(her, FOURTH, by))  # type: ignore[arg-type]

    assert await status_of(bench, ids[3]) == [status]
    given_up = (await bench.state(COHORTS, COHORT_ID)).given_up_on
    assert given_up == ((FOURTH,) if by == "intern" else ())
    await bench.verify()


async def test_who_left_has_given_her_place_up(bench: Bench) -> None:
    ids = await selected_cohort(bench)
    await bench.day(FOURTH)
    (her,) = await candidates(bench, ids[3])

    await bench.given(left(her, FOURTH))

    assert await status_of(bench, ids[3]) == ["left"]
    assert (await bench.state(COHORTS, COHORT_ID)).given_up_on == (FOURTH,)


async def test_who_was_unmatched_waits_for_a_vacancy(bench: Bench) -> None:
    ids = await selected_cohort(bench)
    await bench.day("2022-03-30")
    (her,) = await candidates(bench, ids[2])

    await bench.given(unmatched(her, date(2022, 3, 29)))

    (noted,) = await candidates(bench, ids[2])
    assert (noted.status, noted.unplaced_on) == ("unplaced", date(2022, 3, 29))


async def test_news_of_what_intake_does_not_know_is_parked_and_not_lost(bench: Bench) -> None:
    ids = await selected_cohort(bench)
    (her,) = await candidates(bench, ids[3])

    await bench.given(
        vacancy(1, FOURTH).model_copy(update={"cohort_id": "coh_other"}),
        unmatched(her, FOURTH).model_copy(update={"application_id": "app_other"}),
    )

    assert [row["kind"] for row in bench.parked] == ["failed", "failed"]


async def played(order: Sequence[IntegrationEvent]) -> tuple[str, list[str]]:
    """The digest, and who was called for what, when the news arrives in this order."""
    bench = Bench("intake", KINDS, HANDLERS, SWEEPS)
    await selected_cohort(bench)
    await bench.day("2022-04-02")
    await bench.given(*order)
    await bench.settle()
    assert bench.parked == []
    assert bench.set_aside == []
    await bench.verify()
    return await bench.digest(), [e.model_dump_json() for e in calls_of(bench)]


async def test_whether_the_news_or_its_day_comes_first_is_one_state_and_one_story() -> None:
    """Every order that Kafka allows: a day after the news of the days before it, else any."""
    first = Bench("intake", KINDS, HANDLERS, SWEEPS)
    best, second = await candidates(first, *(await selected_cohort(first))[2:4])
    news = [
        vacancy(1, date(2022, 4, 3)),
        declined(best, date(2022, 4, 3), "host", position=2),
        unmatched(second, date(2022, 4, 4)),
        vacancy(2, date(2022, 4, 4), position=3),
    ]
    days = [day_started(date(2022, 4, n)) for n in (3, 4, 5, 6)]

    orders = [order for order in permutations([*news, *days]) if is_possible(order)]
    found = {str(await played(order)) for order in orders[:: len(orders) // 40]}

    assert len(orders) > 100
    assert len(found) == 1


def is_possible(order: Sequence[IntegrationEvent]) -> bool:
    """Days in order; before a day is entered, everything recorded before it has been read."""
    days = [e for e in order if isinstance(e, DayStarted)]
    if days != sorted(days, key=lambda e: e.recorded_on):
        return False
    return all(
        news.recorded_on >= day.recorded_on
        for n, day in enumerate(order)
        if isinstance(day, DayStarted)
        for news in order[n + 1 :]
    )


async def test_after_a_month_of_downtime_the_calls_are_those_of_their_days() -> None:
    """All news first, then all days, against the news on its day."""
    reference = Bench("intake", KINDS, HANDLERS, SWEEPS)
    (best,) = await candidates(reference, (await selected_cohort(reference))[3])
    news = [
        vacancy(1, date(2022, 4, 3)),
        declined(best, date(2022, 4, 5), "city"),
        vacancy(2, date(2022, 4, 5)),
        vacancy(3, date(2022, 4, 13)),
    ]
    days = [day_started(date(2022, 4, n)) for n in range(3, 30)]
    on_its_day = sorted([*news, *days], key=lambda e: (e.recorded_on, e.producer))

    assert await played([*news, *days]) == await played(on_its_day)
