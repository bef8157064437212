"""The demo's checks: each is met by a sound run and turns red at a planted fault."""

from dataclasses import replace
from typing import Any

from ops.audit import AuditReport, Finding, Line
from ops.demo.compare import (
    EXPECTED,
    Check,
    check_figures,
    check_money,
    check_proofs,
    check_screening,
    compare_figures,
    compare_months,
)
from ops.demo.people import Condition
from ops.demo.population import ARTICLE, Size
from ops.demo.words import Words

LACKS: dict[str, tuple[Condition, ...]] = {"per_a": (), "per_b": ("age", "residence")}
COUNTED: dict[str, Any] = {
    "applied": 140,
    "eligible": 76,
    "selected": 76,
    "placed": 76,
    "hosts": 62,
    "started": 76,
    "completed": 76,
    "wages_paid": 228,
    "cases": 76,
    "reemployed": 30,
    "paid_krw_by_month": {"2022-04": 100},
}
OFFICE: dict[str, Any] = {"figures": {}, "problems": []}
AUDIT = AuditReport(
    "2022-05-10", (Line("coh_a", "per_a", "2022-04", entitled_krw=100, paid_krw=100),), ()
)
WORDS = Words(
    intake={"applied": 140, "accepted": 76, "rejected": 64, "selected": 76},
    placement={"placed": 76, "hosts": 62, "started": 76, "completed": 76},
    payroll={"overall": {"paid": 228}, "months": [{"month": "2022-04", "paid_krw": 100}]},
    outcomes={"reemployed_ever": 30},
    cases=[{}] * 76,
    applications=[
        {"person_id": "per_a", "reason_codes": []},
        {"person_id": "per_b", "reason_codes": ["age-on-notice-date", "resides-in"]},
    ],
    placements=[],
    selection={"recheck": 0, "differences": {}},
    matching={"recheck": 0, "differences": {}, "blocking_pairs": 0},
    trial_balance={
        "accounts": [
            {"account": "wage_expense", "debit_krw": 100, "credit_krw": 0},
            {"account": "wages_payable", "debit_krw": 100, "credit_krw": 100},
            {"account": "bank", "debit_krw": 0, "credit_krw": 100},
        ]
    },
    verify={"payroll": {"checked": 3, "differences": []}},
    parked={"payroll": []},
)


def judged(
    words: Words = WORDS,
    counted: dict[str, Any] = COUNTED,
    office: dict[str, Any] = OFFICE,
    audit: AuditReport = AUDIT,
    size: Size = ARTICLE,
) -> list[Check]:
    months = compare_months(words, counted, audit)
    return [
        *check_figures(compare_figures(words, counted, size)),
        *check_money(months, audit, words),
        check_screening(words, LACKS),
        *check_proofs(words, office),
    ]


def red(checks: list[Check]) -> dict[str, str]:
    return {check.name: check.says for check in checks if not check.is_met}


def test_a_sound_run_meets_every_check() -> None:
    assert red(judged()) == {}


def test_every_expected_figure_is_compared() -> None:
    """A name that no figure bears would never be checked."""
    figures = compare_figures(WORDS, COUNTED, ARTICLE)

    assert {f.name for f in figures if f.expected} == set(EXPECTED)


def test_one_application_fewer_on_the_topic_is_seen() -> None:
    found = red(judged(counted={**COUNTED, "applied": 139}))

    assert found["applied: counted alike"] == "services 140, statistics office 139"


def test_a_figure_that_is_not_the_articles_is_seen_even_when_all_agree() -> None:
    words = replace(WORDS, placement={**WORDS.placement, "hosts": 61})

    assert red(judged(words, {**COUNTED, "hosts": 61})) == {
        "host companies: as expected": "61, the article said 62"
    }


def test_another_size_is_not_held_against_the_article() -> None:
    words = replace(WORDS, placement={**WORDS.placement, "hosts": 61})
    size = Size(applicants=300, unfit=None, hosts=62, openings=76)

    assert red(judged(words, {**COUNTED, "hosts": 61}, size=size)) == {}


def test_a_won_more_at_the_bank_is_seen() -> None:
    line = replace(AUDIT.lines[0], paid_krw=101)
    found = red(judged(audit=replace(AUDIT, lines=(line,))))

    assert found.keys() == {"wages of 2022-04", "audit", "ledger"}
    assert "₩101" in found["wages of 2022-04"]


def test_the_culprits_of_the_audit_and_of_the_office_are_named() -> None:
    audit = replace(AUDIT, findings=(Finding("slp_a", "is not in the store"),))
    office = {**OFFICE, "problems": [{"culprit": "per_a", "says": "is incomplete"}]}
    found = red(judged(audit=audit, office=office))

    assert "slp_a" in found["audit"]
    assert "per_a" in found["statistics office"]


def test_somebody_whom_the_rules_judged_wrongly_is_named() -> None:
    passed = {"person_id": "per_b", "reason_codes": ["resides-in"]}
    found = red(judged(replace(WORDS, applications=[passed])))

    assert "per_b" in found["who lacks what"]


def test_what_does_not_hold_in_a_service_is_seen() -> None:
    difference = {"kind": "payslips", "key": "slp_a", "problem": "not the fold"}
    words = replace(
        WORDS,
        selection={"recheck": 1, "differences": {"app_a": ["facts"]}},
        matching={"recheck": 1, "differences": {"plc_a": ["position"]}, "blocking_pairs": 3},
        trial_balance={"accounts": WORDS.trial_balance["accounts"][:2]},
        verify={"payroll": {"checked": 3, "differences": [difference]}},
        parked={"payroll": [{"id": "p1"}]},
    )
    found = red(judged(words))

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
    """An entry is missing, or a won more stands on both of its sides."""
    more = [
        {**one, "debit_krw": one["debit_krw"] + 1} if one["debit_krw"] else one
        for one in WORDS.trial_balance["accounts"]
    ]

    assert "ledger" in red(judged(replace(WORDS, trial_balance={"accounts": more})))
    assert "ledger" in red(judged(replace(WORDS, trial_balance={"accounts": []})))
