"""A service small enough to test the engine with: it counts what it hears of each person."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from shared.bus import Handles, Sweeps
from shared.errors import Rejected
from shared.events import Event
from shared.events.intake import ApplicationAccepted, ApplicationSubmitted, CohortOpened
from shared.events.payroll import PayrollRecordClosed
from shared.mongo import Aggregate, Index, Work

DAY = date(2022, 3, 3)


class Counted(Event):
    person_id: str
    amount: int


class Rested(Event):
    person_id: str


@dataclass(frozen=True)
class Tally:
    person_id: str
    cohort_id: str = ""
    total: int = 0
    heard: tuple[str, ...] = ()
    wakes_on: date | None = None
    label: str = ""


def evolve(state: Tally | None, event: Event) -> Tally:
    match event:
        case Counted():
            state = state or Tally(event.person_id, label=event.person_id)
            return replace(state, total=state.total + event.amount)
        case PayrollRecordClosed():
            assert state is not None
            return replace(state, wakes_on=event.recorded_on + timedelta(days=2))
        case Rested():
            assert state is not None
            return replace(state, wakes_on=None, label=f"{state.label}+rested")
    raise AssertionError(event)


def evolve_cohort(_: "Cohort | None", event: Event) -> "Cohort":
    assert isinstance(event, CohortOpened)
    return Cohort(event.cohort_id)


@dataclass(frozen=True)
class Cohort:
    cohort_id: str


undated: set[str] = set()
"""Persons whose due day cannot be told, as if `due_on` had a bug."""


def due_on(tally: Tally) -> date | None:
    if tally.person_id in undated:
        raise ZeroDivisionError
    return tally.wakes_on


TALLIES: Aggregate[Tally] = Aggregate(
    "tallies", Tally, evolve, due_on=due_on, indexes=(Index(("label",), unique=True),)
)
COHORTS: Aggregate[Cohort] = Aggregate("cohorts", Cohort, evolve_cohort)
KINDS = (TALLIES, COHORTS)

faulty: set[str] = set()
"""Persons whose events fail for good, as if the code had a bug: a test mends it by clearing."""


class TooMany(Rejected):
    code = "too-many"


def counted(person: str, amount: int, today: date) -> Counted:
    return Counted(person_id=person, amount=amount, effective_on=today, recorded_on=today)


def closed(person: str, total: int, today: date) -> PayrollRecordClosed:
    return PayrollRecordClosed(
        record_id="rec_1",
        person_id=person,
        cohort_id="coh_1",
        months=1,
        paid_krw=total,
        effective_on=today,
        recorded_on=today,
    )


async def open_cohort(event: CohortOpened, work: Work) -> None:
    await work.load(COHORTS, event.cohort_id)
    work.save(COHORTS, event.cohort_id, [event])


async def count(event: ApplicationSubmitted, work: Work) -> None:
    await work.load(TALLIES, event.person_id)
    work.save(TALLIES, event.person_id, [counted(event.person_id, 1, work.today)])
    if event.person_id in faulty:
        raise ZeroDivisionError


async def finish(event: ApplicationAccepted, work: Work) -> None:
    await work.await_from("intake", COHORTS, event.cohort_id)
    tally = await work.require(TALLIES, event.person_id)
    work.save(TALLIES, event.person_id, [closed(event.person_id, tally.total, work.today)])


async def rest(tally: Tally, work: Work) -> None:
    if tally.person_id in faulty:
        raise ZeroDivisionError
    event = Rested(person_id=tally.person_id, effective_on=work.today, recorded_on=work.today)
    work.save(TALLIES, tally.person_id, [event])


async def add(person: str, amount: int, work: Work) -> dict[str, int]:
    tally = await work.load(TALLIES, person)
    if amount > 100:
        raise TooMany("add at most 100 to a tally at once")
    state = work.save(TALLIES, person, [counted(person, amount, work.today)])
    assert state is not None
    if tally:
        work.save(TALLIES, person, [closed(person, state.total, work.today)])
    return {"total": state.total}


HANDLERS = (
    Handles(CohortOpened, open_cohort, {COHORTS: lambda e: e.cohort_id}),
    Handles(ApplicationSubmitted, count, {TALLIES: lambda e: e.person_id}),
    Handles(
        ApplicationAccepted,
        finish,
        {TALLIES: lambda e: e.person_id, COHORTS: lambda e: e.cohort_id},
    ),
)
SWEEPS = (Sweeps(TALLIES, rest),)


def submitted(person: str) -> ApplicationSubmitted:
    return ApplicationSubmitted(
        application_id="app_1",
        person_id=person,
        cohort_id="coh_1",
        field="it",
        age_band="30-39",
        effective_on=DAY,
        recorded_on=DAY,
    )


def accepted(person: str, cohort: str = "coh_1") -> ApplicationAccepted:
    return ApplicationAccepted(
        application_id="app_1",
        person_id=person,
        cohort_id=cohort,
        effective_on=DAY,
        recorded_on=DAY,
    )
