"""What an event says, in a sentence. Of its own fields only: reasons stand beside it."""

from collections.abc import Callable, Mapping
from typing import Any

Json = Mapping[str, Any]


def say(name: str, body: Json) -> str:
    """Never fails: an event without a sentence here is called by its name."""
    sentence = SENTENCES.get(name)
    return sentence(body) if sentence else name


def won(krw: int) -> str:
    return f"₩{krw:,}" if krw >= 0 else f"-₩{-krw:,}"


def _opened(body: Json) -> str:
    policy = body["policy"]
    places = f"{policy['target']} places, {policy['reserves_max']} reserves"
    return f"cohort {policy['cohort_no']} opens: {places}, {_span(policy, 'starts_on', 'ends_on')}"


def _revised(body: Json) -> str:
    policy = body["policy"]
    applying = _span(policy, "application_from", "application_until")
    return f"extra round {body['round']}: applications {applying}"


def _closed(body: Json) -> str:
    counts = ("applied", "eligible", "selected", "reserved", "not_selected")
    said = ", ".join(f"{body[name]} {name.replace('_', ' ')}" for name in counts)
    return f"selection of round {body['round']} is closed: {said}"


def _selected(body: Json) -> str:
    if body.get("vacancy_id"):
        return f"she is called for {body['vacancy_id']}"
    wishes = len(body["preferred_position_ids"])
    return f"selected in round {body['round']}, {wishes} wishes on her list"


def _matched(body: Json) -> str:
    run = f"{body['candidates']} candidates for {body['openings']} openings"
    return f"matching of round {body['round']} is closed: {run}, {body['placed']} placed"


def _placed(body: Json) -> str:
    hours = f"{body['hours_per_day']} h a day, {body['hours_per_month']} h a month"
    where = f"placed at {body['position_id']} of {body['org_id']}"
    return f"{where}, {_span(body, 'starts_on', 'ends_on')}, {hours}"


def _offered(body: Json) -> str:
    what = f"{body['field']}, {body['openings']} openings, {body['hours_per_day']} h a day"
    return f"{body['org_id']} offers {body['position_id']}: {what}"


def _attended(body: Json) -> str:
    kind = [word for word in ("late", "final") if body.get(f"is_{word}")]
    marks = f" ({', '.join(kind)})" if kind else ""
    return f"attendance of {body['month']}{marks}: {_figures(body)}"


def _corrected(body: Json) -> str:
    return f"correction {body['correction_no']} of {body['month']}: {_figures(body)}"


def _figures(body: Json) -> str:
    if not body["service_from"]:
        return "no day in service"
    absent = f"absent {body['absent_days']} days in {body['absent_weeks']} weeks"
    served = _span(body, "service_from", "service_until")
    return f"{body['scheduled_days']} days scheduled, {absent}, in service {served}"


def _issued(body: Json) -> str:
    number = body.get("correction_no")
    what = f"further payslip, correction {number}," if number else "payslip"
    deducted = f", {won(body['deductions_krw'])} deducted" if body["deductions_krw"] else ""
    return f"{what} of {body['month']}: net {won(body['net_krw'])}{deducted}"


def _found(body: Json) -> str:
    why = f"correction {body['correction_no']} of {body['month']}"
    return f"overpaid {won(body['amount_krw'])}, claimed back: {why}"


def _again(body: Json) -> str:
    where = "with her host" if body["is_at_host"] else "elsewhere"
    return f"she works again, {body['kind']}, {where} (proof: {body['evidence_grade']})"


def _span(body: Json, first: str, last: str) -> str:
    return f"{body[first]} to {body[last]}"


SENTENCES: dict[str, Callable[[Json], str]] = {
    "CohortOpened": _opened,
    "CohortPolicyRevised": _revised,
    "CohortCancelled": lambda b: f"the cohort is called off from {b['effective_on']} on",
    "ApplicationSubmitted": lambda b: f"she applies for {b['field']}, age {b['age_band']}",
    "ApplicationAccepted": lambda _: "she meets every condition",
    "ApplicationRejected": lambda b: f"rejected: {', '.join(b['reason_codes'])}",
    "ApplicationWithdrawn": lambda b: f"she takes part no longer from {b['effective_on']} on",
    "ApplicantSelected": _selected,
    "ApplicantReserved": lambda b: f"reserve {b['reserve_rank']} of round {b['round']}",
    "ApplicantNotSelected": lambda b: f"not selected in round {b['round']}",
    "SelectionClosed": _closed,
    "HostCompanySuspended": lambda b: f"her host {b['org_id']} is suspended",
    "PositionOffered": _offered,
    "PositionClosed": lambda b: f"{b['position_id']} takes nobody any more",
    "VacancyOpened": lambda b: f"{b['vacancy_id']} opens at {b['position_id']} of {b['org_id']}",
    "MatchingClosed": _matched,
    "InternPlaced": _placed,
    "PlacementDeclined": lambda b: f"declined by {_who(b['declined_by'])} before her first day",
    "ApplicantUnmatched": lambda b: (
        f"{b['vacancy_id']} could not be taken any more"
        if b.get("vacancy_id")
        else f"no place in the matching of round {b['round']}"
    ),
    "InternshipStarted": lambda _: "her internship begins",
    "AttendanceConfirmed": _attended,
    "AttendanceCorrected": _corrected,
    "InternshipCompleted": lambda b: f"completed: {_share(b)}",
    "InternshipNotCompleted": lambda b: f"not completed: {_share(b)}",
    "InternWithdrew": lambda b: (
        f"ended by {_who(b['ended_by'])}: not in service from {b['effective_on']} on"
    ),
    "PayrollRecordOpened": lambda b: f"she is on the payroll: {b['record_id']}",
    "PayslipIssued": _issued,
    "PaymentOrdered": lambda b: (
        f"{won(b['amount_krw'])} ordered for {b['pay_on']}, attempt {b['attempt']}"
    ),
    "WagePaid": lambda b: f"the bank paid {won(b['amount_krw'])} for {b['month']}",
    "PaymentFailed": lambda b: (
        f"the bank refused {won(b['amount_krw'])} for {b['month']}: {b['reason_code']}"
    ),
    "PayeeAccountChanged": lambda _: "her wage goes to another account, approved by a second hand",
    "OverpaymentFound": _found,
    "OverpaymentRecovered": lambda b: (
        f"{won(b['amount_krw'])} paid back for {b['month']} ({b['deposit_id']})"
    ),
    "PayrollRecordClosed": lambda b: (
        f"the payroll is closed: {b['months']} months, she keeps {won(b['paid_krw'])}"
    ),
    "CaseOpened": lambda b: (
        f"her counseling year begins, until {b['ends_on']}, after {b.get('after', 'completion')}"
    ),
    "CounselorAssigned": lambda b: f"{b['counselor_id']} accompanies her",
    "CaseTransferred": lambda b: (
        f"{b['to_counselor_id']} goes on in place of {b['from_counselor_id']}"
    ),
    "ContactRecorded": lambda b: f"contact: {b['kind']}, with {b['counselor_id']}",
    "FollowUpOverdue": lambda b: f"follow-up {b['follow_up_no']} had no contact by its day",
    "Reemployed": _again,
    "EmploymentEnded": lambda b: f"she no longer works there from {b['effective_on']} on",
    "CaseClosed": lambda b: f"her counseling year is over: {b['outcome']}",
}


def _who(party: str) -> str:
    return {"intern": "herself"}.get(party, f"the {party}")


def _share(body: Json) -> str:
    return f"{body['attended_days']} of {body['scheduled_days']} days attended"
