"""One woman's counseling year: its follow-ups, its contacts, whether she works again, its end.

`domain.md` §1.4: after completion, one counselor for a year; leavers have it where the cohort's
policy offers it. Everything is decided by the days on which things were so (`held_on`,
`started_on`), because counselors write up a visit days later.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, assert_never

from shared.errors import Invalid
from shared.events import Event
from shared.events.counseling import (
    CaseAfter,
    CaseClosed,
    CaseOpened,
    CaseTransferred,
    ContactKind,
    ContactRecorded,
    CounselorAssigned,
    EmploymentEnded,
    EvidenceGrade,
    FollowUpOverdue,
    Reemployed,
    ReemploymentKind,
)
from shared.ids import CaseId, CounselorId

ONE_DAY = timedelta(days=1)

Status = Literal["waiting", "open", "closed"]


class YearPlanned(Event):
    """The follow-ups of her year."""

    case_id: CaseId
    follow_ups_on: tuple[date, ...]


class LeavingNoted(Event):
    """Her withdrawal was found after her case had begun: it is a leaver's from now on.

    `effective_on` is the first day on which she was no longer in service. The year that she was
    promised stays as it was announced, also where the policy offers leavers none.
    """

    case_id: CaseId


class CaseTakenBack(Event):
    """Her counselor left: the centre has the case until somebody has room for it."""

    case_id: CaseId
    counselor_id: CounselorId


CareEvent = CounselorAssigned | CaseTakenBack | CaseTransferred
FactEvent = ContactRecorded | Reemployed | EmploymentEnded
YearEvent = YearPlanned | LeavingNoted | FollowUpOverdue | CaseClosed
CaseEvent = CaseOpened | CareEvent | FactEvent | YearEvent


@dataclass(frozen=True, slots=True)
class Contact:
    kind: ContactKind
    held_on: date


@dataclass(frozen=True, slots=True)
class Reemployment:
    """`ended_on`: the first day without it, None while it lasts."""

    kind: ReemploymentKind
    evidence_grade: EvidenceGrade
    started_on: date
    is_at_host: bool
    ended_on: date | None = None

    def lasts_on(self, day: date) -> bool:
        return self.started_on <= day and (self.ended_on is None or day < self.ended_on)


@dataclass(frozen=True, slots=True)
class Case:
    """`served_until`: the last day of the internship, also when it is found out later that she had
    left before. `opened_on` and `ends_on`: the year as it was announced. `known_on`: the day on
    which we learned of it. `former_counselor_id`: who had the case that waits for another.

    `contacts`, `follow_ups_on` and `reemployments` are numbered from 1 in their order; `overdue`
    holds the numbers of the follow-ups that were announced as overdue.
    """

    case_id: str
    person_id: str
    cohort_id: str
    after: CaseAfter
    served_until: date
    opened_on: date
    known_on: date
    ends_on: date
    status: Status = "waiting"
    follow_ups_on: tuple[date, ...] = ()
    counselor_id: str | None = None
    former_counselor_id: str | None = None
    contacts: tuple[Contact, ...] = ()
    overdue: tuple[int, ...] = ()
    reemployments: tuple[Reemployment, ...] = ()
    closed_on: date | None = None

    @property
    def reemployment(self) -> Reemployment | None:
        """The latest one, over or not."""
        return self.reemployments[-1] if self.reemployments else None

    def is_met(self, follow_up_no: int) -> bool:
        """A contact was held after the follow-up before, and no later than on its day."""
        days = (self.served_until, *self.follow_ups_on)
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
        return _opened(event)
    if state is None:
        raise Invalid("a case begins with CaseOpened")
    if isinstance(event, CareEvent):
        return _in_care(state, event)
    if isinstance(event, FactEvent):
        return _with_fact(state, event)
    return _in_course(state, event)


def _opened(event: CaseOpened) -> Case:
    return Case(
        case_id=event.case_id,
        person_id=event.person_id,
        cohort_id=event.cohort_id,
        after=event.after,
        served_until=event.effective_on - ONE_DAY,
        opened_on=event.effective_on,
        known_on=event.recorded_on,
        ends_on=event.ends_on,
    )


def _in_care(state: Case, event: CareEvent) -> Case:
    match event:
        case CounselorAssigned(counselor_id=hers) | CaseTransferred(to_counselor_id=hers):
            return replace(state, status="open", counselor_id=hers, former_counselor_id=None)
        case CaseTakenBack(counselor_id=former):
            return replace(state, status="waiting", counselor_id=None, former_counselor_id=former)
        case _:
            assert_never(event)


def _with_fact(state: Case, event: FactEvent) -> Case:
    match event:
        case ContactRecorded():
            contact = Contact(event.kind, event.effective_on)
            return replace(state, contacts=(*state.contacts, contact))
        case Reemployed():
            begun = _reemployment(event)
            return replace(state, reemployments=(*state.reemployments, begun))
        case EmploymentEnded():
            *before, last = state.reemployments
            ended = replace(last, ended_on=event.effective_on)
            return replace(state, reemployments=(*before, ended))
        case _:
            assert_never(event)


def _in_course(state: Case, event: YearEvent) -> Case:
    match event:
        case YearPlanned():
            return replace(state, follow_ups_on=event.follow_ups_on)
        case LeavingNoted():
            return replace(state, after="leaving", served_until=event.effective_on - ONE_DAY)
        case FollowUpOverdue():
            return replace(state, overdue=(*state.overdue, event.follow_up_no))
        case CaseClosed():
            return replace(state, status="closed", closed_on=event.recorded_on)
        case _:
            assert_never(event)


def _reemployment(event: Reemployed) -> Reemployment:
    return Reemployment(
        kind=event.kind,
        evidence_grade=event.evidence_grade,
        started_on=event.effective_on,
        is_at_host=event.is_at_host,
    )
