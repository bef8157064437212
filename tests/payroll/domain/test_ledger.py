"""The ledger balances whatever happens, and what is payable is what has not been paid."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.payroll.domain import (
    Entry,
    Payslip,
    Posting,
    decide_post_payment,
    decide_post_wage,
    evolve_entry,
    is_balanced,
    sum_up,
    trial_balance,
)
from shared.events.payroll import WagePaid
from tests.payroll.builders import COHORT

PAY_DAY = date(2022, 5, 10)
STATUSES = ["held", "ordered", "paid", "failed", "nothing-due"]


def payslip(number: int, status: str, net_krw: int) -> Payslip:
    net_krw = 0 if status == "nothing-due" else net_krw
    return Payslip(
        payslip_id=f"slp_{number}",
        record_id=f"rec_{number}",
        person_id=f"per_{number}",
        cohort_id=COHORT,
        month="2022-04",
        gross_krw=net_krw,
        deductions_krw=0,
        net_krw=net_krw,
        pay_date=PAY_DAY,
        status=status,  # type: ignore[arg-type]
    )


def entries_of(payslips: list[Payslip]) -> list[Entry]:
    """What is posted for them: a debt each, and a payment where the bank paid."""
    events = [event for slip in payslips for event in decide_post_wage(slip, PAY_DAY)]
    for number, slip in enumerate(payslips):
        if slip.status == "paid":
            paid = WagePaid(
                effective_on=PAY_DAY,
                recorded_on=PAY_DAY,
                order_id=f"ord_{number}",
                payslip_id=slip.payslip_id,
                person_id=slip.person_id,
                cohort_id=slip.cohort_id,
                month=slip.month,
                amount_krw=slip.net_krw,
            )
            events += decide_post_payment(paid)
    return [evolve_entry(None, event) for event in events]  # type: ignore[arg-type]


payslips = st.lists(
    st.tuples(st.sampled_from(STATUSES), st.integers(min_value=1, max_value=10_000_000)),
    max_size=40,
).map(lambda found: [payslip(n, status, krw) for n, (status, krw) in enumerate(found)])


@given(payslips)
def test_debits_are_credits_and_no_won_is_anywhere_else(found: list[Payslip]) -> None:
    totals = sum_up(found)
    balance = trial_balance(entries_of(found))
    sides = {posting.account: (posting.debit_krw, posting.credit_krw) for posting in balance}

    assert is_balanced(balance)
    assert sides["wage_expense"] == (totals.net_krw, 0)
    assert sides["wages_payable"] == (totals.paid_krw, totals.net_krw)
    assert sides["bank"] == (0, totals.paid_krw)


@given(payslips)
def test_what_is_net_is_held_or_ordered_and_what_is_ordered_has_one_end(
    found: list[Payslip],
) -> None:
    totals = sum_up(found)

    assert totals.payslips == totals.held + totals.ordered + totals.nothing_due == len(found)
    assert totals.net_krw == totals.held_krw + totals.ordered_krw
    assert totals.ordered == totals.pending + totals.paid + totals.failed
    assert totals.ordered_krw == totals.pending_krw + totals.paid_krw + totals.failed_krw


def test_a_ledger_that_lost_one_won_is_seen() -> None:
    """The check itself: a planted fault turns it red."""
    balance = list(trial_balance(entries_of([payslip(1, "paid", 1_000)])))
    balance[0] = Posting(balance[0].account, balance[0].debit_krw - 1, balance[0].credit_krw)

    assert not is_balanced(balance)


def test_a_wage_of_nothing_is_no_debt() -> None:
    assert entries_of([payslip(1, "nothing-due", 0)]) == []
