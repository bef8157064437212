"""Calls for vacancies: in rank order, never twice, never after the last start."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain import (
    Application,
    Cohort,
    WithdrawApplication,
    cohort_due_on,
    decide_calls,
    decide_cancellation,
    decide_giving_up,
    decide_withdrawal,
    due_vacancies,
    evolve_cohort,
    recheck_selection,
)
from shared.events import Event
from shared.events.intake import ApplicantSelected
from shared.ids import derive
from tests.intake.builders import (
    after_selection,
    applied,
    cohort_of,
    declined,
    kinds,
    policy_with,
    screened,
    unmatched,
    vacancy,
)

POLICY = policy_with(target=2, reserves_max=4)
LATEST_START = POLICY.latest_start_on  # Friday, 15 April
MONDAY = date(2022, 4, 4)
TUESDAY = MONDAY + timedelta(days=1)


@dataclass
class World:
    """A cohort and its applications, best first, while days pass over them."""

    cohort: Cohort
    applications: list[Application]
    told: list[Event] = field(default_factory=list)

    def note(self, *events: Event) -> None:
        for event in events:
            self.cohort = evolve_cohort(self.cohort, event)  # type: ignore[arg-type]

    def grow(self, number: int, *events: Event) -> None:
        self.applications[number] = applied(self.applications[number], events)

    def sweep(self, today: date) -> list[Event]:
        """What the city hears on that day."""
        decided = decide_calls(self.cohort, self.applications, today)
        self.note(*decided.cohort)
        told: list[Event] = []
        for number, application in enumerate(self.applications):
            events = decided.applications.get(application.application_id, [])
            self.grow(number, *events)
            told += events
        self.told += told
        return told

    def called(self) -> list[int]:
        """Who was called, in the order of the vacancies' ids in each day."""
        ids = [a.application_id for a in self.applications]
        calls = [e for e in self.told if isinstance(e, ApplicantSelected)]
        calls.sort(key=lambda e: (e.recorded_on, e.vacancy_id))
        return [ids.index(e.application_id) for e in calls]

    def withdraw(self, number: int, today: date) -> None:
        command = WithdrawApplication(leaves_on=today)
        withdrawal = decide_withdrawal(self.applications[number], command, today)
        self.grow(number, *withdrawal.application)
        self.note(*withdrawal.cohort)

    def statuses(self) -> list[str]:
        return [a.status for a in self.applications]


def world(applicants: int = 7, **changes: object) -> World:
    """Two selected, four reserves, one not selected, in the order of their ranks."""
    policy = policy_with(**{"target": 2, "reserves_max": 4, **changes})
    cohort = cohort_of(policy)
    wish = {"preferred_position_ids": (derive("pos", 1),)}
    crowd = [screened(n, cohort, career_years=10 - n, **wish) for n in range(applicants)]
    return World(*after_selection(cohort, crowd))


def test_a_vacancy_is_due_the_day_after_it_was_recorded() -> None:
    found = world()
    found.note(vacancy(1, MONDAY))

    assert cohort_due_on(found.cohort) == TUESDAY
    assert due_vacancies(found.cohort, MONDAY) == []
    assert found.sweep(MONDAY) == []


def test_the_first_reserve_is_called_and_told_for_which_vacancy() -> None:
    found = world()
    found.note(vacancy(1, MONDAY))
    reserve = found.applications[2]

    told = found.sweep(TUESDAY)

    assert told == [
        ApplicantSelected(
            effective_on=TUESDAY,
            recorded_on=TUESDAY,
            **reserve.names,
            round=1,
            field="marketing",
            preferred_position_ids=(derive("pos", 1),),
            vacancy_id=derive("vac", 1),
        )
    ]
    assert found.statuses()[2:4] == ["selected", "reserved"]
    assert found.cohort.vacancies[0].application_id == reserve.application_id
    assert cohort_due_on(found.cohort) is None


def test_vacancies_are_called_for_in_the_order_in_which_they_were_recorded() -> None:
    """And by id within a day; here the smallest id is the last to be recorded."""
    found = world()
    numbers = sorted((1, 2, 3), key=lambda n: derive("vac", n))
    later, *_, earlier = numbers
    found.note(vacancy(later, TUESDAY), vacancy(numbers[1], MONDAY), vacancy(earlier, MONDAY))

    found.sweep(TUESDAY + timedelta(days=1))

    by_id = {v.vacancy_id: v.application_id for v in found.cohort.vacancies}
    ids = [a.application_id for a in found.applications]
    assert [by_id[derive("vac", n)] for n in (numbers[1], earlier, later)] == ids[2:5]


def test_who_is_unplaced_goes_before_every_reserve_by_her_rank() -> None:
    found = world()
    found.grow(1, unmatched(found.applications[1], MONDAY))
    found.grow(0, declined(found.applications[0], MONDAY, "city"))
    found.note(*(vacancy(n, MONDAY) for n in (1, 2, 3)))

    found.sweep(TUESDAY)

    ids = [a.application_id for a in found.applications]
    opened = sorted(found.cohort.vacancies, key=lambda v: v.vacancy_id)
    assert [v.application_id for v in opened] == ids[:3]


def test_who_is_unplaced_since_today_counts_from_tomorrow() -> None:
    """After downtime the news may be there already on the day before it counts."""
    found = world()
    found.grow(0, unmatched(found.applications[0], TUESDAY))
    found.note(vacancy(1, MONDAY))

    found.sweep(TUESDAY)

    assert found.called() == [2]


def test_who_declined_herself_is_not_called() -> None:
    found = world()
    found.grow(0, declined(found.applications[0], MONDAY, "intern"))
    found.note(vacancy(1, MONDAY))

    found.sweep(TUESDAY)

    assert found.called() == [2]
    assert found.statuses()[0] == "declined"


def test_who_was_declined_by_a_host_is_not_called_for_that_host_but_for_others() -> None:
    found = world()
    found.grow(0, declined(found.applications[0], MONDAY, "host", position=1))
    found.note(vacancy(1, MONDAY, position=1), vacancy(2, MONDAY, position=2))

    found.sweep(TUESDAY)

    by_id = {v.vacancy_id: v.application_id for v in found.cohort.vacancies}
    assert by_id[derive("vac", 1)] == found.applications[2].application_id
    assert by_id[derive("vac", 2)] == found.applications[0].application_id


def test_who_withdrew_is_not_called() -> None:
    found = world()
    found.withdraw(2, MONDAY)
    found.note(vacancy(1, MONDAY))

    found.sweep(TUESDAY)

    assert found.called() == [3]


def test_only_who_listed_the_position_is_called_where_the_policy_says_so() -> None:
    found = world(accepts_unlisted_positions=False)
    found.applications[2] = replace(found.applications[2], preferred_position_ids=())
    found.note(vacancy(1, MONDAY, position=1), vacancy(2, MONDAY, position=9))

    found.sweep(TUESDAY)

    assert found.called() == [3]
    assert [v.lapse_reason for v in found.cohort.vacancies if v.status == "lapsed"] == [
        "nobody-left"
    ]


def test_a_vacancy_lapses_when_nobody_is_left() -> None:
    found = world(applicants=2)
    found.note(vacancy(1, MONDAY))

    assert found.sweep(TUESDAY) == []
    assert found.cohort.vacancies[0].lapse_reason == "nobody-left"
    assert cohort_due_on(found.cohort) is None


def test_she_is_called_while_she_can_begin_by_the_last_day_and_not_a_day_longer() -> None:
    """Called on Wednesday she begins on Friday, the 15th; on Thursday only on Monday."""
    wednesday, thursday = LATEST_START - timedelta(days=2), LATEST_START - timedelta(days=1)
    in_time, too_late = world(), world()
    in_time.note(vacancy(1, wednesday - timedelta(days=1)))
    too_late.note(vacancy(1, thursday - timedelta(days=1)))

    assert kinds(in_time.sweep(wednesday)) == ["ApplicantSelected"]
    assert too_late.sweep(thursday) == []
    assert too_late.cohort.vacancies[0].lapse_reason == "too-late-to-start"


def test_nobody_is_called_for_a_cancelled_cohort() -> None:
    found = world()
    found.note(vacancy(1, MONDAY), *decide_cancellation(found.cohort, MONDAY))

    assert found.sweep(TUESDAY) == []
    assert found.cohort.vacancies[0].lapse_reason == "cohort-cancelled"


def test_a_reserve_who_withdraws_on_the_day_of_her_call_makes_way_for_the_next() -> None:
    found = world()
    found.note(vacancy(1, MONDAY))
    found.sweep(TUESDAY)
    found.withdraw(2, TUESDAY)

    found.sweep(TUESDAY + timedelta(days=1))

    assert found.called() == [2, 3]
    assert recheck_selection(found.cohort, found.applications) == {}


def test_a_reserve_who_could_not_be_placed_is_first_for_the_next_vacancy() -> None:
    found = world()
    found.note(vacancy(1, MONDAY))
    found.sweep(TUESDAY)
    news = unmatched(found.applications[2], TUESDAY, derive("vac", 1))
    found.grow(2, news)
    found.note(news, vacancy(2, TUESDAY))

    found.sweep(TUESDAY + timedelta(days=1))

    assert found.called() == [2, 2]
    assert found.cohort.reserves_called == 1, "she takes one place of the target, not two"
    assert sorted(v.status for v in found.cohort.vacancies) == ["called", "untaken"]


Deed = Literal["vacancy", "withdraw", "decline", "unmatched"]
DEEDS = st.lists(
    st.tuples(
        st.integers(0, 20),
        st.sampled_from(["vacancy", "vacancy", "withdraw", "decline", "unmatched"]),
        st.integers(0, 9),
    ),
    max_size=25,
)


def do(found: World, deed: Deed, number: int, today: date, opened: int) -> None:
    application = found.applications[number]
    match deed:
        case "vacancy":
            found.note(vacancy(opened, today, position=number))
        case "withdraw" if application.is_live:
            found.withdraw(number, today)
        case "decline" if application.status == "selected":
            news = declined(application, today, "intern" if number % 2 else "city")
            found.note(*decide_giving_up(application, news))
            found.grow(number, news)
        case "unmatched" if application.status == "selected":
            found.grow(number, unmatched(application, today))


def assert_in_order(before: Sequence[Application], after: Sequence[Application], day: date) -> None:
    """Whoever was passed over on this day is worse than whoever was called."""
    new = [a for a, b in zip(after, before, strict=True) if len(a.calls) > len(b.calls)]
    were = {b.application_id: b for b in before}
    passed = [a for a, b in zip(after, before, strict=True) if a == b]
    unplaced = [a for a in passed if a.status == "unplaced" and a.unplaced_on < day]  # type: ignore[operator]
    reserved = [a for a in passed if a.status == "reserved"]
    for called in new:
        was = were[called.application_id]
        assert was.status in ("unplaced", "reserved")
        better = unplaced if was.status == "reserved" else [a for a in unplaced if _is(a, was)]
        assert better == []
        if was.status == "reserved":
            assert [r for r in reserved if (r.reserve_rank or 0) < (was.reserve_rank or 0)] == []


def _is(application: Application, than: Application) -> bool:
    assert application.standing
    assert than.standing
    return application.standing.rank < than.standing.rank


@given(reserves=st.integers(0, 8), deeds=DEEDS)
def test_calls_are_in_rank_order_never_twice_and_never_after_the_last_start(
    reserves: int, deeds: list[tuple[int, Deed, int]]
) -> None:
    found = world(applicants=10, reserves_max=reserves)
    first = POLICY.matching_on + timedelta(days=1)
    opened = 0
    for today in (first + timedelta(days=n) for n in range(22)):
        before = list(found.applications)
        told = found.sweep(today)
        assert_in_order(before, found.applications, today)
        if told:
            begins = POLICY.business_day_from(today + timedelta(days=2))
            assert begins <= LATEST_START
        for _, deed, number in [d for d in deeds if first + timedelta(days=d[0]) == today]:
            opened += 1
            do(found, deed, number, today, opened)

    calls = [e for e in found.told if isinstance(e, ApplicantSelected)]
    reopened = sum(a.status == "withdrawn" for a in found.applications)
    assert len(calls) - len({e.vacancy_id for e in calls}) <= reopened
    assert len({(e.vacancy_id, e.application_id) for e in calls}) == len(calls)
    assert set(found.statuses()[2 + reserves :]) <= {"not-selected"}
    assert due_vacancies(found.cohort, today) == [], "none is forgotten"
    assert recheck_selection(found.cohort, found.applications) == {}
    has_place = sum(a.has_place for a in found.applications)
    tomorrow = today + timedelta(days=1)
    assert found.cohort.places_left(before=tomorrow) == max(0, 2 - has_place)
