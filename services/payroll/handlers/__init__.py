"""What payroll does: load, decide, save. The tables at the end say what reacts to what."""

from collections.abc import Callable, Mapping
from typing import Any

from services.payroll import domain
from services.payroll.handlers.accounts import (
    approve_account_change,
    register_account,
    reject_account_change,
    request_account_change,
)
from services.payroll.handlers.commands import (
    post_results,
    recover_overpayment,
    reissue_payslip,
)
from services.payroll.handlers.facts import (
    note_attendance,
    note_cohort,
    note_correction,
    note_leaving,
    open_pay_run,
    open_record,
)
from services.payroll.handlers.paying import pay_cohort, pay_record
from services.payroll.handlers.queries import (
    list_claims,
    list_files,
    list_payslips,
    list_records,
    show_claim,
    show_file,
    show_payroll,
    show_payslip,
    show_record,
    show_trial_balance,
)
from services.payroll.storage import COHORTS, PAY_RUNS, RECORDS
from shared.bus import Handles, Sweeps
from shared.events.intake import CohortOpened
from shared.events.placement import (
    AttendanceConfirmed,
    AttendanceCorrected,
    AttendanceMonthClosed,
    InternPlaced,
    InternWithdrew,
    PlacementDeclined,
)
from shared.mongo import Aggregate

__all__ = [
    "HANDLERS",
    "SWEEPS",
    "approve_account_change",
    "list_claims",
    "list_files",
    "list_payslips",
    "list_records",
    "post_results",
    "recover_overpayment",
    "register_account",
    "reissue_payslip",
    "reject_account_change",
    "request_account_change",
    "show_claim",
    "show_file",
    "show_payroll",
    "show_payslip",
    "show_record",
    "show_trial_balance",
]

OF_A_PLACEMENT: Mapping[Aggregate[Any], Callable[[Any], str]] = {
    COHORTS: lambda e: e.cohort_id,
    RECORDS: lambda e: domain.record_id_of(e.placement_id),
}

HANDLERS = (
    Handles(CohortOpened, note_cohort, {COHORTS: lambda e: e.cohort_id}),
    Handles(InternPlaced, open_record, OF_A_PLACEMENT),
    Handles(PlacementDeclined, note_leaving, OF_A_PLACEMENT),
    Handles(InternWithdrew, note_leaving, OF_A_PLACEMENT),
    Handles(AttendanceConfirmed, note_attendance, OF_A_PLACEMENT),
    Handles(AttendanceCorrected, note_correction, OF_A_PLACEMENT),
    Handles(
        AttendanceMonthClosed,
        open_pay_run,
        {
            COHORTS: lambda e: e.cohort_id,
            PAY_RUNS: lambda e: domain.pay_run_id_of(e.cohort_id, e.month),
        },
    ),
)

# A pay run writes hundreds of others, so it has a transaction of its own; a record a handful. Runs
# come first: a correction that a run has taken in is settled by it, and not again by the record.
SWEEPS = (Sweeps(PAY_RUNS, pay_cohort, at_once=1), Sweeps(RECORDS, pay_record, at_once=100))
