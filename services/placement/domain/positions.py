"""Positions (직무): what a company offers, and whom it would rather have."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.placement.domain.cohorts import Cohort, require_before_matching
from services.placement.domain.hosts import Host
from shared.errors import Invalid, Rejected
from shared.events import Event
from shared.events.placement import PositionOffered
from shared.ids import CohortId, PersonId, derive

RANKED_MAX = 1_000  # nobody ranks more by hand; keeps a position's document small


class PositionExists(Rejected):
    """A company's positions in a cohort differ by their titles."""

    code = "position-exists"


class UnknownField(Rejected):
    """The cohort has no such job field."""

    code = "unknown-field"
    status = 422


class HoursNotOffered(Rejected):
    """The cohort has no such hour pattern."""

    code = "hours-not-offered"
    status = 422


class RankedTwice(Rejected):
    """A ranking names each candidate once."""

    code = "ranked-twice"
    status = 422


class NotACandidate(Rejected):
    """Only the selected applicants of the position's cohort can be ranked."""

    code = "not-a-candidate"
    status = 422


class OfferPosition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    cohort_id: CohortId
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    field: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    openings: int = Field(ge=1, le=1_000)
    hours_per_day: int = Field(ge=1, le=8)


class RankCandidates(BaseModel):
    """Whom the host would rather have, best first. Those not named come after all named."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ranked_person_ids: tuple[PersonId, ...] = Field(max_length=RANKED_MAX)


class PositionListed(Event):
    """What the published list of positions says beside the figures."""

    title: str
    host_name: str


class CandidatesRanked(Event):
    """The host's ranking, in place of an earlier one."""

    ranked_person_ids: tuple[PersonId, ...]


PositionEvent = PositionOffered | PositionListed | CandidatesRanked


@dataclass(frozen=True, slots=True)
class Position:
    position_id: str
    org_id: str
    cohort_id: str
    field: str
    openings: int
    hours_per_day: int
    hours_per_month: int
    title: str = ""
    host_name: str = ""
    ranked_person_ids: tuple[str, ...] = ()


def position_id(org_id: str, command: OfferPosition) -> str:
    return derive("pos", org_id, command.cohort_id, command.title)


def decide_offer(
    position: Position | None, command: OfferPosition, host: Host, cohort: Cohort, today: date
) -> list[PositionEvent]:
    """The company's approval and cap are the host's to decide: `hosts.decide_openings`."""
    require_before_matching(cohort, today)
    if position is not None:
        raise PositionExists("this company offers a position of this title already")
    if command.field not in cohort.policy.fields:
        raise UnknownField(f"field must be one of {', '.join(cohort.policy.fields)}")
    hours = cohort.policy.hours(command.hours_per_day)
    if hours is None:
        offered = ", ".join(str(p.hours_per_day) for p in cohort.policy.hour_patterns)
        raise HoursNotOffered(f"hours_per_day must be one of {offered}")
    return [
        PositionOffered(
            effective_on=today,
            recorded_on=today,
            position_id=position_id(host.org_id, command),
            org_id=host.org_id,
            cohort_id=cohort.cohort_id,
            field=command.field,
            openings=command.openings,
            hours_per_day=hours.hours_per_day,
            hours_per_month=hours.hours_per_month,
        ),
        PositionListed(
            effective_on=today,
            recorded_on=today,
            title=command.title,
            host_name=host.facts.name,
        ),
    ]


def decide_ranking(
    command: RankCandidates, cohort: Cohort, candidate_person_ids: frozenset[str], today: date
) -> list[PositionEvent]:
    require_before_matching(cohort, today)
    ranked = command.ranked_person_ids
    if len(set(ranked)) < len(ranked):
        raise RankedTwice("name each candidate once")
    if not candidate_person_ids.issuperset(ranked):
        raise NotACandidate("rank only people of the position's list of candidates")
    return [CandidatesRanked(effective_on=today, recorded_on=today, ranked_person_ids=ranked)]


def evolve_position(position: Position | None, event: PositionEvent) -> Position:
    match position, event:
        case None, PositionOffered():
            return Position(
                position_id=event.position_id,
                org_id=event.org_id,
                cohort_id=event.cohort_id,
                field=event.field,
                openings=event.openings,
                hours_per_day=event.hours_per_day,
                hours_per_month=event.hours_per_month,
            )
        case Position(), PositionListed():
            return replace(position, title=event.title, host_name=event.host_name)
        case Position(), CandidatesRanked():
            return replace(position, ranked_person_ids=event.ranked_person_ids)
        case _:
            raise Invalid(f"{type(event).__name__} cannot come here in a position's life")
