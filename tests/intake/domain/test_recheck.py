"""A closed selection can be decided again; a planted fault turns it red and names the culprit."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain import Application, Cohort, recheck_selection
from tests.intake.builders import after_selection, cohort_of, policy_with, screened, with_facts

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
        (lambda a: replace(a, standing=None), {"standing"}),
        (lambda a: replace(a, reason_codes=("resides-in",)), {"screening"}),
        (lambda a: replace(a, status="rejected"), {"screening", "standing"}),
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
