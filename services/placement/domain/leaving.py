"""Leaving (중도포기, 중도탈락): a placement declined before its first day, an internship that ends
early, and what becomes of the months that were confirmed beyond that day.

A leaving may be recorded weeks later, also after completion: then she is a leaver all the same.
"""

from datetime import date, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.placement.domain.confirming import corrections, decide_agreed
from services.placement.domain.internships import (
    Placement,
    PlacementEvent,
    evolve_placement,
    started,
)
from shared.errors import InTheFuture, Rejected
from shared.events.placement import EndedBy, InternWithdrew, PlacementDeclined
from shared.events.policy import CohortPolicy

Party = Literal["intern", "host"]
"""Who may end a placement by a command. The city suspends a host or cancels a cohort."""


class InternshipBegun(Rejected):
    """From the first day on an internship is left, not declined."""

    code = "internship-begun"


class PlacementOver(Rejected):
    """It was declined or left already: a placement ends once."""

    code = "placement-over"


class LeavesBeforeFirstDay(Rejected):
    """Nobody leaves before she has come."""

    code = "before-first-day"
    status = 422


class LeavesAfterLastDay(Rejected):
    """Who was in service to the end did not leave."""

    code = "after-last-day"
    status = 422


class WithdrawIntern(BaseModel):
    """`leaves_on` is the first day on which she is no longer in service."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    leaves_on: date
    ended_by: Party


class DeclinePlacement(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    declined_by: Party


def decide_decline(
    placement: Placement, command: DeclinePlacement, today: date
) -> list[PlacementEvent]:
    _require_not_over(placement)
    if placement.starts_on <= today:
        raise InternshipBegun(f"it began on {placement.starts_on}: record a withdrawal instead")
    return [_declined(placement, command.declined_by, today)]


def decide_withdrawal(
    placement: Placement, command: WithdrawIntern, policy: CohortPolicy, today: date
) -> list[PlacementEvent]:
    """Who withdraws before her first day declines."""
    _require_not_over(placement)
    tomorrow = today + timedelta(days=1)
    if command.leaves_on > tomorrow:
        raise InTheFuture(f"leaves_on must not be after tomorrow, {tomorrow}")
    if placement.starts_on > today:
        return [_declined(placement, command.ended_by, today)]
    if command.leaves_on < placement.starts_on:
        raise LeavesBeforeFirstDay(f"leaves_on must not be before {placement.starts_on}")
    if command.leaves_on > placement.ends_on:
        raise LeavesAfterLastDay(f"leaves_on must not be after {placement.ends_on}")
    return _left(placement, command.leaves_on, command.ended_by, policy, today)


def decide_end(
    placement: Placement, leaves_on: date, ended_by: EndedBy, policy: CohortPolicy, today: date
) -> list[PlacementEvent]:
    """What a sweep makes of news of the days before: who would begin today does not begin.

    Nothing, where it is over already or she was in service to its end.
    """
    if placement.is_over or leaves_on > placement.ends_on:
        return []
    if placement.starts_on >= today:
        return [_declined(placement, ended_by, today)]
    return _left(placement, max(leaves_on, placement.starts_on), ended_by, policy, today)


def _left(
    placement: Placement, leaves_on: date, ended_by: EndedBy, policy: CohortPolicy, today: date
) -> list[PlacementEvent]:
    """She left; months confirmed beyond that day are corrected. Of her last month both may have
    said the same, once the days that she was not there any more are out of it.
    """
    withdrew = InternWithdrew(
        effective_on=leaves_on,
        recorded_on=today,
        **placement.names,
        ended_by=ended_by,
    )
    # A command may come before the sweep of her very first day.
    events: list[PlacementEvent] = []
    if placement.status == "placed":
        events.append(started(placement, today))
    events.append(withdrew)
    for event in events:
        placement = evolve_placement(placement, event)
    corrected = corrections(placement, policy, today)
    for event in corrected:
        placement = evolve_placement(placement, event)
    return [*events, *corrected, *_agreed_last_month(placement, policy, today)]


def _agreed_last_month(
    placement: Placement, policy: CohortPolicy, today: date
) -> list[PlacementEvent]:
    last = [sheet.month for sheet in placement.sheets if not sheet.is_void][-1:]
    return [event for month in last for event in decide_agreed(placement, month, policy, today)]


def _declined(placement: Placement, declined_by: EndedBy, today: date) -> PlacementDeclined:
    return PlacementDeclined(
        effective_on=today,
        recorded_on=today,
        **placement.names,
        declined_by=declined_by,
    )


def _require_not_over(placement: Placement) -> None:
    if placement.is_over:
        raise PlacementOver("this placement was declined or left already")
