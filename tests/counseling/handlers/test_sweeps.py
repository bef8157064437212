"""Days pass: counselors are found, leave and are replaced, follow-ups run late, years end."""

import asyncio
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.counseling import domain, handlers
from services.counseling.domain import Case, Counselor
from services.counseling.handlers import HANDLERS, SWEEPS
from services.counseling.storage import (
    CASES,
    CENTRE,
    COUNSELORS,
    KINDS,
    PARTICIPANTS,
    all_counselors,
    cases_of,
)
from shared.events.counseling import (
    CaseClosed,
    CaseOpened,
    CaseTransferred,
    CounselorAssigned,
    FollowUpOverdue,
    Reemployed,
)
from shared.testing import Bench
from tests.counseling.builders import (
    COHORT_ID,
    COMPLETED,
    KNOWN,
    OPENED,
    case_id,
    cohort_opened,
    completed,
    depart,
    employ,
    policy_with,
    published,
    record,
    reemployment,
    register,
    status_of,
)

DAY = timedelta(days=1)
ASSIGNED = KNOWN + DAY
A_MONTH = policy_with(months=1, follow_up_after_days=(10, 20))
FOLLOWING = policy_with().model_copy(update={"title": "2022-h2"})
FOLLOWING_ID = cohort_opened(FOLLOWING).cohort_id


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


async def test_a_year_from_completion_to_closing(bench: Bench) -> None:
    """A year of one month, so that the days pass quickly: 1 to 30 July, closed the day after."""
    await bench.day(KNOWN)
    await bench.given(cohort_opened(A_MONTH), completed("ji-u"), completed("silent"))
    counselor_id = await register(bench, "C-1")
    await bench.day(ASSIGNED)
    await record(bench, "ji-u", ASSIGNED)
    await employ(bench, "ji-u", reemployment(ASSIGNED))

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


async def test_a_pass_that_leaves_as_many_as_the_day_before_is_no_idle_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One waits since yesterday; today two more, two get a counselor, and again one waits."""
    monkeypatch.setattr(domain, "PASS_CASES_MAX", 2)
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), completed("first"))
    await bench.day(ASSIGNED)
    assert (await bench.state(CENTRE, domain.CENTRE_KEY)).waiting == 1
    await bench.given(*[completed(who, recorded_on=ASSIGNED) for who in range(2)])
    await register(bench, "C-1", 9)

    await bench.day(ASSIGNED + DAY)

    assert bench.set_aside == []
    assert len(published(bench, CounselorAssigned)) == 3


async def centre_with_two_cases(bench: Bench, caseload_max: int = 20) -> str:
    """On 6 July 2022: "a" and "b" with the one counselor that there is."""
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), completed("a"), completed("b"))
    counselor_id = await register(bench, "C-1", caseload_max)
    await bench.day(ASSIGNED)
    return counselor_id


async def test_the_cases_of_a_counselor_who_left_go_to_others_on_the_next_day(
    bench: Bench,
) -> None:
    former = await centre_with_two_cases(bench)
    await depart(bench, former)
    successor = await register(bench, "C-2")
    assert published(bench, CaseTransferred) == []
    await bench.day(ASSIGNED + DAY)

    transferred = published(bench, CaseTransferred)
    assert {case_id("a"), case_id("b")} == {e.case_id for e in transferred}
    assert {(former, successor)} == {(e.from_counselor_id, e.to_counselor_id) for e in transferred}
    assert {ASSIGNED + DAY} == {e.recorded_on for e in transferred}
    assert [(await bench.state(COUNSELORS, c)).open_cases for c in (former, successor)] == [0, 2]
    assert len(published(bench, CounselorAssigned)) == 2
    await bench.verify()


async def test_who_has_left_is_given_no_case(bench: Bench) -> None:
    former = await centre_with_two_cases(bench)
    await depart(bench, former)
    await bench.given(completed("c", recorded_on=ASSIGNED))
    await bench.day(ASSIGNED + 5 * DAY)

    assert [await status_of(bench, who) for who in "abc"] == ["waiting"] * 3
    assert (await bench.state(COUNSELORS, former)).open_cases == 0
    assert bench.set_aside == []


async def test_who_leaves_on_the_day_of_a_pass_is_given_no_case_and_keeps_none(
    bench: Bench,
) -> None:
    """She leaves on the eve: the next day's pass gives her nothing and takes back what she has."""
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), completed("a"))
    former = await register(bench, "C-1")
    await depart(bench, former)
    await bench.day(ASSIGNED)

    assert published(bench, CounselorAssigned) == []
    assert await status_of(bench, "a") == "waiting"


async def test_cases_that_nobody_has_room_for_wait_and_are_shown(bench: Bench) -> None:
    former = await centre_with_two_cases(bench)
    await depart(bench, former)
    await register(bench, "C-2", 1)
    await bench.day(ASSIGNED + DAY)

    async def waiting() -> list[tuple[str, str]]:
        page = await bench.query(
            lambda work: handlers.list_cases(COHORT_ID, "waiting", work, after="", limit=9)
        )
        return [(item["case_id"], item["former_counselor_id"]) for item in page["items"]]

    [(left_over, former_of_it)] = await waiting()
    assert former_of_it == former
    assert (await bench.state(CENTRE, domain.CENTRE_KEY)).waiting == 1
    late = await register(bench, "C-3")
    await bench.day(ASSIGNED + 2 * DAY)

    assert await waiting() == []
    *_, last = published(bench, CaseTransferred)
    assert (last.case_id, last.from_counselor_id, last.to_counselor_id) == (left_over, former, late)


async def test_a_transfer_respects_the_cohorts_caseload_too(bench: Bench) -> None:
    await bench.day(KNOWN)
    news = [completed(who) for who in range(4)]
    await bench.given(cohort_opened(policy_with(caseload_max=2)), *news)
    first, second = [await register(bench, staff_no, 9) for staff_no in ("C-1", "C-2")]
    await bench.day(ASSIGNED)
    await depart(bench, first)
    await bench.day(ASSIGNED + DAY)

    assert (await bench.state(COUNSELORS, second)).open_cases == 2
    assert (await bench.state(CENTRE, domain.CENTRE_KEY)).waiting == 2
    assert published(bench, CaseTransferred) == []


async def test_a_follow_up_is_announced_as_overdue_though_her_counselor_left(
    bench: Bench,
) -> None:
    former = await centre_with_two_cases(bench)
    await record(bench, "a", ASSIGNED)
    await depart(bench, former)
    await bench.day("2022-07-31")

    assert await status_of(bench, "b") == "waiting"
    assert [(case_id("b"), 1)] == [
        (e.case_id, e.follow_up_no) for e in published(bench, FollowUpOverdue)
    ]


async def test_a_case_that_was_taken_back_closes_and_frees_nobody(bench: Bench) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(A_MONTH), completed("a"))
    former = await register(bench, "C-1")
    await bench.day(ASSIGNED)
    await depart(bench, former)
    await bench.day("2022-07-31")

    assert await status_of(bench, "a") == "closed"
    assert (await bench.state(COUNSELORS, former)).open_cases == 0
    assert bench.set_aside == []


async def test_a_case_that_closes_on_the_day_after_her_counselor_left_is_not_transferred(
    bench: Bench,
) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(A_MONTH), completed("a"))
    former = await register(bench, "C-1")
    await bench.day("2022-07-30")
    await depart(bench, former)
    await register(bench, "C-2")
    await bench.day("2022-07-31")

    assert published(bench, CaseTransferred) == []
    assert (await bench.state(COUNSELORS, former)).open_cases == 0
    assert (await bench.state(CASES, case_id("a"))).counselor_id == former


async def test_a_worklist_goes_over_to_the_successor_as_it_was(bench: Bench) -> None:
    former = await centre_with_two_cases(bench)
    await record(bench, "a", ASSIGNED)

    async def worklist(counselor_id: str) -> list[tuple[str, str, int]]:
        found = await bench.query(lambda work: handlers.show_worklist(counselor_id, work))
        return [(i["case_id"], i["next_follow_up_on"], i["contacts"]) for i in found["items"]]

    before = await worklist(former)
    await depart(bench, former)
    assert await worklist(former) == before
    successor = await register(bench, "C-2")
    await bench.day(ASSIGNED + DAY)

    assert len(before) == 2
    assert await worklist(successor) == before
    assert await worklist(former) == []


async def test_a_transferred_case_is_not_given_out_again(bench: Bench) -> None:
    former = await centre_with_two_cases(bench)
    await depart(bench, former)
    await register(bench, "C-2")
    await bench.day(ASSIGNED + 9 * DAY)

    assert len(published(bench, CaseTransferred)) == 2
    assert len(published(bench, CounselorAssigned)) == 2


async def test_taking_back_more_than_one_pass_of_cases_is_done_on_the_same_day(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "PASS_CASES_MAX", 2)
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), *[completed(who) for who in range(5)])
    former = await register(bench, "C-1")
    await bench.day(ASSIGNED)
    await depart(bench, former)
    successor = await register(bench, "C-2")
    await bench.day(ASSIGNED + DAY)

    assert {successor} == {e.to_counselor_id for e in published(bench, CaseTransferred)}
    assert len(published(bench, CaseTransferred)) == 5
    assert (await bench.state(CENTRE, domain.CENTRE_KEY)).waiting == 0
    assert bench.set_aside == []
    await bench.verify()


async def test_two_cases_of_one_woman_go_to_one_successor(bench: Bench) -> None:
    """Also where the other successor is the less loaded one by then."""
    await bench.day(KNOWN)
    second = completed("ji-u", cohort_id=FOLLOWING_ID)
    await bench.given(cohort_opened(), cohort_opened(FOLLOWING), completed("ji-u"), second)
    former = await register(bench, "C-1")
    await bench.day(ASSIGNED)
    assert (await bench.state(COUNSELORS, former)).open_cases == 2
    await depart(bench, former)
    successors = [await register(bench, staff_no) for staff_no in ("C-2", "C-3")]
    await bench.day(ASSIGNED + DAY)

    transferred = published(bench, CaseTransferred)
    assert len(transferred) == 2
    assert len({e.to_counselor_id for e in transferred} & set(successors)) == 1


async def test_a_woman_who_comes_back_does_not_wait_for_a_counselor_who_left(
    bench: Bench,
) -> None:
    await bench.day(KNOWN)
    await bench.given(cohort_opened(), cohort_opened(FOLLOWING), completed("ji-u"))
    former = await register(bench, "C-1")
    await bench.day(ASSIGNED)
    await depart(bench, former)
    successor = await register(bench, "C-2", 1)
    second = completed("ji-u", on=COMPLETED + DAY, cohort_id=FOLLOWING_ID, recorded_on=ASSIGNED)
    await bench.given(second)
    await bench.day(ASSIGNED + DAY)

    assert [e.to_counselor_id for e in published(bench, CaseTransferred)] == [successor]
    [first_only] = published(bench, CounselorAssigned)
    assert first_only.cohort_id == COHORT_ID
    other = case_id("ji-u", cohort_id=FOLLOWING_ID)
    assert (await bench.state(CASES, other)).status == "waiting"


# Whatever happens at the centre: nobody is lost, and the counts are those of the cases.

LIMIT = 3
SHORT = policy_with(months=1, follow_up_after_days=(3, 10), caseload_max=LIMIT)
busy_days = st.lists(
    st.tuples(
        st.integers(0, 3),  # so many complete
        st.lists(st.integers(1, 4), max_size=1),  # who comes, by what she can carry
        st.lists(st.integers(0, 5), max_size=2),  # who leaves, by number
    ),
    min_size=1,
    max_size=8,
)


def assert_in_hands(cases: list[Case], counselors: list[Counselor], today: date) -> None:
    """On a morning, after the day's passes: every case open, closed or waiting for good reason."""
    at_work = {c.counselor_id for c in counselors if c.left_on is None}
    held = Counter(c.counselor_id for c in cases if c.status == "open")

    assert held.keys() <= at_work
    assert all(c.counselor_id is None for c in cases if c.status == "waiting")
    for counselor in counselors:
        assert counselor.open_cases == held[counselor.counselor_id]
        assert counselor.open_cases <= min(counselor.caseload_max, LIMIT)
    if any(c.status == "waiting" and c.known_on < today for c in cases):
        assert all(c.open_cases == min(c.caseload_max, LIMIT) for c in counselors if not c.left_on)


async def run(days: list[tuple[int, list[int], list[int]]]) -> None:
    bench = Bench("counseling", KINDS, HANDLERS, SWEEPS)
    await bench.day(OPENED)
    await bench.given(cohort_opened(SHORT))
    staff: list[str] = []
    today = OPENED
    for n, (completions, come, leave) in enumerate(days):
        news = [
            completed(f"{n}-{i}", on=today - (5 + 20 * i) * DAY, recorded_on=today)
            for i in range(completions)
        ]
        await bench.given(*news)
        staff += [await register(bench, f"C-{n}", capacity) for capacity in come]
        for number in leave:
            gone = [c.counselor_id for c in await bench.query(all_counselors) if c.left_on]
            if number < len(staff) and staff[number] not in gone:
                await depart(bench, staff[number])
        today += DAY
        await bench.day(today)
        cases = await bench.query(lambda work: cases_of(COHORT_ID, work))
        assert_in_hands(cases, await bench.query(all_counselors), today)
    assert bench.set_aside == []
    await bench.verify()


@settings(max_examples=25)
@given(busy_days)
def test_every_open_case_has_a_counselor_who_is_there_or_waits(
    days: list[tuple[int, list[int], list[int]]],
) -> None:
    asyncio.run(run(days))
