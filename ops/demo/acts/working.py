"""The internship: agreements, accounts, and each month confirmed by host and intern."""

from collections.abc import Iterable
from typing import Literal

from ops.demo.acts.stage import Stage
from ops.demo.client import together
from ops.demo.people import Applicant


async def sign_agreements(stage: Stage) -> None:
    body = {"cohort_id": stage.cohort_id, "signed_on": stage.policy.starts_on.isoformat()}
    await together(
        stage.client.post(
            "placement", f"/host-companies/{org_id}/agreements", body, key=f"agreement/{number}"
        )
        for number, org_id in stage.org_ids.items()
    )


async def register_accounts(stage: Stage) -> None:
    """Interns learn here that they have one: who is placed has a payroll record."""
    placements = await stage.of_cohort("placement", "placements")
    stage.placement_ids = {p["person_id"]: p["placement_id"] for p in placements}
    records = await stage.of_cohort("payroll", "payroll-records")
    record_ids = {record["person_id"]: record["record_id"] for record in records}
    await together(
        stage.client.post(
            "payroll",
            f"/payroll-records/{record_id}/account",
            {
                "bank_code": applicant.bank_code,
                "account_number": applicant.account_number,
                "holder_name": applicant.name,
            },
            key=f"account/{applicant.number}",
        )
        for applicant, record_id in stage.with_ids(stage.population.applicants, record_ids)
    )


async def confirm_month(
    stage: Stage, month: str, side: Literal["host", "intern"], applicants: Iterable[Applicant]
) -> None:
    """Everyone attended every day: no absence and no drop-out in this run."""
    await together(
        stage.client.post(
            "placement",
            f"/placements/{placement_id}/attendance/{month}/{side}-confirmation",
            {"absent_on": []},
            key=f"attendance/{side}/{month}/{applicant.number}",
        )
        for applicant, placement_id in stage.with_ids(applicants, stage.placement_ids)
    )
