"""A cohort in which much goes as it should not, and every service does what it must.

All work eight hours a day. Of the selected, `per_0` serves in full; `per_1` leaves on 11 May, found
out on 20 June; `per_2` and `per_5` leave in April and say so; `per_3` declines; `per_4` has a month
corrected upwards, and a wage that the bank refuses; `per_u` gets no position in the match. Of the
reserves, `per_r0` withdraws. `per_u`, `per_r1` and `per_r2` are called, in this order.
"""

from typing import Any

from ops.bank import Row
from shared.events.counseling import ContactRecorded, FollowUpOverdue
from shared.events.intake import ApplicationWithdrawn
from shared.events.payroll import OverpaymentFound, OverpaymentRecovered, PayeeAccountChanged
from shared.events.placement import (
    ApplicantUnmatched,
    InternWithdrew,
    PlacementDeclined,
    VacancyOpened,
)
from tests.ops.town import Town, application_of, case_of, ids, place_of
from tests.ops.world import WAGES, World

FULL = WAGES[8]
KRW_PER_HOUR = 10_766
# Hours by the calendar of April and May 2022 (domain.md §2.5, §2.6): weekdays and Sundays served.
TO_5_APRIL = 4 * 8 * KRW_PER_HOUR
TO_6_APRIL = 5 * 8 * KRW_PER_HOUR
FROM_4_APRIL = 23 * 8 * KRW_PER_HOUR
FROM_8_APRIL = 19 * 8 * KRW_PER_HOUR
FROM_11_APRIL = 1_464_176  # domain.md §2.6
TO_10_MAY = 9 * 8 * KRW_PER_HOUR
ABSENCE = 172_256  # a day and its weekly holiday: domain.md §2.5
CLAIM = FULL - TO_10_MAY
RECOVERED = 1_000_000

SELECTED = ("per_0", "per_1", "per_2", "per_3", "per_4", "per_5", "per_u")
RESERVED = ("per_r0", "per_r1", "per_r2", "per_r3")
CALLED = {
    "per_u": ("vac_3", "per_3", "2022-03-31", "2022-04-01", "2022-04-04"),
    "per_r1": ("vac_2", "per_2", "2022-04-06", "2022-04-07", "2022-04-08"),
    "per_r2": ("vac_5", "per_5", "2022-04-07", "2022-04-08", "2022-04-11"),
}
"""Vacancy, whose place it was, the days of the call, of the placement, and the first day."""
COMPLETED = {"per_0": 62, "per_4": 62, "per_u": 61, "per_r1": 57, "per_r2": 56}


def unhappy(*, until: str = "2022-07-31") -> World:
    town = Town()
    _recruit(town)
    _leave_in_april(town)
    _refill(town)
    _april(town)
    _may(town)
    _june(town)
    _find_out(town)
    _counsel(town)
    return town.world(until)


def leaving(person: str, day: str, *, ended_by: str = "intern") -> dict[str, Any]:
    """The fields of `InternWithdrew`: she is in service until the day before."""
    place = place_of(person)
    placed = {"placement_id": person.replace("per", "plc"), "org_id": place["org_id"]}
    about = {**placed, "position_id": place["position_id"], "effective_on": day}
    return {**application_of(person), **about, "ended_by": ended_by}


def declining(person: str, *, declined_by: str = "intern") -> dict[str, Any]:
    """The fields of `PlacementDeclined`."""
    fields = leaving(person, "2022-03-30")
    return {k: v for k, v in fields.items() if k not in {"effective_on", "ended_by"}} | {
        "declined_by": declined_by
    }


def vacancy(person: str) -> dict[str, Any]:
    """The fields of `VacancyOpened`, of her place."""
    place = place_of(person)
    ids_ = {"vacancy_id": person.replace("per", "vac"), "org_id": place["org_id"]}
    return {**ids_, "position_id": place["position_id"], "cohort_id": ids(person)["cohort_id"]}


def _recruit(town: Town) -> None:
    town.open()
    for person in (*SELECTED, *RESERVED):
        town.apply(person)
    for person in SELECTED:
        town.select(person)
    for rank, person in enumerate(RESERVED, start=1):
        town.reserve(person, rank)
    applied, selected = len(SELECTED) + len(RESERVED), len(SELECTED)
    counts = {"eligible": applied, "reserved": len(RESERVED)}
    town.close_selection(applied=applied, selected=selected, **counts)
    town.tell(ApplicationWithdrawn, "2022-03-25", **application_of("per_r0"))
    for person in SELECTED[:-1]:
        town.offer(person)
        town.place(person)
    town.tell(ApplicantUnmatched, "2022-03-29", **application_of("per_u"), round=1)
    town.close_matching(candidates=selected, placed=selected - 1)


def _leave_in_april(town: Town) -> None:
    town.tell(PlacementDeclined, "2022-03-30", **declining("per_3"))
    for person in ("per_0", "per_1", "per_2", "per_4", "per_5"):
        town.start(person)
    town.tell(InternWithdrew, "2022-04-05", **leaving("per_2", "2022-04-06"))
    town.tell(InternWithdrew, "2022-04-06", **leaving("per_5", "2022-04-07", ended_by="host"))
    final = {"service_until": "2022-04-05", "scheduled_days": 3, "is_final": True}
    town.work("per_2", "2022-04", "2022-04-06", **final)
    town.pay("per_2", "2022-04", TO_5_APRIL, "2022-04-07")
    final |= {"service_until": "2022-04-06", "scheduled_days": 4}
    town.work("per_5", "2022-04", "2022-04-07", **final)
    town.pay("per_5", "2022-04", TO_6_APRIL, "2022-04-08")


def _refill(town: Town) -> None:
    for person, (vacancy_id, former, called_on, placed_on, starts_on) in CALLED.items():
        opened_on = {"per_3": "2022-03-30", "per_2": "2022-04-05", "per_5": "2022-04-06"}[former]
        town.tell(VacancyOpened, opened_on, **vacancy(former))
        town.select(person, called_on, vacancy_id=vacancy_id)
        place = {**place_of(former), "vacancy_id": vacancy_id, "starts_on": starts_on}
        town.place(person, placed_on, **place)
        town.start(person, starts_on)


def _april(town: Town) -> None:
    for person in ("per_0", "per_1"):
        town.work(person, "2022-04")
    town.work("per_4", "2022-04", absent_days=1, absent_weeks=1)
    town.work("per_u", "2022-04", service_from="2022-04-04", scheduled_days=20)
    town.work("per_r1", "2022-04", service_from="2022-04-08", scheduled_days=16)
    town.work("per_r2", "2022-04", service_from="2022-04-11", scheduled_days=15)
    town.close_month("2022-04", confirmed=6)
    wages = {"per_0": FULL, "per_1": FULL, "per_4": FULL - ABSENCE, "per_u": FROM_4_APRIL}
    for person, krw in {**wages, "per_r1": FROM_8_APRIL, "per_r2": FROM_11_APRIL}.items():
        town.pay(person, "2022-04", krw)
    town.correct("per_4", "2022-04", "2022-05-16")
    town.pay("per_4", "2022-04", ABSENCE, "2022-05-17", number=1)


def _may(town: Town) -> None:
    for person in ("per_0", "per_1", "per_u", "per_r1", "per_r2"):
        town.work(person, "2022-05")
        town.pay(person, "2022-05", FULL)
    town.work("per_4", "2022-05")
    town.pay("per_4", "2022-05", FULL, is_refused=True)
    town.close_month("2022-05", confirmed=6)
    town.tell(PayeeAccountChanged, "2022-06-14", **ids("per_4"), record_id="rec_4")
    slip = next(s for s in town.payslips if s["payslip_id"] == "slp_4202205")
    town.order(slip, "2022-06-15", on="2022-06-15", attempt=2, account="4" * 64)


def _june(town: Town) -> None:
    for person in COMPLETED:
        town.work(person, "2022-06")
        town.pay(person, "2022-06", FULL, account="4" * 64 if person == "per_4" else "")
    town.close_month("2022-06", confirmed=5)
    for person, scheduled in COMPLETED.items():
        town.complete(person, scheduled)


def _find_out(town: Town) -> None:
    town.tell(InternWithdrew, "2022-06-20", **leaving("per_1", "2022-05-11"))
    cut: dict[str, Any] = {"service_until": "2022-05-10", "scheduled_days": 6}
    town.correct("per_1", "2022-05", "2022-06-20", **cut)
    claim = {**ids("per_1"), "claim_id": "clm_1", "record_id": "rec_1", "month": "2022-05"}
    town.tell(OverpaymentFound, "2022-06-21", **claim, correction_no=1, amount_krw=CLAIM)
    town.bank.append(Row("dep_1", "clm_1", "2022-06-30", RECOVERED, "received", "", ""))
    del claim["record_id"]
    told = {**claim, "deposit_id": "dep_1", "amount_krw": RECOVERED}
    town.tell(OverpaymentRecovered, "2022-07-01", effective_on="2022-06-30", **told)


def _counsel(town: Town) -> None:
    """Follow-ups are due 30 and 90 days after the last day of service."""
    town.open_case("per_2", "2022-04-05", "2022-04-06", "2023-04-05", after="leaving")
    town.open_case("per_5", "2022-04-06", "2022-04-07", "2023-04-06", after="leaving")
    town.open_case("per_1", "2022-06-20", "2022-05-11", "2023-05-10", after="leaving")
    town.tell(FollowUpOverdue, "2022-06-21", **case_of("per_1"), follow_up_no=1)
    how = {"counselor_id": "cns_1", "kind": "counseling"}
    town.tell(ContactRecorded, "2022-05-05", **case_of("per_2"), **how)
    town.tell(ContactRecorded, "2022-07-01", **case_of("per_2"), **how)
    town.tell(FollowUpOverdue, "2022-05-07", **case_of("per_5"), follow_up_no=1)
    town.tell(ContactRecorded, "2022-06-15", **case_of("per_5"), **how)
