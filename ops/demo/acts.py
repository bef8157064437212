"""What people, companies and counselors do, and on which day: each act goes through the HTTP APIs.

An act knows only what its actor knows: what she said before, and what the services answered.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from ops.demo.client import Client, Json, together
from ops.demo.people import Applicant
from ops.demo.population import Host, Offer, Population
from ops.demo.year import Contact, Reemployment, year_ends_on
from shared.events.policy import CohortPolicy
from shared.money import last_day, months_between

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Act:
    says: str
    run: Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Known:
    """What the services answered: ids by our own numbers, and papers by person."""

    cohort_id: str = ""
    org_ids: dict[int, str] = field(default_factory=dict)
    position_ids: dict[int, str] = field(default_factory=dict)
    person_ids: dict[int, str] = field(default_factory=dict)
    placements: dict[str, Json] = field(default_factory=dict)
    case_ids: dict[str, str] = field(default_factory=dict)


def first_day(policy: CohortPolicy) -> date:
    return policy.notice_date - ONE_DAY


def final_day(policy: CohortPolicy) -> date:
    """The day after the counseling year, so that its end is done."""
    return year_ends_on(policy) + ONE_DAY


class Programme:
    """The acts of one cohort's life. `known` is filled as they are played."""

    def __init__(self, client: Client, population: Population, policy: CohortPolicy) -> None:
        self._client = client
        self._population = population
        self._policy = policy
        self.known = Known()

    def agenda(self) -> Mapping[date, list[Act]]:
        """Every act on its day, those of a day in order."""
        policy, days = self._policy, defaultdict[date, list[Act]](list)
        days[first_day(policy)].append(Act("hosts and counselors register", self._register))
        days[policy.notice_date] += [
            Act("the notice: the cohort opens", self._open_cohort),
            Act("hosts are approved and offer positions", self._offer_positions),
        ]
        for day, applicants in _by_day(self._population.applicants, lambda a: a.applies_on):
            days[day].append(Act(f"{len(applicants)} apply", partial(self._apply, applicants)))
        for day, offers in _by_day(self._population.offers, lambda o: o.ranks_on):
            days[day].append(Act(f"{len(offers)} rankings", partial(self._rank, offers)))
        days[policy.starts_on] += [
            Act("agreements are signed", self._sign_agreements),
            Act("interns give their accounts", self._register_accounts),
        ]
        self._plan_months(days)
        self._plan_year(days)
        return days

    def _plan_months(self, days: dict[date, list[Act]]) -> None:
        """Hosts confirm on a month's last day, each intern then or some days later."""
        policy = self._policy
        for month in months_between(policy.starts_on, policy.ends_on):
            ends_on = min(last_day(month), policy.ends_on)
            days[ends_on].append(
                Act(f"hosts confirm {month}", partial(self._confirm_as_hosts, month))
            )
            late = _by_day(
                self._population.applicants,
                lambda a, end=ends_on: end + timedelta(days=a.confirms_after_days),
            )
            for day, applicants in late:
                confirm = partial(self._confirm_as_interns, month, applicants)
                days[day].append(Act(f"interns confirm {month}", confirm))

    def _plan_year(self, days: dict[date, list[Act]]) -> None:
        """For everyone: who has no case when the day comes does nothing."""
        contacts = [(a, n) for a in self._population.applicants for n in range(len(a.year.contacts))]
        for day, found in _by_day(contacts, lambda c: c[0].year.contacts[c[1]].recorded_on):
            days[day].append(Act("counselors are in touch", partial(self._keep_in_touch, found)))
        working = [(a, job) for a in self._population.applicants if (job := a.year.reemployment)]
        for day, jobs in _by_day(working, lambda w: w[1].recorded_on):
            days[day].append(Act("some work again", partial(self._report_jobs, jobs)))

    async def _register(self) -> None:
        await together(self._register_host(host) for host in self._population.hosts)
        await together(
            self._client.post(
                "counseling",
                "/counselors",
                {"staff_no": c.staff_no, "name": c.name, "caseload_max": c.caseload_max},
                key=f"counselor/{c.staff_no}",
            )
            for c in self._population.counselors
        )

    async def _register_host(self, host: Host) -> None:
        body = {
            "business_registration_no": host.business_registration_no,
            "name": host.name,
            "region": "seoul",
            "regular_employee_count": host.regular_employee_count,
            "is_insured_in_all_schemes": True,
        }
        key = f"host/{host.number}"
        reply = await self._client.post("placement", "/host-companies", body, key=key)
        self.known.org_ids[host.number] = reply["org_id"]

    async def _open_cohort(self) -> None:
        policy = self._policy.model_dump(mode="json")
        reply = await self._client.post("intake", "/cohorts", policy, key="cohort")
        self.known.cohort_id = reply["cohort_id"]

    async def _offer_positions(self) -> None:
        await together(self._offer_all_of(host) for host in self._population.hosts)

    async def _offer_all_of(self, host: Host) -> None:
        """One after the other, as one officer of one company would."""
        of_host, cohort = f"/host-companies/{self.known.org_ids[host.number]}", self._cohort
        key = f"approval/{host.number}"
        await self._client.post("placement", f"{of_host}/approvals", cohort, key=key)
        for offer in self._population.offers:
            if offer.host_number != host.number:
                continue
            body = cohort | {
                "title": offer.title,
                "field": offer.field,
                "openings": offer.openings,
                "hours_per_day": offer.hours_per_day,
            }
            key = f"offer/{offer.number}"
            reply = await self._client.post("placement", f"{of_host}/positions", body, key=key)
            self.known.position_ids[offer.number] = reply["position_id"]

    async def _apply(self, applicants: Iterable[Applicant]) -> None:
        await together(self._apply_as(applicant) for applicant in applicants)

    async def _apply_as(self, applicant: Applicant) -> None:
        person = {
            "name": applicant.name,
            "birth_date": applicant.birth_date.isoformat(),
            "phone": applicant.phone,
            "email": applicant.email,
            "address": applicant.address,
        }
        key = f"person/{applicant.number}"
        person_id = (await self._client.post("intake", "/people", person, key=key))["person_id"]
        self.known.person_ids[applicant.number] = person_id
        employed = applicant.last_employed_on
        application = {
            "person_id": person_id,
            "field": applicant.field,
            "residence_region": applicant.residence_region,
            "last_employed_on": employed.isoformat() if employed else None,
            "licences": applicant.licences,
            "career_years": applicant.career_years,
            "priority_groups": applicant.priority_groups,
            "preferred_position_ids": [self.known.position_ids[n] for n in applicant.wishes],
        }
        path = f"/cohorts/{self.known.cohort_id}/applications"
        await self._client.post("intake", path, application, key=f"apply/{applicant.number}")

    async def _rank(self, offers: Iterable[Offer]) -> None:
        await together(self._rank_for(offer) for offer in offers)

    async def _rank_for(self, offer: Offer) -> None:
        """The host ranks those who asked for this position, by its own taste."""
        path = f"/positions/{self.known.position_ids[offer.number]}"
        candidates = (await self._client.get("placement", f"{path}/candidates"))["items"]
        keen = {c["person_id"] for c in candidates if c["listed_as"]}
        liked = [self.known.person_ids[n] for n in offer.ranking]
        body = {"ranked_person_ids": [person_id for person_id in liked if person_id in keen]}
        key = f"ranking/{offer.number}"
        await self._client.post("placement", f"{path}/ranking", body, key=key)

    async def _sign_agreements(self) -> None:
        body = self._cohort | {"signed_on": self._policy.starts_on.isoformat()}
        await together(
            self._client.post(
                "placement", f"/host-companies/{org_id}/agreements", body, key=f"agreement/{number}"
            )
            for number, org_id in self.known.org_ids.items()
        )

    async def _register_accounts(self) -> None:
        path = f"/cohorts/{self.known.cohort_id}"
        placements = await self._client.items("placement", f"{path}/placements")
        self.known.placements = {p["person_id"]: p for p in placements}
        records = await self._client.items("payroll", f"{path}/payroll-records")
        record_ids = {record["person_id"]: record["record_id"] for record in records}
        await together(
            self._client.post(
                "payroll",
                f"/payroll-records/{record_ids[person_id]}/account",
                {
                    "bank_code": applicant.bank_code,
                    "account_number": applicant.account_number,
                    "holder_name": applicant.name,
                },
                key=f"account/{applicant.number}",
            )
            for applicant, person_id in self._people(self._population.applicants)
            if person_id in record_ids
        )

    async def _confirm_as_hosts(self, month: str) -> None:
        await self._confirm(month, "host", self._population.applicants)

    async def _confirm_as_interns(self, month: str, applicants: Iterable[Applicant]) -> None:
        await self._confirm(month, "intern", applicants)

    async def _confirm(self, month: str, side: str, applicants: Iterable[Applicant]) -> None:
        """Everyone attended every day: no absences and no drop-outs in this run."""
        await together(
            self._client.post(
                "placement",
                f"/placements/{placement['placement_id']}/attendance/{month}/{side}-confirmation",
                {"absent_on": []},
                key=f"attendance/{side}/{month}/{applicant.number}",
            )
            for applicant, person_id in self._people(applicants)
            if (placement := self.known.placements.get(person_id))
        )

    async def _keep_in_touch(self, contacts: Iterable[tuple[Applicant, int]]) -> None:
        """One woman's contacts of one day in their order: a case numbers them as they come."""
        await self._learn_cases()
        of_person: dict[int, list[tuple[Applicant, int]]] = defaultdict(list)
        for applicant, n in contacts:
            of_person[applicant.number].append((applicant, n))
        await together(self._record_contacts(found) for found in of_person.values())

    async def _record_contacts(self, contacts: Iterable[tuple[Applicant, int]]) -> None:
        for applicant, n in contacts:
            case_id = self.known.case_ids.get(self.known.person_ids[applicant.number])
            if case_id is None:
                return
            contact = applicant.year.contacts[n]
            body = _contact_body(applicant, contact)
            key = f"contact/{applicant.number}/{n}"
            await self._client.post("counseling", f"/cases/{case_id}/contacts", body, key=key)

    async def _report_jobs(self, jobs: Iterable[tuple[Applicant, Reemployment]]) -> None:
        await self._learn_cases()
        await together(
            self._client.post(
                "counseling",
                f"/cases/{case_id}/reemployment",
                {
                    "kind": job.kind,
                    "evidence_grade": job.evidence_grade,
                    "started_on": job.started_on.isoformat(),
                    "is_at_host": job.is_at_host,
                },
                key=f"job/{applicant.number}",
            )
            for applicant, job in jobs
            if (case_id := self.known.case_ids.get(self.known.person_ids[applicant.number]))
        )

    async def _learn_cases(self) -> None:
        """Once: all cases are open before anyone is counseled."""
        if not self.known.case_ids:
            path = f"/cohorts/{self.known.cohort_id}/cases"
            cases = await self._client.items("counseling", path)
            self.known.case_ids = {case["person_id"]: case["case_id"] for case in cases}

    @property
    def _cohort(self) -> Json:
        return {"cohort_id": self.known.cohort_id}
