"""A closed selection can be decided again; a planted fault turns it red and names the culprit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain import (
    Application,
    ApplicationStatus,
    Call,
    Cohort,
    VacancyCalled,
    WithdrawApplication,
    decide_calls,
    decide_withdrawal,
    evolve_cohort,
    recheck_selection,
)
from shared.ids import derive
from tests.intake.builders import (
    APPLYING,
    after_selection,
    applied,
    cohort_of,
    policy_with,
    screened,
    submitted,
    vacancy,
    with_facts,
)

YEARS = [9, 1, 5, 3, 7]


def closed_selection(years: list[int] = YEARS) -> tuple[Cohort, list[Application]]:
    """Two places, one reserve, the last applicant rejected for her residence."""
    cohort = cohort_of(policy_with(target=2, reserves_max=1))
    applications = [screened(n, cohort, career_years=y) for n, y in enumerate(years)]
    applications.append(screened(99, cohort, residence_region="busan"))
    return after_selection(cohort, applications)


@given(years=st.lists(st.integers(0, 12), max_size=8))
def test_an_untouched_selection_shows_no_difference(years: list[int]) -> None:
    assert recheck_selection(*closed_selection(years)) == {}


Tamper = Callable[[Application], Application]


@pytest.mark.parametrize(
    ("tamper", "shows"),
    [
        (lambda a: with_facts(a, career_years=10), {"facts", "standing"}),
        (lambda a: with_facts(a, priority_groups=("disabled",)), {"facts", "standing"}),
        (lambda a: with_facts(a, age_on_notice=37), {"facts"}),
        (lambda a: with_facts(a, age_on_notice=20), {"facts", "screening"}),
        (lambda a: replace(a, check=None), {"facts"}),
        (lambda a: replace(a, status="not-selected"), {"outcome"}),
        (lambda a: replace(a, outcome="reserved"), {"outcome"}),
        (lambda a: replace(a, outcome="reserved", status="reserved"), {"outcome"}),
        (lambda a: replace(a, reserve_rank=1), {"outcome"}),
        (lambda a: replace(a, outcome=None, status="accepted"), {"outcome"}),
        (lambda a: replace(a, outcome=None), {"standing", "outcome"}),
        (lambda a: replace(a, standing=None), {"standing"}),
        (lambda a: replace(a, reason_codes=("resides-in",)), {"screening"}),
        (lambda a: replace(a, status="rejected"), {"screening", "outcome"}),
    ],
)
def test_tampering_with_the_best_names_her(tamper: Tamper, shows: set[str]) -> None:
    cohort, applications = closed_selection()
    best, *others = applications

    found = recheck_selection(cohort, [tamper(best), *others])

    assert shows == set(found[best.application_id])


def test_a_fact_that_changes_no_outcome_names_the_one_and_the_total() -> None:
    """Nine years or ten make no other outcome: the best stays the best."""
    cohort, applications = closed_selection()
    best, *others = applications

    found = recheck_selection(cohort, [with_facts(best, career_years=10), *others])

    assert {best.application_id, cohort.cohort_id} == set(found)


def test_smuggling_in_a_rejected_applicant_names_her() -> None:
    cohort, applications = closed_selection()
    *others, rejected = applications

    smuggled = replace(rejected, status="selected", reason_codes=())
    found = recheck_selection(cohort, [*others, smuggled])

    assert "screening" in found[rejected.application_id]


def test_an_application_that_is_gone_shows_in_the_total() -> None:
    cohort, applications = closed_selection()

    found = recheck_selection(cohort, applications[:-1])

    assert {cohort.cohort_id: ("total",)} == found


def test_other_rules_than_those_announced_show_in_the_total() -> None:
    cohort, applications = closed_selection()
    generous = cohort.policy.model_copy(update={"target": 3})

    found = recheck_selection(replace(cohort, policy=generous), applications)

    assert found[cohort.cohort_id] == ("total",)


OPENED = date(2022, 4, 4)
CALLING = OPENED + timedelta(days=1)


def with_reserves() -> tuple[Cohort, list[Application]]:
    """One selected, three reserves, and a vacancy, all in the order of their ranks."""
    cohort = cohort_of(policy_with(target=1, reserves_max=3))
    crowd = [screened(n, cohort, career_years=9 - n) for n in range(4)]
    cohort, crowd = after_selection(cohort, crowd)
    return evolve_cohort(cohort, vacancy(1, OPENED)), crowd


def withdrawn(application: Application, today: date) -> Application:
    command = WithdrawApplication(leaves_on=today)
    return applied(application, decide_withdrawal(application, command, today).application)


@pytest.mark.parametrize(
    "status", ["selected", "unplaced", "declined", "left", "withdrawn", "lapsed"]
)
def test_what_became_of_the_selected_afterwards_is_no_difference(status: ApplicationStatus) -> None:
    cohort, (best, *others) = closed_selection()

    assert recheck_selection(cohort, [replace(best, status=status), *others]) == {}


def test_who_withdrew_before_the_check_or_the_selection_is_no_difference() -> None:
    cohort = cohort_of(policy_with(target=2, reserves_max=1))
    unscreened = withdrawn(submitted(7, cohort), APPLYING)
    accepted = withdrawn(screened(8, cohort, career_years=9), date(2022, 3, 21))
    others = [screened(n, cohort, career_years=n) for n in (1, 2)]

    cohort, everyone = after_selection(cohort, [unscreened, accepted, *others])

    assert [a.status for a in everyone] == ["withdrawn", "withdrawn", "selected", "selected"]
    assert cohort.latest.selection is not None
    assert (cohort.latest.selection.applied, cohort.latest.selection.eligible) == (4, 2)
    assert recheck_selection(cohort, everyone) == {}


def test_a_call_in_rank_order_is_no_difference() -> None:
    cohort, crowd = with_reserves()
    decided = decide_calls(cohort, crowd, CALLING)

    crowd = [applied(a, decided.applications.get(a.application_id, [])) for a in crowd]
    cohort = evolve_cohort(cohort, decided.cohort[0])

    assert [a.status for a in crowd] == ["selected", "selected", "reserved", "reserved"]
    assert recheck_selection(cohort, crowd) == {}


def called_out_of_rank() -> tuple[Cohort, list[Application]]:
    """The second reserve has what was the first one's call."""
    cohort, crowd = with_reserves()
    second = crowd[2]
    planted = VacancyCalled(
        effective_on=CALLING,
        recorded_on=CALLING,
        cohort_id=cohort.cohort_id,
        vacancy_id=derive("vac", 1),
        application_id=second.application_id,
        is_reserve=True,
    )
    call = Call(derive("vac", 1), CALLING)
    crowd[2] = replace(second, status="selected", calls=(call,))
    return evolve_cohort(cohort, planted), crowd


def test_a_reserve_called_out_of_rank_is_named() -> None:
    cohort, crowd = called_out_of_rank()

    assert recheck_selection(cohort, crowd) == {crowd[2].application_id: ("call",)}


def test_a_better_reserve_who_had_withdrawn_by_then_was_not_passed_over() -> None:
    cohort, crowd = called_out_of_rank()
    gone, still_there = withdrawn(crowd[1], OPENED), withdrawn(crowd[1], CALLING + timedelta(1))

    assert recheck_selection(cohort, [crowd[0], gone, *crowd[2:]]) == {}
    assert recheck_selection(cohort, [crowd[0], still_there, *crowd[2:]])


def test_a_selected_status_without_a_call_is_named() -> None:
    cohort, crowd = with_reserves()

    found = recheck_selection(cohort, [crowd[0], replace(crowd[1], status="selected"), *crowd[2:]])

    assert found == {crowd[1].application_id: ("outcome",)}
