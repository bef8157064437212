"""Who declines, and who leaves, over HTTP: at once, on what the command names."""

from datetime import date, timedelta
from typing import Any

from services.placement.domain import (
    DeclinePlacement,
    Place,
    Placement,
    WithdrawIntern,
    decide_decline,
    decide_freeing,
    decide_vacancy,
    decide_withdrawal,
    vacancy_id,
)
from services.placement.storage import COHORTS, HOSTS, PLACEMENTS, POSITIONS, VACANCIES
from shared.mongo import Work

Reply = dict[str, Any]


async def decline_placement(key: str, command: DeclinePlacement, work: Work) -> Reply:
    placement = await work.require(PLACEMENTS, key)
    work.save(PLACEMENTS, key, decide_decline(placement, command, work.today))
    return await _ended(placement, work)


async def withdraw_intern(key: str, command: WithdrawIntern, work: Work) -> Reply:
    placement = await work.require(PLACEMENTS, key)
    cohort = await work.require(COHORTS, placement.cohort_id)
    events = decide_withdrawal(placement, command, cohort.policy, work.today)
    work.save(PLACEMENTS, key, events)
    return await _ended(placement, work)


async def free_place(placement: Placement, work: Work, *, own_before: date) -> str | None:
    """Open the vacancy of a placement that ended early; its id, or None where there is none.

    `own_before`: a sweep knows what was recorded here before today, a command also today's.
    A position that closes at this very moment need not be relied on: its vacancy is refused to
    whoever is called.
    """
    position = await work.require(POSITIONS, placement.position_id)
    host = await work.require(HOSTS, placement.org_id)
    cohort = await work.require(COHORTS, placement.cohort_id)
    work.save(HOSTS, host.org_id, decide_freeing(host, position.position_id, work.today))
    place = Place(position, host, cohort)
    opened = decide_vacancy(placement, place, work.today, own_before=own_before)
    if not opened:
        return None
    key = vacancy_id(placement.placement_id)
    await work.load(VACANCIES, key)
    work.save(VACANCIES, key, opened)
    return key


async def _ended(before: Placement, work: Work) -> Reply:
    tomorrow = work.today + timedelta(days=1)
    opened = await free_place(before, work, own_before=tomorrow)
    after = await work.require(PLACEMENTS, before.placement_id)
    return {"placement_id": after.placement_id, "status": after.status, "vacancy_id": opened}
