"""What falls due: follow-ups that nobody kept, the end of a year, and who gets which counselor."""

from collections.abc import Iterator, Sequence
from itertools import islice

from services.counseling import domain
from services.counseling.domain import Assignment, Case, Centre, Counselor
from services.counseling.storage import (
    CASES,
    CENTRE,
    COHORTS,
    COUNSELORS,
    PARTICIPANTS,
    all_counselors,
    open_cases_of,
    waiting_cases,
)
from shared.mongo import Work


async def look_after_case(case: Case, work: Work) -> None:
    """Announce follow-ups that nobody kept; on the last day close, and free her counselor."""
    after = work.save(CASES, case.case_id, domain.decide_due(case, work.today))
    if after and after.status == "closed" and after.counselor_id:
        await _release(after, after.counselor_id, work)


async def assign_counselors(centre: Centre, work: Work) -> None:
    """What a counselor who left still had comes back first, and only then anything is given out:
    so who gets whom does not depend on how many passes that took.
    """
    counselors = await all_counselors(work)
    orphaned = await _orphaned(counselors, work)
    if orphaned:
        await _take_back(orphaned, centre, work)
    else:
        await _give_out(counselors, work)


async def _orphaned(counselors: Sequence[Counselor], work: Work) -> list[tuple[Case, str]]:
    """At most one pass of them, by counselor and case."""
    gone = [c.counselor_id for c in domain.departed(counselors, work.today)]
    found = [(case, c) for c in gone for case in await open_cases_of(c, work)]
    return found[: domain.PASS_CASES_MAX]


async def _take_back(orphaned: Sequence[tuple[Case, str]], centre: Centre, work: Work) -> None:
    for case, counselor_id in orphaned:
        work.save(CASES, case.case_id, domain.decide_return(case, counselor_id, work.today))
        await _release(case, counselor_id, work)
    held = domain.decide_taking_back(centre, len(orphaned), work.today)
    work.save(CENTRE, domain.CENTRE_KEY, held)


async def _give_out(counselors: Sequence[Counselor], work: Work) -> None:
    waiting = domain.awaited(await waiting_cases(work), work.today)
    assignments = await _assign(waiting, counselors, work) if waiting else iter(())
    assigned = list(islice(assignments, domain.PASS_CASES_MAX))
    has_more = next(assignments, None) is not None
    for case, counselor_id in assigned:
        events = domain.decide_taking_over(case, counselor_id, work.today)
        work.save(CASES, case.case_id, events)
        work.save(COUNSELORS, counselor_id, domain.decide_taking(case, counselor_id, work.today))
    still = len(waiting) - len(assigned)
    held = domain.decide_pass(still, len(assigned), has_more, work.today)
    work.save(CENTRE, domain.CENTRE_KEY, held)


async def _assign(
    waiting: Sequence[Case], counselors: Sequence[Counselor], work: Work
) -> Iterator[Assignment]:
    cohorts = {c: await work.require(COHORTS, c) for c in sorted({w.cohort_id for w in waiting})}
    capacity_max = {c: cohort.policy.counseling.caseload_max for c, cohort in cohorts.items()}
    return domain.assign(waiting, counselors, capacity_max, await _hers(waiting, work))


async def _hers(waiting: Sequence[Case], work: Work) -> dict[str, str]:
    """By person, the counselor of a case of hers that is open, of whichever cohort."""
    people = sorted({case.person_id for case in waiting})
    await work.preload(PARTICIPANTS, people)
    participants = [await work.require(PARTICIPANTS, person_id) for person_id in people]
    case_ids = [case_id for p in participants for case_id in p.case_ids]
    await work.preload(CASES, case_ids)
    cases = [await work.require(CASES, case_id) for case_id in case_ids]
    return {c.person_id: c.counselor_id for c in cases if c.status == "open" and c.counselor_id}


async def _release(case: Case, counselor_id: str, work: Work) -> None:
    await work.require(COUNSELORS, counselor_id)
    released_on = case.ends_on if case.status == "closed" else work.today
    events = domain.decide_release(case, counselor_id, released_on, work.today)
    work.save(COUNSELORS, counselor_id, events)
