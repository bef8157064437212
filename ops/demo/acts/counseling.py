"""The year after: counselors are in touch, and some women work again."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ops.demo.acts.stage import Stage
from ops.demo.client import Json, together
from ops.demo.people import Applicant
from ops.demo.year import Contact
from ops.tokens import counselor


async def keep_in_touch(stage: Stage, contacts: Iterable[tuple[Applicant, Contact]]) -> None:
    """One woman's contacts in their order, because a case numbers them as they come."""
    cases = await _cases(stage)
    of_case: dict[str, list[tuple[Applicant, Contact]]] = defaultdict(list)
    for applicant, contact in contacts:
        for _, case in stage.among([applicant], cases):
            # Whose host was suspended has an earlier year than she was drawn to have.
            if contact.recorded_on.isoformat() <= case["ends_on"]:
                of_case[case["person_id"]].append((applicant, contact))
    await together(_record_contacts(stage, cases[id_], found) for id_, found in of_case.items())


async def report_jobs(stage: Stage, applicants: Iterable[Applicant]) -> None:
    cases = await _cases(stage)
    await together(
        stage.post(
            "counseling",
            f"/cases/{case['case_id']}/reemployment",
            {
                "kind": job.kind,
                "evidence_grade": job.evidence_grade,
                "started_on": job.started_on.isoformat(),
                "is_at_host": job.is_at_host,
                "employer_name": job.employer_name,
            },
            key=f"job/{applicant.number}",
            by=counselor(case["counselor_id"] or ""),
        )
        for applicant, case in stage.among(applicants, cases)
        if (job := applicant.year.reemployment) and job.recorded_on.isoformat() <= case["ends_on"]
    )


async def report_ends(stage: Stage, applicants: Iterable[Applicant]) -> None:
    """Their jobs are over."""
    cases = await _cases(stage)
    await together(
        stage.post(
            "counseling",
            f"/cases/{case['case_id']}/employment-end",
            {"ended_on": job.ended_on.isoformat()},
            key=f"job-end/{applicant.number}",
            by=counselor(case["counselor_id"] or ""),
        )
        for applicant, case in stage.among(applicants, cases)
        if (job := applicant.year.reemployment)
        and job.ended_on
        and job.end_recorded_on
        and job.end_recorded_on.isoformat() <= case["ends_on"]
    )


async def _record_contacts(
    stage: Stage, case: Json, contacts: Sequence[tuple[Applicant, Contact]]
) -> None:
    for applicant, contact in contacts:
        body = {
            "kind": contact.kind,
            "held_on": contact.held_on.isoformat(),
            # Notes name people; that they stay in the vault is what a test looks for.
            "note": f"{applicant.name} 님과 통화 ({applicant.phone})",
        }
        number = applicant.year.contacts.index(contact)
        key = f"contact/{applicant.number}/{number}"
        path, by = f"/cases/{case['case_id']}/contacts", counselor(case["counselor_id"] or "")
        await stage.post("counseling", path, body, key=key, by=by)


async def _cases(stage: Stage) -> dict[str, Json]:
    """Whoever left early has hers earlier, so they are looked up each time."""
    cases = await stage.of_cohort("counseling", "cases")
    return {case["person_id"]: case for case in cases}
