"""Candidates: the selected applicants, their wishes, and what matching gave them."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from shared.errors import Invalid
from shared.events import Event
from shared.events.intake import ApplicantSelected
from shared.events.placement import ApplicantUnmatched
from shared.ids import ApplicationId, CohortId, PersonId, PlacementId, PositionId

CandidateStatus = Literal["waiting", "placed", "unmatched"]


class CandidateNoted(Event):
    """Intake selected her; best wish first."""

    application_id: ApplicationId
    person_id: PersonId
    cohort_id: CohortId
    round: int
    field: str
    preferred_position_ids: tuple[PositionId, ...]


class CandidatePlaced(Event):
    """Matching gave her this position; the placement itself tells the city."""

    placement_id: PlacementId
    position_id: PositionId


CandidateEvent = CandidateNoted | CandidatePlaced | ApplicantUnmatched


@dataclass(frozen=True, slots=True)
class Candidate:
    application_id: str
    person_id: str
    cohort_id: str
    round: int
    field: str
    preferred_position_ids: tuple[str, ...]
    status: CandidateStatus = "waiting"
    placement_id: str | None = None
    position_id: str | None = None

    def listed_as(self, position_id: str) -> int | None:
        """The place of a position on her list, 1 first; None where she did not list it."""
        listed = self.preferred_position_ids
        return listed.index(position_id) + 1 if position_id in listed else None


def decide_noting(
    candidate: Candidate | None, event: ApplicantSelected, today: date
) -> list[CandidateEvent]:
    if candidate is not None:
        raise Invalid(f"{event.application_id} is selected a second time")
    noted = CandidateNoted(
        effective_on=event.effective_on,
        recorded_on=today,
        application_id=event.application_id,
        person_id=event.person_id,
        cohort_id=event.cohort_id,
        round=event.round,
        field=event.field,
        preferred_position_ids=event.preferred_position_ids,
    )
    return [noted]


def decide_placed(placement_id: str, position_id: str, today: date) -> list[CandidateEvent]:
    placed = CandidatePlaced(
        effective_on=today, recorded_on=today, placement_id=placement_id, position_id=position_id
    )
    return [placed]


def decide_unmatched(candidate: Candidate, today: date) -> list[CandidateEvent]:
    unmatched = ApplicantUnmatched(
        effective_on=today,
        recorded_on=today,
        application_id=candidate.application_id,
        person_id=candidate.person_id,
        cohort_id=candidate.cohort_id,
        round=candidate.round,
    )
    return [unmatched]


def evolve_candidate(candidate: Candidate | None, event: CandidateEvent) -> Candidate:
    match candidate, event:
        case None, CandidateNoted():
            return Candidate(
                application_id=event.application_id,
                person_id=event.person_id,
                cohort_id=event.cohort_id,
                round=event.round,
                field=event.field,
                preferred_position_ids=event.preferred_position_ids,
            )
        case Candidate(), CandidatePlaced():
            return replace(
                candidate,
                status="placed",
                placement_id=event.placement_id,
                position_id=event.position_id,
            )
        case Candidate(), ApplicantUnmatched():
            return replace(candidate, status="unmatched")
        case _:
            raise Invalid(f"{type(event).__name__} cannot come here in a candidate's life")
