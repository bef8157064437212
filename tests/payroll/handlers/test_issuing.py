"""A month was otherwise than confirmed: told before its pay run, on the day of it, or after it."""

from datetime import date

import pytest

from services.payroll.domain import claim_id_of, payslip_id_of
from services.payroll.storage import CLAIMS, PAY_RUNS, PAYSLIPS, RECORDS
from shared.events.payroll import (
    OverpaymentFound,
    PaymentOrdered,
    PayrollRecordClosed,
    PayslipIssued,
)
from shared.testing import Bench
from tests.payroll.builders import (
    COHORT,
    confirmed,
    corrected,
    month_closed,
    void,
    withdrew,
)
from tests.payroll.playing import published_of
from tests.payroll.steps import (
    RECORD_1,
    employ,
    pay_all,
    pay_back,
    published,
    register,
    totals,
    trial_balance,
    work_month,
)

WHOLE = 2_250_094
ABSENCE = 172_256  # a day and its weekly holiday: domain.md §2.5
WEDNESDAY = date(2022, 4, 6)
NEXT_WEDNESDAY = date(2022, 4, 13)
CLAIM = claim_id_of(RECORD_1, "2022-04", 1)


async def net_of(bench: Bench) -> list[tuple[int, int]]:
    return [(e.correction_no, e.net_krw) for e in published_of(bench, PayslipIssued)]


async def test_a_correction_before_the_pay_run_is_what_the_run_pays(bench: Bench) -> None:
    await employ(bench, 1)
    await work_month(bench, 1)
    await bench.day("2022-05-09")
    await bench.given(corrected(1, "2022-04", "2022-05-09", [WEDNESDAY]))
    await bench.day("2022-05-15")

    assert await net_of(bench) == [(0, WHOLE - ABSENCE)]
    assert published(bench)["OverpaymentFound"] == 0
    assert not bench.set_aside


@pytest.mark.parametrize("is_early", [True, False])
async def test_a_correction_of_the_pay_day_itself_counts_from_the_next(
    bench: Bench, is_early: bool
) -> None:
    """Whether it is here before the run or after it is Kafka's luck: the run pays the same."""
    await employ(bench, 1)
    await work_month(bench, 1)
    news = corrected(1, "2022-04", "2022-05-10", [WEDNESDAY])
    if is_early:
        await bench.given(news)
    await bench.day("2022-05-10")
    if not is_early:
        await bench.given(news)
    assert await net_of(bench) == [(0, WHOLE)]
    assert published(bench)["OverpaymentFound"] == 0

    await bench.day("2022-05-11")

    (found,) = published_of(bench, OverpaymentFound)
    assert (found.claim_id, found.amount_krw, found.month) == (CLAIM, ABSENCE, "2022-04")
    assert found.recorded_on == date(2022, 5, 11)
    assert await net_of(bench) == [(0, WHOLE)]


async def test_an_absence_found_after_the_pay_run_is_claimed_not_deducted(bench: Bench) -> None:
    await employ(bench, 1)
    await work_month(bench, 1)
    await bench.day("2022-05-10")
    await pay_all(bench)
    await bench.day("2022-05-20")
    await bench.given(corrected(1, "2022-04", "2022-05-20", [WEDNESDAY]))
    await bench.day("2022-05-31")
    await work_month(bench, 1, "2022-05")
    await bench.day("2022-06-10")

    assert await net_of(bench) == [(0, WHOLE), (0, WHOLE)]  # May in full: no set-off
    claim = await bench.state(CLAIMS, CLAIM)
    assert (claim.amount_krw, claim.outstanding_krw) == (ABSENCE, ABSENCE)
    april = (await totals(bench))["months"][0]
    assert (april["paid_krw"], april["overpaid_krw"]) == (WHOLE, ABSENCE)
    assert (april["recovered_krw"], april["outstanding_krw"]) == (0, ABSENCE)
    balance = await trial_balance(bench)
    assert balance["overpayments_receivable"] == (ABSENCE, 0)
    assert balance["wage_expense"] == (2 * WHOLE, ABSENCE)


async def test_an_absence_that_was_none_is_paid_by_a_further_payslip(bench: Bench) -> None:
    await employ(bench, 1)
    await bench.given(confirmed(1, absent_on=[WEDNESDAY]), month_closed(1))
    await bench.day("2022-05-13")
    await bench.given(corrected(1, "2022-04", "2022-05-13"))  # a Friday
    await bench.day("2022-05-14")

    own, further = published_of(bench, PayslipIssued)
    assert (own.payslip_id, own.correction_no) == (payslip_id_of(RECORD_1, "2022-04"), 0)
    assert further.payslip_id == payslip_id_of(RECORD_1, "2022-04", 1)
    assert (further.correction_no, further.net_krw) == (1, ABSENCE)
    assert (further.recorded_on, further.pay_date) == (date(2022, 5, 14), date(2022, 5, 16))
    slip = await bench.state(PAYSLIPS, further.payslip_id)
    assert [row.item for row in slip.rows] == ["contracted-month", "settled-before"]
    assert sum(row.amount_krw for row in slip.rows) == slip.gross_krw == ABSENCE
    orders = {e.payslip_id: e.amount_krw for e in published_of(bench, PaymentOrdered)}
    assert orders == {own.payslip_id: WHOLE - ABSENCE, further.payslip_id: ABSENCE}
    await bench.verify()


async def test_a_correction_that_changes_no_wage_settles_without_a_paper(bench: Bench) -> None:
    await employ(bench, 1)
    await bench.given(confirmed(1, absent_on=[WEDNESDAY]), month_closed(1))
    await bench.day("2022-05-12")
    await bench.given(corrected(1, "2022-04", "2022-05-12", [NEXT_WEDNESDAY]))
    await bench.day("2022-05-20")

    assert published(bench)["PayslipIssued"] == 1
    assert published(bench)["OverpaymentFound"] == 0
    (month,) = (await bench.state(RECORDS, RECORD_1)).months
    assert month.settled_no == 1
    assert not bench.set_aside


async def test_corrections_of_one_day_are_settled_by_the_last_of_them(bench: Bench) -> None:
    await employ(bench, 1)
    await work_month(bench, 1)
    await bench.day("2022-05-12")
    await bench.given(
        corrected(1, "2022-04", "2022-05-12", [WEDNESDAY, NEXT_WEDNESDAY]),
        corrected(1, "2022-04", "2022-05-12", [WEDNESDAY], correction_no=2),
    )
    await bench.day("2022-05-13")

    (found,) = published_of(bench, OverpaymentFound)
    assert (found.correction_no, found.amount_krw) == (2, ABSENCE)


async def test_corrections_of_two_days_are_settled_one_by_one_after_downtime(bench: Bench) -> None:
    await employ(bench, 1)
    await work_month(bench, 1)
    await bench.given(
        corrected(1, "2022-04", "2022-05-12", [WEDNESDAY, NEXT_WEDNESDAY]),
        corrected(1, "2022-04", "2022-05-13", [WEDNESDAY], correction_no=2),
    )
    await bench.day("2022-05-20")

    (found,) = published_of(bench, OverpaymentFound)
    assert (found.correction_no, found.amount_krw) == (1, 2 * ABSENCE)
    # What comes back to her is paid; what was claimed stays claimed: no set-off.
    assert await net_of(bench) == [(0, WHOLE), (2, ABSENCE)]


async def test_a_void_month_before_its_run_gets_a_payslip_of_nothing(bench: Bench) -> None:
    """Placement counted it among the confirmed, so the run waits for it and pays nobody less."""
    await employ(bench, 2)
    await work_month(bench, 2)
    await bench.day("2022-05-06")
    await bench.given(
        withdrew(1, "2022-04-01", "2022-05-06"),
        corrected(1, "2022-04", "2022-05-06", figures=void("2022-04")),
    )
    await bench.day("2022-05-10")

    paid = {e.person_id: e.net_krw for e in published_of(bench, PayslipIssued)}
    assert paid == {"per_1": 0, "per_2": WHOLE}
    run = await bench.state(PAY_RUNS, f"{COHORT}_2022-04")
    assert (run.status, run.payslips, run.net_krw) == ("closed", 2, WHOLE)
    slip = await bench.state(PAYSLIPS, payslip_id_of(RECORD_1, "2022-04"))
    assert (slip.status, [row.item for row in slip.rows]) == ("nothing-due", ["no-service"])


async def test_who_left_and_was_paid_owes_what_came_after_her_last_day(bench: Bench) -> None:
    """Found out on 20 June that she left on 16 April: April in part, and all of May."""
    await employ(bench, 1)
    for month, pay_day in (("2022-04", "2022-05-10"), ("2022-05", "2022-06-10")):
        await work_month(bench, 1, month)
        await bench.day(pay_day)
        await pay_all(bench)
    await bench.day("2022-06-20")
    await bench.given(
        withdrew(1, "2022-04-16", "2022-06-20"),
        corrected(1, "2022-04", "2022-06-20", service_until=date(2022, 4, 15)),
        corrected(1, "2022-05", "2022-06-20", figures=void("2022-05")),
    )
    await bench.day("2022-06-30")

    # 1 to 15 April: 11 scheduled days and two Sundays of 8 h.
    due = 13 * 8 * 10_766
    claims = {e.month: e.amount_krw for e in published_of(bench, OverpaymentFound)}
    assert claims == {"2022-04": WHOLE - due, "2022-05": WHOLE}
    assert (await bench.state(RECORDS, RECORD_1)).status == "open"

    await pay_back(bench, CLAIM, "dep_1", WHOLE - due)
    await pay_back(bench, claim_id_of(RECORD_1, "2022-05", 1), "dep_2", WHOLE)
    await bench.day("2022-07-01")

    (closed,) = published_of(bench, PayrollRecordClosed)
    assert (closed.months, closed.paid_krw) == (1, due)
    await bench.verify()


async def test_a_record_that_was_closed_opens_again_for_what_was_overpaid(bench: Bench) -> None:
    await employ(bench, 1)
    for month, pay_day in (
        ("2022-04", "2022-05-10"),
        ("2022-05", "2022-06-10"),
        ("2022-06", "2022-07-11"),
    ):
        await work_month(bench, 1, month)
        await bench.day(pay_day)
        await pay_all(bench)
    await bench.day("2022-07-12")
    assert (await bench.state(RECORDS, RECORD_1)).status == "closed"
    await bench.given(
        withdrew(1, "2022-06-01", "2022-07-12"),
        corrected(1, "2022-06", "2022-07-12", figures=void("2022-06")),
    )
    await bench.day("2022-07-13")
    assert (await bench.state(RECORDS, RECORD_1)).status == "open"

    await pay_back(bench, claim_id_of(RECORD_1, "2022-06", 1), "dep_1", WHOLE)
    await bench.day("2022-07-14")

    first, again = published_of(bench, PayrollRecordClosed)
    assert (first.months, first.paid_krw) == (3, 3 * WHOLE)
    assert (again.months, again.paid_krw) == (2, 2 * WHOLE)


async def test_a_held_payslip_that_is_too_much_is_claimed_and_ordered_whole(bench: Bench) -> None:
    """A payslip that was made out stands: what it says is ordered once there is an account, and
    what was too much in it is a claim. So every paper adds up for who sees the topic only.
    """
    await employ(bench, 1, with_accounts=False)
    await work_month(bench, 1)
    await bench.day("2022-05-12")
    await bench.given(corrected(1, "2022-04", "2022-05-12", [WEDNESDAY]))
    await bench.day("2022-05-13")
    assert published(bench)["PaymentOrdered"] == 0

    await register(bench, 1)

    (ordered,) = published_of(bench, PaymentOrdered)
    (found,) = published_of(bench, OverpaymentFound)
    assert (ordered.amount_krw, found.amount_krw) == (WHOLE, ABSENCE)


async def test_a_further_payslip_without_an_account_is_held_too(bench: Bench) -> None:
    await employ(bench, 1, with_accounts=False)
    await bench.given(confirmed(1, absent_on=[WEDNESDAY]), month_closed(1))
    await bench.day("2022-05-12")
    await bench.given(corrected(1, "2022-04", "2022-05-12"))
    await bench.day("2022-05-13")
    assert (await totals(bench))["overall"]["held_krw"] == WHOLE

    await register(bench, 1)

    amounts = sorted(e.amount_krw for e in published_of(bench, PaymentOrdered))
    assert amounts == [ABSENCE, WHOLE - ABSENCE]
    assert not bench.set_aside


async def test_late_attendance_that_was_corrected_is_paid_as_corrected(bench: Bench) -> None:
    await employ(bench, 1)
    await bench.day("2022-05-13")
    await bench.given(
        confirmed(1, late_on=date(2022, 5, 13)),
        corrected(1, "2022-04", "2022-05-13", [WEDNESDAY]),
    )
    await bench.day("2022-05-20")

    assert await net_of(bench) == [(0, WHOLE - ABSENCE)]
    assert published(bench)["OverpaymentFound"] == 0
