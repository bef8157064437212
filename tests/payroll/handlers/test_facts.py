"""What other services announce is taken over, waits, or is parked."""

from datetime import date

import pytest

from services.payroll.storage import PAY_RUNS, RECORDS
from shared.events.payroll import PayrollRecordClosed, PayrollRecordOpened, PayslipIssued
from shared.testing import Bench
from tests.payroll.builders import (
    COHORT,
    cohort_opened,
    confirmed,
    corrected,
    declined,
    month_closed,
    placed,
    void,
    withdrew,
)
from tests.payroll.playing import published_of
from tests.payroll.steps import RECORD_1, employ, pay_all, published, work_month


async def test_a_placement_that_comes_before_its_cohort_waits(bench: Bench) -> None:
    await bench.day("2022-04-30")
    await bench.given(placed(1), confirmed(1), month_closed(1))
    assert not bench.published
    assert bench.parked

    await bench.given(cohort_opened())
    await bench.day("2022-05-10")

    assert not bench.parked
    assert published(bench)["PayrollRecordOpened"] == 1
    assert published(bench)["PayslipIssued"] == 1


async def test_figures_that_cannot_be_are_parked_and_hold_the_run(bench: Bench) -> None:
    await employ(bench, 1)
    wrong = confirmed(1).model_copy(update={"scheduled_days": 25})
    await bench.given(wrong, month_closed(1))
    await bench.day("2022-05-10")

    assert len(bench.parked) == 1
    assert (await bench.state(PAY_RUNS, f"{COHORT}_2022-04")).status == "held"
    assert published(bench)["PayslipIssued"] == 0


async def test_facts_that_contradict_what_is_known_are_parked(bench: Bench) -> None:
    await employ(bench, 1)
    await work_month(bench, 1)

    await bench.given(placed(1), month_closed(1), cohort_opened())
    await bench.given(confirmed(7))
    of_another = confirmed(1, "2022-05").model_copy(update={"person_id": "per_8"})
    await bench.given(of_another)

    assert len(bench.parked) == 5
    opened = [e for e in bench.published if isinstance(e, PayrollRecordOpened)]
    assert len(opened) == 1


async def test_a_placement_that_was_declined_closes_without_a_month(bench: Bench) -> None:
    await bench.day("2022-03-29")
    await bench.given(cohort_opened(), placed(1))
    await bench.given(declined(1, "2022-03-29"))
    assert published(bench)["PayrollRecordClosed"] == 0

    await bench.day("2022-03-30")

    (closed,) = published_of(bench, PayrollRecordClosed)
    assert (closed.months, closed.paid_krw) == (0, 0)
    await bench.day("2022-05-20")
    assert published(bench)["PayslipIssued"] == 0
    assert not bench.set_aside


async def test_a_leavers_last_month_is_paid_at_once_and_is_in_no_run(bench: Bench) -> None:
    """She leaves on Friday 13 May: her last month is paid on Monday, not on 10 June."""
    await employ(bench, 2)
    await work_month(bench, 2)
    await bench.day("2022-05-13")
    await pay_all(bench)
    last = date(2022, 5, 12)
    await bench.given(
        withdrew(1, "2022-05-13", "2022-05-13"),
        confirmed(1, "2022-05", final_on=date(2022, 5, 13), service_until=last),
    )
    await bench.day("2022-05-16")

    *_, final = published_of(bench, PayslipIssued)
    assert (final.person_id, final.month) == ("per_1", "2022-05")
    assert final.recorded_on == final.pay_date == date(2022, 5, 16)
    await pay_all(bench)
    await bench.day("2022-05-17")
    (closed,) = published_of(bench, PayrollRecordClosed)
    assert (closed.record_id, closed.months) == (RECORD_1, 2)
    await bench.given(confirmed(2, "2022-05"), month_closed(1, "2022-05"))
    await bench.day("2022-06-10")
    run = await bench.state(PAY_RUNS, f"{COHORT}_2022-05")
    assert (run.status, run.payslips) == ("closed", 1)


async def test_who_leaves_with_the_month_has_no_further_one(bench: Bench) -> None:
    await employ(bench, 1)
    await work_month(bench, 1)
    await bench.given(withdrew(1, "2022-05-01", "2022-04-30"))
    await bench.day("2022-05-10")
    await pay_all(bench)
    await bench.day("2022-05-11")

    (closed,) = published_of(bench, PayrollRecordClosed)
    assert (closed.months, closed.paid_krw) == (1, 2_250_094)


async def test_a_record_stays_open_while_a_month_is_missing(bench: Bench) -> None:
    await employ(bench, 1)
    await work_month(bench, 1)
    await bench.day("2022-05-10")
    await pay_all(bench)
    await bench.day("2022-08-01")

    assert (await bench.state(RECORDS, RECORD_1)).status == "open"


@pytest.mark.parametrize(
    "wrong",
    [
        corrected(1, "2022-05", "2022-05-12"),  # not confirmed
        corrected(1, "2022-04", "2022-05-12", correction_no=2),  # the first is missing
        corrected(1, "2022-04", "2022-05-12", figures=void("2022-04")),  # she had not left
        corrected(1, "2022-04", "2022-05-12").model_copy(update={"scheduled_days": 25}),
        corrected(1, "2022-04", "2022-05-12").model_copy(update={"service_from": None}),
        corrected(1, "2022-04", "2022-05-12").model_copy(update={"cohort_id": "coh_other"}),
        corrected(7, "2022-04", "2022-05-12"),  # placed nowhere
    ],
)
async def test_a_correction_that_cannot_be_is_no_money(bench: Bench, wrong: object) -> None:
    await employ(bench, 1)
    await work_month(bench, 1)
    await bench.day("2022-05-12")
    await bench.given(wrong)  # type: ignore[arg-type]
    await bench.day("2022-05-20")

    assert len(bench.parked) == 1
    assert published(bench)["OverpaymentFound"] == 0
    assert published(bench)["PayslipIssued"] == 1


async def test_service_beyond_her_last_day_is_refused(bench: Bench) -> None:
    await employ(bench, 1)
    await bench.given(withdrew(1, "2022-04-16", "2022-04-30"), confirmed(1))

    assert len(bench.parked) == 1
