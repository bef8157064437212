"""A cohort's story told event by event, into topics, the bank's file and payroll's store."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ops.bank import Row
from shared.events import IntegrationEvent
from shared.events.calendar import DayStarted
from shared.events.counseling import CaseOpened, Reemployed
from shared.events.intake import (
    ApplicantReserved,
    ApplicantSelected,
    ApplicationAccepted,
    ApplicationRejected,
    ApplicationSubmitted,
    CohortOpened,
    SelectionClosed,
)
from shared.events.payroll import (
    PaymentFailed,
    PaymentOrdered,
    PayrollRecordOpened,
    PayslipIssued,
    WagePaid,
)
from shared.events.placement import (
    AttendanceConfirmed,
    AttendanceCorrected,
    AttendanceMonthClosed,
    HostCompanyApproved,
    InternPlaced,
    InternshipCompleted,
    InternshipStarted,
    MatchingClosed,
    PositionOffered,
)
from shared.events.policy import CohortPolicy
from tests.ops.world import (
    CLOSING_DAYS,
    COHORT,
    HOURS_PER_MONTH,
    LAST_DAYS,
    PAY_DATES,
    POLICY,
    SCHEDULED,
    WAGES,
    Topics,
    World,
    is_record,
)


def play(hours: Iterable[int] = (8, 6, 4), *, until: str = "2022-07-12") -> World:
    """Interns with these hours a day, all served in full and paid, and one who was rejected."""
    town = Town()
    interns = {f"per_{n}": h for n, h in enumerate(hours)}
    town.open()
    for person in interns:
        town.apply(person)
        town.select(person)
    town.reject("per_rejected")
    town.close_selection(applied=len(interns) + 1, selected=len(interns))
    for person, daily in interns.items():
        town.offer(person, daily)
        town.place(person)
    town.close_matching(candidates=len(interns), placed=len(interns))
    for person in interns:
        town.start(person)
    for month in SCHEDULED:
        for person, daily in interns.items():
            town.work(person, month)
            town.pay(person, month, WAGES[daily])
        town.close_month(month, confirmed=len(interns))
    for person in interns:
        town.complete(person)
    town.reemploy("per_0")
    return town.world(until)


@dataclass
class Town:
    """Tells a story event by event, each on its day. Ids follow from the person's: `per_0` has
    `app_0`, `plc_0`, `rec_0`, `cas_0`, and works at `pos_0` of `org_0` if nothing else is said.
    """

    topics: Topics = field(default_factory=Topics)
    bank: list[Row] = field(default_factory=list)
    payslips: list[dict[str, Any]] = field(default_factory=list)
    policy: CohortPolicy = POLICY

    def world(self, until: str) -> World:
        """It is the evening of that day."""
        self.topics.publish(DayStarted, until, is_business_day=True)
        return World(tuple(self.topics.records), tuple(self.bank), tuple(self.payslips))

    def tell(self, contract: type[IntegrationEvent], day: str, **fields: Any) -> None:
        self.topics.publish(contract, day, **fields)

    def open(self) -> None:
        policy = self.policy.model_dump(mode="json")
        self.tell(CohortOpened, "2022-03-03", cohort_id=COHORT, policy=policy)

    def apply(self, person: str) -> None:
        about = application_of(person)
        self.tell(ApplicationSubmitted, "2022-03-05", **about, field="it", age_band="30-39")
        self.tell(ApplicationAccepted, "2022-03-18", **about)

    def reject(self, person: str) -> None:
        about = application_of(person)
        self.tell(ApplicationSubmitted, "2022-03-05", **about, field="it", age_band="30-39")
        self.tell(ApplicationRejected, "2022-03-18", **about, reason_codes=("career-break",))

    def select(self, person: str, day: str = "2022-03-22", **call: Any) -> None:
        wish: dict[str, Any] = {"round": 1, "field": "it", "preferred_position_ids": ()}
        self.tell(ApplicantSelected, day, **application_of(person), **(wish | call))

    def reserve(self, person: str, rank: int) -> None:
        about = {**application_of(person), "round": 1, "reserve_rank": rank}
        self.tell(ApplicantReserved, "2022-03-22", **about)

    def close_selection(self, *, applied: int, selected: int, **counts: int) -> None:
        told = {"eligible": selected, "reserved": 0, "not_selected": 0, "round": 1, **counts}
        told |= {"applied": applied, "selected": selected}
        self.tell(SelectionClosed, "2022-03-22", cohort_id=COHORT, input_digest="d", **told)

    def offer(self, person: str, daily: int = 8, openings: int = 1) -> None:
        """The company that she will work at, and its position."""
        org_id = person.replace("per", "org")
        self.tell(
            HostCompanyApproved, "2022-03-10", org_id=org_id, cohort_id=COHORT, interns_max=openings
        )
        about = {"cohort_id": COHORT, "field": "it", "openings": openings}
        self.tell(PositionOffered, "2022-03-10", **about, **place_of(person, daily))

    def place(self, person: str, day: str = "2022-03-29", **fields: Any) -> None:
        placed: dict[str, Any] = {
            **application_of(person),
            "placement_id": person.replace("per", "plc"),
        }
        placed |= {"starts_on": "2022-04-01", "ends_on": "2022-06-30", **place_of(person)}
        placed |= {"hours_per_day": self._hours(person), **fields}
        placed["hours_per_month"] = HOURS_PER_MONTH[placed["hours_per_day"]]
        self.tell(InternPlaced, day, **placed)
        record_id = placed["placement_id"].replace("plc", "rec")
        about = {"placement_id": placed["placement_id"], "record_id": record_id}
        self.tell(PayrollRecordOpened, day, **ids(person), **about)

    def close_matching(self, *, candidates: int, placed: int, **counts: int) -> None:
        told = {"candidates": candidates, "openings": placed, "placed": placed, **counts}
        told |= {"unmatched": candidates - placed, "round": 1}
        self.tell(MatchingClosed, "2022-03-29", cohort_id=COHORT, input_digest="d", **told)

    def start(self, person: str, day: str = "2022-04-01") -> None:
        placement_id = person.replace("per", "plc")
        self.tell(InternshipStarted, day, **ids(person), placement_id=placement_id)

    def work(self, person: str, month: str, day: str = "", **figures: Any) -> None:
        """Confirmed on that day; as a whole month on its last one, if nothing else is said."""
        last = f"{month}-{LAST_DAYS[month]}"
        self.tell(
            AttendanceConfirmed, day or last, **ids(person), **month_of(person, month, figures)
        )

    def correct(self, person: str, month: str, day: str, number: int = 1, **figures: Any) -> None:
        told = {**month_of(person, month, figures), "correction_no": number}
        self.tell(AttendanceCorrected, day, **ids(person), **told)

    def pay(
        self, person: str, month: str, krw: int, day: str = "", *, number: int = 0, **order: Any
    ) -> None:
        """Made out, ordered and paid on that day; `order` says more of the order."""
        day = day or PAY_DATES[month]
        tail = f"{person.removeprefix('per_')}{month.replace('-', '')}{number or ''}"
        slip: dict[str, Any] = {**ids(person), "payslip_id": f"slp_{tail}"}
        slip |= {"record_id": person.replace("per", "rec"), "correction_no": number}
        slip |= {"month": month, "gross_krw": krw, "deductions_krw": 0, "net_krw": krw}
        slip |= {"pay_date": day}
        self.tell(PayslipIssued, day, **slip)
        rows = [{"item": "contracted-month", "amount_krw": krw}]
        self.payslips.append({**slip, "rows": rows, "status": "paid"})
        self.order(slip, day, on=day, **order)

    def order(
        self,
        slip: dict[str, Any],
        day: str,
        *,
        on: str,
        attempt: int = 1,
        is_refused: bool = False,
        account: str = "",
    ) -> None:
        """The bank's answer comes on the very day."""
        person = slip["person_id"]
        order_id = slip["payslip_id"].replace("slp", "ord") + (
            "" if attempt == 1 else f"a{attempt}"
        )
        order: dict[str, Any] = {**ids(person), "order_id": order_id}
        order |= {"payslip_id": slip["payslip_id"], "amount_krw": slip["net_krw"]}
        self.tell(PaymentOrdered, day, **order, attempt=attempt, pay_on=on)
        if is_refused:
            told = {**order, "month": slip["month"], "reason_code": "account-closed"}
            self.tell(PaymentFailed, day, **told)
        else:
            self.tell(WagePaid, day, **order, month=slip["month"])
        done = ("refused", "account-closed") if is_refused else ("paid", "")
        account = account or account_of(person)
        self.bank.append(Row(order_id, f"fil_{order_id}", on, slip["net_krw"], *done, account))

    def close_month(self, month: str, *, confirmed: int, missing: int = 0) -> None:
        day = CLOSING_DAYS[month]
        counts = {"month": month, "confirmed": confirmed, "missing": missing}
        self.tell(AttendanceMonthClosed, day, cohort_id=COHORT, **counts)

    def complete(self, person: str, scheduled: int = 62) -> None:
        about = {
            "placement_id": person.replace("per", "plc"),
            "org_id": person.replace("per", "org"),
        }
        days = {"scheduled_days": scheduled, "attended_days": scheduled}
        self.tell(
            InternshipCompleted,
            "2022-07-05",
            effective_on="2022-06-30",
            **ids(person),
            **about,
            **days,
        )
        self.open_case(person, "2022-07-05", "2022-07-01", "2023-06-30")

    def open_case(self, person: str, day: str, first: str, last: str, **after: str) -> None:
        case = {**case_of(person), "effective_on": first, "ends_on": last, **after}
        self.tell(CaseOpened, day, **case)

    def reemploy(self, person: str) -> None:
        how = {"kind": "regular", "evidence_grade": "insurance-record", "is_at_host": True}
        self.tell(Reemployed, "2022-07-11", **case_of(person), **how)

    def _hours(self, person: str) -> int:
        for record in self.topics.records:
            if is_record(record, "PositionOffered", person.replace("per", "org")):
                return int(json.loads(record.value or b"")["hours_per_day"])
        return 8


def account_of(person: str) -> str:
    """As the bank's file names it."""
    return hashlib.sha256(person.encode()).hexdigest()


def ids(person: str) -> dict[str, str]:
    return {"person_id": person, "cohort_id": COHORT}


def application_of(person: str) -> dict[str, str]:
    return {**ids(person), "application_id": person.replace("per", "app")}


def case_of(person: str) -> dict[str, Any]:
    return {**ids(person), "case_id": person.replace("per", "cas")}


def place_of(person: str, daily: int = 8) -> dict[str, Any]:
    return {
        "org_id": person.replace("per", "org"),
        "position_id": person.replace("per", "pos"),
        "hours_per_day": daily,
        "hours_per_month": HOURS_PER_MONTH[daily],
    }


def month_of(person: str, month: str, figures: dict[str, Any]) -> dict[str, Any]:
    """The whole month without an absence, but for what `figures` says."""
    return {
        "placement_id": person.replace("per", "plc"),
        "month": month,
        "service_from": f"{month}-01",
        "service_until": f"{month}-{LAST_DAYS[month]}",
        "scheduled_days": SCHEDULED[month],
        "absent_days": 0,
        "absent_weeks": 0,
        **figures,
    }
