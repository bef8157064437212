"""What falls due, on both stores: a whole life, completeness by count, and who overtakes whom."""

from datetime import timedelta

import pytest

from services.placement import handlers
from services.placement.domain import (
    ConfirmAttendance,
    MatchingBegun,
    MatchingNotClosed,
    RankCandidates,
    SignAgreement,
    passes,
)
from services.placement.storage import KINDS, PLACEMENTS, POSITIONS
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
    MatchingClosed,
    PositionOffered,
)
from shared.mongo import Work
from shared.testing import Bench
from tests.placement.builders import (
    COHORT_ID,
    MATCHING_ON,
    POLICY,
    applicant_selected,
    cohort_opened,
    confirm,
    day,
    declare,
    matched,
    offer,
    person_id,
    rank,
    register,
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
