"""What a story comes to for its people: money, places and cases, without when it was recorded."""

from collections import Counter
from typing import Any

from tests.orders.story import COHORTS
from tests.orders.twin import City

Outcomes = dict[str, Any]


async def money(city: City) -> Outcomes:
    """Won by person, cohort and month: made out less claimed, which is what she may keep."""
    payroll, kept = city["payroll"], Counter[str]()
    for name, cohort_id in COHORTS.items():
        for payslip in await payroll.items(f"/cohorts/{cohort_id}/payslips"):
            kept[f"{name} {payslip['person_id']} {payslip['month']}"] += payslip["net_krw"]
        for claim in await payroll.items(f"/cohorts/{cohort_id}/overpayment-claims"):
            kept[f"{name} {claim['person_id']} {claim['month']}"] -= claim["amount_krw"]
    return dict(sorted(kept.items()))


async def lives(city: City) -> Outcomes:
    """What has become of each application, placement and case."""
    found: Outcomes = {}
    for cohort_id in COHORTS.values():
        for application in await city["intake"].items(f"/cohorts/{cohort_id}/applications"):
            found[application["application_id"]] = application["status"]
        for placement in await city["placement"].items(f"/cohorts/{cohort_id}/placements"):
            days = [placement[name] for name in ("starts_on", "left_on")]
            found[placement["placement_id"]] = [placement["status"], *days]
        for case in await city["counseling"].items(f"/cohorts/{cohort_id}/cases"):
            days = [case[name] for name in ("opened_on", "ends_on", "reemployed_on")]
            found[case["case_id"]] = [case["status"], *days, case["contacts"]]
    return found


async def digests(city: City) -> dict[str, str]:
    """Every state whole: days, versions of rules, everything but instants."""
    return {name: await service.bench.digest() for name, service in city.services.items()}
