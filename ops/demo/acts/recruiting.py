"""From the notice to the matching: companies offer, people apply, companies rank."""

from collections.abc import Iterable

from ops.demo.acts.stage import Stage
from ops.demo.client import Json, together
from ops.demo.people import Applicant
from ops.demo.population import Counselor, Host, Offer


async def register_hosts_and_counselors(stage: Stage) -> None:
    await together(_register_host(stage, host) for host in stage.population.hosts)
    await together(_register_counselor(stage, one) for one in stage.population.counselors)


async def open_cohort(stage: Stage) -> None:
    policy = stage.policy.model_dump(mode="json")
    reply = await stage.client.post("intake", "/cohorts", policy, key="cohort")
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
    reply = await stage.client.post("placement", "/host-companies", body, key=key)
    stage.org_ids[host.number] = reply["org_id"]


async def _register_counselor(stage: Stage, counselor: Counselor) -> None:
    body = {
        "staff_no": counselor.staff_no,
        "name": counselor.name,
        "caseload_max": stage.policy.counseling.caseload_max,
    }
    key = f"counselor/{counselor.staff_no}"
    await stage.client.post("counseling", "/counselors", body, key=key)


async def _offer_all_of(stage: Stage, host: Host) -> None:
    path, cohort = f"/host-companies/{stage.org_ids[host.number]}", {"cohort_id": stage.cohort_id}
    key = f"approval/{host.number}"
    await stage.client.post("placement", f"{path}/approvals", dict(cohort), key=key)
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
            reply = await stage.client.post("placement", f"{path}/positions", body, key=key)
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
    person_id = (await stage.client.post("intake", "/people", person, key=key))["person_id"]
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
    await stage.client.post("intake", path, application, key=f"application/{applicant.number}")


async def _rank(stage: Stage, offer: Offer) -> None:
    """The host ranks those who asked for this position, by a taste of its own."""
    path = f"/positions/{stage.position_ids[offer.number]}"
    candidates = (await stage.client.get("placement", f"{path}/candidates"))["items"]
    keen = {candidate["person_id"] for candidate in candidates if candidate["listed_as"]}
    liked = [stage.person_ids[n] for n in offer.ranking]
    body: Json = {"ranked_person_ids": [person_id for person_id in liked if person_id in keen]}
    await stage.client.post("placement", f"{path}/ranking", body, key=f"ranking/{offer.number}")
