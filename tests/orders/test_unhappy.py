"""Every unhappy row of ARCHITECTURE.md, followed across the services: one test a row.

Each test says what every service told of it and what it answers, and what none of them did.
What concerns money and counseling stands in test_unhappy_money.py.
"""

from datetime import date

import pytest

from shared.events.intake import (
    ApplicantReserved,
    ApplicantSelected,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    CohortCancelled,
    CohortPolicyRevised,
    SelectionClosed,
)
from shared.events.payroll import PayrollRecordClosed, WagePaid
from shared.events.placement import (
    AttendanceConfirmed,
    HostCompanySuspended,
    InternPlaced,
    InternshipStarted,
    InternWithdrew,
    MatchingClosed,
    PlacementDeclined,
    PositionClosed,
    VacancyOpened,
)
from tests.orders.story import COHORTS, POLICIES, april, march, may
from tests.orders.unhappy import KRW_PER_HOUR, Story, play_story

MAIN, SHORT, NEVER = COHORTS["main"], COHORTS["short"], COHORTS["never"]
NEVER_BEGAN = ["InternPlaced", "PlacementDeclined"]
NEVER_PAID = ["PayrollRecordOpened", "PayrollRecordClosed"]


@pytest.fixture(scope="module")
def story() -> Story:
    return play_story()


async def test_who_withdraws_before_matching_is_in_no_match_and_leaves_a_vacancy(
    story: Story,
) -> None:
    her = story.one(ApplicationWithdrawn, recorded_on=march(9))
    selection = story.one(SelectionClosed, cohort_id=MAIN)
    matching = story.one(MatchingClosed, cohort_id=MAIN)
    left_over = story.one(VacancyOpened, recorded_on=matching.recorded_on)

    assert await story.status("intake", her) == "withdrawn"
    assert matching.candidates == selection.selected - 1
    assert (await story.vacancy(left_over))["status"] == "called"
    assert story.names("intake", her)[-2:] == ["ApplicantSelected", "ApplicationWithdrawn"]
    assert story.names("placement", her) == []
    assert story.names("payroll", her) == []
    assert story.names("counseling", her) == []


@pytest.mark.parametrize(
    ("cohort_id", "day", "vacancy_status"),
    [(MAIN, march(10), "called"), (SHORT, march(15), "lapsed")],
    ids=["on the matching day", "between placement and first day"],
)
async def test_who_withdraws_during_placement_declines_and_is_never_paid(
    cohort_id: str, day: date, vacancy_status: str, story: Story
) -> None:
    """News of the matching day is acted on the day after: she is placed first, and never begins."""
    her = story.one(ApplicationWithdrawn, recorded_on=day)
    placed = story.one(InternPlaced, application_id=her.application_id)
    declined = story.one(PlacementDeclined, placement_id=placed.placement_id)
    closed = story.one(PayrollRecordClosed, person_id=her.person_id, cohort_id=cohort_id)
    freed = story.one(VacancyOpened, position_id=placed.position_id, recorded_on=tomorrow(day))

    assert her.cohort_id == cohort_id
    assert placed.recorded_on <= day < declined.recorded_on < placed.starts_on
    assert (declined.recorded_on, declined.declined_by) == (tomorrow(day), "intern")
    assert await story.status("intake", her) == "withdrawn"
    assert (await story.vacancy(freed))["status"] == vacancy_status
    assert story.names("placement", her) == NEVER_BEGAN
    assert story.names("payroll", her) == NEVER_PAID
    assert (closed.months, closed.paid_krw) == (0, 0)
    assert story.names("counseling", her) == []


async def test_who_leaves_at_once_is_paid_to_the_day_before_and_offered_counseling(
    story: Story,
) -> None:
    left = story.one(InternWithdrew, recorded_on=march(21))
    attendance = story.one(AttendanceConfirmed, placement_id=left.placement_id)
    closed = story.told(PayrollRecordClosed, person_id=left.person_id)[-1]
    case = await story.case(left)

    assert left.effective_on == march(21)
    assert (attendance.service_until, attendance.is_final) == (march(20), True)
    # Five days and the Sunday of their week, four hours each: the 20th is that Sunday.
    assert (closed.months, closed.paid_krw) == (1, 6 * 4 * KRW_PER_HOUR)
    assert "OverpaymentFound" not in story.names("payroll", left)
    assert "InternshipCompleted" not in story.names("placement", left)
    assert await story.status("intake", left) == "left"
    assert (case["after"], case["opened_on"]) == ("leaving", "2022-03-21")


async def test_whom_a_host_declines_is_called_first_and_elsewhere(story: Story) -> None:
    declined = story.one(PlacementDeclined, declined_by="host")
    called = story.one(ApplicantSelected, person_id=declined.person_id, recorded_on=march(12))
    again = story.one(InternPlaced, person_id=declined.person_id, recorded_on=march(13))
    freed = story.one(VacancyOpened, org_id=declined.org_id)
    instead = story.one(InternPlaced, vacancy_id=freed.vacancy_id)
    record, other = sorted(await story.records_of(declined), key=lambda r: r["left_on"])

    assert again.vacancy_id == called.vacancy_id != freed.vacancy_id
    assert again.org_id != declined.org_id
    assert story.one(InternshipStarted, person_id=declined.person_id).placement_id == (
        again.placement_id
    )
    assert instead.person_id != declined.person_id
    assert await story.status("placement", declined) == "declined"
    assert story.names("payroll", declined)[:3] == [*NEVER_PAID, "PayrollRecordOpened"]
    assert (record["placement_id"], record["months"]) == (declined.placement_id, [])
    assert (other["placement_id"], len(other["months"])) == (again.placement_id, 1)


async def test_a_suspended_host_loses_its_interns_the_day_after_and_no_other_host_does(
    story: Story,
) -> None:
    suspended = story.one(HostCompanySuspended)
    left = story.one(InternWithdrew, recorded_on=april(15))
    final = story.one(AttendanceConfirmed, placement_id=left.placement_id, month="2022-04")
    wage = story.one(WagePaid, person_id=left.person_id, month="2022-04")
    host = await story.show("placement", f"/host-companies/{suspended.org_id}")

    assert [(c["is_suspended"], c["openings"]) for c in host["cohorts"]] == [(True, 0)]
    assert story.one(PositionClosed, org_id=suspended.org_id).recorded_on == april(14)
    assert (left.org_id, left.ended_by) == (suspended.org_id, "city")
    assert final.service_until == suspended.recorded_on
    assert wage.amount_krw == 12 * 8 * KRW_PER_HOUR  # ten days and two Sundays
    assert await story.status("intake", left) == "left"
    assert (await story.case(left))["opened_on"] == "2022-04-15"
    assert story.told(VacancyOpened, recorded_on=april(15)) == []
    ended = story.told(InternWithdrew, cohort_id=MAIN, ended_by="city")
    assert [other.org_id for other in ended] == [suspended.org_id]


async def test_who_works_on_a_closed_position_stays_and_nobody_follows_who_leaves_it(
    story: Story,
) -> None:
    stayed_on = story.one(PositionClosed, cohort_id=SHORT)
    left_from = story.one(PositionClosed, cohort_id=MAIN, recorded_on=march(20))
    left = story.one(InternWithdrew, position_id=left_from.position_id)
    host = await story.show("placement", f"/host-companies/{left_from.org_id}")
    months = story.told(AttendanceConfirmed, cohort_id=SHORT, month="2022-04")
    interns = [
        placed
        for placed in story.told(InternPlaced, position_id=stayed_on.position_id)
        if story.told(InternshipStarted, placement_id=placed.placement_id)
    ]

    assert await story.closed_positions(SHORT) == {stayed_on.position_id}
    assert len(interns) == 2
    for intern in interns:
        served = next(m for m in months if m.placement_id == intern.placement_id)
        assert intern.recorded_on < stayed_on.recorded_on < served.service_until
        assert story.one(WagePaid, person_id=intern.person_id, month="2022-04")
    # Who leaves a closed position the day after leaves no vacancy, and her host may have one less.
    assert left_from.position_id in await story.closed_positions(MAIN)
    assert left.recorded_on == march(21)
    assert story.told(VacancyOpened, recorded_on=march(21)) == []
    assert [cohort["openings"] for cohort in host["cohorts"]] == [0]
    assert story.told(InternPlaced, position_id=left_from.position_id)[-1].recorded_on < march(20)


async def test_a_cohort_cancelled_before_its_start_is_never_matched_and_owes_nothing(
    story: Story,
) -> None:
    cancelled = story.one(CohortCancelled, cohort_id=NEVER)
    selected = story.told(ApplicantSelected, cohort_id=NEVER)
    placement = await story.show("placement", f"/cohorts/{NEVER}")
    payroll = await story.show("payroll", f"/cohorts/{NEVER}/payroll")

    assert cancelled.recorded_on < POLICIES["never"].matching_on
    assert len(selected) == 2
    assert [await story.status("intake", her) for her in selected] == ["lapsed", "lapsed"]
    assert (placement["is_cancelled"], placement["is_matched"]) == (True, False)
    for her in selected:
        assert story.names("placement", her) == []
        assert story.names("payroll", her) == []
        assert story.names("counseling", her) == []
    assert story.told(MatchingClosed, cohort_id=NEVER) == []
    assert (payroll["months"], payroll["overall"]["net_krw"]) == ([], 0)
    assert await story.items("payroll", f"/cohorts/{NEVER}/payroll-records") == []
    assert await story.items("counseling", f"/cohorts/{NEVER}/cases") == []


async def test_a_cohort_cancelled_after_its_start_pays_to_its_last_day_and_offers_counseling(
    story: Story,
) -> None:
    cancelled = story.one(CohortCancelled, cohort_id=SHORT)
    left = story.told(InternWithdrew, cohort_id=SHORT)
    months = (await story.show("payroll", f"/cohorts/{SHORT}/payroll"))["months"]

    assert (cancelled.recorded_on, cancelled.effective_on) == (april(20), april(21))
    assert {(end.effective_on, end.ended_by) for end in left} == {(april(21), "city")}
    assert len(left) == len(story.told(InternshipStarted, cohort_id=SHORT)) == 3
    for end in left:
        served = story.told(AttendanceConfirmed, placement_id=end.placement_id)
        closed = story.one(PayrollRecordClosed, person_id=end.person_id, cohort_id=SHORT)
        assert [month.service_until for month in served] == [march(31), april(20)]
        assert closed.paid_krw == story.paid_krw(end)
        assert await story.status("intake", end) == "lapsed"
        assert (await story.case(end))["after"] == "leaving"
    # Fourteen days and three Sundays: of eight hours for two, of six for one.
    assert months[1]["paid_krw"] == 17 * (8 + 8 + 6) * KRW_PER_HOUR
    assert [month["month"] for month in months] == ["2022-03", "2022-04"]
    assert story.told(VacancyOpened, cohort_id=SHORT, recorded_on=april(21)) == []
    assert story.told(ApplicationWithdrawn, cohort_id=SHORT, recorded_on=april(21)) == []


async def test_an_extra_round_fills_the_places_left_and_leaves_the_first_round_as_it_was(
    story: Story,
) -> None:
    revised = story.one(CohortPolicyRevised)
    first, extra = story.told(SelectionClosed, cohort_id=SHORT)
    matched = story.told(MatchingClosed, cohort_id=SHORT)
    selection = await story.show("intake", f"/cohorts/{SHORT}/selection")
    matching = await story.show("placement", f"/cohorts/{SHORT}/matching")
    begun = story.told(InternshipStarted, cohort_id=SHORT)

    assert (revised.cohort_id, revised.round) == (SHORT, 2)
    assert revised.policy.starts_on == POLICIES["short"].starts_on
    assert [(first.round, first.selected), (extra.round, extra.selected)] == [(1, 1), (2, 3)]
    # The openings of round 2 are all three: whom round 1 placed had withdrawn by then.
    assert [(m.round, m.openings, m.placed) for m in matched] == [(1, 3, 1), (2, 3, 3)]
    assert (selection["recheck"], matching["recheck"], matching["blocking_pairs"]) == (0, 0, 0)
    assert {start.recorded_on for start in begun} == {POLICIES["short"].starts_on}
    assert len(begun) == 3
    for her in begun:
        assert story.names("payroll", her)[0] == "PayrollRecordOpened"
        assert story.told(InternPlaced, placement_id=her.placement_id)[0].vacancy_id is None


async def test_a_person_in_two_cohorts_must_leave_the_one_before_she_is_in_the_other(
    story: Story,
) -> None:
    """The story itself sees her refused by `short` on 9 March, while she has a place in `main`."""
    left = story.one(ApplicationWithdrawn, cohort_id=MAIN, recorded_on=march(10))
    applied = story.one(ApplicationSubmitted, person_id=left.person_id, cohort_id=SHORT)
    records = {r["cohort_id"]: r for r in await story.records_of(left)}
    case = await story.case(applied)

    assert applied.recorded_on == march(13) > left.recorded_on
    assert story.names("placement", left) == NEVER_BEGAN
    assert story.names("placement", applied)[:2] == ["InternPlaced", "InternshipStarted"]
    assert records.keys() == {MAIN, SHORT}
    assert {record["status"] for record in records.values()} == {"closed"}
    assert story.paid_krw(left) == 0
    # March: four days of eight hours. April: fourteen and three Sundays.
    assert story.paid_krw(applied) == (4 + 17) * 8 * KRW_PER_HOUR
    assert story.names("counseling", left) == []
    assert (case["cohort_id"], case["after"]) == (SHORT, "leaving")


async def test_a_reserve_is_called_for_a_vacancy_and_begins_like_everyone(story: Story) -> None:
    first, second, third = sorted(
        story.told(ApplicantReserved, cohort_id=MAIN), key=lambda her: her.reserve_rank
    )
    called = story.one(ApplicantSelected, application_id=first.application_id)
    placed = story.one(InternPlaced, application_id=first.application_id)

    assert (await story.vacancy(called))["application_id"] == first.application_id
    assert called.recorded_on == march(11)
    assert (placed.vacancy_id, placed.recorded_on) == (called.vacancy_id, march(12))
    assert story.one(InternshipStarted, person_id=first.person_id).recorded_on == march(14)
    assert story.names("placement", first)[-1] == "InternshipCompleted"
    assert story.names("payroll", first)[-1] == "PayrollRecordClosed"
    assert (await story.case(first))["opened_on"] == may(1).isoformat()
    # The second withdrew, and the third comes in her place.
    assert story.told(ApplicantSelected, application_id=second.application_id) == []
    assert story.names("placement", second) == story.names("payroll", second) == []
    assert story.one(InternPlaced, application_id=third.application_id).vacancy_id


def tomorrow(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
