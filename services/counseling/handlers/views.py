"""What counselors, the centre and the city ask: states and counts, never who it is."""

from dataclasses import asdict
from datetime import date
from typing import Any

from services.counseling import domain
from services.counseling.storage import (
    CASES,
    COHORTS,
    COUNSELORS,
    cases_of,
    employer_field,
    leavers_of,
    note_field,
    open_cases_of,
    page_of_cases,
    page_of_counselors,
)
from shared.errors import InTheFuture
from shared.mongo import Work

Reply = dict[str, Any]


async def list_counselors(work: Work, *, after: str, limit: int) -> Reply:
    found = await page_of_counselors(work, after=after, limit=limit)
    return found.show(_counselor)


async def show_counselor(counselor_id: str, work: Work) -> Reply:
    counselor = await work.require(COUNSELORS, counselor_id)
    return {**_counselor(counselor), **await work.read_vault(counselor_id)}


async def show_worklist(counselor_id: str, work: Work) -> Reply:
    """Whom to be in touch with next; those with no follow-up left come last."""
    await work.require(COUNSELORS, counselor_id)
    cases = await open_cases_of(counselor_id, work)
    cases.sort(key=lambda case: (domain.next_follow_up(case) or date.max, case.case_id))
    return {"counselor_id": counselor_id, "items": [_summary(c) for c in cases]}


async def list_cases(
    cohort_id: str, status: domain.Status | None, work: Work, *, after: str, limit: int
) -> Reply:
    """With `status` "waiting": whom nobody has room for, a counselor who left included."""
    await work.require(COHORTS, cohort_id)
    found = await page_of_cases(cohort_id, status, work, after=after, limit=limit)
    return found.show(_summary)


async def show_case(case_id: str, work: Work) -> Reply:
    """With the employers' names: the one question that opens them."""
    case = await work.require(CASES, case_id)
    kept = await work.read_vault(case_id, about=case.person_id)
    employments = [
        {**_employment(found), "employer_name": kept.get(employer_field(number))}
        for number, found in enumerate(case.reemployments, start=1)
    ]
    return {
        **_summary(case),
        "follow_ups": _follow_ups(case),
        "reemployment": employments[-1] if employments else None,
        "employments": employments,
    }


async def list_contacts(case_id: str, work: Work) -> Reply:
    """With the notes: the one question that opens them."""
    case = await work.require(CASES, case_id)
    kept = await work.read_vault(case_id, about=case.person_id)
    items = [
        {
            "contact_no": number,
            "kind": contact.kind,
            "held_on": contact.held_on.isoformat(),
            "note": kept[note_field(number)],
        }
        for number, contact in enumerate(case.contacts, start=1)
    ]
    return {"case_id": case_id, "items": items}


async def show_outcomes(cohort_id: str, as_of: date | None, work: Work) -> Reply:
    """What was so on that day (today when none is named), as far as we know it today."""
    await work.require(COHORTS, cohort_id)
    as_of = as_of or work.today
    if as_of > work.today:
        raise InTheFuture("as_of is after today: ask for a day that has begun")
    cases, leavers = await cases_of(cohort_id, work), await leavers_of(cohort_id, work)
    counts = domain.count_outcomes(cases, leavers, as_of)
    return {
        "cohort_id": cohort_id,
        "as_of": as_of.isoformat(),
        "known_on": work.today.isoformat(),
        "participants": counts.participants,
        **asdict(counts),
        "rate": {"numerator": counts.reemployed_ever, "denominator": counts.completed},
        "still_rate": {"numerator": counts.still_employed, "denominator": counts.completed},
        "definition": domain.DEFINITION,
        "still_definition": domain.STILL_DEFINITION,
        "left_definition": domain.LEFT_DEFINITION,
    }


def _counselor(counselor: domain.Counselor) -> Reply:
    return {
        "counselor_id": counselor.counselor_id,
        "caseload_max": counselor.caseload_max,
        "open_cases": counselor.open_cases,
        "left_on": _iso(counselor.left_on),
    }


def _summary(case: domain.Case) -> Reply:
    found = case.reemployment
    return {
        "case_id": case.case_id,
        "person_id": case.person_id,
        "cohort_id": case.cohort_id,
        "after": case.after,
        "counselor_id": case.counselor_id,
        "former_counselor_id": case.former_counselor_id,
        "status": case.status,
        "opened_on": case.opened_on.isoformat(),
        "ends_on": case.ends_on.isoformat(),
        "contacts": len(case.contacts),
        "next_follow_up_on": _iso(domain.next_follow_up(case)),
        "overdue": list(case.overdue),
        "reemployed_on": _iso(found.started_on if found else None),
        "employment_ended_on": _iso(found.ended_on if found else None),
    }


def _follow_ups(case: domain.Case) -> list[Reply]:
    return [
        {
            "follow_up_no": number,
            "day": day.isoformat(),
            "is_met": case.is_met(number),
            "was_overdue": number in case.overdue,
        }
        for number, day in enumerate(case.follow_ups_on, start=1)
    ]


def _employment(found: domain.Reemployment) -> Reply:
    days = {"started_on": found.started_on.isoformat(), "ended_on": _iso(found.ended_on)}
    return {**asdict(found), **days}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
