"""Who left: nothing is worked, confirmed or paid from that day on, and she does not stay on."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.events.intake import ApplicationWithdrawn, CohortCancelled
from shared.events.placement import (
    AttendanceCorrected,
    HostCompanySuspended,
    InternshipCompleted,
    InternWithdrew,
    PlacementDeclined,
)
from tests.ops.audit.judging import culprits, found
from tests.ops.town import application_of, ids, month_of, play
from tests.ops.unhappy import declining, leaving, unhappy
from tests.ops.world import COHORT, World


def cancelled(day: str, first: str) -> World:
    return play([8], until="2022-06-02").also(
        CohortCancelled, day, effective_on=first, cohort_id=COHORT
    )


def test_attendance_that_reaches_beyond_her_last_day_names_her() -> None:
    longer = unhappy().telling(
        "AttendanceCorrected",
        "per_1",
        lambda b: b.update(service_until="2022-05-11", scheduled_days=7),
    )

    assert "per_1: 2022-05 is confirmed until 2022-05-11: her last day was 2022-05-10" in found(
        longer
    )


def test_a_month_after_leaving_that_was_not_corrected_names_her() -> None:
    world = play([8]).also(InternWithdrew, "2022-07-11", **leaving("per_0", "2022-04-30"))

    assert {
        "per_0: 2022-04 is confirmed until 2022-04-30: her last day was 2022-04-29",
        "per_0: 2022-05 is confirmed and not corrected: she left before it",
        "per_0: 2022-06 is confirmed and not corrected: she left before it",
    } <= found(world)


def test_a_month_that_is_void_without_a_leaving_names_her() -> None:
    figures = {"service_from": None, "service_until": None, "scheduled_days": 0}
    void = month_of("per_0", "2022-06", figures)
    world = play([8]).also(
        AttendanceCorrected, "2022-07-12", **ids("per_0"), **void, correction_no=1
    )

    assert {"per_0: 2022-06 is void, and she had not left before it"} == found(world)


def test_a_month_that_is_void_after_leaving_is_right_and_all_of_it_is_owed_back() -> None:
    """She left on 1 June: found out after the month was paid, and not settled yet."""
    world = play([8]).also(InternWithdrew, "2022-07-12", **leaving("per_0", "2022-06-01"))
    figures = {"service_from": None, "service_until": None, "scheduled_days": 0}
    void = month_of("per_0", "2022-06", figures)
    world = world.also(AttendanceCorrected, "2022-07-12", **ids("per_0"), **void, correction_no=1)

    assert culprits(world) == set()


def test_attendance_of_who_declined_names_her() -> None:
    world = play([8]).also(PlacementDeclined, "2022-03-30", **declining("per_0"))

    assert {"per_0: 2022-04 is confirmed and not corrected: she left before it"} <= found(world)


@pytest.mark.parametrize(
    ("change", "culprit"),
    [
        (lambda b: b.update(effective_on="2022-03-31"), "plc_2"),  # before her first day
        (lambda b: b.update(effective_on="2022-04-07"), "plc_2"),  # known two days ahead
        (lambda b: b.update(placement_id="plc_x"), "plc_x"),
        (lambda b: b.update(placement_id="plc_3"), "plc_3"),  # who declined
        (lambda b: b.update(placement_id="plc_5"), "plc_5"),  # who left, too
    ],
)
def test_a_leaving_that_cannot_be_is_named(
    change: Callable[[dict[str, Any]], Any], culprit: str
) -> None:
    assert culprit in culprits(unhappy().telling("InternWithdrew", "per_2", change))


@pytest.mark.parametrize(("number", "is_there"), [(2, True), (1, False)])
def test_a_correction_that_is_out_of_turn_or_corrects_nothing_names_her(
    number: int, is_there: bool
) -> None:
    world = unhappy().telling(
        "AttendanceCorrected", "per_4", lambda b: b.update(correction_no=number)
    )
    if not is_there:
        world = world.never("AttendanceConfirmed", "per_4", month="2022-04")

    assert "per_4" in culprits(world)


def test_her_last_pay_is_due_within_14_days_of_leaving() -> None:
    """Labour Standards Act Art. 36."""
    late = unhappy().telling(
        "AttendanceConfirmed", "per_2", lambda b: b.update(recorded_on="2022-04-19")
    )

    says = "left on 2022-04-06: her last month is paid on 2022-04-20, due was 2022-04-19"
    assert f"per_2: {says}" in found(late)


def test_a_final_month_is_paid_on_the_next_business_day() -> None:
    world = unhappy().telling("PayslipIssued", "per_2", lambda b: b.update(pay_date="2022-05-10"))

    assert "slp_2202204: is to be paid on 2022-05-10, due is 2022-04-07" in found(world)


def test_who_completed_after_she_had_left_is_named() -> None:
    told = {"placement_id": "plc_1", "org_id": "org_1", "scheduled_days": 27, "attended_days": 27}
    world = unhappy().also(InternshipCompleted, "2022-07-05", **ids("per_1"), **told)

    assert "plc_1: InternshipCompleted, though she had left before" in found(world)


def test_a_month_of_a_leaver_that_nobody_confirmed_is_asked_for_only_if_she_served_in_it() -> None:
    world = unhappy()  # per_1 left in May, and has no June

    assert culprits(world) == set()
    assert "per_1" in culprits(world.never("AttendanceConfirmed", "per_1", month="2022-04"))


def test_who_withdrew_and_serves_on_is_named_a_day_later() -> None:
    about = {**application_of("per_0"), "effective_on": "2022-05-02"}
    told, over = (
        play([8], until=until).also(ApplicationWithdrawn, "2022-06-01", **about)
        for until in ("2022-06-01", "2022-06-02")
    )

    assert "plc_0" not in culprits(told)
    assert "plc_0: serves until 2022-06-30, though app_0 is withdrawn from 2022-05-02" in found(
        over
    )


def test_work_beyond_the_end_of_a_cancelled_cohort_is_named() -> None:
    says = "plc_0: serves until 2022-06-30, though its cohort is cancelled from 2022-06-02"

    assert says in found(cancelled("2022-06-01", "2022-06-02"))
    assert says not in found(cancelled("2022-06-02", "2022-06-03"))


def test_who_serves_on_at_a_suspended_host_is_named() -> None:
    about = {"org_id": "org_0", "cohort_id": COHORT}
    world = play([8]).also(HostCompanySuspended, "2022-05-31", **about)

    says = "plc_0: serves until 2022-06-30, though org_0 is suspended from 2022-06-01"
    assert {says} == found(world)


def test_who_served_to_the_end_before_all_that_is_left_alone() -> None:
    about = {"org_id": "org_0", "cohort_id": COHORT}
    world = play([8]).also(HostCompanySuspended, "2022-07-01", **about)
    world = world.also(CohortCancelled, "2022-07-02", effective_on="2022-07-03", cohort_id=COHORT)
    late = {**application_of("per_0"), "effective_on": "2022-07-01"}

    assert culprits(world.also(ApplicationWithdrawn, "2022-07-05", **late)) == set()


@pytest.mark.parametrize(
    ("change", "served"),
    [
        ({"service_until": "2022-04-20", "scheduled_days": 14}, "2022-04-01 to 2022-04-20"),
        ({"service_from": "2022-04-11", "scheduled_days": 15}, "2022-04-11 to 2022-04-30"),
    ],
)
def test_days_of_service_that_attendance_leaves_out_are_named(
    change: dict[str, Any], served: str
) -> None:
    world = play([8]).telling(
        "AttendanceConfirmed", "per_0", lambda b: b.update(change), month="2022-04"
    )

    says = f"per_0: 2022-04 is confirmed for {served}: she served 2022-04-01 to 2022-04-30"
    assert says in found(world)
