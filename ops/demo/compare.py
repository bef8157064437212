"""The figures side by side, and the checks that turn red when one of them is not what it should be.

Pure: each check ships with a planted fault in its tests.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ops.audit import AuditReport
from ops.demo.client import Json
from ops.demo.people import Condition
from ops.demo.population import ARTICLE, Size
from ops.demo.words import Words

CULPRITS_SHOWN_MAX = 3

# How the policy calls the conditions of the notice.
RULES: dict[Condition, str] = {
    "age": "age-on-notice-date",
    "residence": "resides-in",
    "career-break": "career-break",
    "licence-or-career": "licence-or-career",
}


@dataclass(frozen=True, slots=True)
class Expected:
    """What the article's cohort must give: the article's own figure, or ours that follows."""

    value: int
    is_article: bool
    source: str


EXPECTED = {
    "applied": Expected(140, is_article=True, source="S1"),
    "lack a condition": Expected(64, is_article=False, source="ours: 140 - 76"),
    "eligible": Expected(76, is_article=False, source="ours: all who meet it are selected"),
    "selected": Expected(76, is_article=True, source="S1"),
    "matched": Expected(76, is_article=False, source="ours: 76 openings"),
    "host companies": Expected(62, is_article=True, source="S1"),
    "started": Expected(76, is_article=True, source="S1"),
    "completed": Expected(76, is_article=False, source="ours: no drop-outs in this run"),
    "wages paid": Expected(228, is_article=False, source="ours: 76 x 3 months"),
    "counseling cases": Expected(76, is_article=False, source="ours: one for each completion"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the funnel. `expected` is None where there is nothing to compare with."""

    name: str
    services: int
    office: int
    expected: Expected | None


@dataclass(frozen=True, slots=True)
class Check:
    """`says` what was found, and names culprits where it is not met."""

    name: str
    is_met: bool
    says: str


@dataclass(frozen=True, slots=True)
class Month:
    """The won paid for one month, by three who each know it from somewhere else."""

    month: str
    payroll_krw: int
    office_krw: int
    bank_krw: int


def compare_figures(words: Words, office: Json, size: Size) -> tuple[Figure, ...]:
    intake, placement = words.intake, words.placement
    told = {
        "applied": (intake["applied"], "applied"),
        "eligible": (intake["accepted"], "eligible"),
        "selected": (intake["selected"], "selected"),
        "matched": (placement["placed"], "placed"),
        "host companies": (placement["hosts"], "hosts"),
        "started": (placement["started"], "started"),
        "completed": (placement["completed"], "completed"),
        "wages paid": (words.payroll["overall"]["paid"], "wages_paid"),
        "counseling cases": (len(words.cases), "cases"),
        "work again": (words.outcomes["reemployed_ever"], "reemployed"),
    }
    found = {name: (said, office.get(counted, 0)) for name, (said, counted) in told.items()}
    lacking = (intake["rejected"], found["applied"][1] - found["eligible"][1])
    in_order = {"applied": found.pop("applied"), "lack a condition": lacking, **found}
    expected = EXPECTED if size == ARTICLE else {}
    return tuple(
        Figure(name, services, counted, expected.get(name))
        for name, (services, counted) in in_order.items()
    )


def compare_months(words: Words, office: Json, audit: AuditReport) -> tuple[Month, ...]:
    """The bank's column is the audit's sum of the bank's own rows."""
    payroll = {month["month"]: month["paid_krw"] for month in words.payroll["months"]}
    counted = office.get("paid_krw_by_month", {})
    bank: Counter[str] = Counter()
    for line in audit.lines:
        bank[line.month] += line.paid_krw
    return tuple(
        Month(month, payroll.get(month, 0), counted.get(month, 0), bank[month])
        for month in sorted({*payroll, *counted, *bank})
    )


def check_figures(figures: tuple[Figure, ...]) -> Iterator[Check]:
    for figure in figures:
        says = f"services {figure.services}, statistics office {figure.office}"
        yield Check(f"{figure.name}: counted alike", figure.services == figure.office, says)
        if figure.expected:
            who = "the article" if figure.expected.is_article else "we"
            is_met = figure.services == figure.expected.value
            says = f"{figure.services}, {who} said {figure.expected.value}"
            yield Check(f"{figure.name}: as expected", is_met, says)


def check_money(months: tuple[Month, ...], audit: AuditReport, words: Words) -> Iterator[Check]:
    for month in months:
        paid = {month.payroll_krw, month.office_krw, month.bank_krw}
        says = f"payroll, topics and bank: {', '.join(f'₩{krw:,}' for krw in sorted(paid))}"
        yield Check(f"wages of {month.month}", len(paid) == 1, says)
    findings = _named([str(finding) for finding in audit.findings])
    says = f"difference ₩{audit.difference_krw:,}{findings}"
    yield Check("audit", audit.is_clean, says)
    yield _check_ledger(audit, words)


def _check_ledger(audit: AuditReport, words: Words) -> Check:
    """Each entry balances by its making, so that balance alone says nothing: the accounts must
    stand where the audit's entitlement and the bank's own rows put them.
    """
    total = audit.total()
    owed, paid = total.entitled_krw, total.paid_krw
    should = {"wage_expense": (owed, 0), "wages_payable": (paid, owed), "bank": (0, paid)}
    stands = {
        one["account"]: (one["debit_krw"], one["credit_krw"])
        for one in words.trial_balance["accounts"]
    }
    wrong = [
        f"{account} has ₩{stands.get(account, (0, 0))}, should have ₩{sides}"
        for account, sides in should.items()
        if stands.get(account) != sides
    ]
    return Check("ledger", not wrong, f"₩{owed:,} owed, ₩{paid:,} paid{_named(wrong)}")


def check_screening(words: Words, lacks: Mapping[str, tuple[Condition, ...]]) -> Check:
    """The rules know no `lacks`: from what people declared they must find the same women."""
    wrong = [
        application["person_id"]
        for application in words.applications
        if {RULES[condition] for condition in lacks[application["person_id"]]}
        != set(application["reason_codes"])
    ]
    says = f"{len(words.applications)} screened, {len(wrong)} not as drawn{_named(wrong)}"
    return Check("who lacks what", not wrong, says)


def check_proofs(words: Words, office: Json) -> Iterator[Check]:
    problems = [f"{problem['culprit']}: {problem['says']}" for problem in office["problems"]]
    says = f"{len(problems)} problems{_named(problems)}"
    yield Check("statistics office", not problems, says)
    for service, found in words.verify.items():
        culprits = [f"{one['kind']}/{one['key']}" for one in found["differences"]]
        says = f"{found['checked']} folded, {len(culprits)} differ{_named(culprits)}"
        yield Check(f"{service}: state is the fold of its journal", not culprits, says)
    for service, items in words.parked.items():
        parked = [str(item["id"]) for item in items]
        yield Check(f"{service}: parked", not parked, f"{len(parked)} parked{_named(parked)}")
    for what, again in (("selection", words.selection), ("matching", words.matching)):
        culprits = [f"{id_} ({', '.join(of)})" for id_, of in again["differences"].items()]
        says = f"{again['recheck']} differences{_named(culprits)}"
        yield Check(f"{what} decided again", again["recheck"] == 0, says)
    blocking = words.matching["blocking_pairs"]
    yield Check("pairs who would rather have each other", blocking == 0, f"{blocking} pairs")


def _named(culprits: list[str]) -> str:
    shown = culprits[:CULPRITS_SHOWN_MAX]
    more = f" and {len(culprits) - len(shown)} more" if len(culprits) > len(shown) else ""
    return f": {'; '.join(shown)}{more}" if shown else ""
