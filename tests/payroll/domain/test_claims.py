"""Claims: found once, paid back in parts, never beyond what is outstanding."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.payroll.domain import (
    DEPOSITS_MAX,
    Claim,
    RecoverOverpayment,
    TooManyDeposits,
    claim_id_of,
    decide_find_overpayment,
    decide_recover,
    evolve_claim,
)
from shared.errors import Rejected
from tests.payroll.builders import record, worked

TODAY = date(2022, 5, 11)


def claim(amount_krw: int) -> Claim:
    found = decide_find_overpayment(record(worked()), "2022-04", 1, amount_krw, TODAY)
    return evolve_claim(None, found)


def recover(of: Claim, number: int, amount_krw: int) -> Claim:
    command = RecoverOverpayment(
        deposit_id=f"dep_{number}", amount_krw=amount_krw, received_on=TODAY
    )
    return evolve_claim(of, decide_recover(of, command, is_booked=False, today=TODAY))


def test_a_claim_is_named_by_record_month_and_correction() -> None:
    found = claim(1_000)

    assert found.claim_id == claim_id_of(found.record_id, "2022-04", 1)
    assert (found.found_on, found.outstanding_krw) == (TODAY, 1_000)


@given(st.integers(1, 3_000_000), st.lists(st.integers(1, 2_000_000), max_size=8))
def test_what_came_back_never_exceeds_the_claim(amount_krw: int, deposits: list[int]) -> None:
    found = claim(amount_krw)
    for number, deposit in enumerate(deposits):
        try:
            found = recover(found, number, deposit)
        except Rejected:
            assert deposit > found.outstanding_krw

    assert 0 <= found.recovered_krw <= found.amount_krw
    assert found.recovered_krw + found.outstanding_krw == amount_krw


def test_the_last_deposit_that_a_claim_takes_must_be_the_whole_rest() -> None:
    found = claim(1_000_000)
    for number in range(DEPOSITS_MAX - 1):
        found = recover(found, number, 1)

    with pytest.raises(TooManyDeposits):
        recover(found, DEPOSITS_MAX, 1)
    assert recover(found, DEPOSITS_MAX, found.outstanding_krw).outstanding_krw == 0


@pytest.mark.parametrize("amount", [0, -1, 1.0, "1"])
def test_a_deposit_is_at_least_one_won(amount: object) -> None:
    with pytest.raises(ValidationError):
        RecoverOverpayment.model_validate(
            {"deposit_id": "dep_1", "amount_krw": amount, "received_on": TODAY}
        )
