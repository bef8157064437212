"""Hearing the topics: each event into the evidence, topic by topic. What cannot be is a finding."""

from ops.audit.evidence import Ending, Evidence, Finding, Json

OWN_IDS = (
    *("person_id", "application_id", "placement_id", "record_id", "payslip_id"),
    *("order_id", "claim_id", "deposit_id", "case_id"),
)


def take(evidence: Evidence, name: str, body: Json) -> None:
    """One event, in the order of its stream."""
    if "person_id" in body:
        ids = (body.get(id_) for id_ in OWN_IDS)
        evidence.owners.update((id_, body["person_id"]) for id_ in ids if id_)
    if name == "DayStarted":
        evidence.today = max(evidence.today, body["effective_on"])
    for hear in (_intake, _hosts, _interns, _wages, _claims, _counseling):
        hear(evidence, name, body)


def _intake(evidence: Evidence, name: str, body: Json) -> None:
    match name:
        case "CohortOpened":
            evidence.policies[body["cohort_id"]] = body["policy"]
        case "CohortCancelled":
            evidence.cancelled[body["cohort_id"]] = body
        case "ApplicationWithdrawn":
            evidence.withdrawn[body["application_id"]] = body
        case "ApplicantSelected":
            application_id = body["application_id"]
            if application_id in evidence.withdrawn:
                finding = Finding(application_id, "is selected, though she had withdrawn before")
                evidence.findings.append(finding)
            evidence.selections.setdefault(application_id, []).append(body)
        case "ApplicantReserved":
            evidence.reserved[body["application_id"]] = body


def _hosts(evidence: Evidence, name: str, body: Json) -> None:
    match name:
        case "HostCompanyApproved":
            evidence.hosts[body["org_id"], body["cohort_id"]] = body
        case "HostCompanySuspended":
            evidence.suspended[body["org_id"], body["cohort_id"]] = body
        case "PositionOffered":
            evidence.offers[body["position_id"]] = body
        case "PositionClosed":
            evidence.closed[body["position_id"]] = body
        case "VacancyOpened":
            if evidence.vacancies.setdefault(body["vacancy_id"], body) is not body:
                evidence.findings.append(Finding(body["vacancy_id"], "is opened twice"))


def _interns(evidence: Evidence, name: str, body: Json) -> None:
    match name:
        case "InternPlaced":
            evidence.placements[body["placement_id"]] = body
        case "ApplicantUnmatched":
            evidence.unmatched.append(body)
        case "PlacementDeclined":
            evidence.declined[body["placement_id"]] = body
        case "InternWithdrew":
            if evidence.left.setdefault(body["placement_id"], body) is not body:
                evidence.findings.append(Finding(body["placement_id"], "is left twice"))
        case "AttendanceConfirmed":
            work = (body["placement_id"], body["month"])
            if evidence.attendances.setdefault(work, body) is not body:
                twice = Finding(body["person_id"], f"{work[1]} is confirmed twice")
                evidence.findings.append(twice)
        case "AttendanceCorrected":
            _correct(evidence, body)
        case "InternshipCompleted" | "InternshipNotCompleted":
            _end(evidence, name, body)


def _correct(evidence: Evidence, body: Json) -> None:
    """Corrections count from 1, and there must be something to correct."""
    work = (body["placement_id"], body["month"])
    corrections = evidence.corrections.setdefault(work, [])
    number, due = body["correction_no"], len(corrections) + 1
    if number != due:
        says = f"correction {number} of {work[1]} comes where {due} is due"
        evidence.findings.append(Finding(body["person_id"], says))
    if work not in evidence.attendances:
        says = f"{work[1]} is corrected, and was never confirmed"
        evidence.findings.append(Finding(body["person_id"], says))
    corrections.append(body)


def _end(evidence: Evidence, name: str, body: Json) -> None:
    """An outcome that was told stands, whatever is corrected or found out later."""
    placement_id = body["placement_id"]
    if placement_id in evidence.left:
        says = f"{name}, though she had left before"
        evidence.findings.append(Finding(placement_id, says))
    months = [
        evidence.figures(work) or {} for work in evidence.attendances if work[0] == placement_id
    ]
    scheduled = sum(month["scheduled_days"] for month in months)
    attended = scheduled - sum(month["absent_days"] for month in months)
    evidence.endings[placement_id] = Ending(name, body, scheduled, attended)


def _wages(evidence: Evidence, name: str, body: Json) -> None:
    match name:
        case "PayrollRecordOpened":
            evidence.placement_of_record[body["record_id"]] = body["placement_id"]
        case "PayslipIssued":
            if evidence.payslips.setdefault(body["payslip_id"], body) is not body:
                twice = Finding(body["payslip_id"], "is issued twice on the topic")
                evidence.findings.append(twice)
        case "PaymentOrdered":
            if body["order_id"] in evidence.orders:
                evidence.findings.append(Finding(body["order_id"], "is ordered twice"))
            evidence.add_order(body)
        case "WagePaid":
            evidence.outcomes[body["order_id"]] = "paid"
            evidence.results.append(body)
        case "PaymentFailed":
            evidence.outcomes[body["order_id"]] = "refused"
            evidence.results.append(body)
        case "PayeeAccountChanged":
            evidence.account_changes[body["person_id"]] += 1


def _claims(evidence: Evidence, name: str, body: Json) -> None:
    match name:
        case "OverpaymentFound":
            if evidence.claims.setdefault(body["claim_id"], body) is not body:
                evidence.findings.append(Finding(body["claim_id"], "is found twice on the topic"))
        case "OverpaymentRecovered":
            if evidence.recoveries.setdefault(body["deposit_id"], body) is not body:
                evidence.findings.append(Finding(body["deposit_id"], "is booked twice"))


def _counseling(evidence: Evidence, name: str, body: Json) -> None:
    match name:
        case "CaseOpened":
            evidence.cases[body["case_id"]] = body
        case "ContactRecorded":
            evidence.contacts.setdefault(body["case_id"], []).append(body["effective_on"])
        case "FollowUpOverdue":
            evidence.overdue.add((body["case_id"], body["follow_up_no"]))
