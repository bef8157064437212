"""What other services announce is taken over, waits, or is parked."""

from services.payroll.storage import PAY_RUNS
from shared.events.payroll import PayrollRecordOpened
from shared.testing import Bench
from tests.payroll.builders import COHORT, cohort_opened, confirmed, month_closed, placed
from tests.payroll.steps import employ, published, work_month


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
