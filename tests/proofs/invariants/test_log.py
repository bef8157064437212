"""Faults in the log, planted one by one: each turns one invariant red and is named."""

from dataclasses import replace

from ops.topics import Record
from proofs.invariants import Finding, check
from tests.proofs.invariants.made import (
    PERSON,
    PLACED,
    noted,
    outbox_row,
    payroll_events,
    with_records,
    with_row,
    with_store,
)

STREAM = f"/womanup/payroll/{PERSON}"
CHANGED = "payroll_records/rec_1/000000003"


def test_a_committed_event_that_is_not_in_the_log_is_lost() -> None:
    assert check(with_records(lambda records: records[:-1])) == [
        Finding("told", f"payroll {CHANGED}", "is committed and not in the log"),
        Finding("told", STREAM, "counts 5 events in the store, 4 in the log"),
    ]


def test_a_committed_event_that_waits_in_the_outbox_is_not_lost() -> None:
    evidence = with_store(outbox=lambda rows: (outbox_row(payroll_events()[-1], 5),))
    evidence = replace(evidence, records=evidence.records[:-1])

    assert {finding.invariant for finding in check(evidence)} == {"drained"}


def test_an_event_in_the_log_that_was_never_committed_is_named() -> None:
    evidence = with_store(journal=lambda rows: rows[:-1])

    assert check(evidence) == [
        Finding("told", f"{STREAM}/5", "is in the log and was never committed")
    ]


def test_an_event_in_the_log_with_another_body_is_lost_and_invented() -> None:
    def alter(records: tuple[Record, ...]) -> tuple[Record, ...]:
        return (*records[:-1], replace(records[-1], value=b'{"record_id": "rec_2"}'))

    assert set(check(with_records(alter))) == {
        Finding("told", f"payroll {CHANGED}", "is committed and not in the log"),
        Finding("told", f"{STREAM}/5", "is in the log and was never committed"),
    }


def test_a_store_that_counts_less_than_the_log_is_named() -> None:
    evidence = with_row("streams", PERSON, sequence=4)

    assert check(evidence) == [
        Finding("told", STREAM, "counts 4 events in the store, 5 in the log")
    ]


def test_a_record_that_the_rig_put_there_needs_nobody_to_have_committed_it() -> None:
    evidence = with_store(
        journal=lambda rows: rows[:-1], streams=lambda rows: ({"_id": PERSON, "sequence": 5},)
    )

    assert check(replace(evidence, foreign=frozenset({("womanup.payroll.v1", 0, 4)}))) == []


def test_the_same_record_twice_is_no_fault() -> None:
    def repeat(records: tuple[Record, ...]) -> tuple[Record, ...]:
        return (*records, replace(records[-2], offset=5), replace(records[-1], offset=6))

    assert check(with_records(repeat)) == []


def test_a_number_twice_with_another_body_is_named() -> None:
    def forge(records: tuple[Record, ...]) -> tuple[Record, ...]:
        return (*records, replace(records[-1], offset=5, value=b"{}"))

    assert check(with_records(forge)) == [
        Finding("order", f"{STREAM}/5", "stands in the log twice, with other bytes")
    ]


def test_a_number_twice_with_another_type_is_named() -> None:
    def forge(records: tuple[Record, ...]) -> tuple[Record, ...]:
        headers = tuple(
            (n, b"womanup.payroll.Other.v1" if n == "ce_type" else v)
            for n, v in records[-1].headers
        )
        return (*records, replace(records[-1], offset=5, headers=headers))

    assert check(with_records(forge)) == [
        Finding("order", f"{STREAM}/5", "stands in the log twice, with other bytes")
    ]


def test_two_first_occurrences_that_changed_places_are_named() -> None:
    def swap(records: tuple[Record, ...]) -> tuple[Record, ...]:
        *before, fourth, fifth = records
        return (*before, replace(fourth, offset=4), replace(fifth, offset=3))

    assert check(with_records(swap)) == [
        Finding("order", f"{STREAM}/5", "comes after number 3"),
        Finding("order", f"{STREAM}/4", "comes after number 5"),
    ]


def test_a_stream_in_two_partitions_is_named() -> None:
    def move(records: tuple[Record, ...]) -> tuple[Record, ...]:
        return (*records, replace(records[-1], partition=1, offset=0))

    assert check(with_records(move)) == [
        Finding("order", f"{STREAM}/5", "stands in two partitions")
    ]


def test_an_effect_that_goes_back_in_its_stream_is_named() -> None:
    evidence = with_store(journal=lambda rows: (*rows, noted(4, PLACED)))

    assert check(evidence) == [
        Finding("order", "payroll payroll_records/rec_1/000000004", "follows from 1 after 2")
    ]
