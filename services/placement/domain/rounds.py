"""Rounds of matching: the first, and those of extra recruiting (추가모집).

Each has its own candidates and its own day, and takes the openings that are free then. It keeps
what was free, so that the matching can be made again whatever has become of it since.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from shared.errors import Invalid, NotFound, Rejected
from shared.events import Event
from shared.events.placement import MatchingClosed
from shared.ids import PositionId

WaitsFor = Literal["selection-closed", "all-selected-applicants"]


class MatchingBegun(Rejected):
    """From the matching day on its inputs stand still, so that it can be run again."""

    code = "matching-begun"


class MatchingNotClosed(NotFound):
    """There is no result yet."""

    code = "matching-not-closed"


class SelectionNoted(Event):
    """Intake closed a selection round: so many applicants are to be matched."""

    round: int
    selected: int


class MatchingHeld(Event):
    """The matching day has come, but not everything that it rests on: looked at again tomorrow."""

    waits_for: WaitsFor
    announced: int | None
    received: int


class MatchingPrepared(Event):
    """A round's matching begins: these openings are free, by position."""

    openings: tuple[tuple[PositionId, int], ...]
    input_digest: str


class MatchesWritten(Event):
    """One pass wrote so many results; more are left. All passes rest on the same inputs."""

    input_digest: str
    placed: int
    unmatched: int


RoundEvent = SelectionNoted | MatchingHeld | MatchingPrepared | MatchesWritten | MatchingClosed


@dataclass(frozen=True, slots=True)
class Matching:
    """A matching run: what it rests on, and what was written of it so far.

    `begun_on`: it knows what was recorded before that day. `openings` are those that were free.
    """

    begun_on: date
    openings: tuple[tuple[str, int], ...]
    input_digest: str
    placed: int = 0
    unmatched: int = 0
    closed_on: date | None = None

    @property
    def openings_in_all(self) -> int:
        return sum(openings for _, openings in self.openings)


@dataclass(frozen=True, slots=True)
class Round:
    number: int
    matching_on: date
    selected: int | None = None
    waits_for: WaitsFor | None = None
    looks_again_on: date | None = None
    matching: Matching | None = None

    @property
    def is_matched(self) -> bool:
        return self.matching is not None and self.matching.closed_on is not None

    @property
    def due_on(self) -> date:
        return self.looks_again_on or self.matching_on


def evolve_round(round_: Round, event: RoundEvent) -> Round:
    match event:
        case SelectionNoted():
            return replace(round_, selected=event.selected)
        case MatchingHeld():
            tomorrow = event.effective_on + timedelta(days=1)
            return replace(round_, waits_for=event.waits_for, looks_again_on=tomorrow)
        case MatchingPrepared():
            run = Matching(event.recorded_on, event.openings, event.input_digest)
            return replace(round_, waits_for=None, looks_again_on=None, matching=run)
        case MatchesWritten() | MatchingClosed():
            return replace(round_, matching=_written(round_.matching, event))


def _written(run: Matching | None, event: MatchesWritten | MatchingClosed) -> Matching:
    """The run so far. Passes that saw different inputs would each be right and together wrong."""
    if run is None or run.input_digest != event.input_digest:
        raise Invalid("the inputs of a matching run changed between two passes")
    if isinstance(event, MatchesWritten):
        placed, unmatched = run.placed + event.placed, run.unmatched + event.unmatched
        return replace(run, placed=placed, unmatched=unmatched)
    return replace(
        run, placed=event.placed, unmatched=event.unmatched, closed_on=event.effective_on
    )
