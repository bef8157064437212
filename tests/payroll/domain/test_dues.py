"""When a record is due, and when nothing of it is open any more."""

from dataclasses import replace
from datetime import date

import pytest

from services.payroll.domain import (
    Correction,
    Leaving,
    PaymentStatus,
    Record,
    decide_close,
    due_record,
    evolve_record,
)
from shared.events.payroll import PayrollRecordClosed
from tests.payroll.builders import MONTHS, attendance, made_out, record

MOVED_ON = date(2022, 7, 11)
DAY_AFTER = date(2022, 7, 12)


def closed_on(of: Record, day: date) -> PayrollRecordClosed | None:
    found = decide_close(of, day)
    if not found:
        return None
    (closed,) = found
    assert isinstance(closed, PayrollRecordClosed)
    return closed


def paid(*months: str, last: PaymentStatus = "paid") -> Record:
    made = [made_out("paid", 1_000, month) for month in months[:-1]]
    made += [made_out(last, 0 if last == "nothing-due" else 1_000, month) for month in months[-1:]]
    return replace(record(*made), moved_on=MOVED_ON)


def test_the_record_closes_on_the_day_after_the_last_month_was_paid() -> None:
    found = paid(*MONTHS)

    assert due_record(found) == DAY_AFTER
    assert closed_on(found, MOVED_ON) is None
    closed = closed_on(found, DAY_AFTER)
    assert closed is not None
    assert (closed.months, closed.paid_krw) == (3, 3_000)
    after = evolve_record(found, closed)
    assert (after.status, due_record(after)) == ("closed", None)


@pytest.mark.parametrize("status", ["failed", "ordered", "held"])
def test_a_month_that_is_not_paid_keeps_the_record_open(status: PaymentStatus) -> None:
    assert closed_on(paid(*MONTHS, last=status), DAY_AFTER) is None


def test_a_month_without_a_wage_counts_as_settled() -> None:
    closed = closed_on(paid(*MONTHS, last="nothing-due"), DAY_AFTER)

    assert closed is not None
    assert (closed.months, closed.paid_krw) == (3, 2_000)


def test_a_month_that_was_never_confirmed_keeps_the_record_open() -> None:
    assert due_record(paid(*MONTHS[:2])) is None


def test_who_left_has_only_the_months_before_it() -> None:
    left = replace(paid(*MONTHS[:2]), leavings=(Leaving(date(2022, 6, 1), date(2022, 7, 20)),))

    assert due_record(left) == date(2022, 7, 21)
    closed = closed_on(left, date(2022, 7, 21))
    assert closed is not None
    assert (closed.months, closed.paid_krw) == (2, 2_000)


def test_news_of_the_closing_day_itself_does_not_stop_it() -> None:
    """It may be here or not: it is settled the day after, and opens the record again if need be."""
    absent = attendance("2022-06", [date(2022, 6, 8)])
    correction = Correction(1, absent, DAY_AFTER)
    months = [made_out("paid", 1_000, month) for month in MONTHS]
    months[-1] = replace(months[-1], corrections=(correction,))
    found = replace(record(*months), moved_on=MOVED_ON)

    assert due_record(found) == DAY_AFTER
    closed = closed_on(found, DAY_AFTER)
    assert closed is not None
    assert due_record(evolve_record(found, closed)) == date(2022, 7, 13)


def test_what_is_outstanding_keeps_the_record_open() -> None:
    months = [made_out("paid", 1_000, month) for month in MONTHS]
    months[0] = replace(months[0], claimed_krw=400, recovered_krw=399)
    found = replace(record(*months), moved_on=MOVED_ON)
    assert due_record(found) is None

    months[0] = replace(months[0], recovered_krw=400)
    closed = closed_on(replace(found, months=tuple(months)), DAY_AFTER)

    assert closed is not None
    assert closed.paid_krw == 2_600
