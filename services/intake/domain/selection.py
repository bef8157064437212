"""Selection (선발): points by the policy, one ranking of a round's eligible, places in its order.

The ranking is a function of the round's applications as a set. Arrival has no say: equal points
are put in order by a hash with the seed that the policy announced before anyone applied.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any, assert_never

from services.intake.domain.applications import (
    ApplicantRanked,
    Application,
    ApplicationEvent,
    Outcome,
    Points,
    Standing,
)
from services.intake.domain.cohorts import (
    Cohort,
    CohortEvent,
    Round,
    Selection,
    SelectionPostponed,
    SelectionProgressed,
)
from services.intake.domain.eligibility import Facts
from services.intake.domain.passes import MEMBERS_PER_PASS_MAX, CohortPass
from shared.digests import digest_of
from shared.events.intake import (
    ApplicantNotSelected,
    ApplicantReserved,
    ApplicantSelected,
    SelectionClosed,
)
from shared.events.policy import Ranking

RULE_VERSION = "selection-1"
"""Names this module's reading of the ranking. A new reading is a new number; old ones stay."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """An eligible application with what the rules give it."""

    application: Application
    standing: Standing
    outcome: Outcome
    reserve_rank: int | None


def score(facts: Facts, ranking: Ranking) -> Points:
    """Each criterion once: two priority groups weigh as one, ten licences as one."""
    return Points(
        priority_group=ranking.priority_group_points if facts.priority_groups else 0,
        career=ranking.points_per_career_year * min(facts.career_years, ranking.career_years_max),
        licence=ranking.licence_points if facts.licences else 0,
    )


def tie_break(seed: str, application_id: str) -> str:
    """SHA-256, in hex, of seed and application id, with U+001F between: the smaller goes first."""
    return hashlib.sha256(f"{seed}\x1f{application_id}".encode()).hexdigest()


def places_of(cohort: Cohort, round_: Round) -> int:
    """The first round gives the whole target; a later one what its first pass counted as left."""
    return cohort.policy.target if round_.places is None else round_.places


def rank_candidates(
    candidates: Iterable[Application], cohort: Cohort, round_: Round
) -> list[Ranked]:
    """All of them, best first. `reserves_max` after the places are the reserve list (예비), behind
    the reserves of earlier rounds.
    """
    policy, places = cohort.policy, places_of(cohort, round_)
    reserves_before = cohort.reserves_before(round_.number)
    seed = policy.ranking.tie_break_seed
    scored = [
        (score(c.facts, policy.ranking), tie_break(seed, c.application_id), c) for c in candidates
    ]
    scored.sort(key=lambda entry: (-entry[0].total, entry[1]))
    ranked = []
    for rank, (points, hash_, candidate) in enumerate(scored, start=1):
        outcome = _outcome(rank, places, policy.reserves_max)
        reserve_rank = reserves_before + rank - places if outcome == "reserved" else None
        standing = Standing(round_.number, rank, points, hash_)
        ranked.append(Ranked(candidate, standing, outcome, reserve_rank))
    return ranked


def members_of(applications: Iterable[Application], number: int) -> list[Application]:
    """Those who applied in this round."""
    return [a for a in applications if a.round == number]


def candidates_of(members: Iterable[Application]) -> list[Application]:
    """Those who passed the eligibility check and were not gone before the selection reached them.

    Who withdraws after a pass decided her stays in the ranking: else it could not be repeated.
    """
    return [a for a in members if a.status == "accepted" or a.outcome]


def selection_digest(candidates: Iterable[Application], cohort: Cohort, round_: Round) -> str:
    """What a ranking rests on: every candidate's facts and the rules, in a fixed order."""
    rules = cohort.policy.model_dump(mode="json", include={"ranking", "target", "reserves_max"})
    rules["target"] = places_of(cohort, round_)
    facts = {c.application_id: c.facts.to_json() for c in candidates}
    return digest_of({"version": RULE_VERSION, "rules": rules, "candidates": facts})


def decide_selection(
    cohort: Cohort, applications: Sequence[Application], today: date
) -> CohortPass:
    """One pass over the applications of the latest round: decide the best who are undecided yet.

    Above `MEMBERS_PER_PASS_MAX` the cohort stays due the same day; the ranking is made anew each
    time and is the same each time, because facts do not change. The total is announced last.
    """
    members = members_of(applications, cohort.latest.number)
    unscreened = sum(1 for a in members if a.status == "submitted")
    if unscreened:
        return CohortPass([_postpone(cohort, unscreened, today)], {})
    round_ = _with_places(cohort, today)
    ranked = rank_candidates(candidates_of(members), cohort, round_)
    undecided = [r for r in ranked if r.application.status == "accepted"]
    now = undecided[:MEMBERS_PER_PASS_MAX]
    events: list[CohortEvent] = [_progress(cohort, round_, len(now), today)]
    if len(now) == len(undecided):
        events.append(_close(cohort, total_of(cohort, round_, len(members), ranked), today))
    return CohortPass(events, {r.application.application_id: _decide(r, today) for r in now})


def total_of(cohort: Cohort, round_: Round, applied: int, ranked: Sequence[Ranked]) -> Selection:
    """Counts of people, and the digest of what was ranked and by which rules."""
    outcomes = Counter(r.outcome for r in ranked)
    return Selection(
        round=round_.number,
        applied=applied,
        eligible=len(ranked),
        selected=outcomes["selected"],
        reserved=outcomes["reserved"],
        not_selected=outcomes["not-selected"],
        input_digest=selection_digest((r.application for r in ranked), cohort, round_),
    )


def _with_places(cohort: Cohort, today: date) -> Round:
    """An extra round's places are counted once, by its first pass."""
    latest = cohort.latest
    if latest.number == 1 or latest.places is not None:
        return latest
    return replace(latest, places=cohort.places_left(before=today))


def _outcome(rank: int, places: int, reserves_max: int) -> Outcome:
    if rank <= places:
        return "selected"
    return "reserved" if rank <= places + reserves_max else "not-selected"


def _postpone(cohort: Cohort, unscreened: int, today: date) -> SelectionPostponed:
    return SelectionPostponed(
        effective_on=today,
        recorded_on=today,
        cohort_id=cohort.cohort_id,
        unscreened=unscreened,
        until=today + timedelta(days=1),
    )


def _progress(cohort: Cohort, round_: Round, decided: int, today: date) -> SelectionProgressed:
    return SelectionProgressed(
        effective_on=today,
        recorded_on=today,
        cohort_id=cohort.cohort_id,
        round=round_.number,
        decided=decided,
        rule_version=RULE_VERSION,
        places=round_.places,
    )


def _close(cohort: Cohort, total: Selection, today: date) -> SelectionClosed:
    return SelectionClosed(
        effective_on=today, recorded_on=today, cohort_id=cohort.cohort_id, **asdict(total)
    )


def _decide(ranked: Ranked, today: date) -> list[ApplicationEvent]:
    """Her standing for this service, then the outcome for the city."""
    application, standing = ranked.application, ranked.standing
    on: dict[str, Any] = {"effective_on": today, "recorded_on": today}
    place = ApplicantRanked(application_id=application.application_id, standing=standing, **on)
    about = {**application.names, **on, "round": standing.round}
    match ranked.outcome:
        case "selected":
            wish = application.preferred_position_ids
            about.update(field=application.field, preferred_position_ids=wish)
            return [place, ApplicantSelected(**about)]
        case "reserved":
            return [place, ApplicantReserved(**about, reserve_rank=ranked.reserve_rank)]
        case "not-selected":
            return [place, ApplicantNotSelected(**about)]
        case _:
            assert_never(ranked.outcome)
