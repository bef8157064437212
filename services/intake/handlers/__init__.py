"""What intake does: load, decide, save. The tables at the end say what reacts to what."""

from collections.abc import Callable, Mapping
from typing import Any

from services.intake.handlers.commands import (
    announce_extra_round,
    cancel_cohort,
    open_cohort,
    register_person,
    submit_application,
    withdraw_application,
)
from services.intake.handlers.news import (
    note_leaving,
    note_unmatched,
    note_vacancy,
)
from services.intake.handlers.sweeps import advance_cohort, screen_application
from services.intake.handlers.views import (
    list_applications,
    list_vacancies,
    show_application,
    show_cohort,
    show_person,
    show_selection,
)
from services.intake.storage import APPLICATIONS, COHORTS
from shared.bus import Handles, Sweeps
from shared.events.placement import (
    ApplicantUnmatched,
    InternWithdrew,
    PlacementDeclined,
    VacancyOpened,
)
from shared.mongo import Aggregate

__all__ = [
    "HANDLERS",
    "SWEEPS",
    "announce_extra_round",
    "cancel_cohort",
    "list_applications",
    "list_vacancies",
    "open_cohort",
    "register_person",
    "show_application",
    "show_cohort",
    "show_person",
    "show_selection",
    "submit_application",
    "withdraw_application",
]

OF_AN_APPLICATION: Mapping[Aggregate[Any], Callable[[Any], str]] = {
    APPLICATIONS: lambda e: e.application_id,
    COHORTS: lambda e: e.cohort_id,
}

HANDLERS = (
    Handles(VacancyOpened, note_vacancy, {COHORTS: lambda e: e.cohort_id}),
    Handles(ApplicantUnmatched, note_unmatched, OF_AN_APPLICATION),
    Handles(PlacementDeclined, note_leaving, OF_AN_APPLICATION),
    Handles(InternWithdrew, note_leaving, OF_AN_APPLICATION),
)

SWEEPS = (
    Sweeps(APPLICATIONS, screen_application),
    # After the applications, so that both may fall on one day; one cohort writes hundreds.
    Sweeps(COHORTS, advance_cohort, at_once=1),
)
