"""What is kept comes back as it was, and questions over sets are answered page by page."""

import pytest

from services.payroll import storage
from services.payroll.domain import record_id_of
from services.payroll.storage import COHORTS, KINDS, PAY_RUNS, PAYSLIPS, RECORDS
from shared.mongo import Work
from shared.testing import Bench
from tests.payroll.builders import COHORT, POLICY, cohort_opened, confirmed, month_closed, placed


async def fill(bench: Bench, interns: int) -> None:
    await bench.day("2022-04-30")
    numbers = range(1, interns + 1)
    await bench.given(cohort_opened(), *[placed(n) for n in numbers])
    await bench.given(*[confirmed(n) for n in numbers], month_closed(interns))


async def test_states_come_back_as_they_were(bench: Bench) -> None:
    await fill(bench, 1)
    cohort = await bench.state(COHORTS, COHORT)
    record = await bench.state(RECORDS, record_id_of("plc_1"))
    run = await bench.state(PAY_RUNS, f"{COHORT}_2022-04")

    assert cohort.policy == POLICY
    assert record.months[0].attendance.scheduled_days == 21
    assert run.confirmed == 1
    await bench.verify()


async def test_a_walk_over_many_pages_meets_everyone_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "PAGE", 2)
    await fill(bench, 5)
    await bench.day("2022-05-10")

    count = await bench.query(lambda work: storage.count_in_time(work, COHORT, "2022-04"))
    assert count == 5
    assert await bench.query(lambda work: storage.count_in_time(work, COHORT, "2022-05")) == 0

    async def slips(work: Work) -> list[str]:
        return [slip.record_id async for slip in storage.walk_payslips(work, COHORT)]

    assert sorted(await bench.query(slips)) == sorted(
        record_id_of(f"plc_{n + 1}") for n in range(5)
    )


async def test_only_this_cohorts_runs_are_found(bench: Bench) -> None:
    await fill(bench, 1)

    assert len(await bench.query(lambda work: storage.pay_runs_of(work, COHORT))) == 1
    assert await bench.query(lambda work: storage.pay_runs_of(work, "coh_other")) == []


def test_every_kind_has_a_collection_of_its_own() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert PAYSLIPS in KINDS
