"""Selection: the best by points, ties by a recorded seed, never by arrival."""

import hashlib
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain import (
    MEMBERS_PER_PASS_MAX,
    Application,
    Cohort,
    Points,
    cohort_due_on,
    decide_selection,
    rank_candidates,
    score,
    tie_break,
)
from shared.events.intake import ApplicantReserved, ApplicantSelected, SelectionClosed
from shared.ids import derive
from tests.intake.builders import (
    POLICY,
    SELECTING,
    after_pass,
    after_selection,
    cohort_of,
    kinds,
    policy_with,
    screened,
    submitted,
    with_facts,
)

SMALL = policy_with(target=2, reserves_max=1)
PLACES = st.tuples(st.integers(1, 6), st.integers(0, 4))
DECLARED: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "career_years": st.integers(0, 15),
        "licences": st.sampled_from([(), ("a",), ("a", "b")]),
        "priority_groups": st.sampled_from([(), ("disabled",), ("disabled", "low-income")]),
        "residence_region": st.sampled_from(["seoul", "seoul", "seoul", "busan"]),
    }
)
CROWD = st.lists(DECLARED, max_size=15).map(
    lambda all_declared: [screened(n, **declared) for n, declared in enumerate(all_declared)]
)


def small_cohort_with(*career_years: int) -> tuple[Cohort, list[Application]]:
    cohort = cohort_of(SMALL)
    return cohort, [screened(n, cohort, career_years=y) for n, y in enumerate(career_years)]


def statuses(applications: list[Application]) -> dict[str, str]:
    return {a.application_id: a.status for a in applications}


@pytest.mark.parametrize(
    ("groups", "years", "licences", "points"),
    [
        ((), 0, (), Points(0, 0, 0)),
        (("disabled",), 0, (), Points(10, 0, 0)),
        (("disabled", "low-income"), 0, (), Points(10, 0, 0)),
        ((), 10, (), Points(0, 20, 0)),
        ((), 11, (), Points(0, 20, 0)),
        ((), 3, ("a",), Points(0, 6, 5)),
        ((), 3, ("a", "b"), Points(0, 6, 5)),
    ],
)
def test_each_criterion_counts_once_up_to_its_bound(
    groups: tuple[str, ...], years: int, licences: tuple[str, ...], points: Points
) -> None:
    application = screened(1, priority_groups=groups, career_years=years, licences=("a",))

    facts = with_facts(application, licences=licences).facts

    assert points == score(facts, POLICY.ranking)


def test_points_add_up() -> None:
    assert Points(10, 16, 5).total == 31


def test_places_go_to_the_best_then_the_reserve_list_then_nobody() -> None:
    cohort, applications = small_cohort_with(1, 4, 2, 3)

    cohort, decided = after_selection(cohort, applications)

    assert [a.status for a in decided] == ["not-selected", "selected", "reserved", "selected"]
    assert [a.standing.rank for a in decided if a.standing] == [4, 1, 3, 2]
    assert [a.reserve_rank for a in decided] == [None, None, 1, None]


def test_the_city_hears_outcomes_and_no_score() -> None:
    wish = (derive("pos", 2), derive("pos", 1))
    cohort = cohort_of(SMALL)
    application = screened(1, cohort, preferred_position_ids=wish)

    decided = decide_selection(cohort, [application], SELECTING)

    ranked, told = decided.applications[application.application_id]
    assert kinds([ranked, told]) == ["ApplicantRanked", "ApplicantSelected"]
    assert (
        ApplicantSelected(
            effective_on=SELECTING,
            recorded_on=SELECTING,
            **application.names,
            round=1,
            field="marketing",
            preferred_position_ids=wish,
        )
        == told
    )


def test_the_reserve_list_counts_from_one() -> None:
    cohort, applications = small_cohort_with(1, 2, 3, 4)

    decided = decide_selection(cohort, applications, SELECTING)

    told = [events[-1] for events in decided.applications.values()]
    assert [event.reserve_rank for event in told if isinstance(event, ApplicantReserved)] == [1]


def test_equal_points_are_ordered_by_the_hash_of_seed_and_id() -> None:
    cohort, applications = small_cohort_with(3, 3, 3, 3)
    seed = SMALL.ranking.tie_break_seed

    ranked = rank_candidates(applications, cohort, cohort.latest)

    ids = [a.application_id for a in applications]
    by_hash = sorted(ids, key=lambda i: hashlib.sha256(f"{seed}\x1f{i}".encode()).hexdigest())
    assert by_hash == [r.application.application_id for r in ranked]


def test_another_seed_is_another_order_among_equals() -> None:
    ids = [derive("app", n) for n in range(20)]

    one, other = (sorted(ids, key=lambda i: tie_break(seed, i)) for seed in ("one", "other"))

    assert one != other


def test_the_rejected_are_not_ranked_and_are_counted() -> None:
    cohort = cohort_of(SMALL)
    applications = [screened(1, cohort), screened(2, cohort, residence_region="busan")]

    cohort, decided = after_selection(cohort, applications)

    assert [a.status for a in decided] == ["selected", "rejected"]
    assert decided[1].standing is None
    assert cohort.latest.selection is not None
    assert (
        cohort.latest.selection.applied,
        cohort.latest.selection.eligible,
        cohort.latest.selection.selected,
    ) == (2, 1, 1)


def test_a_cohort_without_applications_closes_with_nothing() -> None:
    cohort, _ = after_selection(cohort_of(), [])

    assert cohort.status == "selected"
    assert cohort.latest.selection is not None
    assert cohort.latest.selection.applied == 0


def test_selection_waits_a_day_while_an_application_is_unscreened() -> None:
    cohort = cohort_of(SMALL)
    applications = [screened(1, cohort), submitted(2, cohort)]

    decided = decide_selection(cohort, applications, SELECTING)
    cohort, _ = after_pass(cohort, applications, decided)

    assert kinds(decided.cohort) == ["SelectionPostponed"]
    assert decided.applications == {}
    assert cohort.is_waiting
    assert SELECTING + timedelta(days=1) == cohort_due_on(cohort)


def test_a_postponed_selection_is_made_when_the_last_is_screened() -> None:
    cohort = cohort_of(SMALL)
    waiting = [screened(1, cohort), submitted(2, cohort)]
    cohort, _ = after_pass(cohort, waiting, decide_selection(cohort, waiting, SELECTING))

    cohort, _ = after_selection(cohort, [screened(1, cohort), screened(2, cohort)])

    assert not cohort.is_waiting
    assert cohort.status == "selected"
    assert cohort_due_on(cohort) is None


def test_above_the_pass_limit_members_are_decided_first_and_the_total_comes_last() -> None:
    cohort = cohort_of()
    applications = [screened(n, cohort) for n in range(MEMBERS_PER_PASS_MAX + 1)]

    first = decide_selection(cohort, applications, SELECTING)
    cohort, applications = after_pass(cohort, applications, first)
    between = cohort
    second = decide_selection(cohort, applications, SELECTING)
    cohort, applications = after_pass(cohort, applications, second)

    assert kinds(first.cohort) == ["SelectionProgressed"]
    assert len(first.applications) == MEMBERS_PER_PASS_MAX
    assert (between.status, cohort_due_on(between)) == ("selecting", SELECTING)
    assert kinds(second.cohort) == ["SelectionProgressed", "SelectionClosed"]
    assert len(second.applications) == 1
    assert cohort.latest.decided == MEMBERS_PER_PASS_MAX + 1
    closed = second.cohort[-1]
    assert isinstance(closed, SelectionClosed)
    assert (closed.selected, closed.reserved, closed.not_selected) == (100, 30, 371)
    assert list(range(1, 502)) == sorted(a.standing.rank for a in applications if a.standing)


def test_exactly_the_pass_limit_is_one_pass() -> None:
    cohort = cohort_of()
    applications = [screened(n, cohort) for n in range(MEMBERS_PER_PASS_MAX)]

    decided = decide_selection(cohort, applications, SELECTING)

    assert kinds(decided.cohort) == ["SelectionProgressed", "SelectionClosed"]


@given(crowd=CROWD, places=PLACES, seed=st.integers())
def test_arrival_order_does_not_matter(
    crowd: list[Application], places: tuple[int, int], seed: int
) -> None:
    cohort = cohort_of(policy_with(target=places[0], reserves_max=places[1]))
    shuffled = Random(seed).sample(crowd, len(crowd))

    one, decided = after_selection(cohort, crowd)
    other, decided_again = after_selection(cohort, shuffled)

    assert one == other
    assert statuses(decided) == statuses(decided_again)


@given(crowd=CROWD, places=PLACES)
def test_places_and_reserves_are_filled_and_never_overfilled(
    crowd: list[Application], places: tuple[int, int]
) -> None:
    target, reserves_max = places
    cohort = cohort_of(policy_with(target=target, reserves_max=reserves_max))
    eligible = sum(a.status == "accepted" for a in crowd)

    cohort, decided = after_selection(cohort, crowd)

    found = list(statuses(decided).values())
    assert min(target, eligible) == found.count("selected")
    assert min(reserves_max, max(0, eligible - target)) == found.count("reserved")
    assert cohort.latest.selection is not None
    total = cohort.latest.selection
    assert eligible == total.selected + total.reserved + total.not_selected == total.eligible
    assert len(crowd) == total.applied


@given(crowd=CROWD, places=PLACES)
def test_nobody_is_passed_over_by_someone_with_fewer_points(
    crowd: list[Application], places: tuple[int, int]
) -> None:
    cohort = cohort_of(policy_with(target=places[0], reserves_max=places[1]))

    _, decided = after_selection(cohort, crowd)

    order = ["selected", "reserved", "not-selected"]
    ranked = sorted(
        (a for a in decided if a.standing), key=lambda a: a.standing.rank if a.standing else 0
    )
    points = [a.standing.points.total for a in ranked if a.standing]
    assert sorted(points, reverse=True) == points
    assert sorted(order.index(a.status) for a in ranked) == [order.index(a.status) for a in ranked]


def test_the_digest_covers_facts_and_rules() -> None:
    cohort, applications = small_cohort_with(1, 2)
    tampered = [with_facts(applications[0], career_years=9), applications[1]]
    larger = cohort_of(policy_with(target=3, reserves_max=1))

    digests = {
        c.latest.selection.input_digest
        for c, _ in (
            after_selection(cohort, applications),
            after_selection(cohort, tampered),
            after_selection(larger, applications),
        )
        if c.latest.selection
    }

    assert len(digests) == 3
