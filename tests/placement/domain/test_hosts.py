import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.placement.domain.approvals import decide_approval
from services.placement.domain.hosts import (
    HostCapExceeded,
    HostNotApproved,
    decide_openings,
    decide_registration,
    evolve_host,
)
from shared.errors import Invalid
from tests.placement.builders import COHORT_ID, POLICY, TODAY, facts, host


def test_both_spellings_of_a_registration_number_name_the_same_company() -> None:
    written = facts(business_registration_no="123-45-67890")

    assert written == facts(business_registration_no="1234567890")


@pytest.mark.parametrize("number", ["12345", "123-4567890", "12345678901", "abc-de-fghij"])
def test_what_is_no_registration_number_is_refused(number: str) -> None:
    with pytest.raises(ValidationError):
        facts(business_registration_no=number)


def test_registering_again_with_the_same_facts_is_no_event() -> None:
    assert decide_registration(host(), facts(), TODAY) == []


def test_registering_again_with_newer_facts_keeps_approvals() -> None:
    known = host()

    for event in decide_registration(known, facts(regular_employee_count=21), TODAY):
        known = evolve_host(known, event)

    assert known.facts.regular_employee_count == 21
    assert known.approval(COHORT_ID)


@given(st.lists(st.integers(1, 4), max_size=8))
def test_the_cap_holds_whatever_is_offered(offers: list[int]) -> None:
    known = host()
    for number, openings in enumerate(offers):
        try:
            events = decide_openings(known, COHORT_ID, f"pos_{number}", openings, TODAY)
        except HostCapExceeded:
            assert known.openings(COHORT_ID) + openings > POLICY.interns_per_host_max
            continue
        for event in events:
            known = evolve_host(known, event)

    assert known.openings(COHORT_ID) <= POLICY.interns_per_host_max


def test_openings_need_an_approval() -> None:
    with pytest.raises(HostNotApproved):
        decide_openings(host(is_approved=False), COHORT_ID, "pos_1", 1, TODAY)


def test_nothing_comes_before_the_registration() -> None:
    (approved,) = decide_approval(host(is_approved=False), COHORT_ID, POLICY, TODAY)

    with pytest.raises(Invalid):
        evolve_host(None, approved)
