"""Cancellation: a whole cohort is called off, and every application still in it lapses.

Placement hears of it and ends what it has to end; nobody is told an outcome any more.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.intake.domain.applications import (
    Application,
    ApplicationEvent,
    ApplicationLapsed,
)
from services.intake.domain.cohorts import (
    ApplicationsLapsed,
    Cohort,
    CohortEvent,
    CohortIsCancelled,
)
from services.intake.domain.passes import MEMBERS_PER_PASS_MAX, CohortPass
from shared.errors import Rejected
from shared.events.intake import CohortCancelled


class CancelCohort(BaseModel):
    """Nothing to say but that it is so; why is no affair of the topics."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CohortOver(Rejected):
    """Its last day has come: there is nothing left to call off."""

    code = "cohort-over"


def decide_cancellation(cohort: Cohort, today: date) -> list[CohortEvent]:
    """From tomorrow on: today is worked to its end."""
    if cohort.is_cancelled:
        raise CohortIsCancelled(f"it is cancelled already, from {cohort.cancelled_from} on")
    if today >= cohort.policy.ends_on:
        raise CohortOver(f"its last day is {cohort.policy.ends_on}: nothing is left to cancel")
    return [
        CohortCancelled(
            effective_on=today + timedelta(days=1), recorded_on=today, cohort_id=cohort.cohort_id
        )
    ]


def decide_lapse(application: Application, today: date) -> list[ApplicationEvent]:
    return [
        ApplicationLapsed(
            effective_on=today, recorded_on=today, application_id=application.application_id
        )
    ]


def decide_winding_up(
    cohort: Cohort, applications: Sequence[Application], today: date
) -> CohortPass:
    """One pass: the cohort stays due until every application that was going on has lapsed."""
    on: dict[str, Any] = {"effective_on": today, "recorded_on": today}
    going_on = [a for a in applications if goes_on(a, today)]
    now = going_on[:MEMBERS_PER_PASS_MAX]
    lapsed = ApplicationsLapsed(
        cohort_id=cohort.cohort_id, lapsed=len(now), left=len(going_on) - len(now), **on
    )
    return CohortPass([lapsed], {a.application_id: decide_lapse(a, today) for a in now})


def goes_on(application: Application, today: date) -> bool:
    """By what was recorded before today. A placement given up today, which the cancellation itself
    may have ended, may be known already or not: it went on until now.
    """
    given_up_on = application.given_up_on
    is_given_up_today = application.status in ("declined", "left") and (
        given_up_on is not None and given_up_on >= today
    )
    return application.is_live or is_given_up_today
