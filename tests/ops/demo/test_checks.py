"""The checks of a whole play: met by a sound one, red at a planted fault, and the culprit named."""

from dataclasses import replace
from typing import Any

import pytest

from ops.audit import AuditReport, Finding
from ops.demo.checks import (
    Check,
    check_audit,
    check_city,
    check_decisions,
    check_ledger,
    check_living_wage,
    check_screening,
    of_cohort,
)
from ops.demo.programme import Condition
from ops.demo.words import CityWords, Words
from tests.ops.demo.told import AUDIT, CITY, OFFICE, WORDS

LACKS: dict[str, tuple[Condition, ...]] = {"per_a": (), "per_b": ("age", "residence")}
ROW = {"item": "contracted-month", "krw_per_hour": 10_766}
PAYSLIP = {"payslip_id": "slp_a", "month": "2022-04", "rows": [ROW, {"krw_per_hour": None}]}


def red(
    words: Words = WORDS,
    city: CityWords = CITY,
    office: dict[str, Any] = OFFICE,
    audit: AuditReport = AUDIT,
) -> dict[str, str]:
    checks: list[Check] = [
        check_audit(audit),
        check_ledger(audit, city),
        check_screening(words, LACKS),
        check_living_wage(words.payslips),
        *check_decisions(words),
        *check_city(city, office),
    ]
    return {check.name: check.says for check in checks if not check.is_met}


def with_accounts(accounts: list[dict[str, Any]]) -> CityWords:
    return replace(CITY, trial_balance={"accounts": accounts})


def test_a_sound_run_meets_every_check() -> None:
    assert red() == {}


def test_the_culprits_of_the_audit_and_of_the_office_are_named() -> None:
    audit = replace(AUDIT, findings=(Finding("slp_a", "is not in the store"),))
    office = {**OFFICE, "problems": [{"culprit": "per_a", "says": "is incomplete"}]}
    found = red(audit=audit, office=office)

    assert "slp_a" in found["audit"]
    assert "per_a" in found["statistics office"]


def test_somebody_whom_the_rules_judged_wrongly_is_named() -> None:
    passed = {"person_id": "per_b", "reason_codes": ["resides-in"]}
    found = red(replace(WORDS, applications=[passed]))

    assert "per_b" in found["who lacks what"]


def test_what_does_not_hold_in_a_service_is_seen() -> None:
    difference = {"kind": "payslips", "key": "slp_a", "problem": "not the fold"}
    words = replace(
        WORDS,
        selection={"recheck": 1, "differences": {"app_a": ["facts"]}},
        matching={"recheck": 1, "differences": {"plc_a": ["position"]}, "blocking_pairs": 3},
    )
    city = replace(
        with_accounts(CITY.trial_balance["accounts"][:2]),
        verify={"payroll": {"checked": 3, "differences": [difference]}},
        parked={"payroll": [{"id": "p1"}]},
    )
    found = red(words, city)

    assert found.keys() == {
        "ledger",
        "payroll: state is the fold of its journal",
        "payroll: parked",
        "selection decided again",
        "matching decided again",
        "pairs who would rather have each other",
    }
    assert "payslips/slp_a" in found["payroll: state is the fold of its journal"]
    assert "app_a (facts)" in found["selection decided again"]
    assert "plc_a (position)" in found["matching decided again"]


def test_a_ledger_that_balances_on_wrong_sums_is_seen() -> None:
    """An entry is missing, or a won more stands on both sides of a wage."""
    expense, payable, bank = CITY.trial_balance["accounts"]
    more = [{**expense, "debit_krw": 101}, {**payable, "credit_krw": 101}, bank]

    assert "ledger" in red(city=with_accounts(more))
    assert "ledger" in red(city=with_accounts([]))


@pytest.mark.parametrize(
    "other", [{"debit_krw": 5, "credit_krw": 0}, {"debit_krw": 5, "credit_krw": 5}]
)
def test_won_on_an_account_that_should_not_exist_are_named(other: dict[str, int]) -> None:
    accounts = CITY.trial_balance["accounts"]
    suspense = {"account": "suspense", "debit_krw": 0, "credit_krw": 0}

    assert red(city=with_accounts([*accounts, suspense])) == {}
    assert "suspense has ₩5" in red(city=with_accounts([*accounts, suspense | other]))["ledger"]


def test_a_service_that_folds_nothing_proves_nothing() -> None:
    verify = {**CITY.verify, "intake": {"checked": 0, "differences": []}}
    found = red(city=replace(CITY, verify=verify))

    assert found == {"intake: state is the fold of its journal": "0 folded, 0 differ"}


def test_a_claim_stands_in_the_ledger_until_it_is_paid_back() -> None:
    """₩30 of ₩100 were no wage, and ₩10 of them came back."""
    line = replace(AUDIT.lines[0], entitled_krw=70, overpaid_krw=30, recovered_krw=10)
    audit = replace(AUDIT, lines=(line,))
    expense, payable, bank = CITY.trial_balance["accounts"]
    receivable = {"account": "overpayments_receivable", "debit_krw": 30, "credit_krw": 10}
    right = [{**expense, "credit_krw": 30}, payable, receivable, {**bank, "debit_krw": 10}]

    assert "ledger" not in red(city=with_accounts(right), audit=audit)
    assert "ledger" in red(city=with_accounts(right[:2] + right[3:]), audit=audit)


def test_a_wage_by_the_rate_of_another_year_is_named() -> None:
    assert red(replace(WORDS, payslips=[PAYSLIP])) == {}

    found = red(replace(WORDS, payslips=[{**PAYSLIP, "month": "2021-12"}]))
    assert found == {"living wage": "₩10,766 an hour (S21): slp_a pays ₩10,766 an hour"}


def test_checks_of_two_cohorts_bear_their_titles() -> None:
    check = Check("audit", is_met=True, says="")

    assert [c.name for c in of_cohort("2022-h1", [check])] == ["2022-h1 audit"]
