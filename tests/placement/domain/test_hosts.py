from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.placement.domain.hosts import (
    AgreementExists,
    HostAlreadyApproved,
    HostCapExceeded,
    HostNotApproved,
    HostNotEligible,
    SignAgreement,
    SignedInFuture,
    decide_agreement,
    decide_approval,
    decide_openings,
    decide_registration,
    evolve_host,
    shortcomings,
)
from shared.errors import Invalid
from shared.events.placement import AgreementSigned, HostCompanyApproved
from tests.placement.builders import COHORT_ID, POLICY, TODAY, day, facts, host


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


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, ()),
        ({"regular_employee_count": 5}, ()),
        ({"regular_employee_count": 999}, ()),
        ({"regular_employee_count": 4}, ("too-few-staff",)),
        ({"regular_employee_count": 1000}, ("too-many-staff",)),
        ({"region": "busan"}, ("region-differs",)),
        ({"is_insured_in_all_schemes": False}, ("not-insured",)),
        (
            {"region": "busan", "regular_employee_count": 0, "is_insured_in_all_schemes": False},
            ("region-differs", "too-few-staff", "not-insured"),
        ),
    ],
)
def test_a_company_must_meet_each_condition_of_the_policy(
    changes: dict[str, Any], codes: tuple[str, ...]
) -> None:
    assert shortcomings(facts(**changes), POLICY) == codes


def test_approval_tells_the_cap() -> None:
    (approved,) = decide_approval(host(is_approved=False), COHORT_ID, POLICY, TODAY)

    assert isinstance(approved, HostCompanyApproved)
    assert approved.interns_max == 2


def test_approval_names_what_is_missing() -> None:
    small = host(is_approved=False, regular_employee_count=3, region="busan")

    with pytest.raises(HostNotEligible, match="region-differs, too-few-staff"):
        decide_approval(small, COHORT_ID, POLICY, TODAY)


def test_a_company_is_approved_once_per_cohort() -> None:
    with pytest.raises(HostAlreadyApproved):
        decide_approval(host(), COHORT_ID, POLICY, TODAY)


def test_an_agreement_counts_from_the_day_it_was_signed() -> None:
    command = SignAgreement(cohort_id=COHORT_ID, signed_on=day("03-08"))

    (signed,) = decide_agreement(host(), command, TODAY)

    assert isinstance(signed, AgreementSigned)
    assert (signed.effective_on, signed.recorded_on) == (day("03-08"), TODAY)


def test_an_agreement_is_signed_once_per_cohort_by_an_approved_company_and_not_tomorrow() -> None:
    command = SignAgreement(cohort_id=COHORT_ID, signed_on=TODAY)
    (signed,) = decide_agreement(host(), command, TODAY)

    with pytest.raises(AgreementExists):
        decide_agreement(evolve_host(host(), signed), command, TODAY)
    with pytest.raises(HostNotApproved):
        decide_agreement(host(is_approved=False), command, TODAY)
    with pytest.raises(SignedInFuture):
        decide_agreement(host(), command, day("03-09"))


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
