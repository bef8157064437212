"""What placement does: load, decide, save. The tables at the end say what reacts to what."""

from services.placement.handlers.commands import (
    approve_host,
    confirm_attendance,
    offer_position,
    rank_candidates,
    register_host,
    sign_agreement,
)
from services.placement.handlers.news import note_candidate, note_cohort, note_selection
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
from services.placement.storage import CANDIDATES, COHORTS, PLACEMENTS
from shared.bus import Handles, Sweeps
from shared.events.intake import ApplicantSelected, CohortOpened, SelectionClosed

__all__ = [
    "HANDLERS",
    "SWEEPS",
    "approve_host",
    "confirm_attendance",
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
]

HANDLERS = (
    Handles(CohortOpened, note_cohort, {COHORTS: lambda e: e.cohort_id}),
    Handles(ApplicantSelected, note_candidate, {CANDIDATES: lambda e: e.application_id}),
    Handles(SelectionClosed, note_selection, {COHORTS: lambda e: e.cohort_id}),
)

# Cohorts first: they make placements and lock sheets that fall due on the same day. One at a
# time: a cohort's sweep writes hundreds of members.
SWEEPS = (Sweeps(COHORTS, advance_cohort, at_once=1), Sweeps(PLACEMENTS, advance_placement))
