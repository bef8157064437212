"""Matching on random small markets, against definitions and against brute force."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.placement.domain.matching import (
    Inputs,
    blocking_pairs,
    digest_inputs,
    gather_inputs,
    match,
    tie_break,
    wishes_of,
)
from shared.ids import derive
from tests.placement.builders import POLICY, application_id, candidate, position, posts_of

FIELDS = ["it", "design"]


@st.composite
def markets(draw: st.DrawFn, applicants_max: int = 12, posts_max: int = 6) -> Inputs:
    applicants = range(draw(st.integers(0, applicants_max)))
    posts = range(draw(st.integers(0, posts_max)))
    fields = st.sampled_from(FIELDS)
    # One more than there are: a position of another cohort on a list, a stranger in a ranking.
    wishes = st.lists(st.integers(0, len(posts)), unique=True)
    rankings = st.lists(st.integers(0, len(applicants)), unique=True)
    candidates = [
        candidate(n, field=draw(fields), prefers=[derive("pos", w) for w in draw(wishes)])
        for n in applicants
    ]
    positions = [
        position(n, field=draw(fields), openings=draw(st.integers(1, 2)), ranked=draw(rankings))
        for n in posts
    ]
    policy = POLICY.model_copy(update={"accepts_unlisted_positions": draw(st.booleans())})
    return gather_inputs(candidates, posts_of(positions), policy)


@given(markets())
def test_no_position_gets_more_interns_than_openings(market: Inputs) -> None:
    matches = match(market)

    for post in market.posts:
        assert list(matches.values()).count(post.position_id) <= post.openings


@given(markets())
def test_everyone_gets_only_what_she_accepts(market: Inputs) -> None:
    matches = match(market)

    for applicant in market.applicants:
        accepted = {post.position_id for post in wishes_of(applicant, market)}
        assert matches.get(applicant.application_id) in accepted | {None}


@given(markets())
def test_the_result_is_stable(market: Inputs) -> None:
    assert blocking_pairs(market, match(market)) == []


@given(markets(), st.randoms(use_true_random=False))
def test_arrival_order_has_no_say(market: Inputs, chance: Random) -> None:
    applicants, posts = list(market.applicants), list(market.posts)
    chance.shuffle(applicants)
    chance.shuffle(posts)
    shuffled = replace(market, applicants=tuple(applicants), posts=tuple(posts))

    assert match(shuffled) == match(market)


@given(markets(applicants_max=4, posts_max=3))
def test_every_applicant_has_the_best_that_any_stable_result_gives_her(market: Inputs) -> None:
    wishes = {
        a.application_id: [p.position_id for p in wishes_of(a, market)] for a in market.applicants
    }
    found = match(market)

    for stable in _all_stable(market, wishes):
        for application, ordered in wishes.items():
            assert _place(ordered, found.get(application)) <= _place(
                ordered, stable.get(application)
            )


def _all_stable(market: Inputs, wishes: dict[str, list[str]]) -> Iterator[dict[str, str]]:
    """Every stable result, by trying all assignments."""
    openings = {post.position_id: post.openings for post in market.posts}
    for choice in product(*([None, *ordered] for ordered in wishes.values())):
        if all(choice.count(p) <= n for p, n in openings.items()):
            matches = {a: p for a, p in zip(wishes, choice, strict=True) if p is not None}
            if not blocking_pairs(market, matches):
                yield matches


def _place(ordered: list[str], position_id: str | None) -> int:
    return ordered.index(position_id) if position_id is not None else len(ordered)


@given(markets())
def test_nobody_is_left_over_beside_an_opening_when_all_positions_are_accepted(
    market: Inputs,
) -> None:
    market = replace(market, accepts_unlisted_positions=True)

    openings = sum(post.openings for post in market.posts)

    assert len(match(market)) == min(openings, len(market.applicants))


def test_the_host_decides_among_those_who_want_the_same() -> None:
    wanted = position(1, ranked=[2, 1])
    candidates = [candidate(n, prefers=[wanted.position_id]) for n in (1, 2, 3)]

    assert match(gather_inputs(candidates, posts_of([wanted]), POLICY)) == {
        application_id(2): wanted.position_id
    }


def test_unlisted_positions_come_last_those_of_her_own_field_first() -> None:
    positions = [position(n, field=FIELDS[n % 2]) for n in range(6)]
    applicant = candidate(1, field="design", prefers=[positions[4].position_id])
    market = gather_inputs([applicant], posts_of(positions), POLICY)

    wishes = list(wishes_of(market.applicants[0], market))

    assert wishes[0].position_id == positions[4].position_id
    assert [post.field for post in wishes[1:]] == ["design"] * 3 + ["it"] * 2
    hashes = [tie_break(market.seed, application_id(1), p.position_id) for p in wishes[1:4]]
    assert hashes == sorted(hashes)


def test_without_unlisted_positions_only_the_list_counts() -> None:
    policy = POLICY.model_copy(update={"accepts_unlisted_positions": False})

    assert match(gather_inputs([candidate(1)], posts_of([position(1)]), policy)) == {}


def test_another_seed_breaks_ties_differently() -> None:
    candidates = [candidate(n) for n in range(20)]
    positions = [position(n) for n in range(20)]
    other = POLICY.model_copy(update={"matching_seed": "another"})

    first = match(gather_inputs(candidates, posts_of(positions), POLICY))

    assert first != match(gather_inputs(candidates, posts_of(positions), other))


def test_a_blocking_pair_is_found() -> None:
    """The check can turn red: a result in which two would both rather have each other."""
    best, other = position(1, ranked=[1, 2]), position(2)
    candidates = [candidate(n, prefers=[best.position_id, other.position_id]) for n in (1, 2)]
    market = gather_inputs(candidates, posts_of([best, other]), POLICY)
    swapped = {application_id(1): other.position_id, application_id(2): best.position_id}

    assert blocking_pairs(market, swapped) == [(application_id(1), best.position_id)]


def test_an_empty_opening_blocks_whoever_would_rather_have_it() -> None:
    market = gather_inputs([candidate(1)], posts_of([position(1)]), POLICY)

    assert len(blocking_pairs(market, {})) == 1


def test_the_digest_covers_wishes_rankings_and_seed() -> None:
    market = gather_inputs([candidate(1)], posts_of([position(1)]), POLICY)
    others = [
        gather_inputs([candidate(1, prefers=["pos_1"])], posts_of([position(1)]), POLICY),
        gather_inputs([candidate(1)], posts_of([position(1, ranked=[1])]), POLICY),
        gather_inputs([candidate(1)], posts_of([position(1, openings=2)]), POLICY),
        replace(market, seed="another"),
    ]

    assert len({digest_inputs(m) for m in [market, *others]}) == 5
