"""What a counseling year goes through by itself: it opens, is given care, runs late, ends.

What counselors record on it stands in `facts.py`.
"""

from datetime import date, timedelta

from services.counseling.domain.cases import (
    Case,
    CaseEvent,
    CaseTakenBack,
    LeavingNoted,
    YearPlanned,
)
from services.counseling.domain.cohorts import Cohort, Ending
from shared.errors import Invalid
from shared.events.counseling import (
    CaseClosed,
    CaseOpened,
    CaseTransferred,
    CounselorAssigned,
    FollowUpOverdue,
    Outcome,
)
from shared.money import add_months


def decide_opening(
    case: Case | None, ending: Ending, cohort: Cohort, today: date
) -> list[CaseEvent]:
    """Her year begins on the day after her last day of service, whenever that is known.

    A follow-up on or after the last day is not planned: the case is closed by then.
    """
    if case is not None:
        raise Invalid("this placement ended before: it has its case")
    counseling = cohort.policy.counseling
    opened_on = ending.out_on
    ends_on = add_months(ending.served_until, counseling.months)
    after_days = sorted(set(counseling.follow_up_after_days))
    days = (ending.served_until + timedelta(days=n) for n in after_days)
    return [
        CaseOpened(
            effective_on=opened_on,
            recorded_on=today,
            case_id=ending.case_id,
            person_id=ending.person_id,
            cohort_id=ending.cohort_id,
            ends_on=ends_on,
            after=ending.after,
        ),
        YearPlanned(
            effective_on=opened_on,
            recorded_on=today,
            case_id=ending.case_id,
            follow_ups_on=tuple(day for day in days if opened_on <= day < ends_on),
        ),
    ]


def decide_leaving(case: Case, ending: Ending, today: date) -> list[CaseEvent]:
    """Whatever the state of her case: that she left is so on a closed one, too."""
    return [LeavingNoted(effective_on=ending.out_on, recorded_on=today, case_id=case.case_id)]


def decide_taking_over(case: Case, counselor_id: str, today: date) -> list[CaseEvent]:
    """Her first counselor is assigned; after one who left, the case is transferred."""
    if case.former_counselor_id is None:
        return [
            CounselorAssigned(
                effective_on=today,
                recorded_on=today,
                case_id=case.case_id,
                person_id=case.person_id,
                cohort_id=case.cohort_id,
                counselor_id=counselor_id,
            )
        ]
    return [
        CaseTransferred(
            effective_on=today,
            recorded_on=today,
            case_id=case.case_id,
            person_id=case.person_id,
            cohort_id=case.cohort_id,
            from_counselor_id=case.former_counselor_id,
            to_counselor_id=counselor_id,
        )
    ]


def decide_return(case: Case, counselor_id: str, today: date) -> list[CaseEvent]:
    return [
        CaseTakenBack(
            effective_on=today,
            recorded_on=today,
            case_id=case.case_id,
            counselor_id=counselor_id,
        )
    ]


def decide_due(case: Case, today: date) -> list[CaseEvent]:
    """Follow-ups whose day has passed without a contact; on the last day, the end.

    Whoever has the case, or nobody: a follow-up that is dropped is announced.
    """
    if case.status == "closed":
        return []
    events: list[CaseEvent] = [
        FollowUpOverdue(
            effective_on=day,
            recorded_on=today,
            case_id=case.case_id,
            person_id=case.person_id,
            cohort_id=case.cohort_id,
            follow_up_no=number,
        )
        for number, day in case.open_follow_ups()
        if day < today
    ]
    if case.ends_on < today:
        outcome: Outcome = "reemployed" if case.reemployments else "not-reemployed"
        events.append(
            CaseClosed(
                effective_on=case.ends_on,
                recorded_on=today,
                case_id=case.case_id,
                person_id=case.person_id,
                cohort_id=case.cohort_id,
                outcome=outcome,
            )
        )
    return events
