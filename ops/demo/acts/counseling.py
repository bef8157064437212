"""The year after: counselors are in touch, and some women work again."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ops.demo.acts.stage import Stage
from ops.demo.client import together
from ops.demo.people import Applicant
from ops.demo.year import Contact


async def keep_in_touch(stage: Stage, contacts: Iterable[tuple[Applicant, Contact]]) -> None:
    """One woman's contacts in their order, because a case numbers them as they come."""
    await _learn_cases(stage)
    of_case: dict[str, list[tuple[Applicant, Contact]]] = defaultdict(list)
    for applicant, contact in contacts:
        for _, case_id in stage.with_ids([applicant], stage.case_ids):
            of_case[case_id].append((applicant, contact))
    await together(_record_contacts(stage, case_id, found) for case_id, found in of_case.items())


async def report_jobs(stage: Stage, applicants: Iterable[Applicant]) -> None:
    await _learn_cases(stage)
    await together(
        stage.client.post(
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
        for applicant, case_id in stage.with_ids(applicants, stage.case_ids)
        if (job := applicant.year.reemployment)
    )


async def _record_contacts(
    stage: Stage, case_id: str, contacts: Sequence[tuple[Applicant, Contact]]
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
        await stage.client.post("counseling", f"/cases/{case_id}/contacts", body, key=key)


async def _learn_cases(stage: Stage) -> None:
    """Once: every case is open before anyone is counseled."""
    if not stage.case_ids:
        cases = await stage.of_cohort("counseling", "cases")
        stage.case_ids = {case["person_id"]: case["case_id"] for case in cases}
