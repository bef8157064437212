"""What falls due, on both stores: a whole life, completeness by count, and who overtakes whom."""

from datetime import timedelta

import pytest

from services.placement import handlers
from services.placement.domain import (
    CohortIsCancelled,
    ConfirmAttendance,
    HostCapExceeded,
    MatchingBegun,
    MatchingNotClosed,
    RankCandidates,
    SignAgreement,
    cohort_due_on,
    organisation_id,
    passes,
)
from services.placement.storage import COHORTS, KINDS, PLACEMENTS, POSITIONS
from shared.events import IntegrationEvent
from shared.events.placement import (
    AgreementSigned,
    ApplicantUnmatched,
    AttendanceConfirmed,
    AttendanceMonthClosed,
    HostCompanyApproved,
    InternPlaced,
    InternshipCompleted,
    InternshipNotCompleted,
    InternshipStarted,
    InternWithdrew,
    MatchingClosed,
    PlacementDeclined,
    PositionOffered,
    VacancyOpened,
)
from shared.mongo import Work
from shared.testing import Bench
from tests.placement.builders import (
    COHORT_ID,
    MATCHING_ON,
    POLICY,
    applicant_selected,
    application_withdrawn,
    cohort_cancelled,
    cohort_opened,
    confirm,
    day,
    declare,
    leave,
    matched,
    memory_bench,
    offer,
    person_id,
    rank,
    register,
    round_announced,
    selection_closed,
    told,
)


async def test_a_cohort_lives_from_offer_to_completion(bench: Bench) -> None:
    await bench.day("2022-03-10")
    await bench.given(cohort_opened())
    org_id = await register(bench, 1)
    signed = SignAgreement(cohort_id=COHORT_ID, signed_on=day("03-09"))
    await bench.command(lambda work: handlers.sign_agreement(org_id, signed, work))
    wanted = await offer(bench, org_id, "Developer")
    other = await offer(bench, org_id, "Tester")
    await bench.given(
        applicant_selected(1, wanted, other), applicant_selected(2, wanted), applicant_selected(3)
    )
    await bench.given(selection_closed(3))
    await rank(bench, wanted, 2, 1)
    await rank(bench, other, 1)

    await bench.day(MATCHING_ON)

    assert {e.person_id: e.position_id for e in told(bench, InternPlaced)} == {
        person_id(1): other,
        person_id(2): wanted,
    }
    assert [e.person_id for e in told(bench, ApplicantUnmatched)] == [person_id(3)]
    (closed,) = told(bench, MatchingClosed)
    assert (closed.candidates, closed.openings, closed.placed, closed.unmatched) == (3, 2, 2, 1)

    await bench.day("2022-04-01")
    assert len(told(bench, InternshipStarted)) == 2
    first, second = (e.placement_id for e in told(bench, InternPlaced))
    await bench.day("2022-04-30")
    await confirm(bench, first, "2022-04")
    await confirm(bench, second, "2022-04", [day("04-04")])
    await bench.day("2022-05-31")
    await confirm(bench, first, "2022-05")
    may = [day("05-02") + timedelta(days=n) for n in range(30)]
    absent = [d for d in may if POLICY.is_business_day(d)][:13]
    await confirm(bench, second, "2022-05", absent)
    await bench.day("2022-06-30")
    await confirm(bench, first, "2022-06")
    await confirm(bench, second, "2022-06")
    await bench.day("2022-07-05")

    assert [(e.month, e.confirmed, e.missing) for e in told(bench, AttendanceMonthClosed)] == [
        ("2022-04", 2, 0),
        ("2022-05", 2, 0),
        ("2022-06", 2, 0),
    ]
    (done,) = told(bench, InternshipCompleted)
    (not_done,) = told(bench, InternshipNotCompleted)
    assert (done.placement_id, done.attended_days) == (first, 62)
    assert (not_done.placement_id, not_done.attended_days) == (second, 48)
    assert {type(e) for e in bench.published} >= {
        HostCompanyApproved,
        AgreementSigned,
        PositionOffered,
    }
    shown = await bench.query(lambda work: handlers.show_cohort(COHORT_ID, work))
    assert shown["counts"] == {
        "candidates": 3,
        "placed": 2,
        "unmatched": 1,
        "hosts": 1,
        "started": 2,
        "completed": 1,
        "not_completed": 1,
        "withdrew": 0,
        "declined": 0,
        "vacancies": 0,
    }
    assert (bench.parked, bench.set_aside) == ([], [])
    await bench.verify()


async def test_matching_waits_until_all_that_intake_announced_is_here(bench: Bench) -> None:
    await bench.day("2022-03-10")
    await bench.given(cohort_opened())
    await offer(bench, await register(bench, 1))
    await bench.given(selection_closed(2), applicant_selected(1))
    await bench.day(MATCHING_ON)
    assert told(bench, MatchingClosed) == []
    shown = await bench.query(lambda work: handlers.show_cohort(COHORT_ID, work))
    assert shown["waits_for"] == "all-selected-applicants"
    with pytest.raises(MatchingNotClosed):
        await bench.query(lambda work: handlers.show_matching(COHORT_ID, work))

    await bench.given(applicant_selected(2))
    await bench.day(MATCHING_ON + timedelta(days=1))

    (closed,) = told(bench, MatchingClosed)
    assert (closed.placed, closed.unmatched) == (1, 1)
    assert bench.set_aside == []


async def test_the_same_people_are_placed_alike_whatever_arrives_first(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forwards in one pass on the bench, backwards and two at a time on its twin."""
    await matched(bench, positions=3, candidates=5)
    forwards = sorted((e.person_id, e.position_id) for e in told(bench, InternPlaced))
    monkeypatch.setattr(passes, "MEMBERS_PER_PASS_MAX", 2)
    twin = Bench("placement", KINDS, handlers.HANDLERS, handlers.SWEEPS)

    await twin.day("2022-03-10")
    await twin.given(cohort_opened())
    for number in reversed(range(3)):
        await offer(twin, await register(twin, number))
    await twin.given(selection_closed(5))
    for number in reversed(range(5)):
        await twin.given(applicant_selected(number))
    await twin.day(MATCHING_ON)

    assert sorted((e.person_id, e.position_id) for e in told(twin, InternPlaced)) == forwards
    assert told(twin, MatchingClosed) == told(bench, MatchingClosed)


async def test_a_ranking_that_matching_overtakes_is_refused(bench: Bench) -> None:
    """Whoever adds to the set that matching reads writes the cohort, too, and so runs again."""
    await bench.day("2022-03-10")
    await bench.given(cohort_opened(), *map(applicant_selected, (1, 2)), selection_closed(2))
    position_id = await offer(bench, await register(bench, 1))
    await bench.day(MATCHING_ON - timedelta(days=1))
    command = RankCandidates(ranked_person_ids=(person_id(1),))

    async def rank_slowly(work: Work) -> None:
        await handlers.rank_candidates(position_id, command, work)
        await bench.day(MATCHING_ON)

    with pytest.raises(MatchingBegun):
        await bench.command(rank_slowly)

    assert (await bench.state(POSITIONS, position_id)).ranked_person_ids == ()
    shown = await bench.query(lambda work: handlers.show_matching(COHORT_ID, work))
    assert (shown["recheck"], shown["blocking_pairs"]) == (0, 0)


async def test_a_confirmation_that_the_closing_overtakes_is_late(bench: Bench) -> None:
    """The lock writes the placement, so the confirmation runs again and sees it."""
    (placement_id,) = await matched(bench, positions=1, candidates=1)
    await bench.day("2022-05-04")
    await declare(bench, placement_id, "2022-04", "host")
    command = ConfirmAttendance(absent_on=())

    async def confirm_slowly(work: Work) -> None:
        await handlers.confirm_attendance(placement_id, "2022-04", "intern", command, work)
        await bench.day("2022-05-05")

    await bench.command(confirm_slowly)

    assert [e.is_late for e in told(bench, AttendanceConfirmed)] == [True]
    assert [(e.confirmed, e.missing) for e in told(bench, AttendanceMonthClosed)] == [(0, 1)]


async def test_a_month_counts_exactly_the_confirmations_that_were_in_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "MEMBERS_PER_PASS_MAX", 2)
    placements = await matched(bench, positions=5, candidates=5)
    await bench.day("2022-04-30")
    for placement_id in placements[:3]:
        await confirm(bench, placement_id, "2022-04")
    await bench.day("2022-05-05")
    await confirm(bench, placements[3], "2022-04")

    (closed,) = told(bench, AttendanceMonthClosed)
    in_time = [e for e in told(bench, AttendanceConfirmed) if not e.is_late]
    assert (closed.confirmed, closed.missing) == (len(in_time), 2) == (3, 2)
    assert [e.placement_id for e in told(bench, AttendanceConfirmed) if e.is_late] == [
        placements[3]
    ]
    await bench.verify()


async def test_a_late_confirmation_of_the_last_open_month_completes_at_once(bench: Bench) -> None:
    (placement_id,) = await matched(bench, positions=1, candidates=1)
    await bench.day("2022-06-30")
    for month in ("2022-04", "2022-05"):
        await confirm(bench, placement_id, month)
    await bench.day("2022-08-01")
    assert told(bench, InternshipCompleted) == []

    await confirm(bench, placement_id, "2022-06")

    (completed,) = told(bench, InternshipCompleted)
    assert (completed.effective_on, completed.recorded_on) == (day("06-30"), day("08-01"))
    assert (await bench.state(PLACEMENTS, placement_id)).status == "completed"
    assert bench.set_aside == []


async def test_a_cohort_cancelled_before_matching_is_not_matched() -> None:
    bench = memory_bench()
    await bench.day("2022-03-10")
    await bench.given(cohort_opened(), applicant_selected(1), selection_closed(1))
    org_id = await register(bench, 1)
    await offer(bench, org_id)
    await bench.given(cohort_cancelled(day("03-27")))
    with pytest.raises(CohortIsCancelled):
        await offer(bench, org_id, "Tester")
    await bench.day("2022-07-31")

    assert told(bench, MatchingClosed) == []
    assert told(bench, AttendanceMonthClosed) == []
    assert cohort_due_on(await bench.state(COHORTS, COHORT_ID)) is None
    assert bench.set_aside == []


async def test_a_cohort_cancelled_on_its_matching_day_is_matched_and_then_declined() -> None:
    """What was recorded on the day does not count on the day, wherever it comes."""
    bench = memory_bench()
    await bench.day("2022-03-10")
    await bench.given(cohort_opened(), applicant_selected(1), selection_closed(1))
    await offer(bench, await register(bench, 1))
    await bench.day("2022-03-28")
    await bench.given(cohort_cancelled(MATCHING_ON))
    await bench.day("2022-03-30")

    assert len(told(bench, InternPlaced)) == 1
    assert [e.recorded_on for e in told(bench, PlacementDeclined)] == [day("03-30")]


@pytest.mark.parametrize("members_per_pass", [1, 2, 500])
async def test_a_cohort_cancelled_before_its_start_is_declined_by_the_city(
    members_per_pass: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = memory_bench()
    monkeypatch.setattr(passes, "MEMBERS_PER_PASS_MAX", members_per_pass)
    await matched(bench, positions=3, candidates=3)
    await bench.day("2022-03-31")
    await bench.given(cohort_cancelled(day("03-31")))
    assert told(bench, PlacementDeclined) == []
    await bench.day("2022-07-31")

    declined = told(bench, PlacementDeclined)
    assert [(e.declined_by, e.recorded_on) for e in declined] == [("city", day("04-01"))] * 3
    assert told(bench, InternshipStarted) == []
    assert told(bench, VacancyOpened) == []
    assert told(bench, AttendanceMonthClosed) == []
    state = await bench.state(COHORTS, COHORT_ID)
    assert state.cancellation is not None
    assert (state.cancellation.ended, state.cancellation.is_settled) == (3, True)
    assert cohort_due_on(state) is None
    await bench.verify()


async def test_a_cohort_cancelled_after_its_start_confirms_and_closes_what_was_in_service(
    bench: Bench,
) -> None:
    first, second = await matched(bench, positions=2, candidates=2)
    await bench.day("2022-04-30")
    for placement_id in (first, second):
        await confirm(bench, placement_id, "2022-04")
    await bench.day("2022-05-10")
    await bench.given(cohort_cancelled(day("05-10")))
    await bench.day("2022-05-11")
    withdrew = told(bench, InternWithdrew)
    assert [(e.effective_on, e.recorded_on, e.ended_by) for e in withdrew] == [
        (day("05-11"), day("05-11"), "city")
    ] * 2
    await confirm(bench, first, "2022-05", [day("05-02")])
    await bench.day("2022-07-31")

    finals = [e for e in told(bench, AttendanceConfirmed) if e.is_final]
    assert [(e.placement_id, e.month, e.service_until) for e in finals] == [
        (first, "2022-05", day("05-10"))
    ]
    assert [(e.month, e.confirmed, e.missing) for e in told(bench, AttendanceMonthClosed)] == [
        ("2022-04", 2, 0),
        ("2022-05", 0, 0),
    ]
    assert told(bench, VacancyOpened) == []
    shown = await bench.query(lambda work: handlers.show_cohort(COHORT_ID, work))
    assert shown["is_cancelled"]
    assert (shown["counts"]["withdrew"], shown["counts"]["started"]) == (2, 2)
    assert cohort_due_on(await bench.state(COHORTS, COHORT_ID)) is None
    assert (bench.parked, bench.set_aside) == ([], [])
    await bench.verify()


async def test_a_cohort_cancelled_after_its_end_loses_nothing() -> None:
    bench = memory_bench()
    (placement_id,) = await matched(bench, positions=1, candidates=1)
    await bench.day("2022-06-30")
    for month in ("2022-04", "2022-05", "2022-06"):
        await confirm(bench, placement_id, month)
    await bench.day("2022-07-01")
    await bench.given(cohort_cancelled(day("07-01")))
    await bench.day("2022-07-10")

    assert told(bench, InternWithdrew) == []
    assert len(told(bench, InternshipCompleted)) == 1


async def extra_round(bench: Bench) -> tuple[str, str]:
    """Round 1 leaves a place; round 2 is announced on 30 March and matched on 8 April.

    The ids of the positions: the one that is taken, and the one that is left.
    """
    await bench.day("2022-03-10")
    await bench.given(cohort_opened())
    taken = await offer(bench, await register(bench, 1))
    left = await offer(bench, await register(bench, 2))
    await bench.given(applicant_selected(1, taken), selection_closed(1))
    await bench.day("2022-03-30")
    await bench.given(round_announced(day("04-08"), day("03-30")))
    return taken, left


async def second_selection(bench: Bench, *numbers: int) -> None:
    when = day("04-07")
    await bench.day(when)
    selected = [applicant_selected(n, recorded_on=when, round_=2) for n in numbers]
    await bench.given(*selected, selection_closed(len(numbers), when, round_=2))


async def test_an_extra_round_is_matched_on_the_openings_left(bench: Bench) -> None:
    taken, left = await extra_round(bench)
    with pytest.raises(HostCapExceeded):
        await offer(bench, organisation_id(f"{2:010}"), "Tester", openings=2)
    new = await offer(bench, await register(bench, 3))
    await second_selection(bench, 4, 5, 6)
    shown = await bench.query(lambda work: handlers.show_cohort(COHORT_ID, work))
    assert (shown["is_matched"], [r["is_matched"] for r in shown["rounds"]]) == (
        False,
        [True, False],
    )
    await rank(bench, left, 4, 5)
    await rank(bench, taken, 6)
    await bench.day("2022-04-08")

    first, second = sorted(told(bench, MatchingClosed), key=lambda e: e.round)
    assert (first.candidates, first.openings, first.placed) == (1, 2, 1)
    assert (second.candidates, second.openings, second.placed, second.unmatched) == (3, 2, 2, 1)
    placed = {e.position_id: e for e in told(bench, InternPlaced)}
    assert placed.keys() == {taken, left, new}
    assert {e.starts_on for e in (placed[left], placed[new])} == {day("04-11")}
    matching = await bench.query(lambda work: handlers.show_matching(COHORT_ID, work))
    assert (matching["recheck"], matching["blocking_pairs"], matching["round"]) == (0, 0, 2)
    assert [r["counts"] for r in matching["rounds"]] == [
        {"candidates": 1, "openings": 2, "placed": 1, "unmatched": 0},
        {"candidates": 3, "openings": 2, "placed": 2, "unmatched": 1},
    ]
    assert len(matching["pairs"]) == 3
    with pytest.raises(MatchingBegun):
        await rank(bench, new, 4)
    assert (bench.parked, bench.set_aside) == ([], [])
    await bench.verify()


async def test_a_place_that_was_left_before_is_free_for_the_extra_round() -> None:
    """One left on the matching day itself is not: that was not known before."""
    bench = memory_bench()
    taken, left = await extra_round(bench)
    (placed,) = told(bench, InternPlaced)
    await bench.day("2022-04-06")
    await leave(bench, placed.placement_id, day("04-06"))
    await second_selection(bench, 4, 5)
    await bench.day("2022-04-08")

    positions = [e.position_id for e in told(bench, InternPlaced)]
    assert sorted(positions) == sorted([taken, taken, left])
    matching = await bench.query(lambda work: handlers.show_matching(COHORT_ID, work))
    assert (matching["recheck"], matching["blocking_pairs"]) == (0, 0)


async def test_an_extra_round_waits_for_its_own_people_while_months_are_closed() -> None:
    bench = memory_bench()
    await extra_round(bench)
    await bench.day("2022-04-07")
    await bench.given(selection_closed(1, day("04-07"), round_=2))
    await bench.day("2022-05-05")

    shown = await bench.query(lambda work: handlers.show_cohort(COHORT_ID, work))
    assert shown["waits_for"] == "all-selected-applicants"
    assert [e.month for e in told(bench, AttendanceMonthClosed)] == ["2022-04"]
    assert bench.set_aside == []


async def test_rounds_in_many_passes_are_those_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    digests = []
    for members_per_pass in (500, 1):
        monkeypatch.setattr(passes, "MEMBERS_PER_PASS_MAX", members_per_pass)
        bench = memory_bench()
        await extra_round(bench)
        await second_selection(bench, 4, 5, 6)
        await bench.given(application_withdrawn(6, day("04-07")))
        await bench.day("2022-04-08")
        digests.append(await bench.digest())
        matching = await bench.query(lambda work: handlers.show_matching(COHORT_ID, work))
        assert (matching["recheck"], matching["blocking_pairs"]) == (0, 0)

    assert digests[0] == digests[1]


async def story(*, is_before: bool) -> Bench:
    """An extra round and a cancellation, heard of before or after the day begins here."""
    bench = memory_bench()
    await bench.day("2022-03-10")
    await bench.given(cohort_opened())
    for number in (1, 2):
        await offer(bench, await register(bench, number))
    news: list[list[IntegrationEvent]] = [
        [applicant_selected(1), applicant_selected(2), selection_closed(2)],
        [application_withdrawn(2, MATCHING_ON)],
        [round_announced(day("04-08"), day("03-30"))],
        [
            applicant_selected(4, recorded_on=day("04-07"), round_=2),
            selection_closed(1, day("04-07"), round_=2),
        ],
        [cohort_cancelled(day("05-31"))],
    ]
    for events in news:
        await bench.day(events[0].recorded_on - timedelta(days=is_before))
        await bench.given(*events)
    await bench.day("2022-07-10")
    assert (bench.parked, bench.set_aside) == ([], [])
    return bench


async def test_a_cohorts_news_before_or_after_its_day_gives_equal_states() -> None:
    before, after = await story(is_before=True), await story(is_before=False)

    assert await before.digest() == await after.digest()
    assert len(told(before, InternWithdrew)) == 2
