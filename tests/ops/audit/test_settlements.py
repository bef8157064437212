"""Payslips and claims of a corrected month: every won of each is derived again."""

from dataclasses import replace
from datetime import date

import pytest

from shared.events.payroll import OverpaymentFound
from tests.ops.audit.judging import culprits, found, judge
from tests.ops.town import ids
from tests.ops.unhappy import ABSENCE, CLAIM, FULL, RECOVERED, TO_10_MAY, unhappy
from tests.ops.world import World


def without_payslip(world: World, payslip_id: str) -> World:
    """As if payroll had never made it out, nor anybody paid it."""
    names = ("PayslipIssued", "PaymentOrdered", "WagePaid")
    for name in names:
        world = world.never(name, payslip_id=payslip_id)
    order_id = payslip_id.replace("slp", "ord")
    return replace(
        world,
        bank=tuple(row for row in world.bank if row.order_id != order_id),
        payslips=tuple(p for p in world.payslips if p["payslip_id"] != payslip_id),
    )


def test_a_story_full_of_leavings_refills_and_corrections_is_clean() -> None:
    report = judge(unhappy())
    total = report.total()

    assert report.is_clean
    assert total.entitled_krw + total.overpaid_krw == total.paid_krw
    assert (
        total.overpaid_krw,
        total.recovered_krw,
        total.outstanding_krw,
    ) == (CLAIM, RECOVERED, CLAIM - RECOVERED)


def test_who_left_is_entitled_until_her_last_day_and_the_rest_is_claimed() -> None:
    (may,) = (
        line
        for line in judge(unhappy()).lines
        if (line.person_id, line.month) == ("per_1", "2022-05")
    )

    assert (may.entitled_krw, may.overpaid_krw, may.paid_krw) == (TO_10_MAY, CLAIM, FULL)
    assert may.difference_krw == 0


@pytest.mark.parametrize("more", [-1, 1])
def test_a_claim_of_one_won_too_little_or_too_much_is_named(more: int) -> None:
    world = unhappy().telling(
        "OverpaymentFound", "per_1", lambda body: body.update(amount_krw=CLAIM + more)
    )

    assert {"clm_1"} == culprits(world)
    assert judge(world).difference_krw == 1


def test_pay_after_leaving_without_a_claim_names_her() -> None:
    world = unhappy().never("OverpaymentFound").never("OverpaymentRecovered")
    world = replace(world, bank=tuple(row for row in world.bank if row.outcome != "received"))

    says = f"left on 2022-05-11: ₩{CLAIM:,} for 2022-05 are made out beyond it, and not claimed"
    assert {f"per_1: {says}"} == found(world)
    assert judge(world).difference_krw == CLAIM


def test_a_claim_without_a_correction_is_named() -> None:
    claim = {"claim_id": "clm_0", "record_id": "rec_0", "month": "2022-05", "correction_no": 1}
    world = unhappy().also(OverpaymentFound, "2022-07-01", **ids("per_0"), **claim, amount_krw=1000)

    assert {"clm_0"} == culprits(world)
    assert judge(world).difference_krw == 1000


def test_a_claim_on_another_than_who_was_paid_is_named() -> None:
    world = unhappy()
    for name in ("OverpaymentFound", "OverpaymentRecovered"):
        world = world.telling(name, "per_1", lambda body: body.update(person_id="per_0"))

    assert {"clm_1"} == culprits(world)


def test_a_correction_upwards_that_nobody_paid_names_her() -> None:
    world = without_payslip(unhappy(), "slp_42022041")

    says = f"is owed ₩{FULL:,} for 2022-04, made out are ₩{FULL - ABSENCE:,}"
    assert {f"per_4: {says}: nothing pays the rest"} == found(world)
    assert judge(world).difference_krw == ABSENCE


def test_another_amount_for_what_a_correction_added_is_named() -> None:
    world = unhappy().telling(
        "PayslipIssued", "per_4", lambda b: b.update(net_krw=b["net_krw"] + b["correction_no"])
    )

    assert "slp_42022041" in culprits(world)


def test_what_a_correction_added_is_paid_on_the_next_business_day() -> None:
    world = unhappy().telling(
        "PayslipIssued",
        "per_4",
        lambda b: b.update(pay_date="2022-05-18") if b["correction_no"] else None,
    )

    assert "slp_42022041: is to be paid on 2022-05-18, due is 2022-05-17" in found(world)


def test_a_month_that_is_made_out_twice_is_named() -> None:
    world = unhappy().telling("PayslipIssued", "per_4", lambda b: b.update(correction_no=0))

    assert "slp_42022041: settles 2022-04 again, after slp_4202204" in found(world)


def test_a_correction_counts_from_the_day_after_it_was_recorded() -> None:
    """Payroll settles it by then: on the day itself nothing is wrong yet."""
    late = without_payslip(unhappy(), "slp_42022041")

    assert judge(late, as_of=date(2022, 5, 16)).is_clean
    assert {"per_4"} == culprits(late, as_of=date(2022, 5, 17))


def test_a_refused_wage_that_was_reissued_is_no_longer_failed() -> None:
    before, after = (judge(unhappy(), as_of=date(2022, 6, n)) for n in (14, 15))

    assert (before.total().failed_krw, after.total().failed_krw) == (FULL, 0)
    assert before.is_clean
    assert after.is_clean


def test_what_was_paid_is_not_ordered_again() -> None:
    world = unhappy()
    index = next(n for n, row in enumerate(world.bank) if row.order_id == "ord_4202205")
    paid = world.paying(index, outcome="paid", reason_code="")

    assert {"ord_4202205a2", "slp_4202205", "ord_4202205"} <= culprits(paid)
    assert judge(paid).difference_krw == FULL


def test_an_attempt_that_is_left_out_is_named() -> None:
    world = unhappy().telling(
        "PaymentOrdered", "per_4", lambda b: b.update(attempt=3) if b["attempt"] == 2 else None
    )

    assert {"ord_4202205a2"} == culprits(world)


def test_a_claim_that_comes_late_is_named() -> None:
    late = unhappy().telling(
        "OverpaymentFound", "per_1", lambda b: b.update(recorded_on="2022-06-28")
    )

    assert {"clm_1"} == culprits(late)
