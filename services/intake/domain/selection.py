"""Selection (선발): points by the policy, one ranking of all who are eligible, places in its order.

The ranking is a function of the applications as a set. Arrival has no say: equal points are put
in order by a hash with the seed that the policy announced before anyone applied.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Literal, assert_never

from services.intake.domain.applications import (
    ApplicantRanked,
    Application,
    ApplicationEvent,
    Points,
    Standing,
)
from services.intake.domain.cohorts import (
    Cohort,
    CohortEvent,
    Selection,
    SelectionPostponed,
    SelectionProgressed,
)
from services.intake.domain.eligibility import Facts
from shared.digests import digest_of
from shared.events.intake import (
    ApplicantNotSelected,
    ApplicantReserved,
    ApplicantSelected,
    SelectionClosed,
)
from shared.events.policy import CohortPolicy, Ranking

RULE_VERSION = "selection-1"
"""Names this module's reading of the ranking. A new reading is a new number; old ones stay."""

MEMBERS_PER_PASS_MAX = 500  # written in one transaction: far below MongoDB's 16 MB and 60 s

Outcome = Literal["selected", "reserved", "not-selected"]


@dataclass(frozen=True, slots=True)
class Ranked:
    """An eligible application with what the rules give it."""

    application: Application
    standing: Standing
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class SelectionPass:
    """What one pass writes: to the cohort, and to applications by their id."""

    cohort: list[CohortEvent]
    applications: dict[str, list[ApplicationEvent]]


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


def rank_candidates(
    candidates: Iterable[Application], policy: CohortPolicy, round_: int
) -> list[Ranked]:
    """All of them, best first. `reserves_max` after the `target` are the reserve list (예비)."""
    seed = policy.ranking.tie_break_seed
    scored = [
        (score(c.facts, policy.ranking), tie_break(seed, c.application_id), c) for c in candidates
    ]
    scored.sort(key=lambda entry: (-entry[0].total, entry[1]))
    return [
        Ranked(c, Standing(round_, rank, points, hash_), _outcome(rank, policy))
        for rank, (points, hash_, c) in enumerate(scored, start=1)
    ]


def candidates_of(applications: Iterable[Application]) -> list[Application]:
    """Those who passed the eligibility check, decided already or not."""
    return [a for a in applications if a.status not in ("submitted", "rejected")]


def selection_digest(candidates: Iterable[Application], policy: CohortPolicy) -> str:
    """What a ranking rests on: every candidate's facts and the rules, in a fixed order."""
    rules = policy.model_dump(mode="json", include={"ranking", "target", "reserves_max"})
    facts = {c.application_id: c.facts.to_json() for c in candidates}
    return digest_of({"version": RULE_VERSION, "rules": rules, "candidates": facts})


def decide_selection(
    cohort: Cohort, applications: Sequence[Application], today: date
) -> SelectionPass:
    """One pass over all applications of the cohort: decide the best who are undecided yet.

    Above `MEMBERS_PER_PASS_MAX` the cohort stays due the same day; the ranking is made anew each
    time and is the same each time, because facts do not change. The total is announced last.
    """
    unscreened = sum(1 for a in applications if a.status == "submitted")
    if unscreened:
        return SelectionPass([_postpone(cohort, unscreened, today)], {})
    ranked = rank_candidates(candidates_of(applications), cohort.policy, cohort.round)
    undecided = [r for r in ranked if r.application.status == "accepted"]
    now = undecided[:MEMBERS_PER_PASS_MAX]
    events: list[CohortEvent] = [_progress(cohort, len(now), today)]
    if len(now) == len(undecided):
        events.append(_close(cohort, total_of(cohort, len(applications), ranked), today))
    decided = {r.application.application_id: _decide(r, cohort.policy, today) for r in now}
    return SelectionPass(events, decided)


def total_of(cohort: Cohort, applied: int, ranked: Sequence[Ranked]) -> Selection:
    """Counts of people, and the digest of what was ranked and by which rules."""
    outcomes = Counter(r.outcome for r in ranked)
    return Selection(
        round=cohort.round,
        applied=applied,
        eligible=len(ranked),
        selected=outcomes["selected"],
        reserved=outcomes["reserved"],
        not_selected=outcomes["not-selected"],
        input_digest=selection_digest((r.application for r in ranked), cohort.policy),
    )


def _outcome(rank: int, policy: CohortPolicy) -> Outcome:
    if rank <= policy.target:
        return "selected"
    return "reserved" if rank <= policy.target + policy.reserves_max else "not-selected"


def _postpone(cohort: Cohort, unscreened: int, today: date) -> SelectionPostponed:
    return SelectionPostponed(
        effective_on=today,
        recorded_on=today,
        cohort_id=cohort.cohort_id,
        unscreened=unscreened,
        until=today + timedelta(days=1),
    )


def _progress(cohort: Cohort, decided: int, today: date) -> SelectionProgressed:
    return SelectionProgressed(
        effective_on=today,
        recorded_on=today,
        cohort_id=cohort.cohort_id,
        round=cohort.round,
        decided=decided,
        rule_version=RULE_VERSION,
    )


def _close(cohort: Cohort, total: Selection, today: date) -> SelectionClosed:
    return SelectionClosed(
        effective_on=today, recorded_on=today, cohort_id=cohort.cohort_id, **asdict(total)
    )


def _decide(ranked: Ranked, policy: CohortPolicy, today: date) -> list[ApplicationEvent]:
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
            return [place, ApplicantReserved(**about, reserve_rank=standing.rank - policy.target)]
        case "not-selected":
            return [place, ApplicantNotSelected(**about)]
        case _:
            assert_never(ranked.outcome)
