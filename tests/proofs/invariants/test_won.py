"""Faults with money, planted one by one: each turns `won` red and names the paper."""

from dataclasses import replace
from typing import Any

from proofs.invariants import Evidence, Finding, check, judge
from tests.proofs.invariants.made import (
    ORDER,
    PAYSLIP,
    WON,
    entry,
    outbox_row,
    payroll_events,
    record,
    row,
    whole,
    with_store,
)


def paid(**instead: Any) -> Evidence:
    """The bank's result says something else, in the journal as in the log."""
    event = payroll_events()[3].model_copy(update=instead)
    evidence = with_store(
        journal=lambda rows: (
            *rows[:4],
            {**rows[4], "event": event.model_dump(mode="json")},
            rows[5],
        )
    )
    records = (*evidence.records[:-2], record(event, 4, 3), evidence.records[-1])
    return replace(evidence, records=records)


def test_a_won_more_than_was_ordered_is_named() -> None:
    assert check(paid(amount_krw=WON + 1)) == [
        Finding("won", ORDER, f"is paid {WON + 1} won of {WON}"),
        Finding("won", ORDER, f"is {WON + 1} won on the topic and {WON} in the ledger"),
    ]


def test_an_order_that_is_paid_twice_is_named() -> None:
    again = payroll_events()[3]
    evidence = with_store(
        journal=lambda rows: (
            *rows,
            row("payment_orders", ORDER, 3, again, "/womanup/payroll/commands/2"),
        ),
        streams=lambda rows: ({**rows[0], "sequence": 6},),
    )
    evidence = replace(evidence, records=(*evidence.records, record(again, 6, 5)))

    assert Finding("won", ORDER, "is paid 2 times") in check(evidence)
    assert Finding("won", PAYSLIP, "is paid 2 times") in check(evidence)
    assert {finding.invariant for finding in check(evidence)} == {"won"}


def test_a_duplicate_record_of_a_payment_pays_nothing() -> None:
    evidence = whole()
    again = replace(evidence.records[-2], offset=5)

    assert check(replace(evidence, records=(*evidence.records, again))) == []


def test_a_payment_that_cannot_be_read_pays_nothing() -> None:
    evidence = whole()
    garbled = replace(evidence.records[-2], value=b"[]")
    evidence = replace(evidence, records=(*evidence.records[:-2], garbled, evidence.records[-1]))

    assert Finding("won", ORDER, f"is 0 won on the topic and {WON} in the ledger") in check(
        evidence
    )
    assert {finding.invariant for finding in check(evidence)} == {"told", "won"}


def test_an_order_of_more_than_the_payslip_is_named() -> None:
    ordered = payroll_events()[2].model_copy(update={"amount_krw": WON - 1})
    evidence = with_store(
        journal=lambda rows: (
            *rows[:3],
            {**rows[3], "event": ordered.model_dump(mode="json")},
            *rows[4:],
        )
    )
    records = (*evidence.records[:-3], record(ordered, 3, 2), *evidence.records[-2:])

    assert Finding("won", ORDER, f"orders {WON - 1} won of {WON}") in check(
        replace(evidence, records=records)
    )


def test_an_entry_whose_sides_differ_is_named() -> None:
    evidence = with_store(ledger=lambda rows: (entry(PAYSLIP, WON, WON - 1), rows[1]))

    assert check(evidence) == [
        Finding("won", PAYSLIP, f"has {WON} won on one side and {WON - 1} on the other")
    ]


def test_a_payment_that_is_not_booked_and_a_booking_without_a_paper_are_named() -> None:
    evidence = with_store(ledger=lambda rows: (rows[0], entry("ord_9", WON, WON)))

    assert check(evidence) == [
        Finding("won", ORDER, f"is {WON} won on the topic and 0 in the ledger"),
        Finding("won", "ord_9", f"is 0 won on the topic and {WON} in the ledger"),
    ]


def test_a_payment_on_its_way_counts_as_told() -> None:
    evidence = with_store(
        outbox=lambda _: tuple(
            outbox_row(e, n) for n, e in [(4, payroll_events()[3]), (5, payroll_events()[4])]
        )
    )
    evidence = replace(evidence, records=evidence.records[:-2])

    assert {finding.invariant for finding in check(evidence)} == {"drained"}


def test_what_was_looked_at_is_counted_in_won() -> None:
    verdict = next(verdict for verdict in judge(whole()) if verdict.invariant == "won")

    assert verdict.looked_at == {"payslips": 1, "orders": 1, "won paid": WON, "entries": 2}
