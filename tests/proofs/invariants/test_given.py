"""What a rig saw from outside, with a fault planted: each turns one invariant red."""

from dataclasses import replace
from fractions import Fraction

import pytest

from proofs.invariants import Evidence, Finding, Recovery, Reply, Sample, check
from proofs.invariants.given import GROWTH_BYTES_MAX
from tests.proofs.invariants.made import KEY, whole, with_store


def answered(*replies: tuple[int, bytes]) -> Evidence:
    first = whole().replies[0]
    return replace(
        whole(), replies=tuple(replace(first, status=s, body=body) for s, body in replies)
    )


PAID = (201, b'{"paid":1}')


def test_a_repeat_that_is_answered_with_other_bytes_is_named() -> None:
    assert check(answered(PAID, (201, b'{"paid": 1}'))) == [
        Finding("replies", f"payroll {KEY}", "was answered 201, then 201 with other bytes")
    ]


def test_a_repeat_that_is_refused_after_a_success_is_named() -> None:
    assert check(answered(PAID, (409, b"{}"), PAID)) == [
        Finding("replies", f"payroll {KEY}", "was answered 201, then 409 with other bytes")
    ]


def test_a_refusal_may_become_a_success() -> None:
    assert check(answered((409, b"{}"), PAID, PAID)) == []


def test_a_success_of_which_the_store_has_kept_nothing_is_named() -> None:
    evidence = with_store(idempotency=lambda _: ())

    assert check(evidence) == [
        Finding("replies", f"payroll {KEY}", "was answered, and no reply is kept")
    ]


def test_a_success_of_which_the_store_has_kept_another_is_named() -> None:
    assert check(answered((201, b"{}"), (201, b"{}"))) == [
        Finding("replies", f"payroll {KEY}", "was answered, and another reply is kept")
    ]


def test_replies_of_a_service_whose_store_was_not_read_are_compared_only_with_each_other() -> None:
    reply = Reply("intake", "k", "x", 200, b"{}")

    assert check(replace(whole(), replies=(reply, reply))) == []


def test_a_recovery_over_five_seconds_is_named() -> None:
    recoveries = (Recovery("payroll", 5.0), Recovery("payroll-2", 5.01))

    assert check(replace(whole(), recoveries=recoveries)) == [
        Finding("recovery", "payroll-2", "took 5.01 s to recover, more than 5.00")
    ]


def test_a_noisy_machine_has_its_ratio_more() -> None:
    evidence = replace(whole(), recoveries=(Recovery("payroll", 9.9),))

    assert check(replace(evidence, recovery_ratio=Fraction(2))) == []
    assert check(replace(evidence, recovery_ratio=Fraction(3, 2))) == [
        Finding("recovery", "payroll", "took 9.90 s to recover, more than 7.50")
    ]


@pytest.mark.parametrize(("growth", "names"), [(0, set()), (1, {"payroll-2"})])
def test_memory_that_grows_past_its_bound_is_named(growth: int, names: set[str]) -> None:
    samples = (
        Sample("payroll-2", 100),
        Sample("payroll", GROWTH_BYTES_MAX * 2),
        Sample("payroll-2", 100 + GROWTH_BYTES_MAX + growth),
        Sample("payroll", 100),
        Sample("payroll-2", 100),
    )
    found = check(replace(whole(), samples=samples))

    assert {finding.invariant for finding in found} <= {"memory"}
    assert {finding.culprit for finding in found} == names


def test_an_aggregate_that_is_not_the_fold_of_its_journal_is_named() -> None:
    difference = {"kind": "payslips", "key": "slp_1", "problem": "not the fold"}
    answer = {"checked": 4, "differences": [difference]}

    assert check(replace(whole(), verified={"payroll": answer})) == [
        Finding("folds", "payroll payslips/slp_1", "not the fold")
    ]
