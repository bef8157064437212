"""What counselors record: kept where it belongs, refused where it cannot be, late where it may."""

from datetime import date, timedelta

import pytest

from services.counseling import domain, handlers
from services.counseling.storage import CASES, COUNSELORS
from shared.errors import InTheFuture, NotFound
from shared.events.counseling import CaseClosed, ContactRecorded, EmploymentEnded, Reemployed
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
    policy_with,
    published,
    record,
    reemployment,
    register,
    withdrew,
)

DAY = timedelta(days=1)
ASSIGNED = KNOWN + DAY
A_MONTH = policy_with(months=1, follow_up_after_days=(10, 20))  # 1 to 30 July
CLOSED = date(2022, 7, 31)


async def end_employment(bench: Bench, who: str, ended_on: date) -> None:
    command = employment_end(ended_on)
    key = case_id(who)
    await bench.command(lambda work: handlers.record_employment_end(key, command, work))


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


async def test_an_employer_is_named_by_her_case_and_by_nothing_else(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), completed("ji-u"))
    await employ(bench, "ji-u", reemployment(OPENED, "숲속작은도서관"))
    await end_employment(bench, "ji-u", OPENED + DAY)
    await employ(bench, "ji-u", reemployment(OPENED + 2 * DAY))

    case = await bench.query(lambda work: handlers.show_case(case_id("ji-u"), work))
    others = [
        await bench.query(lambda work: handlers.list_contacts(case_id("ji-u"), work)),
        await bench.query(
            lambda work: handlers.list_cases(COHORT_ID, None, work, after="", limit=9)
        ),
        await bench.state(CASES, case_id("ji-u")),
        bench.published,
        await bench._rows("journal", {}),
        await bench._rows("vault", {}),
    ]

    assert [e["employer_name"] for e in case["employments"]] == ["숲속작은도서관", None]
    assert "숲속작은도서관" not in str(others)


async def test_a_rejected_reemployment_leaves_no_employer_behind(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), completed("ji-u"))

    with pytest.raises(InTheFuture):
        await employ(bench, "ji-u", reemployment(KNOWN + DAY, "㈜삼풍"))

    assert await bench.query(lambda work: work.read_vault(case_id("ji-u"))) == {}


async def test_a_job_ends_and_another_begins(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), completed("ji-u"))
    await employ(bench, "ji-u", reemployment(OPENED))
    await bench.day("2022-09-10")
    await end_employment(bench, "ji-u", date(2022, 9, 1))
    await employ(bench, "ji-u", reemployment(date(2022, 9, 1)))

    [ended] = published(bench, EmploymentEnded)
    assert (ended.effective_on, ended.recorded_on) == (date(2022, 9, 1), date(2022, 9, 10))
    assert len(published(bench, Reemployed)) == 2
    await bench.verify()


async def test_a_departure_is_recorded_once_and_frees_nobody_yet(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), completed("ji-u"))
    counselor_id = await register(bench, "C-1")
    await bench.day(ASSIGNED)

    reply = await depart(bench, counselor_id)
    with pytest.raises(domain.CounselorLeft):
        await depart(bench, counselor_id)
    with pytest.raises(domain.CounselorExists):
        await register(bench, "C-1")

    assert {"left_on": ASSIGNED.isoformat(), "open_cases": 1}.items() <= reply.items()
    assert (await bench.state(CASES, case_id("ji-u"))).counselor_id == counselor_id
    assert (await bench.state(COUNSELORS, counselor_id)).left_on == ASSIGNED


async def test_nobody_who_was_never_here_leaves(bench: Bench) -> None:
    await bench.day(KNOWN)
    with pytest.raises(NotFound):
        await depart(bench, "cns_nobody")


async def test_what_happened_in_her_year_may_be_written_up_after_it(bench: Bench) -> None:
    """Closed on 31 July, written up until 29 October: the closing stays as it was known."""
    await bench.day(KNOWN)
    await bench.given(cohort_opened(A_MONTH), completed("ji-u"))
    await register(bench, "C-1")
    await bench.day(CLOSED + 90 * DAY)
    await record(bench, "ji-u", date(2022, 7, 30), note="written up late")
    await employ(bench, "ji-u", reemployment(date(2022, 7, 4)))
    await end_employment(bench, "ji-u", date(2022, 7, 30))
    with pytest.raises(domain.AfterTheCase):
        await employ(bench, "ji-u", reemployment(CLOSED))

    case = await bench.state(CASES, case_id("ji-u"))
    found = await bench.query(
        lambda work: handlers.show_outcomes(COHORT_ID, date(2022, 7, 29), work)
    )
    assert [e.outcome for e in published(bench, CaseClosed)] == ["not-reemployed"]
    assert (case.status, len(case.contacts)) == ("closed", 1)
    assert (found["reemployed_ever"], found["still_employed"]) == (1, 1)
    assert bench.set_aside == []
    await bench.verify()


async def test_in_the_end_a_closed_case_takes_nothing_more(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(A_MONTH), completed("ji-u"))
    await bench.day(CLOSED + 91 * DAY)

    with pytest.raises(domain.CaseIsClosed):
        await employ(bench, "ji-u", reemployment(OPENED))
    with pytest.raises(domain.CaseIsClosed):
        await end_employment(bench, "ji-u", OPENED)
    with pytest.raises(domain.CaseIsClosed):
        await record(bench, "ji-u", OPENED)


async def test_who_left_unnoticed_to_take_a_job_has_it_recorded_from_its_day(
    bench: Bench,
) -> None:
    """Before the withdrawal was found she was an intern on that day, afterwards she was not."""
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), completed("ji-u"))
    with pytest.raises(domain.BeforeTheCase):
        await employ(bench, "ji-u", reemployment(LEFT))
    await bench.given(withdrew("ji-u", on=LEFT, recorded_on=KNOWN))

    await employ(bench, "ji-u", reemployment(LEFT))

    found = await bench.query(lambda work: handlers.show_outcomes(COHORT_ID, COMPLETED, work))
    assert {
        "completed": 0,
        "reemployed_ever": 0,
        "still_employed": 0,
        "left": 1,
        "left_reemployed_ever": 1,
    }.items() <= found.items()
