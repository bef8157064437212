"""The audit: what is owed by policy, placement and attendance, against what the bank's file says.

Nothing here asks payroll what it thinks is right: the arithmetic is the audit's own (`wages.py`),
payroll's topic and store are only compared with it.
"""

from ops.audit.balance import Line
from ops.audit.command import run_audit, show
from ops.audit.evidence import Finding
from ops.audit.gather import UnknownCohort
from ops.audit.report import AuditReport, audit
from ops.audit.wages import UnknownRule

__all__ = [
    "AuditReport",
    "Finding",
    "Line",
    "UnknownCohort",
    "UnknownRule",
    "audit",
    "run_audit",
    "show",
]
