"""What was paid back: the bank's file and payroll say the same, and never more than is owed."""

from dataclasses import replace

from ops.bank import Row
from tests.ops.audit.judging import culprits, found, judge
from tests.ops.unhappy import CLAIM, RECOVERED, unhappy


def test_a_recovery_that_the_banks_file_does_not_have_is_named() -> None:
    world = unhappy()
    kept = tuple(row for row in world.bank if row.outcome != "received")
    report = judge(replace(world, bank=kept))

    assert {"dep_1"} == {finding.culprit for finding in report.findings}
    assert (report.total().recovered_krw, report.total().outstanding_krw) == (0, CLAIM)


def test_a_deposit_that_payroll_never_booked_is_named() -> None:
    world = unhappy().never("OverpaymentRecovered")

    says = f"the bank received ₩{RECOVERED:,}, payroll never booked them"
    assert {f"dep_1: {says}"} == found(world)
    assert judge(world).total().recovered_krw == RECOVERED


def test_a_deposit_booked_as_another_amount_is_named() -> None:
    world = unhappy().telling(
        "OverpaymentRecovered", "per_1", lambda body: body.update(amount_krw=RECOVERED - 1)
    )

    assert {"dep_1"} == culprits(world)


def test_a_deposit_that_is_booked_for_another_person_is_named() -> None:
    world = unhappy().telling(
        "OverpaymentRecovered", "per_1", lambda body: body.update(person_id="per_0")
    )

    assert {"dep_1"} == culprits(world)


def test_more_than_was_claimed_is_named_with_its_claim() -> None:
    world, more = unhappy(), CLAIM + 1
    world = world.telling("OverpaymentRecovered", "per_1", lambda b: b.update(amount_krw=more))
    rows = (replace(r, amount_krw=more) if r.outcome == "received" else r for r in world.bank)

    says = f"₩{more:,} are paid back of ₩{CLAIM:,} claimed"
    assert {f"clm_1: {says}"} == found(replace(world, bank=tuple(rows)))


def test_a_deposit_for_no_claim_is_named() -> None:
    world = unhappy()
    stray = Row("dep_2", "clm_x", "2022-07-01", 5000, "received", "", "")

    assert {"dep_2", "clm_x"} == culprits(replace(world, bank=(*world.bank, stray)))


def test_a_deposit_that_stands_twice_is_named() -> None:
    world = unhappy()
    rows = tuple(row for row in world.bank if row.outcome == "received")

    assert {"dep_1", "clm_1"} == culprits(replace(world, bank=world.bank + rows))


def test_a_deposit_that_is_booked_for_another_day_is_named() -> None:
    world = unhappy().telling(
        "OverpaymentRecovered", "per_1", lambda b: b.update(effective_on="2022-06-29")
    )

    assert {"dep_1: came in on 2022-06-30, is booked as of 2022-06-29"} == found(world)
