"""What other services announced, taken over: cohorts, placed interns, attendance, closed months."""

from services.payroll import domain
from services.payroll.storage import COHORTS, PAY_RUNS, RECORDS
from shared.errors import Invalid
from shared.events.intake import CohortOpened
from shared.events.placement import AttendanceConfirmed, AttendanceMonthClosed, InternPlaced
from shared.mongo import Work


async def note_cohort(event: CohortOpened, work: Work) -> None:
    if await work.load(COHORTS, event.cohort_id):
        raise Invalid("this cohort was opened before")
    work.save(COHORTS, event.cohort_id, domain.decide_note_cohort(event))


async def open_record(event: InternPlaced, work: Work) -> None:
    """Waits for the cohort: order is promised per stream, not between intake and placement."""
    cohort = await work.await_from("intake", COHORTS, event.cohort_id)
    record_id = domain.record_id_of(event.placement_id)
    if await work.load(RECORDS, record_id):
        raise Invalid("this placement has a payroll record already")
    work.save(RECORDS, record_id, domain.decide_open(event, cohort.policy))


async def note_attendance(event: AttendanceConfirmed, work: Work) -> None:
    cohort = await work.await_from("intake", COHORTS, event.cohort_id)
    record_id = domain.record_id_of(event.placement_id)
    record = await work.load(RECORDS, record_id)
    if record is None:
        raise Invalid("attendance of a placement that was not announced on this stream")
    work.save(RECORDS, record_id, domain.decide_note_attendance(record, event, cohort.policy))


async def open_pay_run(event: AttendanceMonthClosed, work: Work) -> None:
    """It may come before the attendances it counts: the run itself compares, on the pay date."""
    cohort = await work.await_from("intake", COHORTS, event.cohort_id)
    pay_run_id = domain.pay_run_id_of(event.cohort_id, event.month)
    if await work.load(PAY_RUNS, pay_run_id):
        raise Invalid("this month was closed before")
    work.save(PAY_RUNS, pay_run_id, domain.decide_open_run(event, cohort.policy))
