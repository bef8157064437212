"""What payroll does: load, decide, save. The tables at the end say what reacts to what."""

from services.payroll import domain
from services.payroll.handlers.commands import post_results, register_account
from services.payroll.handlers.facts import (
    note_attendance,
    note_cohort,
    open_pay_run,
    open_record,
)
from services.payroll.handlers.paying import pay_cohort, pay_record
from services.payroll.handlers.queries import (
    list_files,
    list_payslips,
    list_records,
    show_file,
    show_payroll,
    show_payslip,
    show_record,
    show_trial_balance,
)
from services.payroll.storage import COHORTS, PAY_RUNS, RECORDS
from shared.bus import Handles, Sweeps
from shared.events.intake import CohortOpened
from shared.events.placement import AttendanceConfirmed, AttendanceMonthClosed, InternPlaced

__all__ = [
    "HANDLERS",
    "SWEEPS",
    "list_files",
    "list_payslips",
    "list_records",
    "post_results",
    "register_account",
    "show_file",
    "show_payroll",
    "show_payslip",
    "show_record",
    "show_trial_balance",
]

HANDLERS = (
    Handles(CohortOpened, note_cohort, {COHORTS: lambda e: e.cohort_id}),
    Handles(
        InternPlaced,
        open_record,
        {
            COHORTS: lambda e: e.cohort_id,
            RECORDS: lambda e: domain.record_id_of(e.placement_id),
        },
    ),
    Handles(
        AttendanceConfirmed,
        note_attendance,
        {
            COHORTS: lambda e: e.cohort_id,
            RECORDS: lambda e: domain.record_id_of(e.placement_id),
        },
    ),
    Handles(
        AttendanceMonthClosed,
        open_pay_run,
        {
            COHORTS: lambda e: e.cohort_id,
            PAY_RUNS: lambda e: domain.pay_run_id_of(e.cohort_id, e.month),
        },
    ),
)

# A pay run writes hundreds of others, so it has a transaction of its own; a record a handful.
SWEEPS = (Sweeps(PAY_RUNS, pay_cohort, at_once=1), Sweeps(RECORDS, pay_record, at_once=100))
