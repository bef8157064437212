"""Counseling: who completed has her year, who left has it where the policy offers it, and each
follow-up of it took place or was told as overdue.

Out of reach: whether a counselor who left still has cases, because no topic tells of her leaving.
"""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from ops.audit.evidence import Evidence, Finding, Json, plus
from shared.money import add_months

TOLD_WITHIN_DAYS = 2  # the sweep of the day after tells of it


def check_counseling(evidence: Evidence) -> Iterator[Finding]:
    yield from _check_cases(evidence)
    for case_id, case in evidence.cases.items():
        if policy := evidence.policies.get(case["cohort_id"]):
            yield from _check_follow_ups(evidence, case_id, case, policy["counseling"])


def _check_cases(evidence: Evidence) -> Iterator[Finding]:
    yield from _check_grounds(evidence)
    having = {(case["person_id"], case["cohort_id"]) for case in evidence.cases.values()}
    for who, cohort_id, why in _entitled(evidence):
        if (who, cohort_id) not in having:
            yield Finding(who, f"{why} and has no counseling case in {cohort_id}")


def _check_grounds(evidence: Evidence) -> Iterator[Finding]:
    """A case rests on an internship that ended, counts from the day after it, for the policy's
    months, and is her only one.
    """
    first_days = _days_after(evidence)
    former: dict[tuple[str, str], str] = {}
    for case_id, case in evidence.cases.items():
        whose, first = (case["person_id"], case["cohort_id"]), case["effective_on"]
        policy = evidence.policies.get(case["cohort_id"])
        if whose not in first_days:
            yield Finding(case_id, "is opened, and no internship of hers has ended")
        elif first not in first_days[whose]:
            yield Finding(case_id, f"counts from {first}, not from the day after her last")
        if policy and case["ends_on"] != (due := _last_day(first, policy["counseling"])):
            yield Finding(case_id, f"ends on {case['ends_on']}, due is {due}")
        if whose in former:
            yield Finding(case_id, f"is her second case, after {former[whose]}")
        former[whose] = case_id


def _last_day(first: str, rules: Json) -> str:
    return add_months(date.fromisoformat(plus(first, -1)), rules["months"]).isoformat()


def _days_after(evidence: Evidence) -> dict[tuple[str, str], set[str]]:
    """The first day after each internship, by person and cohort."""
    found: dict[tuple[str, str], set[str]] = {}
    for left in evidence.left.values():
        found.setdefault((left["person_id"], left["cohort_id"]), set()).add(left["effective_on"])
    for ending in evidence.endings.values():
        body, day = ending.body, plus(ending.body["effective_on"], 1)
        found.setdefault((body["person_id"], body["cohort_id"]), set()).add(day)
    return found


def _entitled(evidence: Evidence) -> Iterator[tuple[str, str, str]]:
    """Person, cohort, and how her internship ended, where that was known before today."""
    ended = [(e.body, e.name == "InternshipCompleted") for e in evidence.endings.values()]
    ended += [(left, False) for left in evidence.left.values()]
    for body, is_completed in ended:
        policy = evidence.policies.get(body["cohort_id"])
        is_offered = is_completed or (policy and policy["counseling"]["offered_to_leavers"])
        if is_offered and evidence.is_settled(body):
            why = "completed" if is_completed else "did not complete, is offered it all the same,"
            yield body["person_id"], body["cohort_id"], why


def _check_follow_ups(
    evidence: Evidence, case_id: str, case: Json, rules: Json
) -> Iterator[Finding]:
    """A follow-up is met by a contact after the one before and no later than on its day."""
    opened_on = case["effective_on"]
    planned = (plus(opened_on, days - 1) for days in sorted({*rules["follow_up_after_days"]}))
    days = [day for day in planned if opened_on <= day < case["ends_on"]]
    contacts = evidence.contacts.get(case_id, [])
    for number, (after, day) in enumerate(pairwise([plus(opened_on, -1), *days]), start=1):
        is_met = any(after < contact <= day for contact in contacts)
        told_by = plus(max(day, case["recorded_on"]), TOLD_WITHIN_DAYS)
        if not is_met and (case_id, number) not in evidence.overdue and evidence.today >= told_by:
            says = f"follow-up {number} of {day} was dropped: no contact, and not told as overdue"
            yield Finding(case_id, says)
