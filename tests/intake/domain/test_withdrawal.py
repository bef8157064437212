"""A withdrawal is taken at any time of an application's life, once, and not for a later day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.intake.domain import (
    AlreadyWithdrawn,
    Application,
    ApplicationOver,
    ApplicationStatus,
    BeforeApplication,
    Call,
    WithdrawApplication,
    application_due_on,
    decide_giving_up,
    decide_withdrawal,
)
from shared.errors import InTheFuture
from shared.events.intake import ApplicationWithdrawn
from shared.ids import derive
from tests.intake.builders import (
    APPLYING,
    SELECTING,
    after_selection,
    applied,
    cohort_of,
    declined,
    kinds,
    left,
    policy_with,
    screened,
    submitted,
    unmatched,
)

TODAY = date(2022, 5, 10)


def decided() -> list[Application]:
    """One selected, one reserved, one not selected."""
    cohort = cohort_of(policy_with(target=1, reserves_max=1))
    crowd = [screened(n, cohort, career_years=9 - n) for n in range(3)]
    return after_selection(cohort, crowd)[1]


def withdrawn(application: Application, today: date, leaves_on: date | None = None) -> Application:
    command = WithdrawApplication(leaves_on=leaves_on or today)
    return applied(application, decide_withdrawal(application, command, today).application)


def test_the_city_hears_from_when_she_takes_part_no_longer() -> None:
    her, *_ = decided()
    long_ago = date(2022, 4, 20)

    found = decide_withdrawal(her, WithdrawApplication(leaves_on=long_ago), TODAY)

    assert found.application == [
        ApplicationWithdrawn(effective_on=long_ago, recorded_on=TODAY, **her.names)
    ]
    assert kinds(found.cohort) == ["PlaceGivenUp"]
    after = withdrawn(her, TODAY, long_ago)
    assert (after.status, after.withdrawn_on, after.leaves_on) == ("withdrawn", TODAY, long_ago)


@pytest.mark.parametrize("application", [submitted(), screened(), decided()[1]])
def test_who_had_no_place_gives_none_up(application: Application) -> None:
    found = decide_withdrawal(application, WithdrawApplication(leaves_on=TODAY), TODAY)

    assert kinds(found.application) == ["ApplicationWithdrawn"]
    assert found.cohort == []


def test_who_is_unplaced_gives_her_place_up() -> None:
    her = applied(decided()[0], [unmatched(decided()[0], SELECTING)])

    found = decide_withdrawal(her, WithdrawApplication(leaves_on=TODAY), TODAY)

    assert kinds(found.cohort) == ["PlaceGivenUp"]


def test_an_undecided_one_is_never_screened() -> None:
    assert application_due_on(withdrawn(submitted(), APPLYING)) is None


@pytest.mark.parametrize(("days", "is_taken"), [(-10, True), (0, True), (1, True), (2, False)])
def test_she_leaves_tomorrow_at_the_latest(days: int, *, is_taken: bool) -> None:
    command = WithdrawApplication(leaves_on=TODAY + timedelta(days=days))

    if is_taken:
        assert decide_withdrawal(decided()[0], command, TODAY)
    else:
        with pytest.raises(InTheFuture):
            decide_withdrawal(decided()[0], command, TODAY)


def test_she_may_leave_on_the_day_she_applied_and_not_before() -> None:
    assert withdrawn(submitted(), TODAY, APPLYING).leaves_on == APPLYING
    with pytest.raises(BeforeApplication):
        withdrawn(submitted(), TODAY, APPLYING - timedelta(days=1))


def test_a_second_withdrawal_is_rejected() -> None:
    with pytest.raises(AlreadyWithdrawn):
        withdrawn(withdrawn(submitted(), TODAY), TODAY)


@pytest.mark.parametrize("status", ["rejected", "not-selected", "declined", "left", "lapsed"])
def test_from_what_is_over_nobody_withdraws(status: ApplicationStatus) -> None:
    with pytest.raises(ApplicationOver, match=status):
        withdrawn(replace(submitted(), status=status), TODAY)


def test_on_the_day_of_her_call_the_vacancy_is_open_again_and_later_it_is_not() -> None:
    called = replace(decided()[1], status="selected", calls=(Call(derive("vac", 1), TODAY),))
    tomorrow = TODAY + timedelta(days=1)

    at_once = decide_withdrawal(called, WithdrawApplication(leaves_on=TODAY), TODAY)
    later = decide_withdrawal(called, WithdrawApplication(leaves_on=tomorrow), tomorrow)

    assert kinds(at_once.cohort) == ["PlaceGivenUp", "VacancyReopened"]
    assert kinds(later.cohort) == ["PlaceGivenUp"]


def test_what_placement_tells_of_who_withdrew_changes_nothing_but_its_trace() -> None:
    her = decided()[0]
    gone = withdrawn(her, TODAY)

    for news in (declined(her, TODAY, "intern"), left(her, TODAY), unmatched(her, TODAY)):
        assert applied(gone, [news]).status == "withdrawn"


@pytest.mark.parametrize("by", ["intern", "host", "city"])
def test_a_place_is_given_up_by_who_declines_herself_and_once(by: str) -> None:
    her = decided()[0]
    news = declined(her, TODAY, by)  # type: ignore[arg-type]

    first = decide_giving_up(her, news)
    again = decide_giving_up(applied(her, [news]), left(her, TODAY))
    after_withdrawal = decide_giving_up(withdrawn(her, TODAY), news)

    assert kinds(first) == (["PlaceGivenUp"] if by == "intern" else [])
    assert kinds(again) == ([] if by == "intern" else ["PlaceGivenUp"])
    assert after_withdrawal == []
