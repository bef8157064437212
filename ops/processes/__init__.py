"""Children that are watched while they run and never outlive us, and what they are started with."""

from ops.processes.children import ROOT, Child, ProcessError, Processes
from ops.processes.ports import free_ports
from ops.processes.services import (
    DEVELOPMENT_SECRET,
    database_name,
    service_command,
    service_environment,
)
from ops.processes.signals import end_command, end_process_with, run_until_signal
from ops.processes.supervisor import Restart, Supervisor

__all__ = [
    "DEVELOPMENT_SECRET",
    "ROOT",
    "Child",
    "ProcessError",
    "Processes",
    "Restart",
    "Supervisor",
    "database_name",
    "end_command",
    "end_process_with",
    "free_ports",
    "run_until_signal",
    "service_command",
    "service_environment",
]
