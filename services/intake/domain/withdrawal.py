"""Withdrawal (중도포기 and before): an applicant takes part no longer, at any time of her story.

What it ends elsewhere, a placement or pay, is for those to decide who hear of it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict

from services.intake.domain.applications import Application, ApplicationEvent
from services.intake.domain.cohorts import CohortEvent, PlaceGivenUp
from services.intake.domain.vacancies import VacancyReopened
from shared.errors import InTheFuture, Rejected
from shared.events.intake import ApplicationWithdrawn
from shared.events.placement import InternWithdrew, PlacementDeclined


class WithdrawApplication(BaseModel):
    """`leaves_on` is the first day on which she takes part no longer: tomorrow at the latest, and
    as long ago as it was found out late.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    leaves_on: date


class AlreadyWithdrawn(Rejected):
    """A withdrawal is said once."""

    code = "already-withdrawn"


class ApplicationOver(Rejected):
    """There is nothing left to withdraw from."""

    code = "application-over"


class BeforeApplication(Rejected):
    """Nobody leaves before she has come."""

    code = "before-application"
    status = 422


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What a withdrawal writes: to the application, and to its cohort where a place is free."""

    application: list[ApplicationEvent]
    cohort: list[CohortEvent]


def decide_withdrawal(
    application: Application, command: WithdrawApplication, today: date
) -> Withdrawal:
    _check(application, command, today)
    withdrawn = ApplicationWithdrawn(
        effective_on=command.leaves_on, recorded_on=today, **application.names
    )
    freed: list[CohortEvent] = [_give_up(application, today)] if application.has_place else []
    call = application.calls[-1] if application.calls else None
    if call and call.called_on == today and application.status == "selected":
        # Placement looks at calls tomorrow and at withdrawals of today: it never gives her the
        # place, and so opens no vacancy. Called a day before, she is placed, and declines.
        freed.append(
            VacancyReopened(
                effective_on=today,
                recorded_on=today,
                cohort_id=application.cohort_id,
                vacancy_id=call.vacancy_id,
            )
        )
    return Withdrawal([withdrawn], freed)


def decide_giving_up(
    application: Application, event: PlacementDeclined | InternWithdrew
) -> list[CohortEvent]:
    """A placement that she declined or left gives her place up, unless it was given up before."""
    is_hers = isinstance(event, InternWithdrew) or event.declined_by == "intern"
    is_free = application.status == "withdrawn" or application.given_up_on is not None
    return [_give_up(application, event.recorded_on)] if is_hers and not is_free else []


def _check(application: Application, command: WithdrawApplication, today: date) -> None:
    if application.status == "withdrawn":
        raise AlreadyWithdrawn(f"her withdrawal was recorded on {application.withdrawn_on}")
    if not application.is_live:
        raise ApplicationOver(f"the application is {application.status}: nothing goes on")
    if command.leaves_on > today + timedelta(days=1):
        raise InTheFuture("give tomorrow at the latest: a later day may still change")
    if command.leaves_on < application.applied_on:
        raise BeforeApplication(f"she applied on {application.applied_on}: give that day or later")


def _give_up(application: Application, recorded_on: date) -> PlaceGivenUp:
    return PlaceGivenUp(
        effective_on=recorded_on,
        recorded_on=recorded_on,
        cohort_id=application.cohort_id,
        application_id=application.application_id,
    )
