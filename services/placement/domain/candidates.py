"""Candidates: the selected applicants, their wishes, and what became of them.

News of intake about them is noted here with its day, and acted on when that day is over.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from shared.errors import Invalid
from shared.events import Event
from shared.events.intake import ApplicantSelected, ApplicationWithdrawn
from shared.events.placement import ApplicantUnmatched
from shared.ids import ApplicationId, CohortId, PersonId, PlacementId, PositionId, VacancyId

CandidateStatus = Literal["waiting", "placed", "unmatched", "withdrawn"]
Result = Literal["placed", "unmatched"]


class CandidateNoted(Event):
    """Intake selected her; best wish first. A reserve is in no round's matching."""

    application_id: ApplicationId
    person_id: PersonId
    cohort_id: CohortId
    round: int
    field: str
    preferred_position_ids: tuple[PositionId, ...]
    is_reserve: bool = False


class CallNoted(Event):
    """Intake calls her for this vacancy."""

    vacancy_id: VacancyId


class WithdrawalNoted(Event):
    """She takes part no longer, from `effective_on` on."""


class WithdrawalSettled(Event):
    """What follows from her withdrawal has been done."""


class CandidatePlaced(Event):
    """Matching gave her this position, or a vacancy did; the placement itself tells the city."""

    placement_id: PlacementId
    position_id: PositionId
    vacancy_id: VacancyId | None = None


CandidateEvent = (
    CandidateNoted
    | CallNoted
    | WithdrawalNoted
    | WithdrawalSettled
    | CandidatePlaced
    | ApplicantUnmatched
)


@dataclass(frozen=True, slots=True)
class Call:
    vacancy_id: str
    noted_on: date


@dataclass(frozen=True, slots=True)
class Withdrawal:
    leaves_on: date
    noted_on: date
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """`result` and `position_id` are what the matching of her round gave her, for good;
    `placement_id` names her latest placement.
    """

    application_id: str
    person_id: str
    cohort_id: str
    round: int
    field: str
    preferred_position_ids: tuple[str, ...]
    is_reserve: bool = False
    status: CandidateStatus = "waiting"
    result: Result | None = None
    position_id: str | None = None
    placement_id: str | None = None
    times_placed: int = 0
    call: Call | None = None
    withdrawal: Withdrawal | None = None

    def listed_as(self, position_id: str) -> int | None:
        """The place of a position on her list, 1 first; None where she did not list it."""
        listed = self.preferred_position_ids
        return listed.index(position_id) + 1 if position_id in listed else None

    def takes_part(self, day: date) -> bool:
        """Whether a matching of that day counts her: nothing to the contrary was known before."""
        return self.withdrawal is None or self.withdrawal.noted_on >= day

    def withdraws(self, today: date) -> bool:
        """Whether her withdrawal is to be acted on today."""
        found = self.withdrawal
        return found is not None and not found.is_settled and found.noted_on < today


def candidate_due_on(candidate: Candidate) -> date | None:
    """The day after the news."""
    noted_on = [candidate.call.noted_on] if candidate.call else []
    if candidate.withdrawal and not candidate.withdrawal.is_settled:
        noted_on.append(candidate.withdrawal.noted_on)
    return min(noted_on) + timedelta(days=1) if noted_on else None


def decide_noting(
    candidate: Candidate | None, event: ApplicantSelected, today: date
) -> list[CandidateEvent]:
    """Selected for a round, once; or called for a vacancy, one at a time."""
    if event.vacancy_id is None and candidate is not None:
        raise Invalid(f"{event.application_id} is selected a second time")
    if candidate is not None and candidate.call:
        raise Invalid(f"{event.application_id} is called while she is called already")
    events: list[CandidateEvent] = []
    if candidate is None:
        events.append(_noted(event, today))
    if event.vacancy_id is not None:
        call = CallNoted(
            effective_on=event.effective_on, recorded_on=today, vacancy_id=event.vacancy_id
        )
        events.append(call)
    return events


def decide_noting_withdrawal(
    candidate: Candidate | None, event: ApplicationWithdrawn, today: date
) -> list[CandidateEvent]:
    """Who was never selected is no candidate, and nothing here changes."""
    if candidate is None:
        return []
    return [WithdrawalNoted(effective_on=event.effective_on, recorded_on=today)]


def decide_withdrawn(today: date) -> list[CandidateEvent]:
    return [WithdrawalSettled(effective_on=today, recorded_on=today)]


def decide_placed(
    placement_id: str, position_id: str, today: date, vacancy_id: str | None = None
) -> list[CandidateEvent]:
    placed = CandidatePlaced(
        effective_on=today,
        recorded_on=today,
        placement_id=placement_id,
        position_id=position_id,
        vacancy_id=vacancy_id,
    )
    return [placed]


def decide_unmatched(
    candidate: Candidate, today: date, vacancy_id: str | None = None
) -> list[CandidateEvent]:
    unmatched = ApplicantUnmatched(
        effective_on=today,
        recorded_on=today,
        application_id=candidate.application_id,
        person_id=candidate.person_id,
        cohort_id=candidate.cohort_id,
        round=candidate.round,
        vacancy_id=vacancy_id,
    )
    return [unmatched]


def evolve_candidate(candidate: Candidate | None, event: CandidateEvent) -> Candidate:
    match candidate, event:
        case None, CandidateNoted():
            return _candidate(event)
        case Candidate(), CallNoted():
            return replace(candidate, call=Call(event.vacancy_id, event.recorded_on))
        case Candidate(withdrawal=None), WithdrawalNoted():
            withdrawal = Withdrawal(event.effective_on, event.recorded_on)
            return replace(candidate, withdrawal=withdrawal)
        case Candidate(withdrawal=Withdrawal() as withdrawal), WithdrawalSettled():
            settled = replace(withdrawal, is_settled=True)
            return replace(candidate, status="withdrawn", call=None, withdrawal=settled)
        case Candidate(), CandidatePlaced() | ApplicantUnmatched():
            return _answered(candidate, event)
        case _:
            raise Invalid(f"{type(event).__name__} cannot come here in a candidate's life")


def _noted(event: ApplicantSelected, today: date) -> CandidateNoted:
    return CandidateNoted(
        effective_on=event.effective_on,
        recorded_on=today,
        application_id=event.application_id,
        person_id=event.person_id,
        cohort_id=event.cohort_id,
        round=event.round,
        field=event.field,
        preferred_position_ids=event.preferred_position_ids,
        is_reserve=event.vacancy_id is not None,
    )


def _candidate(event: CandidateNoted) -> Candidate:
    return Candidate(
        application_id=event.application_id,
        person_id=event.person_id,
        cohort_id=event.cohort_id,
        round=event.round,
        field=event.field,
        preferred_position_ids=event.preferred_position_ids,
        is_reserve=event.is_reserve,
    )


def _answered(candidate: Candidate, event: CandidatePlaced | ApplicantUnmatched) -> Candidate:
    """By the matching of her round, or, with a vacancy, about her call."""
    result: Result = "placed" if isinstance(event, CandidatePlaced) else "unmatched"
    candidate = replace(candidate, status=result)
    if isinstance(event, CandidatePlaced):
        times = candidate.times_placed + 1
        candidate = replace(candidate, placement_id=event.placement_id, times_placed=times)
    if event.vacancy_id is not None:
        return replace(candidate, call=None)
    position_id = event.position_id if isinstance(event, CandidatePlaced) else None
    return replace(candidate, result=result, position_id=position_id)
