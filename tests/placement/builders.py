"""What placement's tests start from: the policy of 2022-h1, and states made by its own folds."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from ops.policies import read_policy
from services.placement import handlers
from services.placement.domain import (
    ApproveHostCompany,
    Candidate,
    ClosePosition,
    Cohort,
    CohortNoted,
    ConfirmAttendance,
    DeclinePlacement,
    Host,
    HostCompanyRegistered,
    OfferPosition,
    Placement,
    Position,
    RankCandidates,
    Ranking,
    RegisterHostCompany,
    SelectionNoted,
    Side,
    SuspendHostCompany,
    WithdrawIntern,
    decide_approval,
    decide_confirmation,
    decide_due,
    decide_placement,
    evolve_cohort,
    evolve_host,
    evolve_placement,
    organisation_id,
)
from services.placement.domain.internships import PlacementEvent
from services.placement.domain.leaving import Party
from services.placement.domain.matching import Post, post_of
from services.placement.storage import KINDS
from shared.events import IntegrationEvent
from shared.events.intake import (
    ApplicantSelected,
    ApplicationWithdrawn,
    CohortCancelled,
    CohortOpened,
    CohortPolicyRevised,
    SelectionClosed,
)
from shared.events.placement import InternPlaced
from shared.events.policy import CohortPolicy
from shared.ids import derive
from shared.testing import Bench

POLICY = read_policy("2022-h1")
E = TypeVar("E", bound=IntegrationEvent)
COHORT_ID = derive("coh", POLICY.title)
TODAY = date(2022, 3, 10)
MATCHING_ON = POLICY.matching_on
MONTHS = ("2022-04", "2022-05", "2022-06")


def day(text: str) -> date:
    return date.fromisoformat(f"2022-{text}")


def facts(number: int = 1, **changes: Any) -> RegisterHostCompany:
    values = {
        "business_registration_no": f"{number:010}",
        "name": f"Company {number}",
        "region": "seoul",
        "regular_employee_count": 20,
        "is_insured_in_all_schemes": True,
        **changes,
    }
    return RegisterHostCompany(**values)


def host(number: int = 1, *, is_approved: bool = True, **changes: Any) -> Host:
    known = facts(number, **changes)
    registered = HostCompanyRegistered(
        effective_on=TODAY,
        recorded_on=TODAY,
        org_id=organisation_id(known.business_registration_no),
        facts=known,
    )
    state = evolve_host(None, registered)
    if is_approved:
        for event in decide_approval(state, COHORT_ID, POLICY, TODAY):
            state = evolve_host(state, event)
    return state


def cohort(*, selected: int | None = None, policy: CohortPolicy = POLICY) -> Cohort:
    when = {"effective_on": TODAY, "recorded_on": TODAY}
    state = evolve_cohort(None, CohortNoted(cohort_id=COHORT_ID, policy=policy, **when))
    if selected is not None:
        state = evolve_cohort(state, SelectionNoted(round=1, selected=selected, **when))
    return state


def person_id(number: int) -> str:
    return derive("per", number)


def application_id(number: int) -> str:
    return derive("app", COHORT_ID, person_id(number))


def candidate(number: int, *, field: str = "it", prefers: Iterable[str] = ()) -> Candidate:
    return Candidate(application_id(number), person_id(number), COHORT_ID, 1, field, tuple(prefers))


def position(
    number: int, *, field: str = "it", openings: int = 1, ranked: Iterable[int] = ()
) -> Position:
    return Position(
        position_id=derive("pos", number),
        org_id=organisation_id(f"{number:010}"),
        cohort_id=COHORT_ID,
        field=field,
        openings=openings,
        hours_per_day=8,
        hours_per_month=209,
        rankings=(Ranking(1, tuple(map(person_id, ranked))),) if ranked else (),
    )


def posts_of(positions: Iterable[Position]) -> list[Post]:
    """As the first round sees them: every opening is free."""
    return [post_of(p, p.openings, 1) for p in positions]


def placement(number: int = 1, policy: CohortPolicy = POLICY) -> Placement:
    (placed,) = decide_placement(candidate(number), position(1), policy, MATCHING_ON)
    return evolve_placement(None, placed)


def fold(state: Placement, events: Iterable[PlacementEvent]) -> Placement:
    for event in events:
        state = evolve_placement(state, event)
    return state


def said(
    state: Placement,
    side: Side,
    month: str,
    days: Iterable[date] = (),
    today: date = date(2022, 7, 1),
) -> tuple[Placement, list[PlacementEvent]]:
    command = ConfirmAttendance(absent_on=tuple(days))
    events = decide_confirmation(state, month, side, command, policy=POLICY, today=today)
    return fold(state, events), events


def both_said(
    state: Placement, month: str, days: Iterable[date] = (), today: date = date(2022, 7, 1)
) -> tuple[Placement, list[PlacementEvent]]:
    state, _ = said(state, "host", month, days, today)
    return said(state, "intern", month, days, today)


def started_placement() -> Placement:
    return fold(placement(), decide_due(placement(), POLICY, POLICY.starts_on))


def cohort_opened(policy: CohortPolicy = POLICY) -> CohortOpened:
    return CohortOpened(
        effective_on=policy.notice_date,
        recorded_on=policy.notice_date,
        cohort_id=COHORT_ID,
        policy=policy,
    )


def round_announced(matching_on: date, recorded_on: date, number: int = 2) -> CohortPolicyRevised:
    days = {"selection_on": matching_on - timedelta(days=1), "matching_on": matching_on}
    return CohortPolicyRevised(
        effective_on=recorded_on,
        recorded_on=recorded_on,
        cohort_id=COHORT_ID,
        round=number,
        policy=POLICY.model_copy(update=days),
    )


def cohort_cancelled(recorded_on: date) -> CohortCancelled:
    return CohortCancelled(
        effective_on=recorded_on + timedelta(days=1), recorded_on=recorded_on, cohort_id=COHORT_ID
    )


def application_withdrawn(
    number: int, recorded_on: date, leaves_on: date | None = None
) -> ApplicationWithdrawn:
    return ApplicationWithdrawn(
        effective_on=leaves_on or recorded_on,
        recorded_on=recorded_on,
        application_id=application_id(number),
        person_id=person_id(number),
        cohort_id=COHORT_ID,
    )


def applicant_selected(
    number: int,
    *position_ids: str,
    field: str = "it",
    recorded_on: date = POLICY.selection_on,
    round_: int = 1,
    vacancy_id: str | None = None,
) -> ApplicantSelected:
    """For a round's matching; with a `vacancy_id`, called to it."""
    return ApplicantSelected(
        effective_on=recorded_on,
        recorded_on=recorded_on,
        application_id=application_id(number),
        person_id=person_id(number),
        cohort_id=COHORT_ID,
        round=round_,
        field=field,
        preferred_position_ids=position_ids,
        vacancy_id=vacancy_id,
    )


def selection_closed(
    selected: int, recorded_on: date = POLICY.selection_on, round_: int = 1
) -> SelectionClosed:
    return SelectionClosed(
        effective_on=recorded_on,
        recorded_on=recorded_on,
        cohort_id=COHORT_ID,
        round=round_,
        applied=selected,
        eligible=selected,
        selected=selected,
        reserved=0,
        not_selected=0,
        input_digest="0" * 64,
    )


async def register(bench: Bench, number: int, *, is_approved: bool = True) -> str:
    reply = await bench.command(lambda work: handlers.register_host(facts(number), work))
    org_id = str(reply["org_id"])
    if is_approved:
        command = ApproveHostCompany(cohort_id=COHORT_ID)
        await bench.command(lambda work: handlers.approve_host(org_id, command, work))
    return org_id


async def offer(bench: Bench, org_id: str, title: str = "Developer", openings: int = 1) -> str:
    command = OfferPosition(
        cohort_id=COHORT_ID, title=title, field="it", openings=openings, hours_per_day=8
    )
    reply = await bench.command(lambda work: handlers.offer_position(org_id, command, work))
    return str(reply["position_id"])


def told(bench: Bench, contract: type[E]) -> list[E]:
    return [event for event in bench.published if isinstance(event, contract)]


async def rank(bench: Bench, position_id: str, *numbers: int) -> None:
    command = RankCandidates(ranked_person_ids=tuple(map(person_id, numbers)))
    await bench.command(lambda work: handlers.rank_candidates(position_id, command, work))


async def declare(
    bench: Bench, placement_id: str, month: str, side: Side, days: Sequence[date] = ()
) -> str:
    command = ConfirmAttendance(absent_on=tuple(days))
    reply = await bench.command(
        lambda work: handlers.confirm_attendance(placement_id, month, side, command, work)
    )
    return str(reply["status"])


async def confirm(bench: Bench, placement_id: str, month: str, days: Sequence[date] = ()) -> None:
    await declare(bench, placement_id, month, "host", days)
    assert await declare(bench, placement_id, month, "intern", days) == "confirmed"


async def correct(
    bench: Bench, placement_id: str, month: str, side: Side, days: Sequence[date] = ()
) -> dict[str, Any]:
    command = ConfirmAttendance(absent_on=tuple(days))
    return await bench.command(
        lambda work: handlers.correct_attendance(placement_id, month, side, command, work)
    )


async def leave(
    bench: Bench, placement_id: str, leaves_on: date, ended_by: Party = "intern"
) -> dict[str, Any]:
    command = WithdrawIntern(leaves_on=leaves_on, ended_by=ended_by)
    return await bench.command(lambda work: handlers.withdraw_intern(placement_id, command, work))


async def decline(bench: Bench, placement_id: str, declined_by: Party = "host") -> dict[str, Any]:
    command = DeclinePlacement(declined_by=declined_by)
    return await bench.command(lambda work: handlers.decline_placement(placement_id, command, work))


async def suspend(bench: Bench, org_id: str) -> dict[str, Any]:
    command = SuspendHostCompany(cohort_id=COHORT_ID)
    return await bench.command(lambda work: handlers.suspend_host(org_id, command, work))


async def close(bench: Bench, position_id: str) -> None:
    await bench.command(lambda work: handlers.close_position(position_id, ClosePosition(), work))


def memory_bench() -> Bench:
    return Bench("placement", KINDS, handlers.HANDLERS, handlers.SWEEPS)


async def matched(bench: Bench, *, positions: int, candidates: int) -> list[str]:
    """A cohort after its matching day; the ids of its placements."""
    await bench.day("2022-03-10")
    await bench.given(cohort_opened())
    for number in range(positions):
        await offer(bench, await register(bench, number))
    await bench.given(*map(applicant_selected, range(candidates)), selection_closed(candidates))
    await bench.day(MATCHING_ON)
    return [e.placement_id for e in told(bench, InternPlaced)]
