"""Faults in the stores and offsets, planted one by one: each is found and named."""

from dataclasses import replace
from typing import Any

import pytest

from proofs.invariants import Evidence, Finding, check
from shared.events import topic_of
from tests.proofs.invariants.made import (
    ATTENDED,
    COMMAND,
    HELD_UP,
    LATER,
    PERSON,
    UNREADABLE,
    noted,
    outbox_row,
    parked_row,
    payroll_events,
    whole,
    with_row,
    with_store,
)

PLACEMENT, CALENDAR = topic_of("placement"), topic_of("calendar")


def with_journal(*rows: dict[str, Any]) -> Evidence:
    return with_store(journal=lambda before: (*before, *rows))


def with_committed(placement: int, calendar: int = 1) -> Evidence:
    offsets = {(CALENDAR, 0): calendar, (PLACEMENT, 0): placement}
    return replace(whole(), committed={"payroll": offsets})


def test_an_event_that_took_effect_in_two_transactions_is_named() -> None:
    evidence = with_journal({**noted(4, ATTENDED, "another month"), "at": LATER})

    assert check(evidence) == [
        Finding("once", f"payroll {ATTENDED}", "took effect in 2 transactions")
    ]


def test_an_event_that_took_effect_twice_in_one_transaction_is_named() -> None:
    evidence = with_journal(noted(4, ATTENDED))

    assert check(evidence) == [
        Finding("once", f"payroll {ATTENDED}", "is 2 times in payroll_records/rec_1")
    ]


def test_a_command_that_took_effect_twice_is_named() -> None:
    evidence = with_journal({**noted(4, COMMAND), "at": LATER})

    assert check(evidence) == [
        Finding("once", f"payroll {COMMAND}", "took effect in 2 transactions")
    ]


def test_several_effects_of_one_event_in_one_transaction_are_one() -> None:
    assert check(with_journal(noted(4, ATTENDED, "b"), noted(5, ATTENDED, "c"))) == []


def test_a_day_may_take_effect_in_many_transactions() -> None:
    day = "/womanup/calendar/seoul/1"

    assert check(with_journal(noted(4, day), {**noted(5, day), "at": LATER})) == []


def test_an_effect_of_what_nobody_said_is_named() -> None:
    evidence = with_journal(noted(4, "/womanup/intake/coh_test/7"))

    assert check(evidence) == [
        Finding("once", "payroll /womanup/intake/coh_test/7", "has an effect and is in no log")
    ]


def test_what_an_operator_did_follows_from_nothing() -> None:
    act = {"_id": "parked/x/1", "kind": "parked", "key": "x", "type": "released"}

    assert check(with_journal(act)) == []


def test_an_offset_behind_the_end_is_named() -> None:
    assert check(with_committed(6)) == [
        Finding("committed", f"payroll {PLACEMENT}/0", "is committed to 6, past its end")
    ]


def test_a_record_that_is_committed_and_not_stored_is_named() -> None:
    """Then it is not drained, either."""
    evidence = with_row("inbox", f"/womanup/placement/{PERSON}", last_sequence=1)

    assert check(evidence) == [
        Finding("committed", f"payroll {ATTENDED}", "is committed and not stored"),
        Finding(
            "drained",
            f"payroll /womanup/placement/{PERSON}",
            "has 2 events, 1 applied and 0 parked",
        ),
    ]


def test_an_unreadable_record_that_is_committed_and_not_parked_is_named() -> None:
    evidence = with_store(parked=lambda rows: rows[:-1])

    assert check(evidence) == [
        Finding("committed", f"payroll {UNREADABLE}", "is unreadable, committed and not parked")
    ]


def test_what_is_not_committed_need_not_be_stored() -> None:
    evidence = replace(
        with_store(parked=lambda rows: rows[:-1]), committed=with_committed(4).committed
    )

    assert {finding.invariant for finding in check(evidence)} == {"drained"}


def test_a_record_that_no_group_has_taken_is_named() -> None:
    assert check(with_committed(3)) == [
        Finding("drained", f"payroll {PLACEMENT}/0", "has 2 records not taken")
    ]


def test_an_event_left_in_the_outbox_is_named() -> None:
    evidence = with_store(outbox=lambda _: (outbox_row(payroll_events()[-1], 5),))

    assert check(evidence) == [
        Finding("drained", f"payroll {PERSON}", "has an event left in the outbox")
    ]


def test_a_day_that_is_announced_and_not_entered_is_named() -> None:
    announced = {"announced": [{"day": "2022-05-11", "event_id": "/womanup/calendar/seoul/2"}]}
    evidence = with_row("calendar", "calendar", state=announced)

    assert check(evidence) == [
        Finding("drained", "payroll /womanup/calendar/seoul/2", "is announced and not entered")
    ]


def test_a_parked_event_that_is_gone_is_named() -> None:
    evidence = with_store(parked=lambda rows: (rows[0], rows[2]))
    drained = [finding for finding in check(evidence) if finding.invariant == "drained"]

    assert drained == [
        Finding("drained", f"payroll {HELD_UP}", "has 2 events, 0 applied and 1 parked"),
        Finding("drained", f"payroll {HELD_UP}", "counts 2 parked of 1"),
    ]


def test_what_could_run_and_is_still_parked_is_named() -> None:
    evidence = with_row("parked", f"{HELD_UP}/1", kind="behind")

    assert check(evidence) == [
        Finding("drained", f"payroll {HELD_UP}/1", "could run and is parked")
    ]


def test_a_stream_that_is_applied_up_to_what_is_parked_is_named() -> None:
    inbox = {"_id": HELD_UP, "last_sequence": 1, "parked": 1}
    evidence = with_store(
        inbox=lambda rows: (*rows[:-1], inbox),
        parked=lambda rows: (parked_row(1, "waits"), rows[2]),
    )

    assert Finding("parked", f"payroll {HELD_UP}", "is parked at 1 and applied to 1") in check(
        evidence
    )


@pytest.mark.parametrize("number", [1, 2])
def test_an_effect_of_what_is_parked_or_comes_behind_it_is_named(number: int) -> None:
    evidence = with_journal(noted(4, f"{HELD_UP}/{number}"))

    assert check(evidence) == [
        Finding("parked", "payroll payroll_records/rec_1/000000004", "follows from what is parked")
    ]
