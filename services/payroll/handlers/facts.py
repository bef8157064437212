"""What other services announced, taken over: cohorts, interns placed and gone, attendance as it was
confirmed and corrected, closed months. Nothing is decided here but whether it can be.
"""

from services.payroll import domain
from services.payroll.domain import Record
from services.payroll.storage import COHORTS, PAY_RUNS, RECORDS
from shared.errors import Invalid
from shared.events.intake import CohortOpened
from shared.events.placement import (
    AttendanceConfirmed,
    AttendanceCorrected,
    AttendanceMonthClosed,
    InternPlaced,
    InternWithdrew,
    PlacementDeclined,
)
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


async def note_leaving(event: InternWithdrew | PlacementDeclined, work: Work) -> None:
    record = await _record_of(event.placement_id, work)
    work.save(RECORDS, record.record_id, domain.decide_note_leaving(record, event))


async def note_attendance(event: AttendanceConfirmed, work: Work) -> None:
    cohort = await work.await_from("intake", COHORTS, event.cohort_id)
    record = await _record_of(event.placement_id, work)
    noted = domain.decide_note_attendance(record, event, cohort.policy)
    work.save(RECORDS, record.record_id, noted)


async def note_correction(event: AttendanceCorrected, work: Work) -> None:
    cohort = await work.await_from("intake", COHORTS, event.cohort_id)
    record = await _record_of(event.placement_id, work)
    noted = domain.decide_note_correction(record, event, cohort.policy)
    work.save(RECORDS, record.record_id, noted)


async def open_pay_run(event: AttendanceMonthClosed, work: Work) -> None:
    """It may come before the attendances it counts: the run itself compares, on the pay date."""
    cohort = await work.await_from("intake", COHORTS, event.cohort_id)
    pay_run_id = domain.pay_run_id_of(event.cohort_id, event.month)
    if await work.load(PAY_RUNS, pay_run_id):
        raise Invalid("this month was closed before")
    work.save(PAY_RUNS, pay_run_id, domain.decide_open_run(event, cohort.policy))


async def _record_of(placement_id: str, work: Work) -> Record:
    """Placed before on this same stream, so it is here, or something is wrong with the stream."""
    record = await work.load(RECORDS, domain.record_id_of(placement_id))
    if record is None:
        raise Invalid("news of a placement that was not announced on this stream")
    return record
