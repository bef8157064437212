"""Money that adds up and still goes the wrong way: the audit names who and what."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ops.audit import audit
from shared.events.placement import AttendanceCorrected
from tests.ops.town import account_of, ids, month_of, play
from tests.ops.unhappy import unhappy
from tests.ops.world import World

PAYROLLS = ("PayslipIssued", "PaymentOrdered", "WagePaid")


def culprits(world: World) -> set[str]:
    return {f.culprit for f in audit(world.records, world.bank, world.payslips).findings}


def to_another(world: World, *names: str) -> World:
    for name in names:
        world = world.telling(name, "per_0", lambda body: body.update(person_id="per_x"))
    return world


def test_another_person_on_every_paper_of_payroll_is_named() -> None:
    world = to_another(play([8]), *PAYROLLS)
    kept = tuple({**p, "person_id": "per_x"} for p in world.payslips)

    assert {p["payslip_id"] for p in kept} == culprits(replace(world, payslips=kept))


def test_an_order_for_another_person_than_the_payslip_is_named() -> None:
    world = to_another(play([8]), "PaymentOrdered", "WagePaid")

    assert {row.order_id for row in world.bank} == culprits(world)


def test_records_that_payroll_ties_to_each_others_placements_are_named() -> None:
    """Equal wages: every sum is right."""
    opened = "PayrollRecordOpened"
    world = play([8, 8]).telling(opened, "per_0", lambda b: b.update(placement_id="plc_1"))
    world = world.telling(opened, "per_1", lambda b: b.update(placement_id="plc_0"))

    assert {p["payslip_id"] for p in world.payslips} == culprits(world)


def test_accounts_that_were_swapped_for_a_month_are_named() -> None:
    world = play([8, 8])
    swapped = world.paying(0, account_sha256=account_of("per_1"))

    assert {"per_0", "per_1"} == culprits(swapped.paying(1, account_sha256=account_of("per_0")))


def test_an_account_that_changes_in_the_last_month_names_her() -> None:
    assert {"per_0"} == culprits(play([8]).paying(2, account_sha256="f" * 64))


def test_an_intern_who_was_never_selected_is_named() -> None:
    world = play([8, 8]).without_all("ApplicantSelected")  # leaves gaps in their streams, too

    assert {"plc_0", "plc_1"} <= culprits(world)


PLANTED: list[tuple[str, str, Callable[[dict[str, Any]], Any], str]] = [
    ("PositionOffered", "org_0", lambda b: b.update(hours_per_day=6), "plc_0"),
    ("AttendanceConfirmed", "per_0", lambda b: b.update(person_id="per_x"), "per_x"),
    ("InternPlaced", "per_0", lambda b: b.update(ends_on="2022-06-29"), "per_0"),
    ("InternshipCompleted", "per_0", lambda b: b.update(attended_days=0), "plc_0"),
    ("AttendanceConfirmed", "per_0", lambda b: b.update(absent_days=12), "plc_0"),
    ("PaymentOrdered", "per_0", lambda b: b.update(pay_on="2022-07-12"), "ord_0202204"),
    ("PayslipIssued", "per_0", lambda b: b.update(deductions_krw=5, gross_krw=5), "slp_0202204"),
]


@pytest.mark.parametrize(("name", "key", "change", "culprit"), PLANTED)
def test_what_does_not_fit_names_its_culprit(
    name: str, key: str, change: Callable[[dict[str, Any]], Any], culprit: str
) -> None:
    assert culprit in culprits(play([8]).telling(name, key, change))


def test_a_wage_paid_late_by_the_bank_is_named() -> None:
    world = play([8])

    assert {world.bank[0].order_id} == culprits(world.paying(0, paid_on="2022-05-30"))


def test_a_month_that_nobody_confirmed_is_named_after_its_pay_day() -> None:
    """She worked, nothing is owed by the papers, and nobody would ask."""
    world = replace(play([8]).without_all("AttendanceConfirmed", *PAYROLLS), bank=(), payslips=())

    assert "per_0" in culprits(world)
    assert "per_0" not in culprits(
        replace(
            play([8], until="2022-05-10").without_all("AttendanceConfirmed", *PAYROLLS),
            bank=(),
            payslips=(),
        )
    )


def test_a_month_that_is_confirmed_twice_names_her() -> None:
    world = play([8]).telling("AttendanceConfirmed", "per_0", lambda b: b.update(month="2022-04"))

    assert "per_0" in culprits(world)


def test_a_second_wage_of_one_person_for_one_month_is_named() -> None:
    world = play([8, 8])
    for name in ("InternPlaced", "AttendanceConfirmed", *PAYROLLS):
        world = world.telling(name, "per_1", lambda body: body.update(person_id="per_0"))
    kept = tuple({**p, "person_id": "per_0"} for p in world.payslips)
    seconds = {p["payslip_id"] for p in kept if p["payslip_id"].startswith("slp_1")}

    assert seconds <= culprits(replace(world, payslips=kept))
    assert culprits(play([8, 8])) == set()


def test_a_completion_below_the_policys_share_is_named_though_its_days_agree() -> None:
    world = play([8]).telling("AttendanceConfirmed", "per_0", lambda b: b.update(absent_days=12))
    world = world.telling("InternshipCompleted", "per_0", lambda b: b.update(attended_days=26))
    report = audit(world.records, world.bank, world.payslips)

    assert "plc_0: InternshipCompleted with 26 of 62 days attended" in map(str, report.findings)


def test_a_change_of_account_that_was_approved_allows_one_account_more() -> None:
    changed = unhappy()
    swapped = changed.never("PayeeAccountChanged")

    assert culprits(changed) == set()
    assert {"per_4"} == culprits(swapped)


def test_two_wages_for_overlapping_days_are_named_and_for_days_after_each_other_are_not() -> None:
    """per_2 left on 6 April; another placement begins on that day, or two days before."""
    again = unhappy()
    for name in ("InternPlaced", "AttendanceConfirmed", *PAYROLLS):
        again = again.telling(name, "per_r1", lambda body: body.update(person_id="per_2"))
    overlapping = again.telling(
        "AttendanceConfirmed",
        "per_r1",
        lambda b: b.update(service_from="2022-04-04"),
        month="2022-04",
    )
    says = "slp_r1202204: is a second wage of per_2 from 2022-04-04 on, beside slp_2202204"

    def found(world: World) -> set[str]:
        return {str(f) for f in audit(world.records, world.bank, world.payslips).findings}

    assert says in found(overlapping)
    assert not any("second wage" in finding for finding in found(again))


def test_an_outcome_is_judged_by_the_figures_that_stood_when_it_was_told() -> None:
    """Completed, and a month corrected afterwards: what was told is not revised."""
    figures = month_of("per_0", "2022-06", {"absent_days": 1, "absent_weeks": 1})
    world = play([8]).also(
        AttendanceCorrected, "2022-07-12", **ids("per_0"), **figures, correction_no=1
    )

    assert culprits(world) == set()


def test_an_internship_whose_end_nobody_told_is_named() -> None:
    world = unhappy().never("InternshipCompleted", "per_0").never("CaseOpened", "per_0")

    assert culprits(world) == {"plc_0"}


def test_an_order_that_was_made_after_its_pay_day_is_named() -> None:
    late = unhappy().telling(
        "PaymentOrdered",
        "per_0",
        lambda b: b.update(recorded_on="2022-05-30"),
        order_id="ord_0202204",
    )

    assert culprits(late) == {"ord_0202204"}


def test_a_wage_that_the_bank_paid_before_it_was_ordered_is_named() -> None:
    world = unhappy()
    early = world.paying(0, paid_on="2022-01-01")

    assert {world.bank[0].order_id} == culprits(early)
