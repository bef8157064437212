"""From the notice to the matching: companies offer, people apply, companies rank."""

from collections.abc import Iterable

from ops.demo.acts.stage import Stage
from ops.demo.client import Client, Json, together
from ops.demo.hosts import Host, Offer
from ops.demo.people import Applicant
from ops.demo.population import Counselor
from ops.tokens import OFFICER
from ops.tokens import host as host_of
from shared.ids import derive


async def register_hosts(stage: Stage) -> None:
    await together(_register_host(stage, host) for host in stage.population.hosts)


async def register_counselors(
    client: Client, counselors: Iterable[Counselor], caseload_max: int
) -> None:
    """The centre's, once: they are no cohort's."""
    await together(
        client.post(
            "counseling",
            "/counselors",
            {"staff_no": one.staff_no, "name": one.name, "caseload_max": caseload_max},
            key=f"counselor/{one.staff_no}",
            by=OFFICER,
        )
        for one in counselors
    )


async def open_cohort(stage: Stage) -> None:
    policy = stage.policy.model_dump(mode="json")
    reply = await stage.post("intake", "/cohorts", policy, key="cohort", by=OFFICER)
    stage.cohort_id = reply["cohort_id"]


async def offer_positions(stage: Stage) -> None:
    """One after the other: each relies on the cohort's state, so that side by side they would
    only run into each other. Rankings, too.
    """
    for host in stage.population.hosts:
        await _offer_all_of(stage, host)


async def apply(stage: Stage, applicants: Iterable[Applicant]) -> None:
    await together(_apply(stage, applicant) for applicant in applicants)


async def rank(stage: Stage, offers: Iterable[Offer]) -> None:
    for offer in offers:
        await _rank(stage, offer)


async def _register_host(stage: Stage, host: Host) -> None:
    body = {
        "business_registration_no": host.business_registration_no,
        "name": host.name,
        "region": "seoul",
        "regular_employee_count": host.regular_employee_count,
        "is_insured_in_all_schemes": True,
    }
    key = f"host/{host.number}"
    org_id = derive("org", host.business_registration_no.replace("-", ""))
    by = host_of(org_id)  # its number is public, and its id comes from it
    reply = await stage.post("placement", "/host-companies", body, key=key, by=by)
    stage.org_ids[host.number] = reply["org_id"]


async def _offer_all_of(stage: Stage, host: Host) -> None:
    org_id, cohort = stage.org_ids[host.number], {"cohort_id": stage.cohort_id}
    path = f"/host-companies/{org_id}"
    key = f"approval/{host.number}"
    await stage.post("placement", f"{path}/approvals", dict(cohort), key=key, by=OFFICER)
    for offer in stage.population.offers:
        if offer.host_number == host.number:
            body: Json = {
                **cohort,
                "title": offer.title,
                "field": offer.field,
                "openings": offer.openings,
                "hours_per_day": offer.hours_per_day,
            }
            key = f"offer/{offer.number}"
            by = host_of(org_id)
            reply = await stage.post("placement", f"{path}/positions", body, key=key, by=by)
            stage.position_ids[offer.number] = reply["position_id"]


async def _apply(stage: Stage, applicant: Applicant) -> None:
    person = {
        "name": applicant.name,
        "birth_date": applicant.birth_date.isoformat(),
        "phone": applicant.phone,
        "email": applicant.email,
        "address": applicant.address,
    }
    key = f"person/{applicant.number}"
    her = stage.her(applicant)
    person_id = (await stage.post("intake", "/people", person, key=key, by=her))["person_id"]
    stage.person_ids[applicant.number] = person_id
    employed = applicant.last_employed_on
    application: Json = {
        "person_id": person_id,
        "field": applicant.field,
        "residence_region": applicant.residence_region,
        "last_employed_on": employed.isoformat() if employed else None,
        "licences": applicant.licences,
        "career_years": applicant.career_years,
        "priority_groups": applicant.priority_groups,
        "preferred_position_ids": [stage.position_ids[n] for n in applicant.wishes],
    }
    path = f"/cohorts/{stage.cohort_id}/applications"
    key = f"application/{applicant.number}"
    reply = await stage.post("intake", path, application, key=key, by=stage.her(applicant))
    stage.application_ids[applicant.number] = reply["application_id"]


async def _rank(stage: Stage, offer: Offer) -> None:
    """The host ranks those who asked for this position, by a taste of its own."""
    path = f"/positions/{stage.position_ids[offer.number]}"
    by = host_of(stage.org_ids[offer.host_number])
    candidates = (await stage.client.get("placement", f"{path}/candidates", by=by))["items"]
    keen = {candidate["person_id"] for candidate in candidates if candidate["listed_as"]}
    liked = [stage.person_ids[n] for n in offer.ranking]
    body: Json = {"ranked_person_ids": [person_id for person_id in liked if person_id in keen]}
    await stage.post("placement", f"{path}/ranking", body, key=f"ranking/{offer.number}", by=by)
