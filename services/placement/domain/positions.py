"""Positions (직무): what a company offers, and whom it would rather have."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.placement.domain.cohorts import Cohort, require_before_matching
from services.placement.domain.hosts import Host
from shared.errors import Invalid, Rejected
from shared.events import Event
from shared.events.placement import PositionClosed, PositionOffered
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


class PositionIsClosed(Rejected):
    """It takes nobody any more."""

    code = "position-closed"


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


class ClosePosition(BaseModel):
    """Nothing is to be said beside which one."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PositionListed(Event):
    """What the published list of positions says beside the figures, and the first round of
    matching that the position is in.
    """

    title: str
    host_name: str
    round: int = 1


class CandidatesRanked(Event):
    """The host's ranking for the next round of matching, in place of an earlier one for it."""

    ranked_person_ids: tuple[PersonId, ...]
    round: int = 1


PositionEvent = PositionOffered | PositionListed | CandidatesRanked | PositionClosed


@dataclass(frozen=True, slots=True)
class Ranking:
    """Whom the host would rather have, from this round of matching on."""

    round: int
    ranked_person_ids: tuple[str, ...]


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
    round: int = 1
    rankings: tuple[Ranking, ...] = ()
    closed_on: date | None = None

    def ranked_for(self, round_: int) -> tuple[str, ...]:
        """The ranking that a round's matching goes by: its own, or the latest before it."""
        found = [r.ranked_person_ids for r in self.rankings if r.round <= round_]
        return found[-1] if found else ()

    @property
    def ranked_person_ids(self) -> tuple[str, ...]:
        """The latest ranking."""
        return self.rankings[-1].ranked_person_ids if self.rankings else ()

    def is_open(self, before: date) -> bool:
        """Whether it takes somebody, by what was recorded before that day."""
        return self.closed_on is None or self.closed_on >= before


def position_id(org_id: str, command: OfferPosition) -> str:
    return derive("pos", org_id, command.cohort_id, command.title)


def decide_offer(
    position: Position | None, command: OfferPosition, host: Host, cohort: Cohort, today: date
) -> list[PositionEvent]:
    """The company's approval and cap are the host's to decide: `hosts.decide_openings`."""
    round_ = require_before_matching(cohort, today)
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
            round=round_,
        ),
    ]


def decide_ranking(
    position: Position,
    command: RankCandidates,
    cohort: Cohort,
    candidate_person_ids: frozenset[str],
    today: date,
) -> list[PositionEvent]:
    round_ = require_before_matching(cohort, today)
    require_open(position)
    ranked = command.ranked_person_ids
    if len(set(ranked)) < len(ranked):
        raise RankedTwice("name each candidate once")
    if not candidate_person_ids.issuperset(ranked):
        raise NotACandidate("rank only people of the position's list of candidates")
    return [
        CandidatesRanked(
            effective_on=today, recorded_on=today, ranked_person_ids=ranked, round=round_
        )
    ]


def decide_closing_position(position: Position, today: date) -> list[PositionEvent]:
    """Who works on it, or is placed on it today, stays."""
    require_open(position)
    closed = PositionClosed(
        effective_on=today,
        recorded_on=today,
        position_id=position.position_id,
        org_id=position.org_id,
        cohort_id=position.cohort_id,
    )
    return [closed]


def require_open(position: Position) -> None:
    if position.closed_on is not None:
        raise PositionIsClosed(f"this position takes nobody since {position.closed_on}")


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
            return replace(
                position, title=event.title, host_name=event.host_name, round=event.round
            )
        case Position(), CandidatesRanked():
            kept = tuple(r for r in position.rankings if r.round < event.round)
            ranking = Ranking(event.round, event.ranked_person_ids)
            return replace(position, rankings=(*kept, ranking))
        case Position(closed_on=None), PositionClosed():
            return replace(position, closed_on=event.recorded_on)
        case _:
            raise Invalid(f"{type(event).__name__} cannot come here in a position's life")
