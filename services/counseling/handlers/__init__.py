"""What counseling does: load, decide, save. The tables at the end say what reacts to what."""

from collections.abc import Callable, Mapping
from typing import Any

from services.counseling.domain import CENTRE_KEY, case_id_of
from services.counseling.handlers.commands import (
    record_contact,
    record_departure,
    record_employment_end,
    record_reemployment,
    register_counselor,
)
from services.counseling.handlers.news import adopt_policy, note_withdrawal, open_case
from services.counseling.handlers.sweeps import assign_counselors, look_after_case
from services.counseling.handlers.views import (
    list_cases,
    list_contacts,
    list_counselors,
    show_case,
    show_counselor,
    show_outcomes,
    show_worklist,
)
from services.counseling.storage import CASES, CENTRE, COHORTS, LEAVERS, PARTICIPANTS
from shared.bus import Handles, Sweeps
from shared.events.intake import CohortOpened
from shared.events.placement import InternshipCompleted, InternshipNotCompleted, InternWithdrew
from shared.mongo import Aggregate

__all__ = [
    "HANDLERS",
    "SWEEPS",
    "list_cases",
    "list_contacts",
    "list_counselors",
    "record_contact",
    "record_departure",
    "record_employment_end",
    "record_reemployment",
    "register_counselor",
    "show_case",
    "show_counselor",
    "show_outcomes",
    "show_worklist",
]

OF_A_CASE: Mapping[Aggregate[Any], Callable[[Any], str]] = {
    COHORTS: lambda e: e.cohort_id,
    PARTICIPANTS: lambda e: e.person_id,
    CASES: case_id_of,
}
OF_A_LEAVER = {**OF_A_CASE, LEAVERS: case_id_of}

HANDLERS = (
    Handles(
        CohortOpened,
        adopt_policy,
        {COHORTS: lambda e: e.cohort_id, CENTRE: lambda _: CENTRE_KEY},
    ),
    Handles(InternshipCompleted, open_case, OF_A_CASE),
    Handles(InternshipNotCompleted, open_case, OF_A_LEAVER),
    Handles(InternWithdrew, note_withdrawal, OF_A_LEAVER),
)

SWEEPS = (
    # Cases first: those that close today free their counselors for the pass of the same day.
    Sweeps(CASES, look_after_case),
    Sweeps(CENTRE, assign_counselors, at_once=1),
)
