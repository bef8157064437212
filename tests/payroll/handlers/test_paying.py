"""Days pass: wages go out, are held, or follow late."""

import random
from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.payroll import domain, handlers
from services.payroll.domain import payslip_id_of, record_id_of
from services.payroll.handlers import HANDLERS, SWEEPS
from services.payroll.storage import KINDS, PAY_RUNS, PAYSLIPS, RECORDS
from shared.events.payroll import (
    PaymentFailed,
    PaymentOrdered,
    PayrollRecordClosed,
    PayslipIssued,
    WagePaid,
)
from shared.money import days_of
from shared.testing import Bench
from tests.payroll.builders import (
    COHORT,
    MONTHS,
    POLICY,
    cohort_opened,
    confirmed,
    month_closed,
    placed,
)
from tests.payroll.leaving import draw_cast
from tests.payroll.playing import Delivery, Papers, Play
from tests.payroll.steps import (
    RECORD_1,
    answer,
    employ,
    open_files,
    published,
    register,
    show_file,
    totals,
    trial_balance,
    work_month,
)

APRIL_WORKDAYS = [
    day for day in days_of(date(2022, 4, 1), date(2022, 4, 30)) if POLICY.is_business_day(day)
]


async def test_three_months_are_paid_and_the_record_closes(bench: Bench) -> None:
    await employ(bench, 1)
    for month, pay_day in zip(MONTHS, ("2022-05-10", "2022-06-10", "2022-07-11"), strict=True):
        await work_month(bench, 1, month)
        await bench.day(pay_day)
        (file,) = await open_files(bench)
        await answer(bench, file)
    assert published(bench)["PayrollRecordClosed"] == 0  # a correction of today may be on its way
    await bench.day("2022-07-12")

    record = await bench.state(RECORDS, RECORD_1)
    assert record.status == "closed"
    assert published(bench) == {
        "PayrollRecordOpened": 1,
        "PayslipIssued": 3,
        "PaymentOrdered": 3,
        "WagePaid": 3,
        "PayrollRecordClosed": 1,
    }
    closed = bench.published[-1]
    assert isinstance(closed, PayrollRecordClosed)
    assert (closed.months, closed.paid_krw) == (3, 3 * 2_250_094)
    total = 3 * 2_250_094
    assert await trial_balance(bench) == {
        "wage_expense": (total, 0),
        "wages_payable": (total, total),
        "bank": (0, total),
        "overpayments_receivable": (0, 0),
    }
    assert not bench.parked
    assert not bench.set_aside
    await bench.verify()


async def test_nothing_is_paid_before_the_pay_date(bench: Bench) -> None:
    await employ(bench, 1)
    await work_month(bench, 1)
    await bench.day("2022-05-09")
    assert published(bench)["PayslipIssued"] == 0

    await bench.day("2022-05-10")

    (issued,) = [e for e in bench.published if isinstance(e, PayslipIssued)]
    (ordered,) = [e for e in bench.published if isinstance(e, PaymentOrdered)]
    assert issued.pay_date == ordered.pay_on == date(2022, 5, 10)
    assert issued.net_krw == ordered.amount_krw == 2_250_094
    assert ordered.attempt == 1


async def test_hours_make_the_wage(bench: Bench) -> None:
    await bench.day("2022-04-30")
    await bench.given(cohort_opened(), placed(1, 8), placed(2, 6), placed(3, 4))
    await work_month(bench, 3)
    await bench.day("2022-05-10")

    paid = {e.person_id: e.net_krw for e in bench.published if isinstance(e, PayslipIssued)}
    assert paid == {"per_1": 2_250_094, "per_2": 1_690_262, "per_3": 1_130_430}


async def test_a_pay_run_is_held_until_every_attendance_is_here(bench: Bench) -> None:
    """Never a part: the one whose attendance is here waits with the one whose is not."""
    await employ(bench, 2)
    await bench.given(confirmed(1), month_closed(2))
    await bench.day("2022-05-12")
    run = await bench.state(PAY_RUNS, f"{COHORT}_2022-04")
    assert (run.status, run.next_on) == ("held", date(2022, 5, 13))
    assert published(bench)["PayslipIssued"] == 0

    await bench.given(confirmed(2))
    await bench.day("2022-05-13")

    assert published(bench)["PayslipIssued"] == 2
    run = await bench.state(PAY_RUNS, f"{COHORT}_2022-04")
    assert (run.status, run.payslips, run.net_krw) == ("closed", 2, 2 * 2_250_094)
    assert not bench.set_aside


async def test_a_run_held_over_a_weekend_is_paid_on_the_next_business_day(bench: Bench) -> None:
    await employ(bench, 1)
    await bench.given(month_closed(1))
    await bench.day("2022-05-13")
    await bench.given(confirmed(1))

    await bench.day("2022-05-14")

    (ordered,) = [e for e in bench.published if isinstance(e, PaymentOrdered)]
    assert ordered.recorded_on == date(2022, 5, 14)
    assert ordered.pay_on == date(2022, 5, 16)


async def test_a_month_that_nobody_worked_closes_without_payslips(bench: Bench) -> None:
    await employ(bench, 1)
    await bench.given(month_closed(0))
    await bench.day("2022-05-10")

    assert (await bench.state(PAY_RUNS, f"{COHORT}_2022-04")).status == "closed"
    assert await open_files(bench) == []


@pytest.mark.parametrize("interns", [4, 5])
async def test_a_large_cohort_is_paid_in_passes_each_with_its_file(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, interns: int
) -> None:
    monkeypatch.setattr(domain, "ORDERS_A_FILE_MAX", 2)
    await employ(bench, interns)
    await work_month(bench, interns)
    await bench.day("2022-05-10")

    files = await open_files(bench)
    assert sorted(len(file["orders"]) for file in files) == [1, 2, 2][-len(files) :]
    orders = {order["order_id"] for file in files for order in file["orders"]}
    assert len(orders) == interns
    assert (await bench.state(PAY_RUNS, f"{COHORT}_2022-04")).status == "closed"
    assert not bench.set_aside


async def test_without_an_account_the_payment_is_held_until_there_is_one(bench: Bench) -> None:
    await employ(bench, 2, with_accounts=False)
    await register(bench, 2)
    await work_month(bench, 2)
    await bench.day("2022-05-10")
    assert published(bench)["PayslipIssued"] == 2
    assert published(bench)["PaymentOrdered"] == 1
    assert (await totals(bench))["overall"]["held_krw"] == 2_250_094

    await bench.day("2022-05-12")
    await register(bench, 1)

    ordered = [e for e in bench.published if isinstance(e, PaymentOrdered)]
    assert {e.person_id: e.pay_on for e in ordered} == {
        "per_1": date(2022, 5, 12),
        "per_2": date(2022, 5, 10),
    }
    slip = await bench.state(PAYSLIPS, payslip_id_of(RECORD_1, "2022-04"))
    assert slip.status == "ordered"
    assert published(bench)["PayslipIssued"] == 2
    await bench.verify()


async def test_late_attendance_is_paid_by_the_record_itself(bench: Bench) -> None:
    await employ(bench, 2)
    await bench.given(confirmed(1), month_closed(1))
    await bench.given(confirmed(2, late_on=date(2022, 5, 13)))
    await bench.day("2022-05-15")
    assert published(bench)["PayslipIssued"] == 1

    await bench.day("2022-05-16")

    issued = [e for e in bench.published if isinstance(e, PayslipIssued)]
    assert {e.person_id: e.pay_date for e in issued} == {
        "per_1": date(2022, 5, 10),
        "per_2": date(2022, 5, 16),
    }
    files = await open_files(bench)
    assert [len(file["orders"]) for file in files] == [1, 1]
    assert not bench.set_aside


async def test_late_attendance_without_an_account_is_held_too(bench: Bench) -> None:
    await employ(bench, 1, with_accounts=False)
    await bench.given(confirmed(1, late_on=date(2022, 5, 13)))
    await bench.day("2022-05-17")
    assert published(bench)["PaymentOrdered"] == 0
    assert not bench.set_aside

    await register(bench, 1)

    assert published(bench)["PaymentOrdered"] == 1


interns = st.lists(
    st.fixed_dictionaries(
        {
            "has_account": st.booleans(),
            "is_late": st.booleans(),
            "is_refused": st.booleans(),
            "absent_days": st.integers(min_value=0, max_value=21),
            "hours": st.sampled_from([8, 6, 4]),
        }
    ),
    max_size=6,
)


@settings(max_examples=25)
@given(interns)
async def test_no_won_is_lost_and_none_is_paid_twice(cast: list[dict[str, Any]]) -> None:
    """Whoever is late, absent, refused or without an account: every won is in one place."""
    bench = Bench("payroll", KINDS, HANDLERS, SWEEPS)
    await bench.day("2022-05-08")
    await bench.given(cohort_opened(), *[placed(n, one["hours"]) for n, one in enumerate(cast)])
    for number, one in enumerate(cast):
        if one["has_account"]:
            await register(bench, number)
        late_on = date(2022, 5, 11) if one["is_late"] else None
        absent_on = APRIL_WORKDAYS[: one["absent_days"]]
        await bench.given(confirmed(number, absent_on=absent_on, late_on=late_on))
    await bench.given(month_closed(sum(not one["is_late"] for one in cast)))
    await bench.day("2022-05-13")
    people = {e.order_id: e.person_id for e in bench.published if isinstance(e, PaymentOrdered)}
    refused = [o for o, p in people.items() if cast[int(p.removeprefix("per_"))]["is_refused"]]
    for file in await open_files(bench):
        await answer(bench, file, *refused)

    overall = (await totals(bench))["overall"]
    balance = await trial_balance(bench)
    nets = [e.net_krw for e in bench.published if isinstance(e, PayslipIssued)]
    paid = [e.amount_krw for e in bench.published if isinstance(e, WagePaid)]
    failed = [e.amount_krw for e in bench.published if isinstance(e, PaymentFailed)]
    assert len(nets) == overall["payslips"] == len(cast)
    assert overall["pending"] == 0
    assert sum(nets) == sum(paid) + sum(failed) + overall["held_krw"]
    assert len(nets) == len(paid) + len(failed) + overall["held"] + overall["nothing_due"]
    assert overall["held"] == sum(not one["has_account"] for one in cast)
    assert balance["wages_payable"] == (sum(paid), sum(nets))
    assert not bench.parked
    assert not bench.set_aside
    await bench.verify()


ORDERS_OF_NEWS: tuple[Delivery, ...] = (
    "in time",
    "before its day",
    "after its day",
    "a month ahead",
    "any",
)
seeds = st.integers(min_value=0, max_value=1_000_000)


@settings(max_examples=4)  # five plays each
@given(seeds)
async def test_every_order_of_news_gives_equal_states(seed: int) -> None:
    """News of a day before that day, on it, after what was done on it, or a month too early: at
    the end each state is the same, so is every figure that was published.
    """
    cast = draw_cast(random.Random(seed), 3)
    plays = [Play(cast, delivery, str(seed)) for delivery in ORDERS_OF_NEWS]
    for play in plays:
        await play.run()

    assert {await play.bench.digest() for play in plays} == {await plays[0].bench.digest()}
    told = [sorted(repr(event) for event in play.bench.published) for play in plays]
    assert all(published == told[0] for published in told)
    for play in plays:
        assert not play.bench.parked
        assert not play.bench.set_aside
        await play.bench.verify()


@settings(max_examples=10)
@given(seeds)
async def test_whoever_leaves_when_every_won_is_due_or_claimed(seed: int) -> None:
    """Drop-outs, corrections, refusals, reissues, recoveries: no won is lost or kept."""
    play = Play(draw_cast(random.Random(seed), 3), "any", str(seed))
    await play.run()
    papers = Papers(play.bench)
    overall = (await totals(play.bench))["overall"]
    made_out = sum(p.net_krw for p in papers.payslips)
    claimed = sum(c.amount_krw for c in papers.claims)
    assert made_out == papers.accounted_krw()
    assert made_out == sum(overall[f"{name}_krw"] for name in ("paid", "pending", "failed", "held"))
    assert overall["overpaid_krw"] == claimed
    assert overall["recovered_krw"] + overall["outstanding_krw"] == claimed

    await play.settle()

    papers, cast = Papers(play.bench), play.cast
    for life in cast.lives:
        record = await play.bench.state(RECORDS, record_id_of(f"plc_{life.number}"))
        kept = [c.paid_krw for c in papers.closed if c.record_id == record.record_id]
        assert record.status == "closed"
        assert kept[-1] == sum(life.entitled_krw(month) for month in MONTHS)
        for month in MONTHS:
            assert papers.settled_krw(record.record_id, month) == life.entitled_krw(month)
    assert_recovered(papers)
    await assert_ordered_once(play.bench, papers)
    await assert_booked(play.bench, papers, cast.entitled_krw())
    await play.bench.verify()


def assert_recovered(papers: Papers) -> None:
    recovered: Counter[str] = Counter()
    for recovery in papers.recoveries:
        recovered[recovery.claim_id] += recovery.amount_krw
    assert recovered == {claim.claim_id: claim.amount_krw for claim in papers.claims}
    assert all(claim.amount_krw > 0 for claim in papers.claims)


async def assert_ordered_once(bench: Bench, papers: Papers) -> None:
    """Each order stands in one file; a payslip is paid once, and again only what was refused."""
    files = await bench.query(lambda work: handlers.list_files("answered", "", 500, work))
    shown = [await show_file(bench, item["file_id"]) for item in files["items"]]
    listed = Counter(order["order_id"] for file in shown for order in file["orders"])
    assert listed == {order.order_id: 1 for order in papers.orders}
    assert Counter(p.payslip_id for p in papers.paid) == {
        p.payslip_id: 1 for p in papers.payslips if p.net_krw
    }
    assert len(papers.orders) == len(papers.paid) + len(papers.failed)


async def assert_booked(bench: Bench, papers: Papers, entitled_krw: int) -> None:
    balance = await trial_balance(bench)
    claimed = sum(claim.amount_krw for claim in papers.claims)
    made_out = sum(payslip.net_krw for payslip in papers.payslips)
    assert balance == {
        "wage_expense": (made_out, claimed),
        "wages_payable": (made_out, made_out),
        "bank": (claimed, made_out),
        "overpayments_receivable": (claimed, claimed),
    }
    assert made_out - claimed == entitled_krw
