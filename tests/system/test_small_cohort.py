"""A small cohort's whole life, through HTTP and topics only, with a process for each service."""

import pytest

from tests.small_cohort import Played

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


def test_every_check_of_the_demo_is_met(small_cohort: Played) -> None:
    """Services, statistics office and bank agree; states are folds; nothing is parked."""
    assert [check for check in small_cohort.outcome.checks if not check.is_met] == []


def test_the_rules_find_the_funnel_that_follows_from_the_people(small_cohort: Played) -> None:
    """12 apply, 4 of them lack something; 6 openings at 4 companies; two months each."""
    (cohort,) = small_cohort.outcome.cohorts
    found = {figure.name: figure.services for figure in cohort.figures}

    assert found == {
        "applied": 12,
        "lack a condition": 4,
        "eligible": 8,
        "selected": 8,
        "matched": 6,
        "host companies": 4,
        "started": 6,
        "completed": 6,
        "wages paid": 12,
        "counseling cases": 6,
    }


def test_the_audit_worked_on_every_wage(small_cohort: Played) -> None:
    """A difference of ₩0 over nothing would prove nothing."""
    audit = small_cohort.outcome.audit

    assert len(audit.lines) == 12
    assert audit.total().entitled_krw == audit.total().paid_krw > 10_000_000
    assert audit.difference_krw == 0


def test_another_size_is_not_compared_with_the_article(small_cohort: Played) -> None:
    (cohort,) = small_cohort.outcome.cohorts

    assert all(figure.expected is None for figure in cohort.figures)
    assert all(look.said is None for look in cohort.looks)


def test_who_works_again_is_counted_by_two_who_do_not_ask_each_other(small_cohort: Played) -> None:
    (cohort,) = small_cohort.outcome.cohorts
    (look,) = cohort.looks

    assert look.completed == 6
    assert look.office_ever == look.ever >= look.still > 0
