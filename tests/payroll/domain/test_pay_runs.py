"""A pay run pays all or none: held while counts disagree, done when they agree at the end."""

from datetime import date

import pytest

from services.payroll.domain import (
    PayRun,
    PayRunHeld,
    PayRunOpened,
    decide_advance_run,
    decide_close_run,
    decide_hold_run,
    decide_open_run,
    due_run,
    evolve_run,
)
from tests.payroll.builders import COHORT, POLICY, month_closed

PAY_DAY = date(2022, 5, 10)


def run(confirmed: int = 2) -> PayRun:
    return PayRun(COHORT, "2022-04", confirmed, missing=0, next_on=PAY_DAY)


def test_a_closed_month_is_paid_on_the_policys_pay_date() -> None:
    (opened,) = decide_open_run(month_closed(2), POLICY)

    assert isinstance(opened, PayRunOpened)
    assert opened.pay_on == PAY_DAY
    assert due_run(evolve_run(None, opened)) == PAY_DAY


@pytest.mark.parametrize("received", [0, 1, 3])
def test_counts_that_disagree_hold_the_run_until_tomorrow(received: int) -> None:
    (held,) = decide_hold_run(run(), received, PAY_DAY)

    assert isinstance(held, PayRunHeld)
    assert (held.received, held.confirmed) == (received, 2)
    after = evolve_run(run(), held)
    assert after.status == "held"
    assert due_run(after) == date(2022, 5, 11)


def test_counts_that_agree_do_not_hold() -> None:
    assert decide_hold_run(run(), 2, PAY_DAY) == []


def test_a_run_stays_due_between_passes_and_ends_when_all_have_payslips() -> None:
    (advanced,) = decide_advance_run("rec_a", [100], PAY_DAY)
    half = evolve_run(run(), advanced)  # type: ignore[arg-type]
    assert (half.status, due_run(half), half.until_record_id) == ("paying", PAY_DAY, "rec_a")
    (advanced,) = decide_advance_run("rec_b", [200], PAY_DAY)
    whole = evolve_run(half, advanced)  # type: ignore[arg-type]
    (closed,) = decide_close_run(whole, PAY_DAY)
    done = evolve_run(whole, closed)  # type: ignore[arg-type]

    assert (done.payslips, done.net_krw, done.status) == (2, 300, "closed")
    assert due_run(done) is None


def test_a_run_that_paid_fewer_than_announced_cannot_close() -> None:
    with pytest.raises(ArithmeticError):
        decide_close_run(run(), PAY_DAY)
