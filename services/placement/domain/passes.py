"""What a cohort's due day does to its members: matches them, closes a month of their attendance.

A transaction takes so many members and no more. The cohort stays due until all are written, and
only then announces the total: so a total never stands without its members.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.placement.domain.candidates import Candidate
from services.placement.domain.cohorts import Cohort, CohortEvent, MatchesWritten, SheetsLocked
from services.placement.domain.internships import Placement
from services.placement.domain.matching import digest_inputs, gather_inputs, match
from services.placement.domain.positions import Position
from shared.events.placement import AttendanceMonthClosed, MatchingClosed

MEMBERS_PER_PASS_MAX = 500  # keeps a transaction far below MongoDB's 16 MB and 10 s


@dataclass(frozen=True, slots=True)
class MatchingPass:
    """The results to write now, and what the cohort says about them."""

    placed: tuple[tuple[Candidate, Position], ...]
    unmatched: tuple[Candidate, ...]
    events: tuple[CohortEvent, ...]


@dataclass(frozen=True, slots=True)
class ClosingPass:
    """The placements whose sheet is to be locked now, and what the cohort says about them."""

    to_lock: tuple[Placement, ...]
    events: tuple[CohortEvent, ...]


def decide_matching(
    cohort: Cohort, candidates: Sequence[Candidate], positions: Sequence[Position], today: date
) -> MatchingPass:
    """Match everyone of the round, take those who have no result yet.

    Every pass works the whole match out anew: since the matching day its inputs stand still.
    """
    inputs = gather_inputs(candidates, positions, cohort.policy)
    matches = match(inputs)
    waiting = [c for c in candidates if c.status == "waiting"]
    taken = waiting[:MEMBERS_PER_PASS_MAX]
    by_id = {p.position_id: p for p in positions}
    placed = [(c, by_id[matches[c.application_id]]) for c in taken if c.application_id in matches]
    unmatched = [c for c in taken if c.application_id not in matches]
    if len(taken) < len(waiting):
        written = MatchesWritten(
            effective_on=today,
            recorded_on=today,
            input_digest=digest_inputs(inputs),
            placed=len(placed),
            unmatched=len(unmatched),
        )
        return MatchingPass(tuple(placed), tuple(unmatched), (written,))
    closed = MatchingClosed(
        effective_on=today,
        recorded_on=today,
        cohort_id=cohort.cohort_id,
        round=cohort.round,
        candidates=len(candidates),
        openings=sum(p.openings for p in positions),
        placed=len(matches),
        unmatched=len(candidates) - len(matches),
        input_digest=digest_inputs(inputs),
    )
    return MatchingPass(tuple(placed), tuple(unmatched), (closed,))


def decide_closing(
    cohort: Cohort, month: str, placements: Sequence[Placement], today: date
) -> ClosingPass:
    """Lock every sheet of the month; with the last ones, tell how many were confirmed in time."""
    sheets = [(p, sheet) for p in placements if (sheet := p.find_sheet(month))]
    unlocked = [p for p, sheet in sheets if sheet.locked_on is None]
    to_lock = tuple(unlocked[:MEMBERS_PER_PASS_MAX])
    if len(to_lock) < len(unlocked):
        locked = SheetsLocked(
            effective_on=today, recorded_on=today, month=month, sheets=len(to_lock)
        )
        return ClosingPass(to_lock, (locked,))
    confirmed = sum(sheet.is_on_time for _, sheet in sheets)
    closed = AttendanceMonthClosed(
        effective_on=cohort.policy.attendance_closes_on(month),
        recorded_on=today,
        cohort_id=cohort.cohort_id,
        month=month,
        confirmed=confirmed,
        missing=len(sheets) - confirmed,
    )
    return ClosingPass(to_lock, (closed,))
