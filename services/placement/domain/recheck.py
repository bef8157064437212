"""Recheck: a closed matching made again, now, from the stored inputs, and compared by id."""

from collections.abc import Sequence

from services.placement.domain.candidates import Candidate
from services.placement.domain.cohorts import Cohort
from services.placement.domain.internships import Placement
from services.placement.domain.matching import digest_inputs, gather_inputs, match
from services.placement.domain.positions import Position


def recheck_matching(
    cohort: Cohort,
    candidates: Sequence[Candidate],
    positions: Sequence[Position],
    placements: Sequence[Placement],
) -> dict[str, tuple[str, ...]]:
    """What differs by application or placement id, and under the cohort's what in the whole."""
    inputs = gather_inputs(candidates, positions, cohort.policy)
    again = match(inputs)
    by_id = {position.position_id: position for position in positions}
    placed = {p.application_id: p for p in placements}
    found = {
        c.application_id: _in_result(c, again.get(c.application_id), placed) for c in candidates
    }
    for placement in placements:
        position = by_id.get(again.get(placement.application_id, ""))
        found[placement.placement_id] = _in_placement(placement, position)
    found[cohort.cohort_id] = _in_total(
        cohort, digest_inputs(inputs), len(again), sum(p.openings for p in positions)
    )
    return {id_: differences for id_, differences in found.items() if differences}


def _in_result(
    candidate: Candidate, position_id: str | None, placed: dict[str, Placement]
) -> tuple[str, ...]:
    status = "unmatched" if position_id is None else "placed"
    claims = {
        "outcome": (candidate.status, candidate.position_id) == (status, position_id),
        "placement": (candidate.application_id in placed) == (position_id is not None),
    }
    return tuple(name for name, holds in claims.items() if not holds)


def _in_placement(placement: Placement, position: Position | None) -> tuple[str, ...]:
    """`position` is what the new run gives her, or None."""
    if position is None or position.position_id != placement.position_id:
        return ("position",)
    hours = (position.hours_per_day, position.hours_per_month)
    claims = {
        "host": placement.org_id == position.org_id,
        "hours": (placement.hours_per_day, placement.hours_per_month) == hours,
    }
    return tuple(name for name, holds in claims.items() if not holds)


def _in_total(cohort: Cohort, digest: str, placed: int, openings: int) -> tuple[str, ...]:
    run = cohort.matching
    if run is None:
        return ("run",)
    claims = {
        "inputs": run.input_digest == digest,
        "total": (run.placed, run.placed + run.unmatched, run.openings)
        == (placed, cohort.selected, openings),
    }
    return tuple(name for name, holds in claims.items() if not holds)
