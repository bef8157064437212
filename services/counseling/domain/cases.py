"""One woman's counseling year: its follow-ups, its contacts, whether she works again, its end.

`domain.md` §1.4: after completion, one counselor for a year. Everything is decided by the days on
which things were so (`held_on`, `started_on`), because counselors write up a visit days later.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, assert_never

from shared.errors import Invalid
from shared.events import Event
from shared.events.counseling import (
    CaseClosed,
    CaseOpened,
    ContactKind,
    ContactRecorded,
    CounselorAssigned,
    EvidenceGrade,
    FollowUpOverdue,
    Reemployed,
    ReemploymentKind,
)
from shared.ids import CaseId

ONE_DAY = timedelta(days=1)

Status = Literal["waiting", "open", "closed"]


class YearPlanned(Event):
    """The follow-ups of her year, and her cases of former cohorts."""

    case_id: CaseId
    follow_ups_on: tuple[date, ...]
    earlier_case_ids: tuple[CaseId, ...]


CaseEvent = (
    CaseOpened
    | YearPlanned
    | CounselorAssigned
    | ContactRecorded
    | FollowUpOverdue
    | Reemployed
    | CaseClosed
)


@dataclass(frozen=True, slots=True)
class Contact:
    kind: ContactKind
    held_on: date


@dataclass(frozen=True, slots=True)
class Reemployment:
    kind: ReemploymentKind
    evidence_grade: EvidenceGrade
    started_on: date
    is_at_host: bool


@dataclass(frozen=True, slots=True)
class Case:
    """`opened_on`: the day after the internship. `known_on`: the day on which we learned of it.

    `contacts` and `follow_ups_on` are numbered from 1 in their order; `overdue` holds the numbers
    of the follow-ups that were announced as overdue.
    """

    case_id: str
    person_id: str
    cohort_id: str
    opened_on: date
    known_on: date
    ends_on: date
    status: Status = "waiting"
    follow_ups_on: tuple[date, ...] = ()
    earlier_case_ids: tuple[str, ...] = ()
    counselor_id: str | None = None
    contacts: tuple[Contact, ...] = ()
    overdue: tuple[int, ...] = ()
    reemployment: Reemployment | None = None

    @property
    def completed_on(self) -> date:
        """The last day of the internship."""
        return self.opened_on - ONE_DAY

    def is_met(self, follow_up_no: int) -> bool:
        """A contact was held after the follow-up before, and no later than on its day."""
        days = (self.completed_on, *self.follow_ups_on)
        after, until = days[follow_up_no - 1], days[follow_up_no]
        return any(after < contact.held_on <= until for contact in self.contacts)

    def open_follow_ups(self) -> Iterable[tuple[int, date]]:
        """Number and day of those neither met nor announced as overdue, in order."""
        for number, day in enumerate(self.follow_ups_on, start=1):
            if number not in self.overdue and not self.is_met(number):
                yield number, day


def next_follow_up(case: Case) -> date | None:
    """The day by which her counselor must next be in touch with her."""
    if case.status == "closed":
        return None
    return next((day for _, day in case.open_follow_ups()), None)


def due_on_case(case: Case) -> date | None:
    """The day after the next follow-up, or after the last day of the year: it is hers, too.

    Never the day on which the case became known: whether the news came before or after that
    day's sweep must make no difference.
    """
    if case.status == "closed":
        return None
    follow_up_on = next_follow_up(case)
    last_on = case.ends_on if follow_up_on is None else min(case.ends_on, follow_up_on)
    return max(last_on, case.known_on) + ONE_DAY


def evolve_case(state: Case | None, event: CaseEvent) -> Case:
    if isinstance(event, CaseOpened):
        return Case(
            case_id=event.case_id,
            person_id=event.person_id,
            cohort_id=event.cohort_id,
            opened_on=event.effective_on,
            known_on=event.recorded_on,
            ends_on=event.ends_on,
        )
    if state is None:
        raise Invalid("a case begins with CaseOpened")
    match event:
        case YearPlanned():
            changed = replace(
                state,
                follow_ups_on=event.follow_ups_on,
                earlier_case_ids=event.earlier_case_ids,
            )
        case CounselorAssigned():
            changed = replace(state, status="open", counselor_id=event.counselor_id)
        case ContactRecorded():
            contact = Contact(event.kind, event.effective_on)
            changed = replace(state, contacts=(*state.contacts, contact))
        case FollowUpOverdue():
            changed = replace(state, overdue=(*state.overdue, event.follow_up_no))
        case Reemployed():
            changed = replace(state, reemployment=_reemployment(event))
        case CaseClosed():
            changed = replace(state, status="closed")
        case _:
            assert_never(event)
    return changed


def _reemployment(event: Reemployed) -> Reemployment:
    return Reemployment(
        kind=event.kind,
        evidence_grade=event.evidence_grade,
        started_on=event.effective_on,
        is_at_host=event.is_at_host,
    )
