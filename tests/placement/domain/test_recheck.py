"""A matching made again names what was changed afterwards, by id."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from services.placement.domain.candidates import (
    Candidate,
    decide_placed,
    decide_unmatched,
    evolve_candidate,
)
from services.placement.domain.cohorts import Cohort, evolve_cohort
from services.placement.domain.internships import Placement, decide_placement, evolve_placement
from services.placement.domain.passes import decide_matching
from services.placement.domain.positions import Position
from services.placement.domain.recheck import recheck_round
from tests.placement.builders import MATCHING_ON, POLICY, candidate, cohort, position


@dataclass(frozen=True)
class Stored:
    cohort: Cohort
    candidates: tuple[Candidate, ...]
    positions: tuple[Position, ...]
    placements: tuple[Placement, ...]

    def recheck(self) -> dict[str, tuple[str, ...]]:
        found = recheck_round(
            self.cohort, self.cohort.rounds[0], self.candidates, self.positions, self.placements
        )
        return dict(found.differences)


def matched() -> Stored:
    """Four candidates, three openings."""
    positions = tuple(position(n) for n in range(3))
    candidates = [candidate(n) for n in range(4)]
    state = cohort(selected=4)
    result = decide_matching(state, state.rounds[0], candidates, positions, [], today=MATCHING_ON)
    for event in result.events:
        state = evolve_cohort(state, event)
    known, placements = {c.application_id: c for c in candidates}, []
    for one, post in result.placed:
        (placed,) = decide_placement(one, post, POLICY, MATCHING_ON)
        placements.append(evolve_placement(None, placed))
        (noted,) = decide_placed(placements[-1].placement_id, post.position_id, MATCHING_ON)
        known[one.application_id] = evolve_candidate(one, noted)
    for one in result.unmatched:
        known[one.application_id] = evolve_candidate(one, *decide_unmatched(one, MATCHING_ON))
    return Stored(state, tuple(known.values()), positions, tuple(placements))


def with_placement(stored: Stored, **changes: object) -> Stored:
    first, *rest = stored.placements
    return replace(stored, placements=(replace(first, **changes), *rest))  # type: ignore[arg-type]


def test_a_sound_matching_has_no_differences() -> None:
    assert matched().recheck() == {}


@pytest.mark.parametrize(
    ("changes", "shows"),
    [
        ({"position_id": "pos_other"}, "position"),
        ({"org_id": "org_other"}, "host"),
        ({"hours_per_day": 4}, "hours"),
        ({"hours_per_month": 105}, "hours"),
    ],
)
def test_a_placement_that_was_changed_is_named(changes: dict[str, object], shows: str) -> None:
    stored = matched()

    assert with_placement(stored, **changes).recheck() == {
        stored.placements[0].placement_id: (shows,)
    }


def test_a_placement_that_is_gone_names_the_application() -> None:
    stored = matched()
    gone = stored.placements[0]

    assert replace(stored, placements=stored.placements[1:]).recheck() == {
        gone.application_id: ("placement",)
    }


def test_a_result_that_was_changed_names_the_application() -> None:
    stored = matched()
    her = next(c for c in stored.candidates if c.result == "placed")
    others = tuple(c for c in stored.candidates if c is not her)
    changed = replace(stored, candidates=(*others, replace(her, result="unmatched")))

    assert changed.recheck() == {her.application_id: ("outcome",)}


@pytest.mark.parametrize(
    ("change", "shows"),
    [
        (lambda run: replace(run, input_digest="another"), "inputs"),
        (lambda run: replace(run, placed=run.placed + 1), "total"),
        (lambda run: replace(run, openings=(*run.openings, ("pos_gone", 1))), "inputs"),
    ],
)
def test_a_total_that_was_changed_names_the_cohort(
    change: Callable[[object], object], shows: str
) -> None:
    stored = matched()
    round_ = replace(stored.cohort.rounds[0], matching=change(stored.cohort.rounds[0].matching))  # type: ignore[arg-type]
    state = replace(stored.cohort, rounds=(round_,))

    assert replace(stored, cohort=state).recheck() == {state.cohort_id: (shows,)}
