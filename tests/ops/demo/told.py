"""A sound play of 140, as everybody tells it, for the tests of the demo's checks."""

from datetime import date
from typing import Any

from ops.audit import AuditReport, Line
from ops.demo.outcome import Outcome
from ops.demo.words import CityWords, Words

COHORT = "coh_a"
COUNTED: dict[str, Any] = {
    "applied": 140,
    "eligible": 76,
    "selected": 76,
    "placed": 76,
    "hosts": 62,
    "started": 76,
    "completed": 76,
    "withdrew": 0,
    "declined": 0,
    "called_from_reserve": 0,
    "wages_paid": 228,
    "cases": 76,
    "reemployed": 32,
    "still_employed": 18,
    "overpaid_krw": 0,
    "recovered_krw": 0,
    "paid_krw_by_month": {"2022-04": 100},
}
OFFICE: dict[str, Any] = {"figures": {COHORT: COUNTED}, "problems": []}
AUDIT = AuditReport(
    "2022-05-10", (Line(COHORT, "per_a", "2022-04", entitled_krw=100, paid_krw=100),), ()
)
OUTCOMES = {
    "completed": 76,
    "reemployed_ever": 32,
    "still_employed": 18,
    "left": 0,
    "left_reemployed_ever": 0,
}


def case(number: int) -> dict[str, Any]:
    return {
        "person_id": f"per_{number}",
        "after": "completion",
        "reemployed_on": "2022-08-01" if number < 32 else None,
        "employment_ended_on": "2022-09-01" if number < 14 else None,
    }


def placement(number: int, org: int = 0, **instead: Any) -> dict[str, Any]:
    sheet = {"status": "confirmed", "service_until": "2022-06-30"}
    return {
        "placement_id": f"plc_{number}",
        "application_id": f"app_{number}",
        "person_id": f"per_{number}",
        "org_id": f"org_{org or number}",
        "starts_on": "2022-04-01",
        "status": "completed",
        "ended_by": None,
        "months": {"2022-06": sheet},
        **instead,
    }


WORDS = Words(
    intake={"applied": 140, "accepted": 76, "rejected": 64, "selected": 76},
    placement={"hosts": 62, "started": 76, "completed": 76, "withdrew": 0, "declined": 0},
    payroll={
        "overall": {"paid": 228, "overpaid_krw": 0, "recovered_krw": 0, "outstanding_krw": 0},
        "months": [{"month": "2022-04", "paid_krw": 100}],
    },
    outcomes={date(2022, 10, 31): OUTCOMES, None: OUTCOMES},
    cases=[case(number) for number in range(76)],
    applications=[
        {"person_id": "per_a", "reason_codes": [], "reserve_rank": None, "called_for": None},
        {
            "person_id": "per_b",
            "reason_codes": ["age-on-notice-date", "resides-in"],
            "reserve_rank": None,
            "called_for": None,
        },
    ],
    placements=[placement(number) for number in range(76)],
    payslips=[],
    claims=[],
    vacancies=[],
    selection={"recheck": 0, "differences": {}},
    matching={"recheck": 0, "differences": {}, "blocking_pairs": 0},
)
CITY = CityWords(
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
OUTCOME = Outcome(
    cohorts=(),
    audit=AUDIT,
    checks=(),
    digest="aa11",
    digests={"intake": "a1", "payroll": "a2"},
    events={},
    latencies=(),
    seconds=1.0,
)
"""Of a play that met its checks; for what looks at whole outcomes, not into their cohorts."""
