"""An extra round: its own days, its own ranking, the places that are left."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.intake.domain import (
    AnnounceExtraRound,
    Application,
    Cohort,
    CohortIsCancelled,
    NoPlacesLeft,
    PlaceGivenUp,
    PolicyInconsistent,
    SelectionNotClosed,
    WithdrawApplication,
    cohort_due_on,
    decide_cancellation,
    decide_extra_round,
    decide_screening,
    decide_selection,
    decide_submission,
    decide_withdrawal,
    evolve_cohort,
    recheck_selection,
)
from shared.events.intake import CohortPolicyRevised, SelectionClosed
from tests.intake.builders import (
    BORN,
    COHORT_ID,
    after_pass,
    after_selection,
    applied,
    cohort_of,
    declaration_of,
    policy_with,
    screened,
)

TODAY = date(2022, 3, 31)
APPLYING = date(2022, 4, 2)
SCREENING = date(2022, 4, 5)
SELECTING = date(2022, 4, 6)
DAYS = {
    "application_from": "2022-04-01",
    "application_until": "2022-04-04",
    "screening_on": "2022-04-05",
    "selection_on": "2022-04-06",
    "matching_on": "2022-04-11",
}


def command(**changes: Any) -> AnnounceExtraRound:
    return AnnounceExtraRound.model_validate({**DAYS, **changes})


def first_round(target: int = 3, applicants: int = 2) -> tuple[Cohort, list[Application]]:
    """By default one of three places is left, and there are two reserves at most."""
    cohort = cohort_of(policy_with(target=target, reserves_max=2))
    crowd = [screened(n, cohort, career_years=9 - n) for n in range(applicants)]
    return after_selection(cohort, crowd)


def reopened(cohort: Cohort) -> Cohort:
    (revised,) = decide_extra_round(cohort, command(), TODAY)
    return evolve_cohort(cohort, revised)


def second_screened(number: int, cohort: Cohort, **changes: Any) -> Application:
    declared = declaration_of(number, **changes)
    filed = decide_submission(cohort, None, declared, birth_date=BORN, today=APPLYING)
    application = applied(None, filed)
    return applied(application, decide_screening(application, cohort.policy, SCREENING))


def test_it_is_announced_with_the_whole_policy_and_its_own_days() -> None:
    cohort, _ = first_round()

    (revised,) = decide_extra_round(cohort, command(), TODAY)

    assert revised == CohortPolicyRevised(
        effective_on=TODAY,
        recorded_on=TODAY,
        cohort_id=COHORT_ID,
        round=2,
        policy=cohort.policy.model_copy(update=command().model_dump()),
    )
    after = evolve_cohort(cohort, revised)
    assert (after.status, after.latest.number) == ("open", 2)
    assert cohort_due_on(after) == SELECTING


def test_it_takes_applications_on_its_days_and_files_them_in_its_round() -> None:
    cohort = reopened(first_round()[0])

    application = second_screened(7, cohort)

    assert (application.round, application.screening_on) == (2, SCREENING)


def test_while_the_former_round_is_open_there_is_none() -> None:
    with pytest.raises(SelectionNotClosed):
        decide_extra_round(cohort_of(), command(), TODAY)
    with pytest.raises(SelectionNotClosed):
        decide_extra_round(reopened(first_round()[0]), command(), TODAY)


def test_a_cancelled_cohort_has_none() -> None:
    cohort, _ = first_round()
    (cancelled,) = decide_cancellation(cohort, TODAY)

    with pytest.raises(CohortIsCancelled):
        decide_extra_round(evolve_cohort(cohort, cancelled), command(), TODAY)


def test_a_full_cohort_has_none_until_a_place_is_given_up() -> None:
    cohort, (her, _) = first_round(target=2)
    withdrawal = decide_withdrawal(her, WithdrawApplication(leaves_on=TODAY), TODAY)

    with pytest.raises(NoPlacesLeft):
        decide_extra_round(cohort, command(), TODAY)
    assert decide_extra_round(evolve_cohort(cohort, withdrawal.cohort[0]), command(), TODAY)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"application_until": "2022-03-30"}, "application_until is today or later"),
        ({"application_from": "2022-04-05"}, "application_from <= application_until"),
        ({"screening_on": "2022-04-04"}, "application_until < screening_on"),
        ({"selection_on": "2022-04-04"}, "screening_on <= selection_on"),
        ({"matching_on": "2022-04-06"}, "selection_on < matching_on"),
        ({"application_from": "2022-03-02"}, "notice_date <= application_from"),
        ({"matching_on": "2022-04-15"}, "the business day after matching_on <= latest_start_on"),
    ],
)
def test_days_that_contradict_each_other_are_rejected(changes: dict[str, str], says: str) -> None:
    with pytest.raises(PolicyInconsistent, match=says):
        decide_extra_round(first_round()[0], command(**changes), TODAY)


def test_the_last_matching_day_is_the_one_before_the_last_start() -> None:
    assert decide_extra_round(first_round()[0], command(matching_on="2022-04-14"), TODAY)


def test_it_ranks_its_own_for_the_places_left_and_queues_reserves_behind_the_first() -> None:
    cohort, earlier = first_round(target=2, applicants=5)
    given_up = PlaceGivenUp(
        effective_on=TODAY,
        recorded_on=TODAY,
        cohort_id=COHORT_ID,
        application_id=earlier[0].application_id,
    )
    cohort = reopened(evolve_cohort(cohort, given_up))
    crowd = [second_screened(10 + n, cohort, career_years=9 - n) for n in range(4)]

    decided = decide_selection(cohort, [*earlier, *crowd], SELECTING)
    cohort, everyone = after_pass(cohort, [*earlier, *crowd], decided)

    assert [a.status for a in everyone[:5]] == [a.status for a in earlier], "as they stood"
    assert [a.status for a in everyone[5:]] == ["selected", "reserved", "reserved", "not-selected"]
    assert [a.reserve_rank for a in everyone] == [None, None, 1, 2, None, None, 3, 4, None]
    closed = decided.cohort[-1]
    assert isinstance(closed, SelectionClosed)
    assert (closed.round, closed.applied, closed.selected, closed.reserved) == (2, 4, 1, 2)
    assert recheck_selection(cohort, everyone) == {}


def test_places_given_up_by_the_day_before_count_and_those_of_the_day_do_not() -> None:
    """After downtime the news of the selection day may be there already."""
    cohort, earlier = first_round(target=3, applicants=2)
    cohort = reopened(cohort)
    crowd = [second_screened(10 + n, cohort) for n in range(4)]
    for day in (SELECTING - timedelta(days=1), SELECTING):
        given_up = PlaceGivenUp(
            effective_on=day,
            recorded_on=day,
            cohort_id=COHORT_ID,
            application_id=earlier[0].application_id,
        )
        cohort = evolve_cohort(cohort, given_up)

    cohort, everyone = after_pass(
        cohort, [*earlier, *crowd], decide_selection(cohort, [*earlier, *crowd], SELECTING)
    )

    assert cohort.latest.places == 2
    assert sum(a.status == "selected" for a in everyone if a.round == 2) == 2


def test_the_places_are_counted_by_the_first_pass_and_hold_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.intake.domain.selection.MEMBERS_PER_PASS_MAX", 1)
    cohort, earlier = first_round()
    cohort = reopened(cohort)
    crowd = [*earlier, *(second_screened(10 + n, cohort) for n in range(3))]

    while not cohort.latest.selection:
        cohort, crowd = after_pass(cohort, crowd, decide_selection(cohort, crowd, SELECTING))

    assert cohort.latest.places == 1
    assert sorted(a.status for a in crowd if a.round == 2) == ["reserved", "reserved", "selected"]
    assert recheck_selection(cohort, crowd) == {}
