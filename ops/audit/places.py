"""Places: no host has more interns on a day than it may have, no position more than its openings,
nobody begins after the policy's last day for it, nobody is placed once her cohort is cancelled.
"""

from collections.abc import Callable, Iterator
from typing import Any

from ops.audit.evidence import Evidence, Finding, Json, plus

Key = Any
Span = tuple[str, str, str]
"""First day, last day, person."""


def check_places(evidence: Evidence) -> Iterator[Finding]:
    for (org_id, cohort_id), spans in _spans(evidence, _host).items():
        host = evidence.hosts.get((org_id, cohort_id))
        if host is None:
            yield Finding(org_id, f"has interns of {cohort_id}, and was never approved for it")
        elif crowd := _first_crowd(spans, host["interns_max"]):
            yield Finding(org_id, f"{crowd}; it may have {host['interns_max']}")
    for position_id, spans in _spans(evidence, _position).items():
        if position_id not in evidence.offers:
            continue  # a finding already
        openings = evidence.offers[position_id]["openings"]
        if crowd := _first_crowd(spans, openings):
            yield Finding(position_id, f"{crowd}; it has {openings} openings")
    yield from _check_starts(evidence)


def _check_starts(evidence: Evidence) -> Iterator[Finding]:
    for placement_id, placed in evidence.placements.items():
        policy = evidence.policies.get(placed["cohort_id"])
        first = placed["starts_on"]
        if policy and first > (latest := policy["latest_start_on"]):
            yield Finding(placement_id, f"starts on {first}, the latest day is {latest}")
        if policy and placed["ends_on"] > policy["ends_on"]:
            says = f"ends on {placed['ends_on']}, its cohort on {policy['ends_on']}"
            yield Finding(placement_id, says)
        cancelled = evidence.cancelled.get(placed["cohort_id"])
        if cancelled and placed["recorded_on"] > cancelled["recorded_on"]:
            says = f"is placed on {placed['recorded_on']}, after the cohort was cancelled"
            yield Finding(placement_id, says)


def _spans(evidence: Evidence, key: Callable[[Json], Key]) -> dict[Key, list[Span]]:
    """The days on which a place is taken: from the match until the last day of service, or the
    day before it was declined.
    """
    found: dict[Key, list[Span]] = {}
    for placement_id, placed in evidence.placements.items():
        last = evidence.last_day(placement_id)
        if declined := evidence.declined.get(placement_id):
            last = plus(declined["recorded_on"], -1)
        span = (placed["recorded_on"], last, placed["person_id"])
        found.setdefault(key(placed), []).append(span)
    return found


def _first_crowd(spans: list[Span], most: int) -> str:
    """The first day with more than so many, and who they are; empty where there is none."""
    for day, _, _ in sorted(spans):
        there = sorted(who for first, last, who in spans if first <= day <= last)
        if len(there) > most:
            return f"{len(there)} interns on {day}: {', '.join(there)}"
    return ""


def _host(placed: Json) -> tuple[str, str]:
    return placed["org_id"], placed["cohort_id"]


def _position(placed: Json) -> str:
    return str(placed["position_id"])
