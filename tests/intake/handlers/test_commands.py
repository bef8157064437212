"""What people may ask for when things go otherwise: withdrawing, cancelling, one more round."""

from collections import Counter
from datetime import date

import pytest

from services.intake import domain, handlers
from services.intake.storage import APPLICATIONS, COHORTS, PEOPLE
from shared.errors import NotFound
from shared.testing import Bench
from tests.intake.builders import COHORT_ID, kinds
from tests.intake.steps import (
    APPLYING,
    FIRST_DAY,
    SCREENING,
    SELECTING,
    announce,
    apply,
    cancel,
    declare,
    open_cohort,
    selected_cohort,
    shown_selection,
    status_of,
    withdraw,
)


async def test_who_withdraws_before_the_screening_is_neither_screened_nor_selected(
    bench: Bench,
) -> None:
    await bench.day(APPLYING)
    await open_cohort(bench)
    gone, stays = await apply(bench, 1), await apply(bench, 2)

    await withdraw(bench, gone, date(2022, 3, 10))
    await bench.day(SELECTING)

    assert await status_of(bench, gone, stays) == ["withdrawn", "selected"]
    assert (await bench.state(APPLICATIONS, gone)).check is None
    assert (await shown_selection(bench))["recheck"] == 0
    assert bench.set_aside == []
    await bench.verify()


async def test_who_withdraws_between_screening_and_selection_is_not_ranked(bench: Bench) -> None:
    await bench.day(APPLYING)
    await open_cohort(bench, target=1)
    gone, stays = await apply(bench, 1, career_years=9), await apply(bench, 2)
    await bench.day(SCREENING)

    await withdraw(bench, gone, date(2022, 3, 18))
    await bench.day(SELECTING)

    shown = await shown_selection(bench)
    assert [item["application_id"] for item in shown["ranked"]] == [stays]
    assert (shown["applied"], shown["eligible"], shown["recheck"]) == (2, 1, 0)


async def test_who_withdraws_after_the_selection_is_counted_and_keeps_her_outcome(
    bench: Bench,
) -> None:
    ids = await selected_cohort(bench)

    await withdraw(bench, ids[3], date(2022, 3, 22))

    shown = await bench.query(lambda work: handlers.show_cohort(COHORT_ID, work))
    counts = shown["counts"]
    assert (counts["selected"], counts["reserved"], counts["withdrawn"]) == (2, 1, 1)
    selection = await shown_selection(bench)
    assert (selection["selected"], selection["recheck"]) == (2, 0)
    assert selection["ranked"][0]["status"] == "withdrawn"
    assert (await bench.state(COHORTS, COHORT_ID)).given_up_on == (date(2022, 3, 22),)
    assert kinds(bench.published)[-1] == "ApplicationWithdrawn"
    await bench.verify()


async def test_a_withdrawal_found_out_late_counts_from_its_day(bench: Bench) -> None:
    ids = await selected_cohort(bench)
    await bench.day("2022-05-10")

    await withdraw(bench, ids[3], date(2022, 4, 20))

    told = bench.published[-1]
    assert (told.effective_on, told.recorded_on) == (date(2022, 4, 20), date(2022, 5, 10))


async def test_nobody_withdraws_what_is_not_there(bench: Bench) -> None:
    await bench.day(FIRST_DAY)

    with pytest.raises(NotFound):
        await withdraw(bench, "app_nobody", date(2022, 3, 2))


async def test_before_the_selection_a_cancelled_cohort_decides_nothing_more(bench: Bench) -> None:
    await bench.day(APPLYING)
    await open_cohort(bench)
    first = await apply(bench, 1)

    await cancel(bench)
    with pytest.raises(domain.CohortIsCancelled):
        await apply(bench, 2)
    await bench.day("2022-03-11")
    lapsed = await status_of(bench, first)
    await bench.day(SELECTING)

    assert lapsed == ["lapsed"]
    assert kinds(bench.published) == ["CohortOpened", "ApplicationSubmitted", "CohortCancelled"]
    assert bench.set_aside == []
    await bench.verify()


async def test_on_the_eve_of_the_screening_it_is_cancelled_and_nobody_is_screened(
    bench: Bench,
) -> None:
    await bench.day(APPLYING)
    await open_cohort(bench)
    her = await apply(bench, 1)
    await bench.day("2022-03-17")

    await cancel(bench)
    await bench.day(SCREENING)

    assert await status_of(bench, her) == ["lapsed"]
    assert (await bench.state(APPLICATIONS, her)).check is None
    assert (await bench.state(COHORTS, COHORT_ID)).is_wound_up


async def test_after_the_selection_a_cancelled_cohort_lapses_who_was_in_it(bench: Bench) -> None:
    ids = await selected_cohort(bench)

    await cancel(bench)
    await bench.day("2022-03-25")

    assert await status_of(bench, *ids) == [
        "not-selected",
        "lapsed",
        "lapsed",
        "lapsed",
        "rejected",
    ]
    shown = await bench.query(lambda work: handlers.show_cohort(COHORT_ID, work))
    assert (shown["status"], shown["cancelled_from"]) == ("cancelled", "2022-03-23")
    assert (shown["counts"]["lapsed"], shown["counts"]["selected"]) == (3, 2)
    assert (await shown_selection(bench))["recheck"] == 0
    await bench.verify()


async def test_an_extra_round_selects_its_own_for_the_place_left(bench: Bench) -> None:
    ids = await selected_cohort(bench)
    await withdraw(bench, ids[3], date(2022, 3, 22))
    await bench.day("2022-04-01")

    number = await announce(bench)
    late = [await apply(bench, n, career_years=n) for n in (6, 7, 8)]
    await bench.day("2022-04-06")

    assert number == 2
    assert await status_of(bench, *late) == ["not-selected", "reserved", "selected"]
    assert await status_of(bench, *ids[:4]) == ["not-selected", "reserved", "selected", "withdrawn"]
    told = Counter(kinds(bench.published))
    assert (told["CohortPolicyRevised"], told["SelectionClosed"]) == (1, 2)
    assert bench.set_aside == []
    await bench.verify()


async def test_each_round_is_shown_and_all_of_them_are_rechecked(bench: Bench) -> None:
    ids = await selected_cohort(bench)
    await withdraw(bench, ids[3], date(2022, 3, 22))
    await bench.day("2022-04-01")
    await announce(bench)
    late = await apply(bench, 6)

    between = await shown_selection(bench)
    await bench.day("2022-04-06")
    shown = await shown_selection(bench)

    assert (between["round"], len(between["rounds"])) == (1, 1), "the latest that is closed"
    assert [(r["round"], r["places"], r["selected"]) for r in shown["rounds"]] == [
        (1, 2, 2),
        (2, 1, 1),
    ]
    assert shown["round"] == 2
    assert [item["application_id"] for item in shown["ranked"]] == [late]
    assert (shown["recheck"], shown["differences"]) == (0, {})


async def test_an_extra_round_before_the_former_one_is_closed_is_rejected(bench: Bench) -> None:
    await bench.day(APPLYING)
    await open_cohort(bench)

    with pytest.raises(domain.SelectionNotClosed):
        await announce(bench)


async def test_a_person_in_the_running_elsewhere_on_the_same_days_is_rejected(bench: Bench) -> None:
    await bench.day(APPLYING)
    await open_cohort(bench)
    other_id = await open_cohort(bench, title="2022-h1-additional")
    first = await apply(bench, 1)
    person_id = (await bench.state(APPLICATIONS, first)).person_id

    async def apply_elsewhere() -> None:
        declared = declare(person_id)
        await bench.command(lambda w: handlers.submit_application(other_id, declared, w))

    with pytest.raises(domain.DuplicateParticipation):
        await apply_elsewhere()
    await withdraw(bench, first, date(2022, 3, 10))
    await apply_elsewhere()

    assert len((await bench.state(PEOPLE, person_id)).application_ids) == 2
    await bench.verify()
