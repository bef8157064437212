"""The evidence: what the topics say, what the bank did, what payroll's store holds. Unjudged.

Bodies are the events' JSON, as they are on the wire, by their ids. What became of one placement or
application comes in the order of its stream, so that "before" and "after" need no dates there.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from ops.audit.wages import wage_krw
from ops.bank import Row

Json = dict[str, Any]
Work = tuple[str, str]
"""A placement and a month of it: `("plc_…", "2022-04")`."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something is wrong, and whose id to look at."""

    culprit: str
    says: str

    def __str__(self) -> str:
        return f"{self.culprit}: {self.says}"


@dataclass(frozen=True, slots=True)
class Ending:
    """What was told of a whole internship, and the days of its months as they stood then."""

    name: str
    body: Json
    scheduled_days: int
    attended_days: int


@dataclass(slots=True)
class Evidence:
    """Everything by its id. `owners` says whose an id is."""

    today: str = ""
    policies: dict[str, Json] = field(default_factory=dict)
    cancelled: dict[str, Json] = field(default_factory=dict)
    withdrawn: dict[str, Json] = field(default_factory=dict)
    selections: dict[str, list[Json]] = field(default_factory=dict)
    reserved: dict[str, Json] = field(default_factory=dict)
    unmatched: list[Json] = field(default_factory=list)
    hosts: dict[tuple[str, str], Json] = field(default_factory=dict)
    suspended: dict[tuple[str, str], Json] = field(default_factory=dict)
    closed: dict[str, Json] = field(default_factory=dict)
    offers: dict[str, Json] = field(default_factory=dict)
    vacancies: dict[str, Json] = field(default_factory=dict)
    placements: dict[str, Json] = field(default_factory=dict)
    declined: dict[str, Json] = field(default_factory=dict)
    left: dict[str, Json] = field(default_factory=dict)
    attendances: dict[Work, Json] = field(default_factory=dict)
    corrections: dict[Work, list[Json]] = field(default_factory=dict)
    endings: dict[str, Ending] = field(default_factory=dict)
    cases: dict[str, Json] = field(default_factory=dict)
    contacts: dict[str, list[str]] = field(default_factory=dict)
    overdue: set[tuple[str, int]] = field(default_factory=set)
    placement_of_record: dict[str, str] = field(default_factory=dict)
    payslips: dict[str, Json] = field(default_factory=dict)
    orders: dict[str, Json] = field(default_factory=dict)
    results: list[Json] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)
    claims: dict[str, Json] = field(default_factory=dict)
    recoveries: dict[str, Json] = field(default_factory=dict)
    account_changes: Counter[str] = field(default_factory=Counter)
    bank: dict[str, list[Row]] = field(default_factory=dict)
    deposits: dict[str, list[Row]] = field(default_factory=dict)
    stored: dict[str, Json] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    owners: dict[str, str] = field(default_factory=dict)
    _orders_of: dict[str, list[Json]] = field(default_factory=dict)

    def work_of(self, paper: Json) -> Work:
        """The placement and month that a payslip or a claim is about."""
        return self.placement_of_record.get(paper["record_id"], ""), paper["month"]

    def orders_of(self, payslip_id: str) -> list[Json]:
        """By attempt, the latest last."""
        return sorted(self._orders_of.get(payslip_id, []), key=lambda order: order["attempt"])

    def figures(self, work: Work, before: str = "") -> Json | None:
        """The month as it stands: as confirmed, or by the highest correction. With `before`: by
        those recorded before that day, because payroll settles a correction the day after.
        """
        found = [c for c in self.corrections.get(work, ()) if not before or _is_by(c, before)]
        return max(found, key=lambda c: int(c["correction_no"]), default=self.attendances.get(work))

    def wage(self, figures: Json | None) -> int | None:
        """None where it rests on a cohort or a placement that nobody told of."""
        if figures is None:
            return None
        policy = self.policies.get(figures["cohort_id"])
        placement = self.placements.get(figures["placement_id"])
        return wage_krw(policy, placement, figures) if policy and placement else None

    def last_day(self, placement_id: str) -> str:
        """The last day of service (ISO); the day before the first where there is none."""
        placed, left = self.placements[placement_id], self.left.get(placement_id)
        if placement_id in self.declined:
            return plus(placed["starts_on"], -1)
        ends_on: str = placed["ends_on"]
        return min(ends_on, plus(left["effective_on"], -1)) if left else ends_on

    def is_settled(self, body: Json) -> bool:
        """Recorded before today: who had to answer it has had the next day's sweep to do so."""
        return _is_by(body, self.today)

    def add_order(self, order: Json) -> None:
        self.orders[order["order_id"]] = order
        self._orders_of.setdefault(order["payslip_id"], []).append(order)


def plus(day: str, days: int) -> str:
    """So many days after an ISO day, or before it."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _is_by(body: Json, before: str) -> bool:
    return bool(body["recorded_on"] < before)
