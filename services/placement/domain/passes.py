"""What a cohort's due day does to its members: matches them, closes a month of their attendance,
ends their placements when the cohort is cancelled.

A transaction takes so many members and no more. The cohort stays due until all are written, and
only then announces the total: so a total never stands without its members.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.placement.domain.candidates import Candidate
from services.placement.domain.cohorts import (
    Cancellation,
    CancellationSettled,
    Cohort,
    CohortEvent,
    PlacementsEnded,
    SheetsLocked,
)
from services.placement.domain.internships import Placement
from services.placement.domain.matching import Inputs, digest_inputs, gather_inputs, match, post_of
from services.placement.domain.positions import Position
from services.placement.domain.rounds import MatchesWritten, MatchingPrepared, Round
from shared.events.placement import AttendanceMonthClosed, MatchingClosed
from shared.events.policy import CohortPolicy

MEMBERS_PER_PASS_MAX = 500  # keeps a transaction far below MongoDB's 16 MB and 10 s


@dataclass(frozen=True, slots=True)
class MatchingPass:
    """The results to write now, and what the cohort says about them.

    `left_over` are the openings that nobody took, by position; None while results are left.
    `withdrawn` counts candidates of the round who were out of it before.
    """

    placed: tuple[tuple[Candidate, Position], ...]
    unmatched: tuple[Candidate, ...]
    events: tuple[CohortEvent, ...]
    left_over: Mapping[str, int] | None
    withdrawn: int


@dataclass(frozen=True, slots=True)
class MembersPass:
    """The placements to change now, and what the cohort says about them."""

    placements: tuple[Placement, ...]
    events: tuple[CohortEvent, ...]


def openings_free(
    positions: Iterable[Position], placements: Iterable[Placement], round_: Round, today: date
) -> dict[str, int]:
    """By position: its openings less those taken, by what was recorded before today."""
    taken = Counter(p.position_id for p in placements if p.holds_place(today))
    free = {
        p.position_id: p.openings - taken[p.position_id]
        for p in positions
        if p.is_open(today) and p.round <= round_.number
    }
    return {position_id: openings for position_id, openings in free.items() if openings > 0}


def inputs_of_round(
    round_: Round,
    free: Mapping[str, int],
    candidates: Iterable[Candidate],
    positions: Iterable[Position],
    policy: CohortPolicy,
) -> Inputs:
    """`candidates` are those that take part; of the positions those with free openings."""
    posts = [
        post_of(p, free[p.position_id], round_.number) for p in positions if p.position_id in free
    ]
    return gather_inputs(candidates, posts, policy)


def decide_matching(
    cohort: Cohort,
    round_: Round,
    candidates: Sequence[Candidate],
    positions: Sequence[Position],
    placements: Iterable[Placement],
    *,
    today: date,
) -> MatchingPass:
    """Match everyone of the round, take those who have no result yet.

    Every pass works the whole match out anew: what was free and who took part stand still since
    the first, which needs the cohort's `placements`.
    """
    run = round_.matching
    free = dict(run.openings) if run else openings_free(positions, placements, round_, today)
    begun_on = run.begun_on if run else today
    taking_part = [c for c in candidates if c.takes_part(begun_on)]
    withdrawn = len(candidates) - len(taking_part)
    inputs = inputs_of_round(round_, free, taking_part, positions, cohort.policy)
    matches, digest = match(inputs), digest_inputs(inputs)
    events: list[CohortEvent] = []
    if run is None:
        events.append(_prepare(free, digest, today))
    waiting = [c for c in taking_part if c.result is None]
    taken = waiting[:MEMBERS_PER_PASS_MAX]
    by_id = {p.position_id: p for p in positions}
    placed = tuple(
        (c, by_id[matches[c.application_id]]) for c in taken if c.application_id in matches
    )
    unmatched = tuple(c for c in taken if c.application_id not in matches)
    if len(taken) < len(waiting):
        written = _write(digest, len(placed), len(unmatched), today)
        return MatchingPass(placed, unmatched, (*events, written), None, withdrawn)
    closed = MatchingClosed(
        effective_on=today,
        recorded_on=today,
        cohort_id=cohort.cohort_id,
        round=round_.number,
        candidates=len(taking_part),
        openings=sum(free.values()),
        placed=len(matches),
        unmatched=len(taking_part) - len(matches),
        input_digest=digest,
    )
    left_over = Counter(free) - Counter(matches.values())
    return MatchingPass(placed, unmatched, (*events, closed), left_over, withdrawn)


def decide_closing(
    cohort: Cohort, month: str, placements: Sequence[Placement], today: date
) -> MembersPass:
    """Lock every sheet of the month; with the last ones, tell how many were confirmed in time.

    Not missing is the last month of who left early: it is told, and paid, by itself.
    """
    sheets = [(p, sheet) for p in placements if (sheet := p.find_sheet(month))]
    unlocked = [p for p, sheet in sheets if sheet.locked_on is None and not sheet.is_void]
    to_lock = tuple(unlocked[:MEMBERS_PER_PASS_MAX])
    if len(to_lock) < len(unlocked):
        locked = SheetsLocked(
            effective_on=today, recorded_on=today, month=month, sheets=len(to_lock)
        )
        return MembersPass(to_lock, (locked,))
    closed = AttendanceMonthClosed(
        effective_on=cohort.policy.attendance_closes_on(month),
        recorded_on=today,
        cohort_id=cohort.cohort_id,
        month=month,
        confirmed=sum(sheet.confirmed_as == "in-time" for _, sheet in sheets),
        missing=sum(
            not (sheet.confirmed_as == "in-time" or sheet.is_void or p.is_last_of_leaver(sheet))
            for p, sheet in sheets
        ),
    )
    return MembersPass(to_lock, (closed,))


def decide_ending(
    cancellation: Cancellation, placements: Sequence[Placement], today: date
) -> MembersPass:
    """The placements of a cancelled cohort that go on, and are to end now.

    Who was in service to the end before the cohort was cancelled is not touched.
    """
    going_on = [
        p
        for p in placements
        if p.status in {"placed", "started"} and p.ends_on >= cancellation.effective_on
    ]
    to_end = tuple(going_on[:MEMBERS_PER_PASS_MAX])
    contract = CancellationSettled if len(to_end) == len(going_on) else PlacementsEnded
    event = contract(effective_on=today, recorded_on=today, placements=len(to_end))
    return MembersPass(to_end, (event,))


def _prepare(free: Mapping[str, int], digest: str, today: date) -> MatchingPrepared:
    return MatchingPrepared(
        effective_on=today,
        recorded_on=today,
        openings=tuple(sorted(free.items())),
        input_digest=digest,
    )


def _write(digest: str, placed: int, unmatched: int, today: date) -> MatchesWritten:
    return MatchesWritten(
        effective_on=today,
        recorded_on=today,
        input_digest=digest,
        placed=placed,
        unmatched=unmatched,
    )
