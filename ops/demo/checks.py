"""The checks that turn red when something is not what it should be.

Pure: each ships with a planted fault in its tests.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ops.audit import AuditReport
from ops.demo.client import Json
from ops.demo.programme import Condition
from ops.demo.words import CityWords, Words

CULPRITS_SHOWN_MAX = 3

# How the policies call the conditions of the notices.
RULES: dict[Condition, str] = {
    "age": "age-on-notice-date",
    "residence": "resides-in",
    "career-break": "career-break",
    "licence-or-career": "licence-or-career",
    "licence": "licence",
}
# Won an hour by year, as the press had it (S21, S22), not as the policies have it.
LIVING_WAGE = {"2021": 10_702, "2022": 10_766, "2023": 11_157}


@dataclass(frozen=True, slots=True)
class Check:
    """`says` what was found, and names culprits where it is not met."""

    name: str
    is_met: bool
    says: str


def of_cohort(title: str, checks: Iterable[Check]) -> Iterator[Check]:
    """Two cohorts have the same checks: their titles tell them apart."""
    return (replace(check, name=f"{title} {check.name}") for check in checks)


def named(culprits: list[str]) -> str:
    shown = culprits[:CULPRITS_SHOWN_MAX]
    more = f" and {len(culprits) - len(shown)} more" if len(culprits) > len(shown) else ""
    return f": {'; '.join(shown)}{more}" if shown else ""


def check_audit(audit: AuditReport) -> Check:
    findings = named([str(finding) for finding in audit.findings])
    says = f"difference ₩{audit.difference_krw:,}{findings}"
    return Check("audit", audit.is_clean, says)


def check_ledger(audit: AuditReport, city: CityWords) -> Check:
    """Each entry balances by its making, so that balance alone says nothing: the accounts must
    stand where the audit's entitlement and the bank's own rows put them, and there are no others.
    """
    total = audit.total()
    owed, paid = total.entitled_krw, total.paid_krw
    claimed, recovered = total.overpaid_krw, total.recovered_krw
    should = {
        "wage_expense": owed,
        "wages_payable": paid - owed - claimed,
        "overpayments_receivable": claimed - recovered,
        "bank": recovered - paid,
    }
    stands = {
        one["account"]: one["debit_krw"] - one["credit_krw"]
        for one in city.trial_balance["accounts"]
    }
    wrong = [
        f"{account} stands on ₩{stands.get(account, 0):,}, should on ₩{krw:,}"
        for account, krw in should.items()
        if stands.get(account, 0) != krw
    ]
    wrong += [
        f"{one['account']} has ₩{one['debit_krw']:,} and ₩{one['credit_krw']:,}, should not exist"
        for one in city.trial_balance["accounts"]
        if one["account"] not in should and (one["debit_krw"] or one["credit_krw"])
    ]
    return Check("ledger", not wrong, f"₩{owed:,} owed, ₩{paid:,} paid{named(wrong)}")


def check_screening(words: Words, lacks: Mapping[str, tuple[Condition, ...]]) -> Check:
    """The rules know no `lacks`: from what people declared they must find the same women."""
    wrong = [
        application["person_id"]
        for application in words.applications
        if {RULES[condition] for condition in lacks[application["person_id"]]}
        != set(application["reason_codes"])
    ]
    says = f"{len(words.applications)} screened, {len(wrong)} not as drawn{named(wrong)}"
    return Check("who lacks what", not wrong, says)


def check_living_wage(payslips: Iterable[Json]) -> Check:
    """The rate of its year on every row of every payslip that counts hours."""
    wrong, rates = [], set[int]()
    for payslip in payslips:
        for row in payslip["rows"]:
            krw = row["krw_per_hour"]
            if krw is None:
                continue
            rates.add(krw)
            if krw != LIVING_WAGE[payslip["month"][:4]]:
                wrong.append(f"{payslip['payslip_id']} pays ₩{krw:,} an hour")
    said = ", ".join(f"₩{krw:,}" for krw in sorted(rates)) or "nothing"
    return Check("living wage", not wrong, f"{said} an hour (S21){named(wrong)}")


def check_decisions(words: Words) -> Iterator[Check]:
    for what, again in (("selection", words.selection), ("matching", words.matching)):
        culprits = [f"{id_} ({', '.join(of)})" for id_, of in again["differences"].items()]
        says = f"{again['recheck']} differences{named(culprits)}"
        yield Check(f"{what} decided again", again["recheck"] == 0, says)
    blocking = words.matching["blocking_pairs"]
    yield Check("pairs who would rather have each other", blocking == 0, f"{blocking} pairs")


def check_city(city: CityWords, office: Json) -> Iterator[Check]:
    problems = [f"{problem['culprit']}: {problem['says']}" for problem in office["problems"]]
    says = f"{len(problems)} problems{named(problems)}"
    yield Check("statistics office", not problems, says)
    for service, found in city.verify.items():
        culprits = [f"{one['kind']}/{one['key']}" for one in found["differences"]]
        checked = found["checked"]  # of a whole play: who folds nothing proves nothing
        says = f"{checked} folded, {len(culprits)} differ{named(culprits)}"
        is_met = checked > 0 and not culprits
        yield Check(f"{service}: state is the fold of its journal", is_met, says)
    for service, items in city.parked.items():
        parked = [str(item["id"]) for item in items]
        yield Check(f"{service}: parked", not parked, f"{len(parked)} parked{named(parked)}")
