"""What follows, on the day after, for a candidate who withdrew or was called, and for a host that
was suspended or closed a position. By what was recorded before today.
"""

from services.placement.domain import (
    Candidate,
    Host,
    Place,
    can_be_taken,
    decide_end,
    decide_placed,
    decide_placement,
    decide_recount,
    decide_suspension_settled,
    decide_taken,
    decide_unmatched,
    decide_withdrawn,
    offers_due,
    suspensions_due,
)
from services.placement.handlers.leaving import free_place
from services.placement.storage import (
    CANDIDATES,
    COHORTS,
    HOSTS,
    PLACEMENTS,
    POSITIONS,
    VACANCIES,
    placements_at,
    placements_on,
)
from shared.errors import Invalid
from shared.mongo import Work


async def settle_host(host: Host, work: Work) -> None:
    """First the interns of a suspended host leave, then what is taken of closed positions counts.

    No place becomes vacant: the positions of a suspended host are closed.
    """
    for suspension in suspensions_due(host, work.today):
        cohort = await work.require(COHORTS, suspension.cohort_id)
        for placement in await placements_at(host.org_id, cohort.cohort_id, work):
            ended = decide_end(placement, work.today, "city", cohort.policy, work.today)
            work.save(PLACEMENTS, placement.placement_id, ended)
        settled = decide_suspension_settled(cohort.cohort_id, work.today)
        work.save(HOSTS, host.org_id, settled)
    for offer in offers_due(host, work.today):
        placements = await placements_on(offer.position_id, work)
        work.save(HOSTS, host.org_id, decide_recount(offer, placements, work.today))


async def settle_candidate(candidate: Candidate, work: Work) -> None:
    """Who withdraws is not placed any more, whatever she was called for."""
    if candidate.withdraws(work.today):
        await _withdraw(candidate, work)
    elif candidate.call and candidate.call.noted_on < work.today:
        await _answer_call(candidate, candidate.call.vacancy_id, work)


async def _withdraw(candidate: Candidate, work: Work) -> None:
    work.save(CANDIDATES, candidate.application_id, decide_withdrawn(work.today))
    if candidate.placement_id is None or candidate.withdrawal is None:
        return
    placement = await work.require(PLACEMENTS, candidate.placement_id)
    cohort = await work.require(COHORTS, candidate.cohort_id)
    leaves_on = candidate.withdrawal.leaves_on
    ended = decide_end(placement, leaves_on, "intern", cohort.policy, work.today)
    work.save(PLACEMENTS, placement.placement_id, ended)
    if ended:
        await free_place(placement, work, own_before=work.today)


async def _answer_call(candidate: Candidate, vacancy_id: str, work: Work) -> None:
    """The host is written, too, so that two calls cannot both take its last place."""
    today = work.today
    if candidate.placement_id:
        former = await work.require(PLACEMENTS, candidate.placement_id)
        if not former.is_over:
            raise Invalid(f"{candidate.application_id} is called while she has a place")
    vacancy = await work.require(VACANCIES, vacancy_id)
    position = await work.require(POSITIONS, vacancy.position_id)
    host = await work.require(HOSTS, position.org_id)
    cohort = await work.require(COHORTS, candidate.cohort_id)
    interns = await placements_at(host.org_id, cohort.cohort_id, work)
    if not can_be_taken(vacancy, Place(position, host, cohort), interns, today):
        refused = decide_unmatched(candidate, today, vacancy_id)
        work.save(CANDIDATES, candidate.application_id, refused)
        return
    work.rely_on(HOSTS, host.org_id)
    policy = cohort.policy
    (placed,) = decide_placement(candidate, position, policy, today, vacancy_id=vacancy_id)
    key = placed.placement_id
    await work.load(PLACEMENTS, key)
    work.save(PLACEMENTS, key, [placed])
    noted = decide_placed(key, position.position_id, today, vacancy_id)
    work.save(CANDIDATES, candidate.application_id, noted)
    work.save(VACANCIES, vacancy_id, decide_taken(key, today))
