"""A service small enough to run in milliseconds: it moves won from a cohort's purse to persons.

Each event about a person carries a number, so that what she `heard` shows at once whether one was
lost, doubled or overtaken. Each pays out of one purse that all share, and is told to the city.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from shared.bus import Handles, Sweeps
from shared.errors import Rejected
from shared.events import Event
from shared.events.intake import ApplicantReserved, SelectionClosed
from shared.events.payroll import WagePaid
from shared.mongo import Aggregate, Document, Work

SERVICE = "payroll"
COHORT = "coh_1"
FIRST_DAY = date(2022, 3, 3)
PURSE_KRW = 1_000_000
REST_KRW = 7
WAKES_AT = 1
REJECTED = ("per_a", 3)


class Spent(Event):
    amount_krw: int


class Counted(Event):
    person_id: str
    number: int
    amount_krw: int


class Rested(Event):
    amount_krw: int


@dataclass(frozen=True)
class Purse:
    left_krw: int


@dataclass(frozen=True)
class Tally:
    person_id: str
    heard: tuple[int, ...] = ()
    won_krw: int = 0
    told_krw: int = 0
    wakes_on: date | None = None
    rests: int = 0


@dataclass(slots=True)
class Flaws:
    """What fails until it is mended: handlers and sweeps that raise, documents too large to keep.

    An event is (person, number).
    """

    raising: set[tuple[str, int]] = field(default_factory=set)
    oversized: set[tuple[str, int]] = field(default_factory=set)
    restless: set[str] = field(default_factory=set)
    unrestable: set[str] = field(default_factory=set)

    def mend(self) -> None:
        for flaw in (self.raising, self.oversized, self.restless, self.unrestable):
            flaw.clear()

    def refuse(self, collection: str, document: Document) -> bool:
        """Whether the store will never take it."""
        if collection != TALLIES.name or not (self.oversized or self.unrestable):
            return False
        state = document["state"]
        person = state["person_id"]
        is_rested = person in self.unrestable and state["rests"] > 0
        return is_rested or any((person, number) in self.oversized for number in state["heard"])


flaws = Flaws()


def evolve(state: Tally | None, event: Event) -> Tally:
    match event:
        case Counted():
            state = state or Tally(event.person_id)
            wakes = event.recorded_on + timedelta(days=1)
            return replace(
                state,
                heard=(*state.heard, event.number),
                won_krw=state.won_krw + event.amount_krw,
                wakes_on=wakes if event.number == WAKES_AT else state.wakes_on,
            )
        case WagePaid():
            assert state is not None
            return replace(state, told_krw=state.told_krw + event.amount_krw)
        case Rested():
            assert state is not None
            won = state.won_krw + event.amount_krw
            return replace(state, won_krw=won, wakes_on=None, rests=state.rests + 1)
    raise AssertionError(event)


def evolve_purse(state: Purse | None, event: Event) -> Purse:
    if isinstance(event, SelectionClosed):
        return Purse(PURSE_KRW)
    assert isinstance(event, Spent)
    assert state is not None
    return Purse(state.left_krw - event.amount_krw)


TALLIES: Aggregate[Tally] = Aggregate("tallies", Tally, evolve, due_on=lambda t: t.wakes_on)
PURSES: Aggregate[Purse] = Aggregate("purses", Purse, evolve_purse)
KINDS = (TALLIES, PURSES)


def amount_of(number: int) -> int:
    return 1000 * number


async def fill(event: SelectionClosed, work: Work) -> None:
    await work.load(PURSES, event.cohort_id)
    work.save(PURSES, event.cohort_id, [event])


async def count(event: ApplicantReserved, work: Work) -> None:
    """Saves before it fails, so that what a failed one leaves behind would be seen."""
    number, person = event.reserve_rank, event.person_id
    await work.await_from("intake", PURSES, COHORT)
    await work.load(TALLIES, person)
    if (person, number) == REJECTED:
        raise Rejected("this one is one too many")
    today = work.today
    amount = amount_of(number)
    _spend(work, amount, today)
    counted = Counted(
        person_id=person,
        number=number,
        amount_krw=amount,
        effective_on=event.effective_on,
        recorded_on=event.recorded_on,
    )
    work.save(TALLIES, person, [counted, _paid(person, number, amount, today)])
    if (person, number) in flaws.raising:
        raise ZeroDivisionError


async def rest(tally: Tally, work: Work) -> None:
    await work.load(PURSES, COHORT)
    today = work.today
    _spend(work, REST_KRW, today)
    rested = Rested(amount_krw=REST_KRW, effective_on=today, recorded_on=today)
    work.save(TALLIES, tally.person_id, [rested, _paid(tally.person_id, 0, REST_KRW, today)])
    if tally.person_id in flaws.restless:
        raise ZeroDivisionError


HANDLERS = (
    Handles(SelectionClosed, fill, {PURSES: lambda e: e.cohort_id}),
    Handles(ApplicantReserved, count, {TALLIES: lambda e: e.person_id}),
)
SWEEPS = (Sweeps(TALLIES, rest, at_once=3),)


def _spend(work: Work, amount: int, today: date) -> None:
    spent = Spent(amount_krw=amount, effective_on=today, recorded_on=today)
    work.save(PURSES, COHORT, [spent])


def _paid(person: str, number: int, amount: int, today: date) -> WagePaid:
    return WagePaid(
        order_id=f"ord_{number}",
        payslip_id=f"slp_{number}",
        person_id=person,
        cohort_id=COHORT,
        month="2022-03",
        amount_krw=amount,
        effective_on=today,
        recorded_on=today,
    )
