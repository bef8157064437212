"""Counseling's events, commands, questions and sweeps: load, decide, save."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from itertools import islice
from typing import Any

from services.counseling import domain
from services.counseling.storage import (
    CASES,
    CENTRE,
    COHORTS,
    COUNSELORS,
    PARTICIPANTS,
    all_counselors,
    cases_of,
    open_cases_of,
    page_of_cases,
    page_of_counselors,
    waiting_cases,
)
from shared.bus import Handles, Sweeps
from shared.events.intake import CohortOpened
from shared.events.placement import InternshipCompleted
from shared.ids import derive
from shared.mongo import Work

Reply = dict[str, Any]


async def adopt_policy(event: CohortOpened, work: Work) -> None:
    await work.load(COHORTS, event.cohort_id)
    centre = await work.load(CENTRE, domain.CENTRE_KEY)
    work.save(COHORTS, event.cohort_id, domain.decide_adoption(event))
    work.save(CENTRE, domain.CENTRE_KEY, domain.decide_centre(centre, event))


async def open_case(event: InternshipCompleted, work: Work) -> None:
    cohort = await work.await_from("intake", COHORTS, event.cohort_id)
    participant = await work.load(PARTICIPANTS, event.person_id)
    case_id = domain.case_id_of(event)
    case = await work.load(CASES, case_id)
    events = domain.decide_opening(case, event, cohort, participant, work.today)
    work.save(CASES, case_id, events)
    work.save(PARTICIPANTS, event.person_id, domain.note_case(event, work.today))


async def register_counselor(command: domain.RegisterCounselor, work: Work) -> Reply:
    """The next pass counts on her: no case that waits is due before tomorrow anyway."""
    counselor_id = derive("cns", command.staff_no)
    counselor = await work.load(COUNSELORS, counselor_id)
    events = domain.decide_registration(counselor, counselor_id, command, work.today)
    work.save(COUNSELORS, counselor_id, events)
    await work.write_vault(counselor_id, {"staff_no": command.staff_no, "name": command.name})
    return {"counselor_id": counselor_id}


async def record_contact(case_id: str, command: domain.RecordContact, work: Work) -> Reply:
    case = await work.require(CASES, case_id)
    work.save(CASES, case_id, domain.decide_contact(case, command, work.today))
    contact_no = len(case.contacts) + 1
    await work.write_vault(case_id, {_note_field(contact_no): command.note})
    return {"case_id": case_id, "contact_no": contact_no}


async def record_reemployment(
    case_id: str, command: domain.RecordReemployment, work: Work
) -> Reply:
    case = await work.require(CASES, case_id)
    work.save(CASES, case_id, domain.decide_reemployment(case, command, work.today))
    return {"case_id": case_id, "started_on": command.started_on.isoformat()}


async def look_after_case(case: domain.Case, work: Work) -> None:
    """Announce follow-ups that nobody kept; on the last day close, and free her counselor."""
    after = work.save(CASES, case.case_id, domain.decide_due(case, work.today))
    if after and after.status == "closed" and after.counselor_id:
        await work.require(COUNSELORS, after.counselor_id)
        events = domain.decide_release(after, after.counselor_id, work.today)
        work.save(COUNSELORS, after.counselor_id, events)


async def assign_counselors(_: domain.Centre, work: Work) -> None:
    waiting = domain.awaited(await waiting_cases(work), work.today)
    assignments = await _assign(waiting, work) if waiting else iter(())
    assigned = list(islice(assignments, domain.PASS_CASES_MAX))
    has_more = next(assignments, None) is not None
    for case, counselor_id in assigned:
        events = domain.decide_assignment(case, counselor_id, work.today)
        work.save(CASES, case.case_id, events)
        work.save(COUNSELORS, counselor_id, domain.decide_taking(case, counselor_id, work.today))
    still = len(waiting) - len(assigned)
    held = domain.decide_pass(still, len(assigned), has_more, work.today)
    work.save(CENTRE, domain.CENTRE_KEY, held)


async def _assign(waiting: list[domain.Case], work: Work) -> Iterator[domain.Assignment]:
    cohorts = {c: await work.require(COHORTS, c) for c in sorted({w.cohort_id for w in waiting})}
    capacity_max = {c: cohort.policy.counseling.caseload_max for c, cohort in cohorts.items()}
    earlier_ids = [case_id for case in waiting for case_id in case.earlier_case_ids]
    await work.preload(CASES, earlier_ids)
    earlier = [await work.require(CASES, case_id) for case_id in earlier_ids]
    hers = {c.person_id: c.counselor_id for c in earlier if c.status == "open" and c.counselor_id}
    return domain.assign(waiting, await all_counselors(work), capacity_max, hers)


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


async def list_cases(cohort_id: str, work: Work, *, after: str, limit: int) -> Reply:
    await work.require(COHORTS, cohort_id)
    found = await page_of_cases(cohort_id, work, after=after, limit=limit)
    return found.show(_summary)


async def show_case(case_id: str, work: Work) -> Reply:
    case = await work.require(CASES, case_id)
    return {**_summary(case), "follow_ups": _follow_ups(case), "reemployment": _reemployment(case)}


async def list_contacts(case_id: str, work: Work) -> Reply:
    """With the notes: the one question that opens them."""
    case = await work.require(CASES, case_id)
    notes = await work.read_vault(case_id)
    items = [
        {
            "contact_no": number,
            "kind": contact.kind,
            "held_on": contact.held_on.isoformat(),
            "note": notes[_note_field(number)],
        }
        for number, contact in enumerate(case.contacts, start=1)
    ]
    return {"case_id": case_id, "items": items}


async def show_outcomes(cohort_id: str, as_of: date | None, work: Work) -> Reply:
    """What was so on that day (today when none is named), as far as we know it today."""
    await work.require(COHORTS, cohort_id)
    as_of = as_of or work.today
    if as_of > work.today:
        raise domain.InTheFuture("as_of is after today: ask for a day that has begun")
    counts = domain.count_outcomes(await cases_of(cohort_id, work), as_of)
    return {
        "cohort_id": cohort_id,
        "as_of": as_of.isoformat(),
        "known_on": work.today.isoformat(),
        "completed": counts.completed,
        "reemployed_ever": counts.reemployed_ever,
        "rate": {"numerator": counts.reemployed_ever, "denominator": counts.completed},
        "definition": domain.DEFINITION,
    }


def _note_field(contact_no: int) -> str:
    return f"note_{contact_no}"


def _counselor(counselor: domain.Counselor) -> Reply:
    return {
        "counselor_id": counselor.counselor_id,
        "caseload_max": counselor.caseload_max,
        "open_cases": counselor.open_cases,
    }


def _summary(case: domain.Case) -> Reply:
    return {
        "case_id": case.case_id,
        "person_id": case.person_id,
        "cohort_id": case.cohort_id,
        "counselor_id": case.counselor_id,
        "status": case.status,
        "opened_on": case.opened_on.isoformat(),
        "ends_on": case.ends_on.isoformat(),
        "contacts": len(case.contacts),
        "next_follow_up_on": _iso(domain.next_follow_up(case)),
        "overdue": list(case.overdue),
        "reemployed_on": _iso(case.reemployment.started_on if case.reemployment else None),
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


def _reemployment(case: domain.Case) -> Reply | None:
    found = case.reemployment
    return {**asdict(found), "started_on": found.started_on.isoformat()} if found else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


HANDLERS = (
    Handles(
        CohortOpened,
        adopt_policy,
        {COHORTS: lambda e: e.cohort_id, CENTRE: lambda _: domain.CENTRE_KEY},
    ),
    Handles(
        InternshipCompleted,
        open_case,
        {
            COHORTS: lambda e: e.cohort_id,
            PARTICIPANTS: lambda e: e.person_id,
            CASES: domain.case_id_of,
        },
    ),
)

SWEEPS = (
    # Cases first: those that close today free their counselors for the pass of the same day.
    Sweeps(CASES, look_after_case),
    Sweeps(CENTRE, assign_counselors, at_once=1),
)
