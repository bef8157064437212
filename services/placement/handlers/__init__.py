"""What placement does: load, decide, save. The tables at the end say what reacts to what."""

from services.placement.handlers.commands import (
    approve_host,
    close_position,
    confirm_attendance,
    correct_attendance,
    offer_position,
    rank_candidates,
    register_host,
    sign_agreement,
    suspend_host,
)
from services.placement.handlers.leaving import decline_placement, withdraw_intern
from services.placement.handlers.news import (
    note_cancellation,
    note_candidate,
    note_cohort,
    note_round,
    note_selection,
    note_withdrawal,
)
from services.placement.handlers.settling import settle_candidate, settle_host
from services.placement.handlers.sweeps import advance_cohort, advance_placement
from services.placement.handlers.views import (
    list_candidates,
    list_placements,
    list_positions,
    show_cohort,
    show_host,
    show_matching,
    show_placement,
)
from services.placement.storage import CANDIDATES, COHORTS, HOSTS, PLACEMENTS
from shared.bus import Handles, Sweeps
from shared.events.intake import (
    ApplicantSelected,
    ApplicationWithdrawn,
    CohortCancelled,
    CohortOpened,
    CohortPolicyRevised,
    SelectionClosed,
)

__all__ = [
    "HANDLERS",
    "SWEEPS",
    "approve_host",
    "close_position",
    "confirm_attendance",
    "correct_attendance",
    "decline_placement",
    "list_candidates",
    "list_placements",
    "list_positions",
    "offer_position",
    "rank_candidates",
    "register_host",
    "show_cohort",
    "show_host",
    "show_matching",
    "show_placement",
    "sign_agreement",
    "suspend_host",
    "withdraw_intern",
]

HANDLERS = (
    Handles(CohortOpened, note_cohort, {COHORTS: lambda e: e.cohort_id}),
    Handles(CohortPolicyRevised, note_round, {COHORTS: lambda e: e.cohort_id}),
    Handles(CohortCancelled, note_cancellation, {COHORTS: lambda e: e.cohort_id}),
    Handles(ApplicantSelected, note_candidate, {CANDIDATES: lambda e: e.application_id}),
    Handles(ApplicationWithdrawn, note_withdrawal, {CANDIDATES: lambda e: e.application_id}),
    Handles(SelectionClosed, note_selection, {COHORTS: lambda e: e.cohort_id}),
)

# Hosts and candidates first: who left does not start, and is not closed as missing, on that day.
# Then cohorts: they make placements and lock sheets that fall due on the same day. One at a time:
# a cohort's sweep writes hundreds of members.
SWEEPS = (
    Sweeps(HOSTS, settle_host),
    Sweeps(CANDIDATES, settle_candidate),
    Sweeps(COHORTS, advance_cohort, at_once=1),
    Sweeps(PLACEMENTS, advance_placement),
)
