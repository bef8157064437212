"""What does not go smoothly: women leave, hosts want nobody, one is suspended, money comes back."""

from collections.abc import Iterable
from datetime import date

from ops.demo.acts.stage import Stage
from ops.demo.client import Json, together
from ops.demo.hosts import Host
from ops.demo.leaving import Leaving
from ops.demo.people import Applicant
from ops.tokens import OFFICER
from ops.tokens import host as host_of
from shared.ids import derive

# What an application can be while there is something to withdraw from.
LIVE = ("submitted", "accepted", "reserved", "selected", "unplaced")


async def leave(stage: Stage, day: date, applicants: Iterable[Applicant]) -> None:
    """She says so, or it is said of her; who has no internship yet withdraws her application."""
    await stage.learn_placements()
    for applicant in applicants:
        if applicant.leaving is not None:
            await _leave(stage, day, applicant, applicant.leaving)


async def decline(stage: Stage, day: date, host: Host) -> None:
    """The host will have none of those who have not begun."""
    await stage.learn_placements()
    org_id = stage.org_ids[host.number]
    to_come = [
        placement["placement_id"]
        for placement in stage.placements.values()
        if placement["org_id"] == org_id and placement["starts_on"] > day.isoformat()
    ]
    body = {"declined_by": "host"}
    await together(
        stage.post(
            "placement",
            f"/placements/{id_}/decline",
            body,
            key=f"decline/{id_}",
            by=host_of(org_id),
        )
        for id_ in to_come
    )


async def suspend(stage: Stage, host: Host) -> None:
    path = f"/host-companies/{stage.org_ids[host.number]}/suspension"
    body = {"cohort_id": stage.cohort_id}
    await stage.post("placement", path, body, key=f"suspension/{host.number}", by=OFFICER)


async def pay_back(stage: Stage, day: date, applicants: Iterable[Applicant]) -> None:
    """She pays at the bank what she will pay of each claim."""
    claims = await stage.of_cohort("payroll", "overpayment-claims")
    of_person: dict[str, list[Json]] = {}
    for claim in claims:
        of_person.setdefault(claim["person_id"], []).append(claim)
    await together(
        _deposit(stage, day, claim, applicant.leaving)
        for applicant, hers in stage.among(applicants, of_person)
        for claim in hers
        if applicant.leaving and applicant.leaving.repaid
    )


async def _leave(stage: Stage, day: date, applicant: Applicant, leaving: Leaving) -> None:
    leaves_on = leaving.leaves_on.isoformat()
    placement = stage.placements.get(stage.person_ids[applicant.number])
    if placement and placement["status"] == "withdrew":
        return  # her host was suspended: there is nothing left to leave
    has_begun = placement is not None and placement["starts_on"] <= day.isoformat()
    if placement and has_begun and leaving.door == "placement":
        path = f"/placements/{placement['placement_id']}/withdrawal"
        body = {"leaves_on": leaves_on, "ended_by": "host" if leaving.is_found else "intern"}
        by = host_of(placement["org_id"]) if leaving.is_found else stage.her(applicant)
        await stage.post("placement", path, body, key=f"withdrawal/{applicant.number}", by=by)
        return
    path = f"/applications/{stage.application_ids[applicant.number]}"
    her = stage.her(applicant)
    application = await stage.client.get("intake", path, by=her)
    if application["status"] in LIVE:
        key = f"withdrawal/{applicant.number}"
        body = {"leaves_on": leaves_on}
        await stage.post("intake", f"{path}/withdrawal", body, key=key, by=her)


async def _deposit(stage: Stage, day: date, claim: Json, leaving: Leaving) -> None:
    deposit_id = derive("dep", claim["claim_id"], 1)
    body = {
        "deposit_id": deposit_id,
        "claim_id": claim["claim_id"],
        "amount_krw": int(claim["outstanding_krw"] * leaving.repaid),
        "received_on": day.isoformat(),
    }
    await stage.post("bank", "/deposits", body, key=deposit_id, by=None)
