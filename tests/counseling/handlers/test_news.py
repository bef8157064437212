"""How internships end, told in any order: a case opens, turns a leaver's, or is not offered."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.counseling.handlers import HANDLERS, SWEEPS, show_outcomes
from services.counseling.storage import CASES, KINDS, LEAVERS, PARTICIPANTS
from shared.events import IntegrationEvent
from shared.events.counseling import CaseOpened, CounselorAssigned
from shared.testing import Bench
from tests.conftest import MakeBench
from tests.counseling.builders import (
    COHORT_ID,
    COMPLETED,
    KNOWN,
    LEFT,
    OPENED,
    case_id,
    cohort_opened,
    completed,
    not_completed,
    policy_with,
    published,
    register,
    withdrew,
)

DAY = timedelta(days=1)
ASSIGNED = KNOWN + DAY
NOT_OFFERED = policy_with(offered_to_leavers=False)
A_MONTH = policy_with(months=1, follow_up_after_days=(2, 4, 20))


async def test_a_completion_waits_for_the_cohort_that_it_belongs_to(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(completed("ji-u"))

    assert [parked["kind"] for parked in bench.parked] == ["waits"]
    assert bench.published == []

    await bench.given(cohort_opened())

    assert bench.parked == []
    assert [type(event) for event in bench.published] == [CaseOpened]


async def test_news_that_came_before_the_first_day_is_taken_up_on_it(bench: Bench) -> None:
    await bench.given(cohort_opened(), completed("ji-u"))
    await bench.day(KNOWN)
    await bench.given()

    assert bench.parked == []
    assert (await bench.state(CASES, case_id("ji-u"))).known_on == KNOWN


async def test_a_second_completion_of_a_placement_is_parked(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), completed("ji-u"), completed("ji-u"))

    assert [parked["kind"] for parked in bench.parked] == ["failed"]
    assert len(published(bench, CaseOpened)) == 1


async def test_who_gets_whom_does_not_depend_on_when_the_news_of_a_day_came(
    bench_on: MakeBench,
) -> None:
    """Once the whole day's news before the day is entered, once after, one by one, backwards."""
    first, second = (bench_on("counseling", KINDS, HANDLERS, SWEEPS) for _ in range(2))
    news = [completed(who) for who in range(7)]
    for bench in (first, second):
        await bench.day(KNOWN - DAY)
        await bench.given(cohort_opened())
        for staff_no in ("C-1", "C-2", "C-3"):
            await register(bench, staff_no, 3)

    await first.given(*news)
    await first.day(ASSIGNED)
    await second.day(KNOWN)
    for event in reversed(news):
        await second.given(event)
    await second.day(ASSIGNED)

    assert len(published(first, CounselorAssigned)) == 7
    assert await first.digest() == await second.digest()


async def test_who_withdraws_has_a_year_from_her_last_day_of_service(bench: Bench) -> None:
    await bench.day(LEFT)
    await bench.given(cohort_opened(), withdrew("ji-u", on=LEFT))

    [opened] = published(bench, CaseOpened)
    assert (opened.effective_on, opened.recorded_on, opened.after) == (LEFT, LEFT, "leaving")
    assert opened.ends_on == date(2023, 5, 15)
    case = await bench.state(CASES, case_id("ji-u"))
    assert (case.served_until, case.follow_ups_on[0]) == (LEFT - DAY, date(2022, 6, 14))


async def test_a_withdrawal_told_the_day_before_begins_its_year_tomorrow(bench: Bench) -> None:
    await bench.day(LEFT - DAY)
    await bench.given(cohort_opened(), withdrew("ji-u", on=LEFT, recorded_on=LEFT - DAY))
    await register(bench, "C-1")
    await bench.day(LEFT)

    case = await bench.state(CASES, case_id("ji-u"))
    assert (case.status, case.known_on, case.opened_on) == ("open", LEFT - DAY, LEFT)


async def test_who_attended_too_little_is_offered_a_leavers_year(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), not_completed("ji-u"))

    [opened] = published(bench, CaseOpened)
    assert (opened.effective_on, opened.after) == (OPENED, "leaving")


@pytest.mark.parametrize("news", [withdrew(), not_completed()], ids=["withdrew", "not completed"])
async def test_where_leavers_are_offered_nothing_they_are_counted_and_no_case_opens(
    bench: Bench, news: IntegrationEvent
) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(NOT_OFFERED), news, completed("other"))

    assert [case_id("other")] == [e.case_id for e in published(bench, CaseOpened)]
    found = await bench.query(lambda work: show_outcomes(COHORT_ID, None, work))
    assert {"completed": 1, "left": 1, "participants": 2}.items() <= found.items()
    await bench.verify()


async def test_a_leaver_without_an_offer_who_is_found_to_have_left_before_counts_from_then(
    bench: Bench,
) -> None:
    await bench.day(KNOWN + DAY)
    late = withdrew("ji-u", on=LEFT, recorded_on=KNOWN + DAY)
    await bench.given(cohort_opened(NOT_OFFERED), not_completed("ji-u"), late)

    assert (await bench.state(LEAVERS, case_id("ji-u"))).served_until == LEFT - DAY
    assert bench.parked == []


async def test_a_withdrawal_found_late_turns_her_case_and_keeps_her_year(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), completed("ji-u"))
    before = await bench.state(CASES, case_id("ji-u"))
    await bench.day(KNOWN + 20 * DAY)
    await bench.given(withdrew("ji-u", on=LEFT, recorded_on=KNOWN + 20 * DAY))

    after = await bench.state(CASES, case_id("ji-u"))
    assert (before.after, after.after) == ("completion", "leaving")
    assert (before.served_until, after.served_until) == (COMPLETED, LEFT - DAY)
    assert (before.opened_on, before.ends_on) == (after.opened_on, after.ends_on)
    assert len(published(bench, CaseOpened)) == 1
    assert len((await bench.state(PARTICIPANTS, after.person_id)).case_ids) == 1
    assert bench.parked == []
    await bench.verify()


async def test_a_withdrawal_found_when_her_case_is_closed_still_counts(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(A_MONTH), completed("ji-u"))
    await bench.day("2022-08-02")
    await bench.given(withdrew("ji-u", on=LEFT, recorded_on=date(2022, 8, 2)))

    case = await bench.state(CASES, case_id("ji-u"))
    found = await bench.query(lambda work: show_outcomes(COHORT_ID, OPENED, work))
    assert (case.status, case.after) == ("closed", "leaving")
    assert (found["completed"], found["left"]) == (0, 1)


async def test_a_withdrawal_waits_for_the_cohort_that_it_belongs_to(bench: Bench) -> None:
    await bench.day(LEFT)
    await bench.given(withdrew("ji-u"))
    assert [parked["kind"] for parked in bench.parked] == ["waits"]

    await bench.given(cohort_opened())

    assert bench.parked == []
    assert len(published(bench, CaseOpened)) == 1


# Orders: within the day on which it is recorded, news may come before that day or after it.

FIRST = date(2022, 7, 1)
LAST = FIRST + 36 * DAY  # past the last piece of news and the end of most years


def stories(who: int, known: int, found: int) -> dict[str, list[IntegrationEvent]]:
    """One woman's news in the order of her stream; `known` and `found` are days after FIRST."""
    known_on, found_on = FIRST + known * DAY, FIRST + (known + found) * DAY
    on = known_on - 2 * DAY
    ending = completed(who, on=on, recorded_on=known_on)
    late = withdrew(who, on=on - 9 * DAY, recorded_on=found_on)
    return {
        "completed": [ending],
        "withdrew": [withdrew(who, on=known_on + DAY, recorded_on=known_on)],
        "not completed, then found out": [not_completed(who, on=on, recorded_on=known_on), late],
        "completed, then found out": [ending, late],
    }


news = st.lists(
    st.tuples(
        st.sampled_from(sorted(stories(0, 0, 0))),
        st.integers(0, 4),
        st.sampled_from([0, 1, 3, 29, 30, 31]),
    ),
    max_size=6,
).map(lambda found: [stories(who, k, f)[name] for who, (name, k, f) in enumerate(found)])


async def digest_of(streams: Sequence[Sequence[IntegrationEvent]], order: list[bool]) -> str:
    """Each piece of news before its day or after it, as `order` says, one by one.

    What comes after its day comes backwards, too: streams keep their order, others have none.
    """
    bench = Bench("counseling", KINDS, HANDLERS, SWEEPS)
    await bench.day(FIRST - DAY)
    await bench.given(cohort_opened(A_MONTH))
    for staff_no in ("C-1", "C-2"):
        await register(bench, staff_no, 2)
    for n in range((LAST - FIRST).days + 1):
        today = FIRST + n * DAY
        told = [[e for e in stream if e.recorded_on == today] for stream in streams]
        early = [e for e, first in zip(told, order, strict=True) if first]
        late = [e for e, first in zip(told, order, strict=True) if not first]
        for stream in early:
            await bench.given(*stream)
        await bench.day(today)
        for stream in reversed(late):
            await bench.given(*stream)
    assert bench.parked == []
    assert bench.set_aside == []
    await bench.verify()
    return await bench.digest()


@settings(max_examples=12)
@given(news, st.data())
def test_news_before_or_after_the_day_on_which_it_is_recorded_gives_the_same_states(
    streams: list[list[IntegrationEvent]], data: st.DataObject
) -> None:
    flags = st.lists(st.booleans(), min_size=len(streams), max_size=len(streams))

    assert asyncio.run(digest_of(streams, [True] * len(streams))) == asyncio.run(
        digest_of(streams, data.draw(flags))
    )


@pytest.mark.parametrize("name", sorted(stories(0, 0, 0)))
@pytest.mark.parametrize("found", [0, 1, 29, 30, 31])
async def test_each_ending_may_come_before_or_after_its_day(name: str, found: int) -> None:
    """29 to 31 days later is when a year of one month ends: its closing meets the news."""
    streams = [stories(1, 1, found)[name]]

    assert await digest_of(streams, [True]) == await digest_of(streams, [False])
