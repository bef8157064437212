"""A month's words: confirmed when both sides say the same, corrected when both say otherwise.

What was confirmed is never changed silently: the figures that replace it are told and numbered.
"""

from datetime import date

from services.placement.domain.attendance import (
    ConfirmAttendance,
    MonthNotConfirmed,
    absences_named,
    checked_absences,
    figures_of,
)
from services.placement.domain.internships import Placement, PlacementEvent, evolve_placement
from services.placement.domain.sheets import (
    AttendanceDeclared,
    CorrectionDeclared,
    Figures,
    Sheet,
    SheetLocked,
    Side,
)
from shared.events.placement import AttendanceConfirmed, AttendanceCorrected
from shared.events.policy import CohortPolicy
from shared.money import first_day


def decide_confirmation(
    placement: Placement,
    month: str,
    side: Side,
    command: ConfirmAttendance,
    *,
    policy: CohortPolicy,
    today: date,
) -> list[PlacementEvent]:
    """Take one side's word; where both say the same, the month is confirmed."""
    sheet = placement.sheet(month)
    absent_on = checked_absences(sheet, command, policy, today)
    own = sheet.host_absent_on if side == "host" else sheet.intern_absent_on
    if absent_on == own:
        return []  # the same word again
    declared = AttendanceDeclared(
        effective_on=sheet.service_until,
        recorded_on=today,
        month=month,
        side=side,
        absent_on=absent_on,
    )
    after = evolve_placement(placement, declared)
    return [declared, *decide_agreed(after, month, policy, today)]


def decide_agreed(
    placement: Placement, month: str, policy: CohortPolicy, today: date
) -> list[PlacementEvent]:
    """Confirm a month of which both sides said the same."""
    sheet = placement.sheet(month)
    if sheet.figures or sheet.host_absent_on is None:
        return []
    if sheet.host_absent_on != sheet.intern_absent_on:
        return []
    figures = figures_of(sheet, sheet.absent_on, placement.others(month), policy)
    return [_confirmed(placement, sheet, figures, today)]


def decide_correction(
    placement: Placement,
    month: str,
    side: Side,
    command: ConfirmAttendance,
    *,
    policy: CohortPolicy,
    today: date,
) -> list[PlacementEvent]:
    """Take one side's word on a confirmed month; where both say the same, and other than what
    stands, the month is corrected. Who says again what stands takes her word back.
    """
    sheet = placement.sheet(month)
    if sheet.figures is None:
        raise MonthNotConfirmed("this month is not confirmed yet: give your word on it instead")
    absent_on = absences_named(sheet, command, policy)
    own = sheet.host_correction if side == "host" else sheet.intern_correction
    if absent_on == (sheet.absent_on if own is None else own):
        return []  # the same word again
    declared = CorrectionDeclared(
        effective_on=sheet.service_until,
        recorded_on=today,
        month=month,
        side=side,
        absent_on=absent_on,
    )
    after = evolve_placement(placement, declared)
    if after.sheet(month).absent_on == sheet.absent_on:
        return [declared]
    return [declared, *corrections(after, policy, today, corrected=month)]


def corrections(
    placement: Placement, policy: CohortPolicy, today: date, *, corrected: str | None = None
) -> list[PlacementEvent]:
    """Each confirmed month whose figures are no longer those of its days, and `corrected` anyway.

    One month can change another: where it no longer loses a week's holiday, the other month that
    the week lies in may have to.
    """
    events: list[PlacementEvent] = []
    for month in [sheet.month for sheet in placement.sheets if sheet.figures]:
        sheet = next(s for s in placement.sheets if s.month == month)
        figures = figures_of(sheet, sheet.absent_on, placement.others(month), policy)
        if figures != sheet.figures or month == corrected:
            events.append(_corrected(placement, sheet, figures, today))
            placement = evolve_placement(placement, events[-1])
    return events


def decide_lock(placement: Placement, month: str, today: date) -> list[PlacementEvent]:
    """Lock the month's sheet, once; nothing to do where the internship has no such month."""
    sheet = placement.find_sheet(month)
    if sheet is None or sheet.is_void or sheet.locked_on:
        return []
    return [SheetLocked(effective_on=today, recorded_on=today, month=month)]


def _confirmed(
    placement: Placement, sheet: Sheet, figures: Figures, today: date
) -> AttendanceConfirmed:
    is_late = sheet.locked_on is not None
    return AttendanceConfirmed(
        effective_on=sheet.service_until,
        recorded_on=today,
        placement_id=placement.placement_id,
        person_id=placement.person_id,
        cohort_id=placement.cohort_id,
        month=sheet.month,
        service_from=sheet.service_from,
        service_until=sheet.service_until,
        scheduled_days=figures.scheduled_days,
        absent_days=figures.absent_days,
        absent_weeks=figures.absent_weeks,
        is_late=is_late,
        is_final=placement.is_last_of_leaver(sheet) and not is_late,
    )


def _corrected(
    placement: Placement, sheet: Sheet, figures: Figures, today: date
) -> AttendanceCorrected:
    return AttendanceCorrected(
        effective_on=figures.service_until or first_day(sheet.month),
        recorded_on=today,
        placement_id=placement.placement_id,
        person_id=placement.person_id,
        cohort_id=placement.cohort_id,
        month=sheet.month,
        correction_no=sheet.correction_no + 1,
        service_from=None if sheet.is_void else sheet.service_from,
        service_until=figures.service_until,
        scheduled_days=figures.scheduled_days,
        absent_days=figures.absent_days,
        absent_weeks=figures.absent_weeks,
    )
