"""Applications (신청): one per person and cohort, its facts, and what became of it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, assert_never, get_args

from services.intake.domain.eligibility import RULE_VERSION, Facts, failed_rules, screening_digest
from shared.errors import Invalid
from shared.events import Event
from shared.events.intake import (
    ApplicantNotSelected,
    ApplicantReserved,
    ApplicantSelected,
    ApplicationAccepted,
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationWithdrawn,
)
from shared.events.placement import ApplicantUnmatched, InternWithdrew, PlacementDeclined
from shared.events.policy import CohortPolicy
from shared.ids import ApplicationId, CohortId, PersonId, PositionId

LiveStatus = Literal["submitted", "accepted", "reserved", "selected", "unplaced"]
OverStatus = Literal["rejected", "not-selected", "declined", "left", "withdrawn", "lapsed"]
ApplicationStatus = LiveStatus | OverStatus
"""unplaced: selected, and without a place through no doing of her own; she is called first.
declined, left: she gave up her placement before or after its first day, as placement tells.
lapsed: her cohort was cancelled while she was in the running, or in it.
"""

Outcome = Literal["selected", "reserved", "not-selected"]


@dataclass(frozen=True, slots=True)
class Points:
    """Points by criterion of the policy's ranking."""

    priority_group: int
    career: int
    licence: int

    @property
    def total(self) -> int:
        return self.priority_group + self.career + self.licence


@dataclass(frozen=True, slots=True)
class Standing:
    """Where she stands in a selection round, 1 first. `tie_break` decides among equal totals."""

    round: int
    rank: int
    points: Points
    tie_break: str


@dataclass(frozen=True, slots=True)
class Check:
    """What the eligibility check rested on, so that it can be run again."""

    rule_version: str
    input_digest: str


@dataclass(frozen=True, slots=True)
class Call:
    """She was called for this vacancy."""

    vacancy_id: str
    called_on: date


@dataclass(frozen=True, slots=True)
class Application:
    """`preferred_position_ids` is her ranked wish, best first.

    `outcome` is what her round's selection decided, for good; `status` is where she stands now.
    Days named `…_on` are those on which a fact was recorded, but `leaves_on`: the first day on
    which a withdrawn applicant takes part no longer.
    """

    application_id: str
    person_id: str
    cohort_id: str
    field: str
    facts: Facts
    preferred_position_ids: tuple[str, ...]
    applied_on: date
    screening_on: date
    status: ApplicationStatus = "submitted"
    check: Check | None = None
    reason_codes: tuple[str, ...] = ()
    standing: Standing | None = None
    reserve_rank: int | None = None
    round: int = 1
    outcome: Outcome | None = None
    calls: tuple[Call, ...] = ()
    unplaced_on: date | None = None
    refused_by_org_ids: tuple[str, ...] = ()
    given_up_on: date | None = None
    withdrawn_on: date | None = None
    leaves_on: date | None = None

    @property
    def is_live(self) -> bool:
        """She may still get a place, or has one."""
        return self.status in get_args(LiveStatus)

    @property
    def has_place(self) -> bool:
        """She counts among the cohort's target."""
        return self.status in ("selected", "unplaced")

    @property
    def names(self) -> dict[str, Any]:
        """What every event about this application names."""
        return {
            "application_id": self.application_id,
            "person_id": self.person_id,
            "cohort_id": self.cohort_id,
        }


class ApplicationFiled(Event):
    """What was declared, for this service alone; `ApplicationSubmitted` tells the city."""

    application_id: ApplicationId
    person_id: PersonId
    cohort_id: CohortId
    field: str
    facts: Facts
    preferred_position_ids: tuple[PositionId, ...]
    screening_on: date
    round: int = 1


class ApplicationChecked(Event):
    """What the eligibility check rested on; its outcome is the event that follows."""

    application_id: ApplicationId
    check: Check


class ApplicantRanked(Event):
    """Her points and rank among the eligible; the outcome follows. A score is never published."""

    application_id: ApplicationId
    standing: Standing


class ApplicationLapsed(Event):
    """Her cohort was cancelled."""

    application_id: ApplicationId


ApplicationEvent = (
    ApplicationFiled
    | ApplicationSubmitted
    | ApplicationChecked
    | ApplicationAccepted
    | ApplicationRejected
    | ApplicantRanked
    | ApplicantSelected
    | ApplicantReserved
    | ApplicantNotSelected
    | ApplicationWithdrawn
    | ApplicationLapsed
    | ApplicantUnmatched
    | PlacementDeclined
    | InternWithdrew
)


def decide_screening(
    application: Application, policy: CohortPolicy, today: date
) -> list[ApplicationEvent]:
    """Accept who meets every rule; name each rule that the others fail."""
    on: dict[str, Any] = {"effective_on": today, "recorded_on": today}
    check = Check(RULE_VERSION, screening_digest(policy, application.facts))
    checked = ApplicationChecked(application_id=application.application_id, check=check, **on)
    failed = failed_rules(policy, application.facts)
    if failed:
        return [checked, ApplicationRejected(**application.names, reason_codes=failed, **on)]
    return [checked, ApplicationAccepted(**application.names, **on)]


def application_due_on(application: Application) -> date | None:
    return application.screening_on if application.status == "submitted" else None


def evolve_application(  # noqa: C901, PLR0911, PLR0912  # one flat case per event
    application: Application | None, event: ApplicationEvent
) -> Application:
    if isinstance(event, ApplicationFiled):
        return _file(event)
    if application is None:
        raise Invalid(f"{event.application_id} has no filed application to grow from")
    match event:
        case ApplicationSubmitted():
            return application
        case ApplicationChecked():
            return replace(application, check=event.check)
        case ApplicationAccepted():
            return replace(application, status="accepted")
        case ApplicationRejected():
            return replace(application, status="rejected", reason_codes=event.reason_codes)
        case ApplicantRanked():
            return replace(application, standing=event.standing)
        case ApplicantSelected():
            return _select(application, event)
        case ApplicantReserved():
            reserved = replace(application, status="reserved", outcome="reserved")
            return replace(reserved, reserve_rank=event.reserve_rank)
        case ApplicantNotSelected():
            return replace(application, status="not-selected", outcome="not-selected")
        case ApplicationWithdrawn():
            withdrawn = replace(application, status="withdrawn", leaves_on=event.effective_on)
            return replace(withdrawn, withdrawn_on=event.recorded_on)
        case ApplicationLapsed():
            return replace(application, status="lapsed")
        case ApplicantUnmatched() | PlacementDeclined() | InternWithdrew():
            return _note(application, event)
        case _:
            assert_never(event)


def _file(event: ApplicationFiled) -> Application:
    return Application(
        application_id=event.application_id,
        person_id=event.person_id,
        cohort_id=event.cohort_id,
        field=event.field,
        facts=event.facts,
        preferred_position_ids=event.preferred_position_ids,
        applied_on=event.effective_on,
        screening_on=event.screening_on,
        round=event.round,
    )


def _select(application: Application, event: ApplicantSelected) -> Application:
    """By her round's selection, or called for a vacancy: that is no outcome of the selection."""
    if event.vacancy_id is None:
        return replace(application, status="selected", outcome="selected")
    calls = (*application.calls, Call(event.vacancy_id, event.recorded_on))
    return replace(application, status="selected", calls=calls, unplaced_on=None)


def _note(
    application: Application, event: ApplicantUnmatched | PlacementDeclined | InternWithdrew
) -> Application:
    """What placement tells. It never brings back who withdrew here or whose cohort is cancelled,
    and leaves the same trace whether it is heard of before that or after.
    """
    status: ApplicationStatus
    match event:
        case InternWithdrew():
            status = "left"
        case PlacementDeclined(declined_by="intern"):
            status = "declined"
        case _:
            status = "unplaced"
    if status == "unplaced":
        noted = replace(application, unplaced_on=event.recorded_on)
    else:
        noted = replace(application, given_up_on=event.recorded_on)
    if isinstance(event, PlacementDeclined) and event.declined_by == "host":
        refused_by = (*application.refused_by_org_ids, event.org_id)
        noted = replace(noted, refused_by_org_ids=refused_by)
    is_open = application.status in ("selected", "unplaced")
    return replace(noted, status=status) if is_open else noted
