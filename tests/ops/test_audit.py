"""The audit finds what was planted, by name, and nothing in a clean world."""

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.audit import AuditReport, UnknownRule, audit
from ops.audit.wages import pay_date, wage_krw
from ops.bank import Row
from services.payroll.domain.attendances import Attendance, Contract
from services.payroll.domain.wages import calculate_wage
from shared.events.policy import CohortPolicy, Proration
from tests.ops.town import play
from tests.ops.world import COHORT, POLICY, SCHEDULED, WAGES, World, is_record

RAW = POLICY.model_dump(mode="json")
FULL_TIME = {"hours_per_day": 8, "hours_per_month": 209}
METHODS: tuple[Proration, ...] = ("hourly", "calendar-days", "working-days")


def run(world: World) -> AuditReport:
    return audit(world.records, world.bank, world.payslips)


def culprits(world: World) -> set[str]:
    report = run(world)

    assert not report.is_clean
    return {finding.culprit for finding in report.findings}


def worked(first: str, last: str, *, absent: tuple[int, int] = (0, 0)) -> dict[str, Any]:
    days, weeks = absent
    return {
        "month": first[:7],
        "service_from": first,
        "service_until": last,
        "absent_days": days,
        "absent_weeks": weeks,
    }


def with_proration(proration: Proration) -> CohortPolicy:
    return POLICY.model_copy(update={"pay": POLICY.pay.model_copy(update={"proration": proration})})


# Wages: the audit's own arithmetic.


@pytest.mark.parametrize(
    ("proration", "krw"),
    [("calendar-days", 1_500_062), ("hourly", 1_464_176), ("working-days", 1_607_210)],
)
def test_a_start_on_11_april_pays_what_the_notice_works_out(proration: Proration, krw: int) -> None:
    """domain.md §2.6, full-time, all three methods."""
    policy = with_proration(proration).model_dump(mode="json")

    assert krw == wage_krw(policy, FULL_TIME, worked("2022-04-11", "2022-04-30"))


def test_one_absence_costs_the_day_and_the_weekly_holiday() -> None:
    """domain.md §2.5: 16 hours, ₩172,256 in 2022."""
    attendance = worked("2022-04-01", "2022-04-30", absent=(1, 1))

    assert WAGES[8] - 172_256 == wage_krw(RAW, FULL_TIME, attendance)


def test_the_living_wage_is_that_of_the_first_day() -> None:
    assert wage_krw(RAW, FULL_TIME, worked("2023-01-01", "2023-01-31")) == 209 * 11_157


def test_an_unknown_rule_is_no_audit() -> None:
    policy = {**RAW, "pay": {**RAW["pay"], "proration": "by-guess"}}

    with pytest.raises(UnknownRule, match="by-guess"):
        wage_krw(policy, FULL_TIME, worked("2022-04-01", "2022-04-30"))


@pytest.mark.parametrize(
    ("attendance", "day"),
    [
        (worked("2022-04-01", "2022-04-30"), "2022-05-10"),
        (worked("2022-06-01", "2022-06-30"), "2022-07-11"),  # the 10th is a Sunday
        (worked("2022-12-01", "2022-12-31"), "2023-01-10"),
        (
            {**worked("2022-04-01", "2022-04-30"), "is_late": True, "recorded_on": "2022-06-03"},
            "2022-06-07",  # a weekend and Memorial Day follow
        ),
    ],
)
def test_pay_dates(attendance: dict[str, Any], day: str) -> None:
    assert date.fromisoformat(day) == pay_date(RAW, attendance)


@st.composite
def months_served(draw: st.DrawFn) -> tuple[CohortPolicy, Contract, Attendance]:
    policy = with_proration(draw(st.sampled_from(METHODS)))
    pattern = draw(st.sampled_from(POLICY.hour_patterns))
    month = draw(st.dates(date(2022, 1, 1), date(2023, 12, 31))).replace(day=1)
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    first, until = sorted(
        draw(st.tuples(st.integers(1, last.day), st.integers(1, last.day)))
        if draw(st.booleans())
        else (1, last.day)
    )
    served = [month.replace(day=n) for n in range(first, until + 1)]
    scheduled = [day for day in served if policy.is_business_day(day)]
    absent = draw(st.sets(st.sampled_from(scheduled))) if scheduled else set()
    weeks = {day.isocalendar()[:2] for day in absent}
    attendance = Attendance(
        f"{month:%Y-%m}", served[0], served[-1], len(scheduled), len(absent), len(weeks)
    )
    hours = (pattern.hours_per_day, pattern.hours_per_week, pattern.hours_per_month)
    return policy, Contract(served[0], served[-1], *hours), attendance


@given(months_served())
def test_payroll_and_the_audit_agree_on_every_month(
    case: tuple[CohortPolicy, Contract, Attendance],
) -> None:
    """Two programs that share no arithmetic."""
    policy, contract, attendance = case
    assert attendance.service_from
    assert attendance.service_until
    first, last = attendance.service_from.isoformat(), attendance.service_until.isoformat()
    absent = (attendance.absent_days, attendance.absent_weeks)
    placement = {
        "hours_per_day": contract.hours_per_day,
        "hours_per_month": contract.hours_per_month,
    }

    derived = wage_krw(
        policy.model_dump(mode="json"), placement, worked(first, last, absent=absent)
    )

    assert calculate_wage(contract, attendance, policy).net_krw == derived


# The whole audit.


def test_a_clean_world_is_clean() -> None:
    report = run(play())

    assert report.is_clean
    assert report.findings == ()
    total = report.total()
    assert 3 * sum(WAGES.values()) == total.entitled_krw == total.paid_krw
    assert [sum(WAGES.values())] * 3 == [line.entitled_krw for line in report.by_month()]
    assert {("per_0", 3 * WAGES[8]), ("per_1", 3 * WAGES[6]), ("per_2", 3 * WAGES[4])} == {
        (line.person_id, line.paid_krw) for line in report.by_person()
    }


def test_the_order_between_topics_does_not_matter() -> None:
    world = play()
    streams: dict[bytes | None, list[Any]] = {}
    for record in world.records:
        streams.setdefault(record.key, []).append(record)
    shuffled = list(streams.values())
    random.Random(7).shuffle(shuffled)
    other = replace(world, records=tuple(r for stream in shuffled for r in stream))

    assert run(world) == run(other)


def test_records_that_are_delivered_twice_change_nothing() -> None:
    world = play()
    twice = replace(world, records=(*world.records, *world.records[-9:]))

    assert run(world) == run(twice)


@given(st.integers(0, 8), st.integers(-WAGES[4], 10**9).filter(bool))
def test_any_other_won_in_the_banks_file_names_the_order(index: int, more: int) -> None:
    world = play()
    wrong = world.paying(index, amount_krw=world.bank[index].amount_krw + more)

    assert {world.bank[index].order_id} == culprits(wrong)
    assert abs(more) == run(wrong).difference_krw


def test_two_wrongs_make_no_right() -> None:
    world = play()
    wrong = world.paying(0, amount_krw=world.bank[0].amount_krw + 5)
    wrong = wrong.paying(1, amount_krw=wrong.bank[1].amount_krw - 5)

    assert run(wrong).difference_krw == 10


@given(st.integers(0, 8))
def test_a_payslip_that_is_gone_from_the_store_is_named(index: int) -> None:
    world = play()
    gone = world.payslips[index]
    left = tuple(p for p in world.payslips if p is not gone)

    assert {gone["payslip_id"]} == culprits(replace(world, payslips=left))


def test_a_payslip_that_only_the_store_has_is_named() -> None:
    world = play()
    more = {**world.payslips[0], "payslip_id": "slp_invented"}

    assert {"slp_invented"} == culprits(replace(world, payslips=(*world.payslips, more)))


@pytest.mark.parametrize("field", ["net_krw", "gross_krw"])
def test_another_amount_in_the_store_is_named(field: str) -> None:
    world = play()
    first = {**world.payslips[0], field: world.payslips[0][field] + 1}

    assert {first["payslip_id"]} == culprits(replace(world, payslips=(first, *world.payslips[1:])))


def test_an_application_fewer_on_the_topic_is_a_gap_in_her_stream() -> None:
    assert {"/womanup/intake/per_1"} == culprits(play().without("ApplicationSubmitted", "per_1"))


def test_a_row_that_stands_twice_is_paid_twice() -> None:
    world = play()
    wrong = replace(world, bank=(*world.bank, world.bank[4]))

    assert {world.bank[4].order_id} == culprits(wrong)
    assert world.bank[4].amount_krw == run(wrong).difference_krw


def test_what_was_never_ordered_is_named() -> None:
    world = play()
    stray = Row("ord_stray", "file_x", "2022-05-10", 1000, "paid", "", "0" * 64)
    wrong = replace(world, bank=(*world.bank, stray))

    assert {"ord_stray"} == culprits(wrong)
    assert run(wrong).difference_krw == 1000


def test_a_lost_row_leaves_the_wage_in_doubt_and_names_the_order() -> None:
    world = play()
    wrong = replace(world, bank=world.bank[1:])

    assert {world.bank[0].order_id} == culprits(wrong)
    assert world.bank[0].amount_krw == run(wrong).total().in_doubt_krw
    assert run(wrong).difference_krw == 0


def test_a_refused_order_is_failed_and_not_lost() -> None:
    world = play().paying(0, outcome="refused", reason_code="account-closed")
    order_id = world.bank[0].order_id
    told_paid = run(world)
    records = tuple(
        r
        for r in world.records
        if not (is_record(r, "WagePaid", "per_0") and order_id.encode() in (r.value or b""))
    )

    assert told_paid.total().failed_krw == WAGES[8]
    assert told_paid.difference_krw == 0
    assert f"{order_id}: payroll says paid, the bank's file says refused" in map(
        str, told_paid.findings
    )
    assert order_id in culprits(replace(world, records=records))  # no result was taken at all


def test_a_wage_without_payslip_is_pending_until_its_pay_day_and_then_a_difference() -> None:
    names = ("PayslipIssued", "PaymentOrdered", "WagePaid")
    before, after = play([8], until="2022-05-10"), play([8], until="2022-05-11")
    unpaid = [replace(w.without_all(*names), bank=(), payslips=()) for w in (before, after)]

    assert run(unpaid[0]).total().pending_krw == 3 * WAGES[8]
    assert run(unpaid[0]).difference_krw == 0
    assert run(unpaid[1]).difference_krw == WAGES[8]
    assert "per_0" in culprits(unpaid[1])


def test_a_payslip_that_was_never_ordered_is_named_after_its_pay_date() -> None:
    world = play([4]).without_all("PaymentOrdered", "WagePaid")
    report = run(replace(world, bank=()))

    assert {p["payslip_id"] for p in world.payslips} <= {f.culprit for f in report.findings}


def test_attendance_that_claims_other_days_is_named() -> None:
    world = play([8])
    records = [
        replace(r, value=(r.value or b"").replace(b'"scheduled_days":21', b'"scheduled_days":22'))
        for r in world.records
    ]

    assert {"per_0", "plc_0"} == culprits(replace(world, records=tuple(records)))
    assert set(SCHEDULED) == {line.month for line in run(world).by_month()}


def test_a_cohort_that_was_never_opened_owes_nothing_and_says_so() -> None:
    report = run(play([8]).without("CohortOpened", COHORT))

    assert not report.is_clean
    assert 3 * WAGES[8] == report.difference_krw


@pytest.mark.parametrize(
    ("field", "value"), [("amount_krw", 1), ("month", "2022-05"), ("person_id", "per_1")]
)
def test_a_result_that_is_told_otherwise_than_it_was_ordered_is_named(
    field: str, value: int | str
) -> None:
    """Those who add up what was paid read only this."""
    world = play()
    told = world.telling("WagePaid", "per_0", lambda b: b.update({field: value}), month="2022-04")

    report = run(told)
    assert not report.is_clean
    assert f"is told with another {field}" in str(report.findings)
