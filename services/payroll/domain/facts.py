"""What placement tells of an intern, checked and noted on her record. What follows is decided by
a sweep of a later day, so that it does not matter which topic was faster.
"""

from datetime import date, timedelta

from services.payroll.domain.attendances import Attendance, Contract, check_attendance
from services.payroll.domain.records import (
    AttendanceNoted,
    ContractNoted,
    CorrectionNoted,
    LeavingNoted,
    Record,
    record_id_of,
)
from shared.errors import Invalid
from shared.events import Event
from shared.events.payroll import PayrollRecordOpened
from shared.events.placement import (
    AttendanceConfirmed,
    AttendanceCorrected,
    InternPlaced,
    InternWithdrew,
    PlacementDeclined,
)
from shared.events.policy import CohortPolicy


def decide_open(placed: InternPlaced, policy: CohortPolicy) -> list[Event]:
    """Raises `Invalid` for hours that her cohort does not offer: no weekly holiday is known."""
    pattern = policy.hours(placed.hours_per_day)
    if pattern is None or pattern.hours_per_month != placed.hours_per_month:
        raise Invalid("the contracted hours are no pattern of the cohort's policy")
    record_id = record_id_of(placed.placement_id)
    return [
        ContractNoted(
            effective_on=placed.effective_on,
            recorded_on=placed.recorded_on,
            record_id=record_id,
            placement_id=placed.placement_id,
            person_id=placed.person_id,
            cohort_id=placed.cohort_id,
            contract=Contract(
                starts_on=placed.starts_on,
                ends_on=placed.ends_on,
                hours_per_day=pattern.hours_per_day,
                hours_per_week=pattern.hours_per_week,
                hours_per_month=pattern.hours_per_month,
            ),
        ),
        PayrollRecordOpened(
            effective_on=placed.effective_on,
            recorded_on=placed.recorded_on,
            record_id=record_id,
            placement_id=placed.placement_id,
            person_id=placed.person_id,
            cohort_id=placed.cohort_id,
        ),
    ]


def decide_note_leaving(record: Record, told: InternWithdrew | PlacementDeclined) -> list[Event]:
    """From that day on nothing is due. A placement that was declined never had a first day."""
    _check_whose(record, told)
    left_on = told.effective_on
    if isinstance(told, PlacementDeclined):
        left_on = record.contract.starts_on
    return [
        LeavingNoted(effective_on=left_on, recorded_on=told.recorded_on, record_id=record.record_id)
    ]


def decide_note_attendance(
    record: Record, confirmed: AttendanceConfirmed, policy: CohortPolicy
) -> list[Event]:
    """Late attendance is payable on the next business day, but not before the month's pay date;
    a leaver's last month does not wait for it (Labour Standards Act Art. 36: domain.md §2.7).

    By the event's own dates, so that it does not matter when the record happened to arrive.
    Raises `Invalid` for figures that cannot be, and for a month that is known already.
    """
    _check_whose(record, confirmed)
    if record.find_month(confirmed.month):
        raise Invalid("this month's attendance was confirmed before")
    attendance = _attendance(confirmed)
    check_attendance(record.service_before(date.max), attendance, policy)
    return [
        AttendanceNoted(
            effective_on=confirmed.effective_on,
            recorded_on=confirmed.recorded_on,
            record_id=record.record_id,
            attendance=attendance,
            is_late=confirmed.is_late,
            is_final=confirmed.is_final,
            payable_on=_payable_on(confirmed, policy),
        )
    ]


def decide_note_correction(
    record: Record, corrected: AttendanceCorrected, policy: CohortPolicy
) -> list[Event]:
    """Raises `Invalid` for figures that cannot be, and for a correction that is not the next of a
    month that was confirmed.
    """
    _check_whose(record, corrected)
    month = record.find_month(corrected.month)
    if month is None or corrected.correction_no != len(month.corrections) + 1:
        raise Invalid("a correction of what was not confirmed, or out of turn")
    attendance = _attendance(corrected)
    check_attendance(record.service_before(date.max), attendance, policy)
    return [
        CorrectionNoted(
            effective_on=corrected.effective_on,
            recorded_on=corrected.recorded_on,
            record_id=record.record_id,
            correction_no=corrected.correction_no,
            attendance=attendance,
        )
    ]


def _check_whose(
    record: Record,
    told: AttendanceConfirmed | AttendanceCorrected | InternWithdrew | PlacementDeclined,
) -> None:
    if (record.person_id, record.cohort_id) != (told.person_id, told.cohort_id):
        raise Invalid("news of another person or cohort than the placement's")


def _attendance(told: AttendanceConfirmed | AttendanceCorrected) -> Attendance:
    return Attendance(
        month=told.month,
        service_from=told.service_from,
        service_until=told.service_until,
        scheduled_days=told.scheduled_days,
        absent_days=told.absent_days,
        absent_weeks=told.absent_weeks,
    )


def _payable_on(confirmed: AttendanceConfirmed, policy: CohortPolicy) -> date:
    regular = policy.pay_date(confirmed.month)
    following = policy.business_day_from(confirmed.recorded_on + timedelta(days=1))
    if confirmed.is_final:
        return following
    return max(regular, following) if confirmed.is_late else regular
