"""What follows on the day after: withdrawals that intake tells, calls, suspensions, closings."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.placement import handlers
from services.placement.domain import (
    ApproveHostCompany,
    HostCapExceeded,
    HostSuspended,
    PositionIsClosed,
    SignAgreement,
)
from services.placement.storage import CANDIDATES, HOSTS, PLACEMENTS, placements_of
from shared.errors import Rejected
from shared.events import IntegrationEvent
from shared.events.placement import (
    ApplicantUnmatched,
    HostCompanySuspended,
    InternPlaced,
    InternWithdrew,
    MatchingClosed,
    PlacementDeclined,
    PositionClosed,
    VacancyOpened,
)
from shared.ids import derive
from shared.testing import Bench
from tests.placement.builders import (
    COHORT_ID,
    MATCHING_ON,
    POLICY,
    applicant_selected,
    application_id,
    application_withdrawn,
    close,
    cohort_opened,
    day,
    decline,
    leave,
    matched,
    memory_bench,
    offer,
    person_id,
    rank,
    register,
    round_announced,
    selection_closed,
    suspend,
    told,
)


async def test_who_withdraws_before_matching_is_not_placed_and_her_place_is_vacant(
    bench: Bench,
) -> None:
    """Intake counted her as selected: matching waits for her, and leaves her out."""
    await bench.day("2022-03-10")
    await bench.given(cohort_opened())
    positions = [await offer(bench, await register(bench, number)) for number in range(3)]
    await bench.given(*map(applicant_selected, range(3)), selection_closed(3))
    await bench.day("2022-03-25")
    await bench.given(application_withdrawn(1, day("03-25")))
    await bench.day(MATCHING_ON)

    (closed,) = told(bench, MatchingClosed)
    assert (closed.candidates, closed.placed, closed.unmatched) == (2, 2, 0)
    assert {e.person_id for e in told(bench, InternPlaced)} == {person_id(0), person_id(2)}
    assert told(bench, ApplicantUnmatched) == []
    taken = {e.position_id for e in told(bench, InternPlaced)}
    (opened,) = told(bench, VacancyOpened)
    (left_over,) = set(positions) - taken
    assert opened.position_id == left_over
    assert opened.vacancy_id == derive("vac", COHORT_ID, left_over, 1, 1)
    assert (await bench.state(CANDIDATES, application_id(1))).status == "withdrawn"
    shown = await bench.query(lambda work: handlers.show_matching(COHORT_ID, work))
    assert (shown["recheck"], shown["blocking_pairs"]) == (0, 0)
    listed = await bench.query(lambda work: handlers.list_candidates(left_over, work))
    assert {item["person_id"] for item in listed["items"]} == {person_id(0), person_id(2)}
    await bench.verify()


async def test_no_more_places_are_vacant_than_candidates_withdrew() -> None:
    bench = memory_bench()
    await bench.day("2022-03-10")
    await bench.given(cohort_opened())
    positions = [await offer(bench, await register(bench, n), openings=2) for n in range(2)]
    await bench.given(*map(applicant_selected, range(2)), selection_closed(2))
    await bench.given(application_withdrawn(0, day("03-22")))
    await bench.day(MATCHING_ON)

    assert [e.position_id for e in told(bench, VacancyOpened)] == sorted(positions)[:1]


async def test_who_withdraws_on_the_matching_day_is_placed_and_declines_on_the_next() -> None:
    bench = memory_bench()
    await bench.day("2022-03-10")
    await bench.given(cohort_opened(), applicant_selected(1), selection_closed(1))
    await offer(bench, await register(bench, 1))
    await bench.day("2022-03-28")
    await bench.given(application_withdrawn(1, MATCHING_ON))
    await bench.day(MATCHING_ON)
    assert len(told(bench, InternPlaced)) == 1
    assert told(bench, PlacementDeclined) == []

    await bench.day("2022-03-30")

    (declined,) = told(bench, PlacementDeclined)
    assert (declined.declined_by, declined.effective_on) == ("intern", day("03-30"))
    assert [e.vacancy_id for e in told(bench, VacancyOpened)] == [
        derive("vac", declined.placement_id)
    ]
    assert bench.set_aside == []


async def test_who_withdraws_between_matching_and_her_first_day_declines() -> None:
    """Told on 31 March, decided on 1 April, before that day begins for her."""
    bench = memory_bench()
    (placement_id,) = await matched(bench, positions=1, candidates=1)
    await bench.day("2022-03-31")
    await bench.given(application_withdrawn(0, day("03-31"), day("04-01")))
    await bench.day("2022-04-01")

    assert [e.placement_id for e in told(bench, PlacementDeclined)] == [placement_id]
    assert (await bench.state(PLACEMENTS, placement_id)).status == "declined"
    assert told(bench, InternWithdrew) == []


async def test_who_withdraws_from_her_internship_leaves_on_the_day_she_said(bench: Bench) -> None:
    (placement_id,) = await matched(bench, positions=1, candidates=1)
    await bench.day("2022-05-20")
    await bench.given(application_withdrawn(0, day("05-20"), day("05-13")))
    assert told(bench, InternWithdrew) == []
    await bench.day("2022-05-21")

    (withdrew,) = told(bench, InternWithdrew)
    assert (withdrew.effective_on, withdrew.recorded_on) == (day("05-13"), day("05-21"))
    assert (withdrew.placement_id, withdrew.ended_by) == (placement_id, "intern")
    assert (bench.parked, bench.set_aside) == ([], [])
    await bench.verify()


async def test_a_withdrawal_of_who_was_never_selected_changes_nothing() -> None:
    bench = memory_bench()
    await bench.day("2022-03-10")
    await bench.given(cohort_opened(), application_withdrawn(1, day("03-10")))
    await bench.day("2022-03-12")

    assert bench.parked == []
    await bench.verify()


async def test_a_withdrawal_after_the_last_day_or_after_another_ending_changes_nothing() -> None:
    bench = memory_bench()
    first, _ = await matched(bench, positions=2, candidates=2)
    await bench.day("2022-04-20")
    left = await bench.state(PLACEMENTS, first)
    await leave(bench, first, day("04-20"))
    numbers = {application_id(n): n for n in range(2)}
    one = numbers[left.application_id]
    await bench.day("2022-04-25")
    await bench.given(application_withdrawn(one, day("04-25")))
    await bench.day("2022-08-01")
    await bench.given(application_withdrawn(1 - one, day("08-01"), day("08-02")))
    await bench.day("2022-08-03")

    assert len(told(bench, InternWithdrew)) == 1
    assert bench.set_aside == []


async def vacant(bench: Bench, today: str = "2022-03-30") -> tuple[str, str]:
    """A cohort of two whose first placement was declined on that day: vacancy and position."""
    first, _ = await matched(bench, positions=2, candidates=2)
    await bench.day(today)
    await decline(bench, first)
    (opened,) = told(bench, VacancyOpened)
    return opened.vacancy_id, opened.position_id


async def test_a_reserve_who_is_called_is_placed_on_the_day_after(bench: Bench) -> None:
    vacancy_id, position_id = await vacant(bench)
    await bench.day("2022-03-31")
    await bench.given(applicant_selected(9, recorded_on=day("03-31"), vacancy_id=vacancy_id))
    assert len(told(bench, InternPlaced)) == 2
    await bench.day("2022-04-01")

    (placed,) = [e for e in told(bench, InternPlaced) if e.vacancy_id]
    assert (placed.person_id, placed.position_id) == (person_id(9), position_id)
    assert (placed.vacancy_id, placed.starts_on) == (vacancy_id, day("04-04"))
    assert placed.placement_id == derive("plc", application_id(9))
    await bench.day("2022-04-04")
    shown = await bench.query(lambda work: handlers.show_placement(placed.placement_id, work))
    assert (shown["status"], shown["vacancy_id"]) == ("started", vacancy_id)
    matching = await bench.query(lambda work: handlers.show_matching(COHORT_ID, work))
    assert (matching["recheck"], matching["blocking_pairs"]) == (0, 0)
    assert len(matching["pairs"]) == 2
    assert (bench.parked, bench.set_aside) == ([], [])
    await bench.verify()


async def test_who_was_declined_is_placed_again_under_another_id() -> None:
    bench = memory_bench()
    first, second = await matched(bench, positions=2, candidates=2)
    await bench.day("2022-03-30")
    await decline(bench, first)
    await decline(bench, second)
    her = (await bench.state(PLACEMENTS, first)).application_id
    number = next(n for n in range(2) if application_id(n) == her)
    await bench.day("2022-03-31")
    await bench.given(
        applicant_selected(number, recorded_on=day("03-31"), vacancy_id=derive("vac", second))
    )
    await bench.day("2022-04-01")

    (placed,) = [e for e in told(bench, InternPlaced) if e.vacancy_id]
    assert placed.placement_id == derive("plc", her, 2)
    matching = await bench.query(lambda work: handlers.show_matching(COHORT_ID, work))
    assert matching["recheck"] == 0, "what became of her since is no difference of the matching"


@pytest.mark.parametrize("spoilt_by", ["closing", "suspension", "lateness", "another"])
async def test_a_vacancy_that_cannot_be_taken_leaves_her_unmatched(spoilt_by: str) -> None:
    bench = memory_bench()
    vacancy_id, position_id = await vacant(bench)
    called_on = day("04-14") if spoilt_by == "lateness" else day("03-31")
    await bench.day(called_on)
    if spoilt_by == "closing":
        await close(bench, position_id)
    if spoilt_by == "suspension":
        await suspend(bench, told(bench, VacancyOpened)[0].org_id)
    numbers = (8, 9) if spoilt_by == "another" else (9,)
    await bench.given(
        *(applicant_selected(n, recorded_on=called_on, vacancy_id=vacancy_id) for n in numbers)
    )
    await bench.day(called_on + timedelta(days=1))

    (unmatched,) = told(bench, ApplicantUnmatched)
    assert unmatched.vacancy_id == vacancy_id
    assert len(told(bench, InternPlaced)) == 1 + len(numbers)
    assert (await bench.state(CANDIDATES, unmatched.application_id)).call is None
    assert bench.set_aside == []


async def test_a_place_that_an_extra_round_took_is_not_given_again() -> None:
    """She left on the 5th; the round took her place on the 6th, the call comes to nothing."""
    bench = memory_bench()
    (placement_id,) = await matched(bench, positions=1, candidates=1)
    await bench.day("2022-04-01")
    await bench.given(round_announced(day("04-06"), day("04-01")))
    await bench.day("2022-04-05")
    await leave(bench, placement_id, day("04-05"))
    await bench.given(
        applicant_selected(5, recorded_on=day("04-05"), round_=2),
        selection_closed(1, day("04-05"), round_=2),
    )
    await bench.day("2022-04-06")
    call = applicant_selected(9, recorded_on=day("04-06"), vacancy_id=derive("vac", placement_id))
    await bench.given(call)
    await bench.day("2022-04-07")

    assert {e.person_id for e in told(bench, InternPlaced)} == {person_id(0), person_id(5)}
    assert [e.person_id for e in told(bench, ApplicantUnmatched)] == [person_id(9)]
    matching = await bench.query(lambda work: handlers.show_matching(COHORT_ID, work))
    assert (matching["recheck"], matching["blocking_pairs"]) == (0, 0)


async def test_who_is_called_and_withdraws_on_that_day_is_not_placed() -> None:
    bench = memory_bench()
    vacancy_id, _ = await vacant(bench)
    await bench.given(
        applicant_selected(9, recorded_on=day("03-31"), vacancy_id=vacancy_id),
        application_withdrawn(9, day("03-31")),
    )
    await bench.day("2022-04-02")

    assert len(told(bench, InternPlaced)) == 2
    assert told(bench, ApplicantUnmatched) == []
    assert (await bench.state(CANDIDATES, application_id(9))).status == "withdrawn"


async def test_a_suspended_hosts_interns_end_on_the_next_day_and_no_place_is_vacant(
    bench: Bench,
) -> None:
    """One who begins on that very day does not begin, one who works leaves."""
    await matched(bench, positions=2, candidates=2)
    one, other = told(bench, InternPlaced)
    await bench.day("2022-03-31")
    reply = await suspend(bench, one.org_id)
    await bench.day("2022-04-20")
    await suspend(bench, other.org_id)
    await bench.day("2022-04-21")

    assert reply["closed_position_ids"] == [one.position_id]
    assert [e.org_id for e in told(bench, HostCompanySuspended)] == [one.org_id, other.org_id]
    assert len(told(bench, PositionClosed)) == 2
    (declined,) = told(bench, PlacementDeclined)
    assert (declined.placement_id, declined.declined_by, declined.recorded_on) == (
        one.placement_id,
        "city",
        day("04-01"),
    )
    (withdrew,) = told(bench, InternWithdrew)
    assert (withdrew.placement_id, withdrew.ended_by, withdrew.effective_on) == (
        other.placement_id,
        "city",
        day("04-21"),
    )
    assert told(bench, VacancyOpened) == []
    shown = await bench.query(lambda work: handlers.show_host(one.org_id, work))
    assert [c["is_suspended"] for c in shown["cohorts"]] == [True]
    assert (bench.parked, bench.set_aside) == ([], [])
    await bench.verify()


async def test_a_suspended_host_offers_signs_and_is_approved_no_more() -> None:
    bench = memory_bench()
    await bench.day("2022-03-10")
    await bench.given(cohort_opened())
    org_id = await register(bench, 1)
    await suspend(bench, org_id)

    signed = SignAgreement(cohort_id=COHORT_ID, signed_on=day("03-10"))
    approved = ApproveHostCompany(cohort_id=COHORT_ID)
    with pytest.raises(HostSuspended):
        await offer(bench, org_id)
    with pytest.raises(HostSuspended):
        await bench.command(lambda work: handlers.sign_agreement(org_id, signed, work))
    with pytest.raises(HostSuspended):
        await bench.command(lambda work: handlers.approve_host(org_id, approved, work))
    with pytest.raises(HostSuspended):
        await suspend(bench, org_id)


async def test_a_position_closed_before_matching_takes_nobody_and_frees_the_cap() -> None:
    bench = memory_bench()
    await bench.day("2022-03-10")
    await bench.given(cohort_opened(), applicant_selected(1), selection_closed(1))
    org_id = await register(bench, 1)
    closed = await offer(bench, org_id, "A", openings=2)
    await close(bench, closed)
    with pytest.raises(HostCapExceeded):
        await offer(bench, org_id, "B")
    with pytest.raises(PositionIsClosed):
        await close(bench, closed)
    with pytest.raises(PositionIsClosed):
        await rank(bench, closed, 1)
    await bench.day("2022-03-11")
    open_ = await offer(bench, org_id, "B")
    await bench.day(MATCHING_ON)

    assert [e.position_id for e in told(bench, InternPlaced)] == [open_]
    assert [e.openings for e in told(bench, MatchingClosed)] == [1]


async def test_who_works_on_a_closed_position_stays_and_counts_for_the_cap() -> None:
    bench = memory_bench()
    (placement_id,) = await matched(bench, positions=1, candidates=1)
    (placed,) = told(bench, InternPlaced)
    await bench.day("2022-04-05")
    await close(bench, placed.position_id)
    await bench.day("2022-04-06")
    assert (await bench.state(PLACEMENTS, placement_id)).status == "started"
    assert (await bench.state(HOSTS, placed.org_id)).openings(COHORT_ID) == 1

    await leave(bench, placement_id, day("04-07"))

    assert (await bench.state(HOSTS, placed.org_id)).openings(COHORT_ID) == 0
    assert told(bench, VacancyOpened) == []


async def play_news(events: Sequence[IntegrationEvent], *, is_before: bool) -> Bench:
    """A cohort whose news of each day comes before that day's `DayStarted`, or after it."""
    bench = memory_bench()
    first, *_ = await matched(bench, positions=4, candidates=4)
    await bench.day("2022-03-30")
    await decline(bench, first)
    for recorded_on in sorted({event.recorded_on for event in events}):
        await bench.day(recorded_on - timedelta(days=is_before))
        await bench.given(*(e for e in events if e.recorded_on == recorded_on))
    await bench.day("2022-07-20")
    assert (bench.parked, bench.set_aside) == ([], [])
    return bench


def news(vacancy_id: str) -> list[IntegrationEvent]:
    """A call, a withdrawal on the called one's placing day, before a first day, and far in it."""
    return [
        applicant_selected(9, recorded_on=day("03-31"), vacancy_id=vacancy_id),
        application_withdrawn(9, day("04-01")),
        application_withdrawn(1, day("03-31"), day("04-01")),
        application_withdrawn(2, day("05-05"), day("04-28")),
    ]


async def test_news_before_or_after_its_day_gives_equal_states() -> None:
    bench = memory_bench()
    first, *_ = await matched(bench, positions=4, candidates=4)
    events = news(derive("vac", first))

    before = await play_news(events, is_before=True)
    after = await play_news(events, is_before=False)

    assert await before.digest() == await after.digest()
    assert sorted(e.model_dump_json() for e in before.published) == sorted(
        e.model_dump_json() for e in after.published
    )


HOSTS_COUNT = 3
DAYS = [MATCHING_ON + timedelta(days=n) for n in range(1, 18)]
EXTRA_ROUND: dict[date, list[IntegrationEvent]] = {
    day("04-01"): [round_announced(day("04-06"), day("04-01"))],
    day("04-05"): [
        *(applicant_selected(n, recorded_on=day("04-05"), round_=2) for n in (50, 51, 52)),
        selection_closed(3, day("04-05"), round_=2),
    ],
}
ACTS = st.lists(
    st.tuples(
        st.sampled_from([*DAYS, *[day("04-05")] * 8]),
        st.sampled_from(("decline", "leave", "withdraw", "suspend", "close")),
        st.integers(0, 7),
    ),
    max_size=8,
)


async def call(bench: Bench, called: set[str], today: date) -> None:
    """A reserve for each vacancy of the days before, as intake does, without its rules."""
    opened = [e for e in told(bench, VacancyOpened) if e.recorded_on < today]
    for vacancy_id in sorted({e.vacancy_id for e in opened} - called):
        called.add(vacancy_id)
        number = 100 + len(called)
        await bench.given(applicant_selected(number, recorded_on=today, vacancy_id=vacancy_id))


async def act(bench: Bench, kind: str, number: int, today: date) -> None:
    placed = told(bench, InternPlaced)
    target = placed[number % len(placed)]
    try:
        match kind:
            case "decline":
                await decline(bench, target.placement_id)
            case "leave":
                await leave(bench, target.placement_id, max(today, target.starts_on))
            case "withdraw":
                candidate = await bench.state(CANDIDATES, target.application_id)
                if candidate.withdrawal is None:
                    event = application_withdrawn(0, today).model_copy(
                        update={
                            "application_id": target.application_id,
                            "person_id": target.person_id,
                        }
                    )
                    await bench.given(event)
            case "suspend":
                await suspend(bench, target.org_id)
            case "close":
                await close(bench, target.position_id)
    except Rejected:
        return


@settings(max_examples=30)  # each plays weeks
@given(ACTS)
async def test_no_host_is_ever_over_its_cap_and_no_position_over_its_openings(
    acts: list[tuple[date, str, int]],
) -> None:
    """Whatever is declined, left, suspended, closed and called, beside an extra round that takes
    what is free, too.
    """
    bench = memory_bench()
    await bench.day("2022-03-10")
    await bench.given(cohort_opened())
    openings: dict[str, int] = {}
    for number in range(HOSTS_COUNT):
        org_id = await register(bench, number)
        titles = {"A": 1, "B": 1} if number else {"A": 2}
        for title, count in titles.items():
            openings[await offer(bench, org_id, title, count)] = count
    await bench.given(*map(applicant_selected, range(5)), selection_closed(5))
    await bench.day(MATCHING_ON)
    called: set[str] = set()
    for today in DAYS:
        await bench.day(today)
        await call(bench, called, today)
        await bench.given(*EXTRA_ROUND.get(today, ()))
        for _, kind, number in (a for a in acts if a[0] == today):
            await act(bench, kind, number, today)
    await bench.day(day("04-25"))

    assert (bench.parked, bench.set_aside) == ([], [])
    placements = await bench.query(lambda work: placements_of(COHORT_ID, work))
    serving = [p for p in placements if p.status != "declined"]
    for today in (POLICY.starts_on + timedelta(days=n) for n in range(30)):
        here = [p for p in serving if p.starts_on <= today and (not p.left_on or today < p.left_on)]
        on_position = Counter(p.position_id for p in here)
        at_host = Counter(p.org_id for p in here)
        assert all(count <= openings[position] for position, count in on_position.items())
        assert all(count <= POLICY.interns_per_host_max for count in at_host.values())
    people = Counter(p.person_id for p in serving if not p.left_on)
    assert all(count == 1 for count in people.values())
