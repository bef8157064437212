"""Who gets which counselor: decided once a day for all who wait, never by arrival.

Counselors' capacity is scarce, so it belongs to the centre (design.md §3). On each day the centre
gives out the cases that were known before that day, in sorted order. A case that becomes known
today waits until tomorrow: whatever came in while the day was being entered, in whichever order,
the same women get the same counselors. For the same reason the centre is due every day instead of
being marked by each new case: a mark would either be written by every opening, and be hot, or
could be cleared by a pass that did not see the opening.

The cases of a counselor who left are taken back first, all of them; then they wait like any other,
and by the beginning of their year they come before the newer ones.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple, assert_never

from services.counseling.domain.cases import Case
from services.counseling.domain.counselors import Counselor
from shared.errors import Invalid
from shared.events import Event

CENTRE_KEY = "centre"
PASS_CASES_MAX = 500  # each writes a case, two journal rows and an event: far below 16 MB


class CentreOpened(Event):
    """The first cohort is announced: from the next day on, the centre gives out cases."""


class PassHeld(Event):
    """One pass over the waiting cases: so many got a counselor, so many wait on.

    `taken_back`: cases of counselors who left, in a pass of their own before any is given out.
    `has_more`: someone has room for some of these, but not within this transaction; the next pass
    takes them, on the same day. So it is after a pass that took cases back.
    """

    assigned: int
    waiting: int
    has_more: bool
    taken_back: int = 0


CentreEvent = CentreOpened | PassHeld


@dataclass(frozen=True, slots=True)
class Centre:
    """`waiting`: how many the last pass left without a counselor. `passes`: held today already,
    while more is to come: without it, a pass that leaves as many as it found would seem undone.
    """

    next_pass_on: date
    waiting: int = 0
    passes: int = 0


class Assignment(NamedTuple):
    case: Case
    counselor_id: str


def decide_centre(centre: Centre | None, adopted: Event) -> list[CentreEvent]:
    """It opens with the first cohort, so that it is there before any case is."""
    if centre is not None:
        return []
    return [CentreOpened(effective_on=adopted.effective_on, recorded_on=adopted.recorded_on)]


def decide_pass(waiting: int, assigned: int, has_more: bool, today: date) -> list[CentreEvent]:
    """Also when nobody waits: that a day's pass was held is part of the record."""
    return [
        PassHeld(
            effective_on=today,
            recorded_on=today,
            assigned=assigned,
            waiting=waiting,
            has_more=has_more,
        )
    ]


def decide_taking_back(centre: Centre, taken_back: int, today: date) -> list[CentreEvent]:
    return [
        PassHeld(
            effective_on=today,
            recorded_on=today,
            assigned=0,
            waiting=centre.waiting + taken_back,
            has_more=True,
            taken_back=taken_back,
        )
    ]


def awaited(cases: Iterable[Case], today: date) -> list[Case]:
    """Those without a counselor that were known before today: see above."""
    return [c for c in cases if c.status == "waiting" and c.known_on < today]


def departed(counselors: Iterable[Counselor], today: date) -> list[Counselor]:
    """Those who left before today and have cases still."""
    return [c for c in counselors if c.left_on is not None and c.left_on < today and c.open_cases]


def assign(
    waiting: Iterable[Case],
    counselors: Iterable[Counselor],
    capacity_max: Mapping[str, int],
    hers: Mapping[str, str],
) -> Iterator[Assignment]:
    """Give each case, the longest waiting first, to the counselor who is least loaded.

    Load is open cases relative to what she can carry, ties go by id. Nobody is given more than she
    can carry, nor more than the policy of the case's cohort allows (`capacity_max`); who has left
    is given none.
    `hers` names, by person, the counselor of a case that is still open: a woman keeps hers, and
    waits where hers is full. A case that nobody has room for is passed over.
    """
    hers = dict(hers)
    free = {c.counselor_id: c for c in counselors if c.has_room}
    for case in sorted(waiting, key=lambda c: (c.opened_on, c.case_id)):
        asked = {hers[case.person_id]} & free.keys() if case.person_id in hers else free.keys()
        below = [free[i] for i in asked if free[i].open_cases < capacity_max[case.cohort_id]]
        if not below:
            continue
        chosen = min(below, key=_load)
        hers[case.person_id] = chosen.counselor_id
        free[chosen.counselor_id] = replace(chosen, open_cases=chosen.open_cases + 1)
        if chosen.open_cases + 1 == chosen.caseload_max:
            del free[chosen.counselor_id]
        yield Assignment(case, chosen.counselor_id)


def _load(counselor: Counselor) -> tuple[Fraction, str]:
    return Fraction(counselor.open_cases, counselor.caseload_max), counselor.counselor_id


def due_on_centre(centre: Centre) -> date:
    return centre.next_pass_on


def evolve_centre(state: Centre | None, event: CentreEvent) -> Centre:
    tomorrow = event.recorded_on + timedelta(days=1)
    if isinstance(event, CentreOpened):
        return Centre(tomorrow)
    if state is None:
        raise Invalid("the centre begins with CentreOpened")
    match event:
        case PassHeld(has_more=True):
            return Centre(event.recorded_on, event.waiting, state.passes + 1)
        case PassHeld():
            return Centre(tomorrow, event.waiting)
        case _:
            assert_never(event)
