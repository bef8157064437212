"""Matching (매칭): who works where, by both sides' wishes.

Applicant-proposing deferred acceptance (Gale and Shapley 1962, with capacities): nobody could
swap to a better place that would rather have her (stable), and every applicant has the best place
that any stable result gives her, so an honest list is her best list. Ties are broken by hashes
with the policy's published seed: arrival and chance have no say, and anyone can run it again.
"""

import hashlib
from bisect import insort
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter

from services.placement.domain.candidates import Candidate
from services.placement.domain.positions import Position
from shared.digests import digest_of
from shared.events.policy import CohortPolicy

RULE_VERSION = "applicant-proposing-deferred-acceptance-1"
"""Names this module's reading of the rule. A new reading is a new number; old ones stay."""

Rank = tuple[int, int, bytes]
"""A place in an order of preference, smallest first: class, place in it, tie-break."""


@dataclass(frozen=True, slots=True)
class Applicant:
    application_id: str
    person_id: str
    field: str
    preferred_position_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Post:
    """A position as matching sees it."""

    position_id: str
    field: str
    openings: int
    ranked_person_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a matching run rests on, in the order of ids."""

    rule_version: str
    seed: str
    accepts_unlisted_positions: bool
    applicants: tuple[Applicant, ...]
    posts: tuple[Post, ...]


_INPUTS = TypeAdapter(Inputs)


def post_of(position: Position, openings: int, round_: int) -> Post:
    """A position in one round: with the openings that were free when it began."""
    return Post(position.position_id, position.field, openings, position.ranked_for(round_))


def gather_inputs(
    candidates: Iterable[Candidate], posts: Iterable[Post], policy: CohortPolicy
) -> Inputs:
    applicants = [
        Applicant(c.application_id, c.person_id, c.field, c.preferred_position_ids)
        for c in candidates
    ]
    return Inputs(
        rule_version=RULE_VERSION,
        seed=policy.matching_seed,
        accepts_unlisted_positions=policy.accepts_unlisted_positions,
        applicants=tuple(sorted(applicants, key=lambda a: a.application_id)),
        posts=tuple(sorted(posts, key=lambda p: p.position_id)),
    )


def digest_inputs(inputs: Inputs) -> str:
    """What pins down a matching run's inputs for ever."""
    return digest_of(_INPUTS.dump_python(inputs, mode="json"))


def match(inputs: Inputs) -> dict[str, str]:
    """The position of each matched applicant: application id → position id."""
    posts = {post.position_id: post for post in inputs.posts}
    held: dict[str, list[tuple[Rank, str]]] = {position_id: [] for position_id in posts}
    wishes = {a.application_id: wishes_of(a, inputs) for a in inputs.applicants}
    rank = _ranking(inputs)
    proposing = deque(inputs.applicants)
    applicants = {a.application_id: a for a in inputs.applicants}
    while proposing:
        applicant = proposing.popleft()
        post = next(wishes[applicant.application_id], None)
        if post is None:
            continue  # nothing is left that she accepts
        interns = held[post.position_id]
        insort(interns, (rank(post, applicant), applicant.application_id))
        if len(interns) > post.openings:
            _, refused = interns.pop()
            proposing.append(applicants[refused])
    return {a: position_id for position_id, interns in held.items() for _, a in interns}


def wishes_of(applicant: Applicant, inputs: Inputs) -> Iterator[Post]:
    """The posts that she accepts, best first: those on her list that exist, then, where the policy
    says so, the others: her own field before other fields, each by hash.

    Lazy: the hashes are only worked out for those who come to the end of their list.
    """
    posts = {post.position_id: post for post in inputs.posts}
    for position_id in dict.fromkeys(applicant.preferred_position_ids):
        if post := posts.pop(position_id, None):
            yield post
    if inputs.accepts_unlisted_positions:
        yield from sorted(
            posts.values(),
            key=lambda p: (
                p.field != applicant.field,
                tie_break(inputs.seed, applicant.application_id, p.position_id),
            ),
        )


def tie_break(seed: str, chooser: str, chosen: str) -> bytes:
    """An order that nobody can steer: SHA-256 of seed, who chooses, and who is chosen."""
    return hashlib.sha256(f"{seed}\x1f{chooser}\x1f{chosen}".encode()).digest()


def blocking_pairs(inputs: Inputs, matches: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pairs of application and position that would both rather have each other: none if stable.

    Checks a result without knowing how it was found.
    """
    rank = _ranking(inputs)
    interns: dict[str, list[Rank]] = {post.position_id: [] for post in inputs.posts}
    posts = {post.position_id: post for post in inputs.posts}
    for applicant in inputs.applicants:
        position_id = matches.get(applicant.application_id)
        if position_id in posts:
            interns[position_id].append(rank(posts[position_id], applicant))
    found = []
    for applicant in inputs.applicants:
        for post in wishes_of(applicant, inputs):
            if post.position_id == matches.get(applicant.application_id):
                break
            ranks = interns[post.position_id]
            if len(ranks) < post.openings or rank(post, applicant) < max(ranks):
                found.append((applicant.application_id, post.position_id))
    return found


def _ranking(inputs: Inputs) -> Callable[[Post, Applicant], Rank]:
    """How a post ranks an applicant: by its own list, then by hash."""
    places = {
        post.position_id: {person_id: n for n, person_id in enumerate(post.ranked_person_ids)}
        for post in inputs.posts
    }

    def rank(post: Post, applicant: Applicant) -> Rank:
        place = places[post.position_id].get(applicant.person_id)
        if place is not None:
            return (0, place, b"")
        return (1, 0, tie_break(inputs.seed, post.position_id, applicant.application_id))

    return rank
