"""What the statistics office makes of one cohort's events: its figures, and who does not fit.

Pure, and Python's standard library only. Everything is worked out from the facts as they were told,
never from the counts that the services announce: those are compared with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

Json = dict[str, Any]

STEPS = {
    "ApplicationAccepted": ("ApplicationSubmitted",),
    "ApplicationWithdrawn": ("ApplicationSubmitted",),
    "ApplicantSelected": ("ApplicationAccepted",),
    "ApplicantUnmatched": ("ApplicantSelected",),
    "InternPlaced": ("ApplicantSelected",),
    "PlacementDeclined": ("InternPlaced",),
    "InternshipStarted": ("InternPlaced",),
    "InternWithdrew": ("InternshipStarted",),
    "AttendanceConfirmed": ("InternPlaced",),
    "AttendanceCorrected": ("AttendanceConfirmed",),
    "InternshipCompleted": ("InternshipStarted",),
    "InternshipNotCompleted": ("InternshipStarted",),
    "PayrollRecordOpened": ("InternPlaced",),
    "WagePaid": ("AttendanceConfirmed",),
    "OverpaymentFound": ("AttendanceCorrected",),
    "OverpaymentRecovered": ("OverpaymentFound",),
    "CaseOpened": ("InternshipCompleted", "InternshipNotCompleted", "InternWithdrew"),
    "Reemployed": ("CaseOpened",),
    "EmploymentEnded": ("Reemployed",),
}
"""Nobody gets to the step on the left but by one of those on the right."""


@dataclass
class Figures:
    """One cohort in numbers. Wages are counted and summed by what payroll says was paid.

    `selected` and `placed`: ever, whatever came of it. `completed`: and was not found out to have
    left before. `reemployed` and `still_employed`: leavers who were offered counseling included.
    """

    title: str = ""
    rounds: int = 0
    applied: int = 0
    eligible: int = 0
    selected: int = 0
    called_from_reserve: int = 0
    placed: int = 0
    declined: int = 0
    hosts: int = 0
    started: int = 0
    withdrew: int = 0
    completed: int = 0
    wages_paid: int = 0
    paid_krw: int = 0
    paid_krw_by_month: dict[str, int] = field(default_factory=dict)
    overpaid_krw: int = 0
    recovered_krw: int = 0
    cases: int = 0
    reemployed: int = 0
    still_employed: int = 0


@dataclass
class Cohort:
    """What was told, by the event's name: the record's key (whom it is about) and its body.
    `taken` is the same in the order in which it was told, which is right within a stream.
    """

    taken: list[tuple[str, str, Json]] = field(default_factory=list)
    told: dict[str, list[tuple[str, Json]]] = field(default_factory=dict)
    works: dict[str, bool] = field(default_factory=dict)

    def take(self, key: str, name: str, body: Json) -> None:
        self.taken.append((key, name, body))
        self.told.setdefault(name, []).append((key, body))
        if name in ("Reemployed", "EmploymentEnded"):  # of one stream, so in the order of the facts
            self.works[key] = name == "Reemployed"

    def until(self, day: str) -> "Cohort":
        """The cohort as of that day: the facts that count from then or before, known when ever."""
        found = Cohort()
        for key, name, body in self.taken:
            if body["effective_on"] <= day:
                found.take(key, name, body)
        return found

    def bodies(self, name: str) -> list[Json]:
        return [body for _, body in self.told.get(name, [])]

    def who(self, *names: str, **fields: Any) -> set[str]:
        """Whose events of these names have these fields; a field that is missing is None."""
        return {
            key
            for name in names
            for key, body in self.told.get(name, [])
            if all(body.get(field) == value for field, value in fields.items())
        }

    def everyone(self) -> set[str]:
        return {key for found in self.told.values() for key, body in found if "person_id" in body}


def figures_of(cohort: Cohort) -> Figures:
    opened = cohort.bodies("CohortOpened")
    by_month: dict[str, int] = {}
    wages = {body["order_id"]: body for body in cohort.bodies("WagePaid")}
    for body in wages.values():
        by_month[body["month"]] = by_month.get(body["month"], 0) + body["amount_krw"]
    selected = cohort.who("ApplicantSelected")
    called = selected - cohort.who("ApplicantSelected", vacancy_id=None)
    claims = {body["claim_id"]: body["amount_krw"] for body in cohort.bodies("OverpaymentFound")}
    deposits = {b["deposit_id"]: b["amount_krw"] for b in cohort.bodies("OverpaymentRecovered")}
    return Figures(
        title=opened[0]["policy"]["title"] if opened else "",
        rounds=len(cohort.bodies("SelectionClosed")),
        applied=len(cohort.who("ApplicationSubmitted")),
        eligible=len(cohort.who("ApplicationAccepted")),
        selected=len(selected),
        called_from_reserve=len(called & cohort.who("ApplicantReserved")),
        placed=len(cohort.who("InternPlaced")),
        declined=len(cohort.who("PlacementDeclined")),
        hosts=len({body["org_id"] for body in cohort.bodies("InternPlaced")}),
        started=len(cohort.who("InternshipStarted")),
        withdrew=len(cohort.who("InternWithdrew")),
        completed=len(cohort.who("InternshipCompleted") - cohort.who("InternWithdrew")),
        wages_paid=len(wages),
        paid_krw=sum(by_month.values()),
        paid_krw_by_month=dict(sorted(by_month.items())),
        overpaid_krw=sum(claims.values()),
        recovered_krw=sum(deposits.values()),
        cases=len(cohort.who("CaseOpened")),
        reemployed=len(cohort.who("Reemployed")),
        still_employed=sum(cohort.works.values()),
    )


def strays(cohort: Cohort) -> Iterator[tuple[str, str, str]]:
    """Who came to which step without which before it: in no count, or in all of them."""
    for step, before in STEPS.items():
        for who in sorted(cohort.who(step) - cohort.who(*before)):
            yield who, step, " or ".join(before)


def comparisons(cohort: Cohort) -> Iterator[tuple[str, int, int, set[str]]]:
    """What was announced, the count, ours, and who should be in ours by other facts but is not."""
    for closed in cohort.bodies("SelectionClosed"):
        yield from _selection(cohort, closed)
    for closed in cohort.bodies("MatchingClosed"):
        yield from _matching(cohort, closed)
    for closed in cohort.bodies("AttendanceMonthClosed"):
        yield from _attendance(cohort, closed)


def _selection(cohort: Cohort, closed: Json) -> Iterator[tuple[str, int, int, set[str]]]:
    """Of those who applied in this round. Who withdrew before it was decided was not ranked."""
    round_, rounds = closed["round"], _rounds(cohort)
    submitted, accepted = cohort.who("ApplicationSubmitted"), cohort.who("ApplicationAccepted")
    selected = cohort.who("ApplicantSelected", vacancy_id=None)
    decided = selected | cohort.who("ApplicantReserved", "ApplicantNotSelected")
    matched = cohort.who("InternPlaced", "ApplicantUnmatched", vacancy_id=None)
    ranked = accepted - (cohort.who("ApplicationWithdrawn") - decided)
    screened = accepted | cohort.who("ApplicationRejected")
    undecided = ranked - decided

    def of_round(people: set[str]) -> int:
        return sum(rounds.get(who) == round_ for who in people)

    yield "applied", closed["applied"], of_round(submitted), (screened | decided) - submitted
    unscreened = (submitted - screened - cohort.who("ApplicationWithdrawn")) | (decided - accepted)
    yield "eligible", closed["eligible"], of_round(ranked), unscreened
    for outcome, event in (
        ("reserved", "ApplicantReserved"),
        ("not_selected", "ApplicantNotSelected"),
    ):
        yield outcome, closed[outcome], of_round(cohort.who(event)), undecided
    yield "selected", closed["selected"], of_round(selected), undecided | (matched - selected)


def _rounds(cohort: Cohort) -> dict[str, int]:
    """The round that each applicant is of: as her decision says, or by the day of her application.

    A round is announced when the one before is closed, so who applied on that day is of the next.
    """
    closed_on = [body["recorded_on"] for body in cohort.bodies("SelectionClosed")]
    rounds: dict[str, int] = {}
    for key, body in cohort.told.get("ApplicationAccepted", []):
        rounds[key] = 1 + sum(day < body["recorded_on"] for day in closed_on)
    for key, body in cohort.told.get("ApplicationSubmitted", []):
        rounds[key] = 1 + sum(day <= body["recorded_on"] for day in closed_on)
    for name in ("ApplicantSelected", "ApplicantReserved", "ApplicantNotSelected"):
        rounds.update({key: body["round"] for key, body in cohort.told.get(name, [])})
    return rounds


def _matching(cohort: Cohort, closed: Json) -> Iterator[tuple[str, int, int, set[str]]]:
    """Of those who were selected in this round, and had not withdrawn before its matching."""
    round_, day = closed["round"], closed["recorded_on"]
    selected = cohort.who("ApplicantSelected", vacancy_id=None)
    chosen = cohort.who("ApplicantSelected", vacancy_id=None, round=round_)
    gone = {key for key, b in cohort.told.get("ApplicationWithdrawn", []) if b["recorded_on"] < day}
    unmatched = cohort.who("ApplicantUnmatched", vacancy_id=None, round=round_)
    placed = cohort.who("InternPlaced", vacancy_id=None)
    strangers = cohort.who("InternPlaced", vacancy_id=None, recorded_on=day) - selected
    matched = placed | cohort.who("ApplicantUnmatched", vacancy_id=None)
    yield "candidates", closed["candidates"], len(chosen - gone), matched - selected
    lost = chosen - gone - matched
    yield "unmatched", closed["unmatched"], len(unmatched), lost
    suspects = lost | (cohort.who("InternshipStarted") - cohort.who("InternPlaced"))
    yield "placed", closed["placed"], len((placed & chosen) | strangers), suspects
    yield "openings", closed["openings"], _openings(cohort, round_, day), set()


def _openings(cohort: Cohort, round_: int, day: str) -> int:
    """Offered for this round or one before, not closed and not taken when its matching began."""
    days = {body.get("round", 1): body["policy"]["matching_on"] for body in _policies(cohort)}
    until = days.get(round_, day)
    free = {
        body["position_id"]: body["openings"]
        for body in cohort.bodies("PositionOffered")
        if body["recorded_on"] < until
    }
    for body in cohort.bodies("PositionClosed"):
        if body["recorded_on"] < day:
            free.pop(body["position_id"], None)
    ended = [*cohort.bodies("PlacementDeclined"), *cohort.bodies("InternWithdrew")]
    over = {body["placement_id"] for body in ended if body["recorded_on"] < day}
    for body in cohort.bodies("InternPlaced"):
        if body["recorded_on"] < day and body["placement_id"] not in over:
            free[body["position_id"]] = free.get(body["position_id"], 0) - 1
    return sum(max(0, openings) for openings in free.values())


def _policies(cohort: Cohort) -> list[Json]:
    return [*cohort.bodies("CohortOpened"), *cohort.bodies("CohortPolicyRevised")]


def _attendance(cohort: Cohort, closed: Json) -> Iterator[tuple[str, int, int, set[str]]]:
    """In time are those neither late nor final, also when they were corrected since."""
    month, day = closed["month"], closed["recorded_on"]
    in_time = {
        key
        for key, body in cohort.told.get("AttendanceConfirmed", [])
        if body["month"] == month and not body.get("is_late") and not body.get("is_final")
    }
    surely, perhaps = _at_work(cohort, month, day)
    least, most = len(surely - in_time), len((surely | perhaps) - in_time)
    suspects = surely - in_time
    yield f"attendances of {month}", closed["confirmed"], len(in_time), suspects
    missing = min(max(closed["missing"], least), most)
    yield f"missing of {month}", closed["missing"], missing, suspects


def _at_work(cohort: Cohort, month: str, day: str) -> tuple[set[str], set[str]]:
    """Whose attendance was to be in that month's count when it was closed on that day: surely, and
    perhaps. Not that of who declined, nor what comes after leaving, nor a leaver's last month. Who
    left on the very day was still expected, or not any more: no order is promised between the two.
    """
    declined = {body["placement_id"] for body in cohort.bodies("PlacementDeclined")}
    left = {body["placement_id"]: body for body in cohort.bodies("InternWithdrew")}
    surely, perhaps = set(), set()
    for key, placed in cohort.told.get("InternPlaced", []):
        placement_id = placed["placement_id"]
        is_in = placed["starts_on"][:7] <= month <= placed["ends_on"][:7]
        if placement_id in declined or not is_in:
            continue
        leaving = left.get(placement_id)
        if leaving is None or leaving["recorded_on"] > day or month < _last_month(leaving):
            surely.add(key)
        elif leaving["recorded_on"] == day:
            perhaps.add(key)
    return surely, perhaps


def _last_month(leaving: Json) -> str:
    last = date.fromisoformat(leaving["effective_on"]) - timedelta(days=1)
    return last.isoformat()[:7]
