"""Facts that other services would announce, as the payroll tests need them."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta

from ops.policies import read_policy
from services.payroll.domain import (
    Attendance,
    Contract,
    MadeOut,
    PaymentStatus,
    Record,
    WorkedMonth,
    record_id_of,
)
from shared.events.intake import CohortOpened
from shared.events.placement import (
    AttendanceConfirmed,
    AttendanceCorrected,
    AttendanceMonthClosed,
    InternPlaced,
    InternWithdrew,
    PlacementDeclined,
)
from shared.events.policy import CohortPolicy, Proration
from shared.money import days_of, first_day, last_day

POLICY = read_policy("2022-h1")
COHORT = "coh_2022h1"
MONTHS = ("2022-04", "2022-05", "2022-06")
HOURS = {8: 209, 6: 157, 4: 105}


def policy_with(proration: Proration) -> CohortPolicy:
    return POLICY.model_copy(update={"pay": POLICY.pay.model_copy(update={"proration": proration})})


def contract(hours_per_day: int = 8, starts_on: date = POLICY.starts_on) -> Contract:
    pattern = POLICY.hours(hours_per_day)
    assert pattern is not None
    return Contract(
        starts_on=starts_on,
        ends_on=POLICY.ends_on,
        hours_per_day=pattern.hours_per_day,
        hours_per_week=pattern.hours_per_week,
        hours_per_month=pattern.hours_per_month,
    )


def attendance(
    month: str = "2022-04",
    absent_on: Collection[date] = (),
    *,
    service_from: date | None = None,
    service_until: date | None = None,
) -> Attendance:
    """The month's figures, counted from days as placement counts them."""
    first, last = service_from or first_day(month), service_until or last_day(month)
    scheduled = [day for day in days_of(first, last) if POLICY.is_business_day(day)]
    absent = [day for day in absent_on if day in scheduled]
    return Attendance(
        month=month,
        service_from=first,
        service_until=last,
        scheduled_days=len(scheduled),
        absent_days=len(absent),
        absent_weeks=len({day.isocalendar()[:2] for day in absent}),
    )


def record(*months: WorkedMonth, has_account: bool = True, hours_per_day: int = 8) -> Record:
    return Record(
        record_id=record_id_of("plc_1"),
        placement_id="plc_1",
        person_id="per_1",
        cohort_id=COHORT,
        contract=contract(hours_per_day),
        moved_on=POLICY.matching_on,
        has_account=has_account,
        months=months,
    )


def worked(month: str = "2022-04", **fields: object) -> WorkedMonth:
    plain = WorkedMonth(attendance(month), False, False, POLICY.pay_date(month))
    return replace(plain, **fields)  # type: ignore[arg-type]


def made_out(status: PaymentStatus, net_krw: int, month: str = "2022-04") -> WorkedMonth:
    """A month with its payslip."""
    return worked(month, payslips=(MadeOut(0, status, net_krw),))


def cohort_opened(policy: CohortPolicy = POLICY) -> CohortOpened:
    return CohortOpened(
        effective_on=policy.notice_date,
        recorded_on=policy.notice_date,
        cohort_id=COHORT,
        policy=policy,
    )


def placed(number: int, hours_per_day: int = 8, starts_on: date | None = None) -> InternPlaced:
    return InternPlaced(
        effective_on=POLICY.matching_on,
        recorded_on=POLICY.matching_on,
        placement_id=f"plc_{number}",
        application_id=f"app_{number}",
        person_id=f"per_{number}",
        cohort_id=COHORT,
        org_id="org_1",
        position_id="pos_1",
        starts_on=starts_on or POLICY.starts_on,
        ends_on=POLICY.ends_on,
        hours_per_day=hours_per_day,
        hours_per_month=HOURS[hours_per_day],
    )


def confirmed(
    number: int,
    month: str = "2022-04",
    absent_on: Collection[date] = (),
    *,
    late_on: date | None = None,
    final_on: date | None = None,
    on: date | None = None,
    service_from: date | None = None,
    service_until: date | None = None,
) -> AttendanceConfirmed:
    """Confirmed on the last day, or on that day `on`; with `late_on` late and on that day, with
    `final_on` a leaver's last month and on that day.
    """
    figures = attendance(month, absent_on, service_from=service_from, service_until=service_until)
    assert figures.service_from
    assert figures.service_until
    return AttendanceConfirmed(
        effective_on=figures.service_until,
        recorded_on=on or final_on or late_on or figures.service_until,
        placement_id=f"plc_{number}",
        person_id=f"per_{number}",
        cohort_id=COHORT,
        month=month,
        service_from=figures.service_from,
        service_until=figures.service_until,
        scheduled_days=figures.scheduled_days,
        absent_days=figures.absent_days,
        absent_weeks=figures.absent_weeks,
        is_late=late_on is not None,
        is_final=final_on is not None,
    )


def corrected(
    number: int,
    month: str,
    on: date | str,
    absent_on: Collection[date] = (),
    *,
    correction_no: int = 1,
    service_until: date | None = None,
    figures: Attendance | None = None,
) -> AttendanceCorrected:
    """The month's figures were otherwise, as these days or figures say: recorded on that day."""
    figures = figures or attendance(month, absent_on, service_until=service_until)
    return AttendanceCorrected(
        effective_on=figures.service_until or first_day(month),
        recorded_on=_day(on),
        placement_id=f"plc_{number}",
        person_id=f"per_{number}",
        cohort_id=COHORT,
        month=month,
        correction_no=correction_no,
        service_from=figures.service_from,
        service_until=figures.service_until,
        scheduled_days=figures.scheduled_days,
        absent_days=figures.absent_days,
        absent_weeks=figures.absent_weeks,
    )


def void(month: str) -> Attendance:
    """No day of the month in service."""
    return Attendance(month, None, None, 0, 0, 0)


def withdrew(number: int, left_on: date | str, on: date | str) -> InternWithdrew:
    """From `left_on` on she is not in service; recorded on the day `on`."""
    return InternWithdrew(
        effective_on=_day(left_on),
        recorded_on=_day(on),
        placement_id=f"plc_{number}",
        application_id=f"app_{number}",
        person_id=f"per_{number}",
        cohort_id=COHORT,
        org_id="org_1",
        position_id="pos_1",
        ended_by="intern",
    )


def declined(number: int, on: date | str) -> PlacementDeclined:
    return PlacementDeclined(
        effective_on=_day(on),
        recorded_on=_day(on),
        placement_id=f"plc_{number}",
        application_id=f"app_{number}",
        person_id=f"per_{number}",
        cohort_id=COHORT,
        org_id="org_1",
        position_id="pos_1",
        declined_by="intern",
    )


def month_closed(confirmed_count: int, month: str = "2022-04") -> AttendanceMonthClosed:
    closed_on = POLICY.attendance_closes_on(month)
    return AttendanceMonthClosed(
        effective_on=closed_on,
        recorded_on=closed_on,
        cohort_id=COHORT,
        month=month,
        confirmed=confirmed_count,
        missing=0,
    )


def day_after(day: date) -> date:
    return day + timedelta(days=1)


def _day(day: date | str) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day
