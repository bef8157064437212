"""Recheck: a closed matching made again, now, from the stored inputs, and compared by id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.placement.domain.candidates import Candidate
from services.placement.domain.cohorts import Cohort
from services.placement.domain.internships import Placement
from services.placement.domain.matching import Inputs, blocking_pairs, digest_inputs, match
from services.placement.domain.passes import inputs_of_round
from services.placement.domain.positions import Position
from services.placement.domain.rounds import Matching, Round


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What differs by application or placement id, and under the cohort's what in the whole."""

    differences: Mapping[str, tuple[str, ...]]
    blocking_pairs: int


def matched_in(candidates: Sequence[Candidate], placements: Sequence[Placement]) -> list[Placement]:
    """The placements that the round's matching made, whatever has become of them since.

    `candidates` are those of the round; who was called for a vacancy was not matched.
    """
    ids = {c.application_id for c in candidates}
    return [p for p in placements if p.application_id in ids and p.vacancy_id is None]


def recheck_round(
    cohort: Cohort,
    round_: Round,
    candidates: Sequence[Candidate],
    positions: Sequence[Position],
    placements: Sequence[Placement],
) -> Rechecked:
    """`candidates` are those selected for the round, `placements` those of the cohort."""
    run = round_.matching
    if run is None:
        return Rechecked({cohort.cohort_id: ("run",)}, 0)
    taking_part = [c for c in candidates if c.takes_part(run.begun_on)]
    inputs = inputs_of_round(round_, dict(run.openings), taking_part, positions, cohort.policy)
    again = match(inputs)
    by_id = {position.position_id: position for position in positions}
    made = matched_in(candidates, placements)
    placed = {p.application_id: p for p in made}
    found = {
        c.application_id: _in_result(c, again, placed, takes_part=c.takes_part(run.begun_on))
        for c in candidates
    }
    for placement in made:
        position = by_id.get(again.get(placement.application_id, ""))
        found[placement.placement_id] = _in_placement(placement, position)
    counts = (len(again), len(taking_part), len(candidates))
    found[cohort.cohort_id] = _in_total(round_, run, inputs, counts)
    matches = {application_id: p.position_id for application_id, p in placed.items()}
    return Rechecked(
        {id_: differences for id_, differences in found.items() if differences},
        len(blocking_pairs(inputs, matches)),
    )


def _in_result(
    candidate: Candidate,
    again: Mapping[str, str],
    placed: Mapping[str, Placement],
    *,
    takes_part: bool,
) -> tuple[str, ...]:
    """Who withdrew before the matching has no result, and no placement."""
    position_id = again.get(candidate.application_id)
    result = ("unmatched" if position_id is None else "placed") if takes_part else None
    claims = {
        "outcome": (candidate.result, candidate.position_id) == (result, position_id),
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


def _in_total(
    round_: Round, run: Matching, inputs: Inputs, counts: tuple[int, int, int]
) -> tuple[str, ...]:
    """`counts`: placed again, taking part, selected for the round."""
    placed, taking_part, selected = counts
    claims = {
        "inputs": run.input_digest == digest_inputs(inputs)
        and len(inputs.posts) == len(run.openings),
        "total": (run.placed, run.placed + run.unmatched, round_.selected)
        == (placed, taking_part, selected),
    }
    return tuple(name for name, holds in claims.items() if not holds)
