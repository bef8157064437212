"""Counseling on a bench: news comes in, days pass, and what the city learns of it."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.counseling import domain, handlers
from services.counseling.handlers import HANDLERS, SWEEPS
from services.counseling.storage import CASES, CENTRE, COUNSELORS, KINDS, PARTICIPANTS
from shared.errors import NotFound
from shared.events.counseling import (
    CaseClosed,
    CaseOpened,
    ContactRecorded,
    CounselorAssigned,
    FollowUpOverdue,
    Reemployed,
)
from shared.testing import Bench
from tests.conftest import MakeBench
from tests.counseling.builders import (
    COHORT_ID,
    COMPLETED,
    KNOWN,
    OPENED,
    case_id,
    cohort_opened,
    completed,
    contact,
    policy_with,
    reemployment,
)

DAY = timedelta(days=1)
ASSIGNED = KNOWN + DAY
A_MONTH = policy_with(months=1, follow_up_after_days=(10, 20))


@pytest.fixture
def bench(bench_on: MakeBench) -> Bench:
    return bench_on("counseling", KINDS, HANDLERS, SWEEPS)


async def register(bench: Bench, staff_no: str, caseload_max: int = 20) -> str:
    command = domain.RegisterCounselor(staff_no=staff_no, name="한지민", caseload_max=caseload_max)
    reply = await bench.command(lambda work: handlers.register_counselor(command, work))
    return str(reply["counselor_id"])


async def record(bench: Bench, who: str, held_on: date, note: str = "") -> dict[str, Any]:
    command = contact(held_on, note=note)
    return await bench.command(lambda work: handlers.record_contact(case_id(who), command, work))


async def status_of(bench: Bench, who: str) -> str:
    return (await bench.state(CASES, case_id(who))).status


def published(bench: Bench, contract: type[Any]) -> list[Any]:
    return [event for event in bench.published if isinstance(event, contract)]


async def test_a_completion_opens_a_case_and_the_next_day_brings_a_counselor(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened())
    counselor_id = await register(bench, "C-017")
    await bench.given(completed("ji-u"))

    assert await status_of(bench, "ji-u") == "waiting"

    await bench.day(ASSIGNED)

    [opened, assigned] = bench.published
    assert isinstance(opened, CaseOpened)
    assert (opened.effective_on, opened.recorded_on) == (OPENED, KNOWN)
    assert isinstance(assigned, CounselorAssigned)
    assert (counselor_id, ASSIGNED) == (assigned.counselor_id, assigned.effective_on)
    assert (await bench.state(COUNSELORS, counselor_id)).open_cases == 1
    assert await status_of(bench, "ji-u") == "open"
    await bench.verify()


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


async def test_cases_without_capacity_wait_until_there_is_some(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), *[completed(who) for who in range(3)])
    await register(bench, "C-1", 1)
    await bench.day(ASSIGNED)

    centre = await bench.state(CENTRE, domain.CENTRE_KEY)
    assert (centre.waiting, centre.next_pass_on) == (2, ASSIGNED + DAY)
    assert len(published(bench, CounselorAssigned)) == 1

    await register(bench, "C-2", 2)
    await bench.day(ASSIGNED + DAY)

    assert (await bench.state(CENTRE, domain.CENTRE_KEY)).waiting == 0
    assert len(published(bench, CounselorAssigned)) == 3
    assert bench.set_aside == []
    await bench.verify()


async def test_a_pass_too_large_for_one_transaction_goes_on_the_same_day(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "PASS_CASES_MAX", 2)
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), *[completed(who) for who in range(5)])
    await register(bench, "C-1")
    await bench.day(ASSIGNED)

    assert len(published(bench, CounselorAssigned)) == 5
    assert bench.set_aside == []


async def test_a_woman_who_comes_back_keeps_her_counselor(bench: Bench) -> None:
    following = policy_with().model_copy(update={"title": "2022-h2"})
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), cohort_opened(following), completed("ji-u"))
    hers = await register(bench, "C-1")
    await bench.day(ASSIGNED)
    second = completed("ji-u", on=COMPLETED + 6 * DAY, cohort_id=cohort_opened(following).cohort_id)
    await register(bench, "C-2")
    await bench.given(second)
    await bench.day(second.recorded_on + DAY)

    assert [e.counselor_id for e in published(bench, CounselorAssigned)] == [hers, hers]
    assert len((await bench.state(PARTICIPANTS, second.person_id)).case_ids) == 2
    assert (await bench.state(COUNSELORS, hers)).open_cases == 2


async def test_a_note_is_read_where_it_was_asked_for_and_nowhere_else(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), completed("ji-u"))
    await register(bench, "C-1")
    await bench.day(ASSIGNED)

    first = await record(bench, "ji-u", ASSIGNED, note="wants an evening course")
    second = await record(bench, "ji-u", OPENED, note="left a message")
    contacts = await bench.query(lambda work: handlers.list_contacts(case_id("ji-u"), work))

    assert [first["contact_no"], second["contact_no"]] == [1, 2]
    assert [item["note"] for item in contacts["items"]] == [
        "wants an evening course",
        "left a message",
    ]
    assert "note" not in str(published(bench, ContactRecorded))
    case = await bench.query(lambda work: handlers.show_case(case_id("ji-u"), work))
    state = await bench.state(CASES, case_id("ji-u"))
    assert "evening" not in str(case)
    assert "evening" not in str(state)


async def test_a_rejected_contact_leaves_nothing_behind(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), completed("ji-u"))

    with pytest.raises(domain.NoCounselorYet):
        await record(bench, "ji-u", KNOWN, note="too early")
    with pytest.raises(NotFound):
        await record(bench, "nobody", KNOWN)

    contacts = await bench.query(lambda work: handlers.list_contacts(case_id("ji-u"), work))
    assert contacts["items"] == []
    assert await bench.query(lambda work: work.read_vault(case_id("ji-u"))) == {}


async def test_a_year_from_completion_to_closing(bench: Bench) -> None:
    """A year of one month, so that the days pass quickly: 1 to 30 July, closed the day after."""
    await bench.day(KNOWN)
    await bench.given(cohort_opened(A_MONTH), completed("ji-u"), completed("silent"))
    counselor_id = await register(bench, "C-1")
    await bench.day(ASSIGNED)
    await record(bench, "ji-u", ASSIGNED)
    started = reemployment(ASSIGNED)
    await bench.command(lambda work: handlers.record_reemployment(case_id("ji-u"), started, work))

    await bench.day("2022-07-11")
    assert [(case_id("silent"), 1)] == [
        (e.case_id, e.follow_up_no) for e in published(bench, FollowUpOverdue)
    ]
    await bench.day("2022-07-30")
    assert published(bench, CaseClosed) == []
    await bench.day("2022-07-31")

    assert len(published(bench, Reemployed)) == 1
    assert {(case_id("silent"), 1), (case_id("silent"), 2), (case_id("ji-u"), 2)} == {
        (e.case_id, e.follow_up_no) for e in published(bench, FollowUpOverdue)
    }
    assert {case_id("ji-u"): "reemployed", case_id("silent"): "not-reemployed"} == {
        e.case_id: e.outcome for e in published(bench, CaseClosed)
    }
    assert (await bench.state(COUNSELORS, counselor_id)).open_cases == 0
    assert bench.set_aside == []
    with pytest.raises(domain.CaseIsClosed):
        await record(bench, "ji-u", ASSIGNED)
    await bench.verify()


async def test_a_case_that_closes_frees_its_counselor_for_the_pass_of_that_day(
    bench: Bench,
) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(A_MONTH), completed("first"))
    await register(bench, "C-1", 1)
    await bench.day("2022-07-28")
    await bench.given(completed("second", on=date(2022, 7, 20), recorded_on=date(2022, 7, 28)))
    await bench.day("2022-07-30")
    assert await status_of(bench, "second") == "waiting"

    await bench.day("2022-07-31")

    assert [await status_of(bench, who) for who in ("first", "second")] == ["closed", "open"]


async def test_a_case_that_never_had_a_counselor_closes_too(bench: Bench) -> None:
    await bench.day("2022-07-29")
    await bench.given(cohort_opened(A_MONTH), completed("ji-u"))
    await bench.day("2022-07-31")

    assert len(published(bench, FollowUpOverdue)) == 2
    assert len(published(bench, CaseClosed)) == 1
    assert bench.set_aside == []


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
    started = reemployment(date(2022, 7, 4))
    await bench.command(lambda work: handlers.record_reemployment(case_id("ji-u"), started, work))

    async def outcomes(as_of: date | None) -> dict[str, Any]:
        return await bench.query(lambda work: handlers.show_outcomes(COHORT_ID, as_of, work))

    now = await outcomes(None)
    assert now["rate"] == {"numerator": 1, "denominator": 2}
    assert (KNOWN.isoformat(), KNOWN.isoformat()) == (now["as_of"], now["known_on"])
    assert (await outcomes(date(2022, 7, 3)))["rate"] == {"numerator": 0, "denominator": 2}
    assert "started_on <= as_of" in now["definition"]
    with pytest.raises(domain.InTheFuture):
        await outcomes(KNOWN + DAY)
