"""Who gets which counselor: decided once a day for all who wait, never by arrival.

Counselors' capacity is scarce, so it belongs to the centre (design.md §3). On each day the centre
gives out the cases that were known before that day, in sorted order. A case that becomes known
today waits until tomorrow: whatever came in while the day was being entered, in whichever order,
the same women get the same counselors. For the same reason the centre is due every day instead of
being marked by each new case: a mark would either be written by every opening, and be hot, or
could be cleared by a pass that did not see the opening.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Annotated, NamedTuple, assert_never

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.counseling.domain.cases import Case
from shared.errors import Invalid, Rejected
from shared.events import Event
from shared.ids import CaseId, CounselorId

CENTRE_KEY = "centre"
PASS_CASES_MAX = 500  # each writes a case, two journal rows and an event: far below 16 MB

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class CounselorExists(Rejected):
    """A staff number names one counselor."""

    code = "counselor-exists"


class RegisterCounselor(BaseModel):
    """`staff_no` and `name` go to the vault. `caseload_max`: open cases she can carry at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    staff_no: Text
    name: Text
    caseload_max: int = Field(ge=1, le=1000, strict=True)


class CounselorRegistered(Event):
    counselor_id: CounselorId
    caseload_max: int


class CaseTaken(Event):
    counselor_id: CounselorId
    case_id: CaseId


class CaseReleased(Event):
    """The case is closed: she can carry another."""

    counselor_id: CounselorId
    case_id: CaseId


class CentreOpened(Event):
    """The first cohort is announced: from the next day on, the centre gives out cases."""


class PassHeld(Event):
    """One pass over the waiting cases: so many got a counselor, so many wait on.

    `has_more`: someone has room for some of these, but not within this transaction; the next pass
    takes them, on the same day.
    """

    assigned: int
    waiting: int
    has_more: bool


CounselorEvent = CounselorRegistered | CaseTaken | CaseReleased
CentreEvent = CentreOpened | PassHeld


@dataclass(frozen=True, slots=True)
class Counselor:
    counselor_id: str
    caseload_max: int
    open_cases: int = 0


@dataclass(frozen=True, slots=True)
class Centre:
    """`waiting`: how many the last pass left without a counselor."""

    next_pass_on: date
    waiting: int = 0


class Assignment(NamedTuple):
    case: Case
    counselor_id: str


def decide_registration(
    counselor: Counselor | None, counselor_id: str, command: RegisterCounselor, today: date
) -> list[CounselorEvent]:
    if counselor is not None:
        raise CounselorExists("this staff number is registered already: use the counselor's id")
    return [
        CounselorRegistered(
            effective_on=today,
            recorded_on=today,
            counselor_id=counselor_id,
            caseload_max=command.caseload_max,
        )
    ]


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


def decide_taking(case: Case, counselor_id: str, today: date) -> list[CounselorEvent]:
    return [
        CaseTaken(
            effective_on=today, recorded_on=today, counselor_id=counselor_id, case_id=case.case_id
        )
    ]


def decide_release(case: Case, counselor_id: str, today: date) -> list[CounselorEvent]:
    return [
        CaseReleased(
            effective_on=case.ends_on,
            recorded_on=today,
            counselor_id=counselor_id,
            case_id=case.case_id,
        )
    ]


def awaited(cases: Iterable[Case], today: date) -> list[Case]:
    """Those without a counselor that were known before today: see above."""
    return [c for c in cases if c.status == "waiting" and c.known_on < today]


def assign(
    waiting: Iterable[Case],
    counselors: Iterable[Counselor],
    capacity_max: Mapping[str, int],
    hers: Mapping[str, str],
) -> Iterator[Assignment]:
    """Give each case, the longest waiting first, to the counselor who is least loaded.

    Load is open cases relative to what she can carry, ties go by id. Nobody is given more than she
    can carry, nor more than the policy of the case's cohort allows (`capacity_max`).
    `hers` names, by person, the counselor of a case that is still open: a woman keeps hers, and
    waits where hers is full. A case that nobody has room for is passed over.
    """
    hers = dict(hers)
    free = {c.counselor_id: c for c in counselors if c.open_cases < c.caseload_max}
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


def evolve_centre(_: Centre | None, event: CentreEvent) -> Centre:
    tomorrow = event.recorded_on + timedelta(days=1)
    match event:
        case CentreOpened():
            return Centre(tomorrow)
        case PassHeld():
            return Centre(event.recorded_on if event.has_more else tomorrow, event.waiting)
        case _:
            assert_never(event)


def evolve_counselor(state: Counselor | None, event: CounselorEvent) -> Counselor:
    if isinstance(event, CounselorRegistered):
        return Counselor(event.counselor_id, event.caseload_max)
    if state is None:
        raise Invalid("a counselor begins with CounselorRegistered")
    match event:
        case CaseTaken():
            return replace(state, open_cases=state.open_cases + 1)
        case CaseReleased():
            return replace(state, open_cases=state.open_cases - 1)
        case _:
            assert_never(event)
