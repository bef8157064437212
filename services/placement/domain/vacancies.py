"""Vacancies (결원): places that are free again, and who was called to them.

A place is free when a placement has ended early, or when somebody withdrew before matching. Whom
to call is intake's to say; whether the place can still be taken is counted here.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from services.placement.domain.cohorts import Cohort
from services.placement.domain.hosts import Host
from services.placement.domain.internships import Placement, first_day_of
from services.placement.domain.passes import MatchingPass
from services.placement.domain.positions import Position
from services.placement.domain.rounds import Round
from shared.errors import Invalid
from shared.events import Event
from shared.events.placement import VacancyOpened
from shared.ids import PlacementId, derive


class VacancyTaken(Event):
    """Who was called to it was placed."""

    placement_id: PlacementId


VacancyEvent = VacancyOpened | VacancyTaken


@dataclass(frozen=True, slots=True)
class Vacancy:
    vacancy_id: str
    position_id: str
    org_id: str
    cohort_id: str
    opened_on: date
    placement_id: str | None = None

    def is_outstanding(self, before: date) -> bool:
        """Whether somebody may be called to it, by what was recorded before that day."""
        return self.placement_id is None and self.opened_on < before


@dataclass(frozen=True, slots=True)
class Place:
    """Everything that says whether a position takes somebody."""

    position: Position
    host: Host
    cohort: Cohort

    def takes_anybody(self, today: date, *, own_before: date) -> bool:
        """By what was recorded here before `own_before`, and elsewhere before today."""
        return (
            self.position.is_open(own_before)
            and not self.host.is_suspended(self.cohort.cohort_id, own_before)
            and not self.cohort.is_cancelled(today)
        )


def vacancy_id(placement_id: str) -> str:
    """Of the place that this placement leaves."""
    return derive("vac", placement_id)


def decide_vacancy(
    placement: Placement, place: Place, today: date, *, own_before: date
) -> list[VacancyEvent]:
    """The place of who left or declined is free again, if anybody can still take it."""
    if today >= place.cohort.policy.latest_start_on:
        return []
    if not place.takes_anybody(today, own_before=own_before):
        return []
    return [_opened(vacancy_id(placement.placement_id), place.position, today)]


def decide_left_over(
    cohort: Cohort,
    round_: Round,
    results: MatchingPass,
    positions: Iterable[Position],
    vacancies: Iterable[Vacancy],
    *,
    today: date,
) -> list[VacancyOpened]:
    """With the round's last results: as many vacancies as candidates withdrew before its matching,
    for openings that it left over and that nobody can be called to already.
    """
    if results.left_over is None or today >= cohort.policy.latest_start_on:
        return []
    left = Counter(results.left_over)
    left -= Counter(v.position_id for v in vacancies if v.is_outstanding(today))
    found = []
    for position in sorted(positions, key=lambda p: p.position_id):
        key = position.position_id
        for ordinal in range(1, left[key] + 1):
            id_ = derive("vac", cohort.cohort_id, key, round_.number, ordinal)
            found.append(_opened(id_, position, today))
    return found[: results.withdrawn]


def can_be_taken(vacancy: Vacancy, place: Place, interns: Iterable[Placement], today: date) -> bool:
    """Whether who is called can begin: the place stands, a first day is left, and neither the
    position nor the host would have more interns than they may. `interns`: the host's, in this
    cohort. By what was recorded before today, so that the order within today does not matter.
    """
    if vacancy.placement_id is not None:
        return False
    cohort, approval = place.cohort, place.host.approval(place.cohort.cohort_id)
    held = [p for p in interns if p.holds_place(today)]
    on_position = sum(p.position_id == place.position.position_id for p in held)
    return (
        place.takes_anybody(today, own_before=today)
        and first_day_of(cohort.policy, today) <= cohort.policy.latest_start_on
        and on_position < place.position.openings
        and approval is not None
        and len(held) < approval.interns_max
    )


def decide_taken(placement_id: str, today: date) -> list[VacancyEvent]:
    return [VacancyTaken(effective_on=today, recorded_on=today, placement_id=placement_id)]


def evolve_vacancy(vacancy: Vacancy | None, event: VacancyEvent) -> Vacancy:
    match vacancy, event:
        case None, VacancyOpened():
            return Vacancy(
                event.vacancy_id,
                event.position_id,
                event.org_id,
                event.cohort_id,
                event.recorded_on,
            )
        case Vacancy(placement_id=None), VacancyTaken():
            return replace(vacancy, placement_id=event.placement_id)
        case _:
            raise Invalid(f"{type(event).__name__} cannot come here in a vacancy's life")


def _opened(id_: str, position: Position, today: date) -> VacancyOpened:
    return VacancyOpened(
        effective_on=today,
        recorded_on=today,
        vacancy_id=id_,
        position_id=position.position_id,
        org_id=position.org_id,
        cohort_id=position.cohort_id,
    )
