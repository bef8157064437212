"""The internship: agreements, accounts, and each month confirmed by host and intern."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from ops.demo.acts.stage import Stage
from ops.demo.client import Json, together
from ops.demo.people import Applicant
from ops.tokens import OFFICER, host
from ops.tokens import applicant as as_applicant
from shared.money import last_day

Side = Literal["host", "intern"]

TO_CONFIRM = ("open", "waiting")  # a month that nobody, or one side, has confirmed


async def sign_agreements(stage: Stage) -> None:
    body = {"cohort_id": stage.cohort_id, "signed_on": stage.policy.starts_on.isoformat()}
    await together(
        stage.post(
            "placement",
            f"/host-companies/{org_id}/agreements",
            body,
            key=f"agreement/{number}",
            by=OFFICER,
        )
        for number, org_id in stage.org_ids.items()
    )


async def register_accounts(stage: Stage) -> None:
    """Interns learn here that they have one: who is placed has a payroll record. Those who are
    called to a vacancy learn it later than the others.
    """
    await stage.learn_placements()
    new = {placement["placement_id"] for placement in stage.placements.values()}
    new -= stage.with_account
    if not new:
        return
    records = await stage.of_cohort("payroll", "payroll-records")
    found = [record for record in records if record["placement_id"] in new]
    record_ids = {record["person_id"]: record["record_id"] for record in found}
    await together(
        stage.post(
            "payroll",
            f"/payroll-records/{record_id}/account",
            {
                "bank_code": applicant.bank_code,
                "account_number": applicant.account_number,
                "holder_name": applicant.name,
            },
            key=f"account/{record_id}",
            by=stage.her(applicant),
        )
        for applicant, record_id in stage.among(stage.population.applicants, record_ids)
    )
    stage.with_account |= {record["placement_id"] for record in found}


async def confirm_month(
    stage: Stage, month: str, side: Side, applicants: Iterable[Applicant]
) -> None:
    """Everyone of whom it is not known that she left attended every day, so they say."""
    await stage.learn_placements()
    over_on = min(last_day(month), stage.policy.ends_on)
    found = stage.among(applicants, stage.placements)
    await together(
        _confirm(stage, placement, month, side)
        for _, placement in found
        if _is_to_confirm(placement, month, lasting_until=over_on)
    )


async def confirm_last_months(stage: Stage) -> None:
    """Both sides confirm what those who left early have worked of their last month."""
    await stage.learn_placements()
    left = [p for p in stage.placements.values() if p["status"] == "withdrew"]
    for side in ("host", "intern"):
        await together(
            _confirm(stage, placement, month, side)
            for placement in left
            for month in placement["months"]
            if _is_to_confirm(placement, month)
        )


def _is_to_confirm(placement: Json, month: str, lasting_until: date | None = None) -> bool:
    sheet: Json = placement["months"].get(month, {})
    if sheet.get("status") not in TO_CONFIRM:
        return False
    return lasting_until is None or sheet["service_until"] == lasting_until.isoformat()


async def _confirm(stage: Stage, placement: Json, month: str, side: Side) -> None:
    id_ = placement["placement_id"]
    path = f"/placements/{id_}/attendance/{month}/{side}-confirmation"
    her, its = as_applicant(placement["person_id"], placement["person_id"]), placement["org_id"]
    by = host(its) if side == "host" else her
    key = f"attendance/{side}/{month}/{id_}"
    await stage.post("placement", path, {"absent_on": []}, key=key, by=by)
