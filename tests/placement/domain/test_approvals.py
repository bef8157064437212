from typing import Any

import pytest

from services.placement.domain.approvals import (
    AgreementExists,
    HostAlreadyApproved,
    HostNotEligible,
    SignAgreement,
    SignedInFuture,
    decide_agreement,
    decide_approval,
    shortcomings,
)
from services.placement.domain.hosts import HostNotApproved, evolve_host
from shared.events.placement import AgreementSigned, HostCompanyApproved
from tests.placement.builders import COHORT_ID, POLICY, TODAY, day, facts, host


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
