"""The unhappy rows of ARCHITECTURE.md that are about wages, claims and counselors."""

import pytest

from shared.events.counseling import CaseTransferred, CounselorAssigned
from shared.events.intake import ApplicationWithdrawn
from shared.events.payroll import (
    OverpaymentFound,
    OverpaymentRecovered,
    PaymentFailed,
    PaymentOrdered,
    PayrollRecordClosed,
    PayslipIssued,
    WagePaid,
)
from shared.events.placement import (
    AttendanceConfirmed,
    AttendanceCorrected,
    InternWithdrew,
    VacancyOpened,
)
from tests.orders.story import COHORTS, april, march, may
from tests.orders.unhappy import KRW_PER_HOUR, Story, play_story

MAIN = COHORTS["main"]


@pytest.fixture(scope="module")
def story() -> Story:
    return play_story()


async def test_who_is_found_after_pay_day_to_have_left_owes_what_was_made_out_beyond_her_day(
    story: Story,
) -> None:
    left = story.one(InternWithdrew, recorded_on=april(13))
    corrected = story.one(AttendanceCorrected, placement_id=left.placement_id)
    slip = story.one(PayslipIssued, person_id=left.person_id)
    claimed = story.one(OverpaymentFound, person_id=left.person_id)
    claim = await story.show("payroll", f"/overpayment-claims/{claimed.claim_id}")
    case = await story.case(left)

    assert left.effective_on == march(24) < slip.pay_date < left.recorded_on
    assert (corrected.service_until, corrected.month) == (march(23), "2022-03")
    # Made out: fourteen days and two Sundays. Served: eight days and one Sunday.
    assert slip.net_krw == 16 * 8 * KRW_PER_HOUR
    assert claimed.amount_krw == (16 - 9) * 8 * KRW_PER_HOUR
    assert 0 < claim["recovered_krw"] < claimed.amount_krw
    assert claim["outstanding_krw"] == claimed.amount_krw - claim["recovered_krw"]
    assert [r["status"] for r in await story.records_of(left)] == ["open"]
    assert (case["after"], case["opened_on"]) == ("leaving", "2022-03-24")
    assert await story.status("intake", left) == "left"
    assert await story.status("placement", left) == "withdrew"
    assert "InternshipCompleted" not in story.names("placement", left)
    assert story.told(AttendanceConfirmed, placement_id=left.placement_id, month="2022-04") == []
    assert story.told(VacancyOpened, recorded_on=april(13)) == []
    assert story.told(PayrollRecordClosed, person_id=left.person_id) == []


async def test_a_month_corrected_after_its_payslip_is_paid_further_or_claimed(story: Story) -> None:
    """An absence costs a day and its week's holiday, here six hours each; without it, it is due."""
    more, less = sorted(
        story.told(AttendanceCorrected, recorded_on=april(19)), key=lambda c: c.absent_days
    )
    slip = story.one(PayslipIssued, person_id=more.person_id, correction_no=1)
    claim = story.one(OverpaymentFound, person_id=less.person_id)
    back = story.one(OverpaymentRecovered, claim_id=claim.claim_id)
    absence_krw = 2 * 6 * KRW_PER_HOUR

    assert (more.absent_days, less.absent_days) == (0, 1)
    assert (slip.net_krw, slip.recorded_on) == (absence_krw, april(20))
    assert story.one(WagePaid, payslip_id=slip.payslip_id).amount_krw == absence_krw
    assert (claim.amount_krw, claim.recorded_on) == (absence_krw, april(20))
    assert back.amount_krw == absence_krw
    for her in (more, less):
        assert story.names("placement", her)[-1] == "InternshipCompleted"
        assert (await story.case(her))["after"] == "completion"
        assert [r["status"] for r in await story.records_of(her)] == ["closed"]
    # Neither has both, and what was claimed is taken from no other wage.
    assert story.told(OverpaymentFound, person_id=more.person_id) == []
    assert story.told(PayslipIssued, person_id=less.person_id, correction_no=1) == []
    april_wage = story.one(WagePaid, person_id=less.person_id, month="2022-04")
    assert april_wage.amount_krw == 157 * KRW_PER_HOUR


async def test_what_the_bank_refused_is_ordered_again_once_and_paid_once(story: Story) -> None:
    refused = story.told(PaymentFailed)
    again = story.told(PaymentOrdered, attempt=2)

    assert len(refused) == 2
    assert {o.payslip_id for o in again} == {failed.payslip_id for failed in refused}
    for failed in refused:
        paid = story.one(WagePaid, payslip_id=failed.payslip_id)
        payslip = await story.show("payroll", f"/payslips/{failed.payslip_id}")
        outcomes = {r.order_id: r.outcome for r in story.city.bank}
        assert paid.order_id != failed.order_id
        assert paid.amount_krw == failed.amount_krw == payslip["net_krw"]
        assert (payslip["status"], payslip["attempts"]) == ("paid", 2)
        assert (outcomes[failed.order_id], outcomes[paid.order_id]) == ("refused", "paid")
    assert story.told(WagePaid, order_id=refused[0].order_id) == []
    assert story.told(PaymentOrdered, attempt=3) == []
    # What the bank did not refuse is ordered once.
    first = {o.payslip_id for o in story.told(PaymentOrdered, attempt=1)}
    assert len(story.told(PaymentOrdered)) == len(first) + len(refused)


async def test_who_loses_her_counselor_goes_on_with_another_in_the_same_year(story: Story) -> None:
    moved = story.one(CaseTransferred)
    assigned = story.one(CounselorAssigned, case_id=moved.case_id)
    case = await story.show("counseling", f"/cases/{moved.case_id}")
    counselors = {c["counselor_id"]: c for c in await story.items("counseling", "/counselors")}
    worklist = f"/counselors/{moved.from_counselor_id}/worklist"

    assert moved.from_counselor_id == assigned.counselor_id
    assert counselors[moved.from_counselor_id]["left_on"] == "2022-05-12"
    assert moved.recorded_on == may(13)
    assert case["counselor_id"] == moved.to_counselor_id != moved.from_counselor_id
    assert counselors[moved.to_counselor_id]["left_on"] is None
    assert (case["opened_on"], case["ends_on"]) == ("2022-04-15", "2022-05-14")
    assert (case["contacts"], case["reemployed_on"]) == (1, "2022-05-10")
    assert story.names("counseling", moved).count("CaseOpened") == 1
    assert story.names("counseling", moved)[-1] == "CaseClosed"
    assert (await story.show("counseling", worklist))["items"] == []
    # Nobody else hears of it: her application and her wage stand as they stood.
    assert story.told(ApplicationWithdrawn, person_id=moved.person_id) == []
    assert max(w.recorded_on for w in story.told(WagePaid, person_id=moved.person_id)) < may(12)
