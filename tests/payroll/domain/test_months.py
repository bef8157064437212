"""A month by what was recorded before a day: figures, payslips, claims."""

from datetime import date

import pytest

from services.payroll.domain import Correction, MadeOut, PaymentStatus
from tests.payroll.builders import attendance, made_out, worked

FIRST = Correction(1, attendance(absent_on=[date(2022, 4, 6)]), date(2022, 5, 10))
SECOND = Correction(2, attendance(), date(2022, 5, 12))


@pytest.mark.parametrize(
    ("day", "number"),
    [(date(2022, 5, 10), 0), (date(2022, 5, 11), 1), (date(2022, 5, 12), 1), (date.max, 2)],
)
def test_a_correction_counts_from_the_day_after_it_was_recorded(day: date, number: int) -> None:
    month = worked(corrections=(FIRST, SECOND))
    figures = (month.attendance, FIRST.attendance, SECOND.attendance)

    assert month.known_before(day) == (number, figures[number])


def test_a_correction_waits_for_nothing_before_there_is_a_payslip() -> None:
    assert worked(corrections=(FIRST,)).unsettled == ()
    paid = worked(corrections=(FIRST, SECOND), payslips=(MadeOut(0, "paid", 100),), settled_no=1)
    assert paid.unsettled == (SECOND,)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ((), "confirmed"),
        (("paid", "held"), "held"),
        (("paid", "failed", "ordered"), "failed"),
        (("paid", "ordered"), "ordered"),
        (("nothing-due", "paid"), "paid"),
        (("nothing-due",), "nothing-due"),
    ],
)
def test_a_month_is_as_far_as_the_payslip_that_is_furthest_behind(
    statuses: tuple[PaymentStatus, ...], status: str
) -> None:
    payslips = tuple(MadeOut(n, status, 100) for n, status in enumerate(statuses))

    assert worked(payslips=payslips).status == status


def test_what_was_claimed_is_no_wage_and_stays_open_until_it_is_back() -> None:
    month = worked(payslips=(MadeOut(0, "paid", 100),), claimed_krw=30, recovered_krw=10)

    assert (month.net_krw, month.settled_krw, month.outstanding_krw) == (100, 70, 20)
    assert not month.is_over(date.max)
    back = worked(payslips=(MadeOut(0, "paid", 100),), claimed_krw=30, recovered_krw=30)
    assert back.is_over(date.max)


def test_a_month_is_over_by_what_was_recorded_before_that_day() -> None:
    month = worked(corrections=(FIRST,), payslips=(MadeOut(0, "paid", 100),))

    assert month.is_over(date(2022, 5, 10))
    assert not month.is_over(date(2022, 5, 11))


def test_a_payslip_moves_in_its_place() -> None:
    month = made_out("ordered", 100).move(MadeOut(1, "held", 5)).move(MadeOut(0, "paid", 100))

    assert month.payslips == (MadeOut(0, "paid", 100), MadeOut(1, "held", 5))
