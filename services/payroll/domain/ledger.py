"""The ledger: double entry in integer won. An event names one amount and the two accounts that it
moves between, so that an entry that does not balance cannot be written.

A payslip turns a wage into a debt to the intern; a payment turns the debt into cash. What the bank
refuses posts nothing: the debt stands. A claim takes back of the expense what was no wage, and a
deposit turns the claim into cash. The entry's key is its source's id, so that no source is ever
posted twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.payroll.domain.payslips import Payslip
from shared.events import Event
from shared.events.payroll import OverpaymentFound, OverpaymentRecovered, WagePaid
from shared.ids import CohortId
from shared.money import Month, Won

Account = Literal["wage_expense", "wages_payable", "bank", "overpayments_receivable"]
ACCOUNTS: tuple[Account, ...] = (
    "wage_expense",
    "wages_payable",
    "bank",
    "overpayments_receivable",
)


@dataclass(frozen=True, slots=True)
class Posting:
    """Won on the two sides of an account: by one entry, or by all of them in a trial balance."""

    account: Account
    debit_krw: int
    credit_krw: int


class EntryPosted(Event):
    """An entry for one source: a payslip, a payment order, a claim or a deposit."""

    source_id: str
    cohort_id: CohortId
    month: Month
    debit: Account
    credit: Account
    amount_krw: Won


@dataclass(frozen=True, slots=True)
class Entry:
    source_id: str
    cohort_id: str
    month: str
    posted_on: date
    postings: tuple[Posting, ...]


def decide_post_wage(payslip: Payslip, today: date) -> list[Event]:
    """A payslip was issued: the city owes the wage. A wage of ₩0 is no debt."""
    if payslip.net_krw == 0:
        return []
    return [
        EntryPosted(
            effective_on=payslip.pay_date,
            recorded_on=today,
            source_id=payslip.payslip_id,
            cohort_id=payslip.cohort_id,
            month=payslip.month,
            debit="wage_expense",
            credit="wages_payable",
            amount_krw=payslip.net_krw,
        )
    ]


def decide_post_payment(paid: WagePaid) -> list[Event]:
    """The bank paid an order: the debt is settled."""
    return [_post(paid, paid.order_id, "wages_payable", "bank")]


def decide_post_claim(found: OverpaymentFound) -> list[Event]:
    """What was no wage is no expense: she owes it."""
    return [_post(found, found.claim_id, "overpayments_receivable", "wage_expense")]


def decide_post_recovery(recovered: OverpaymentRecovered) -> list[Event]:
    """A deposit came: so much of the claim is settled."""
    return [_post(recovered, recovered.deposit_id, "bank", "overpayments_receivable")]


def trial_balance(entries: Iterable[Entry]) -> tuple[Posting, ...]:
    """The sums of both sides, account by account."""
    debits = dict.fromkeys(ACCOUNTS, 0)
    credits_ = dict.fromkeys(ACCOUNTS, 0)
    for posting in (posting for entry in entries for posting in entry.postings):
        debits[posting.account] += posting.debit_krw
        credits_[posting.account] += posting.credit_krw
    return tuple(Posting(account, debits[account], credits_[account]) for account in ACCOUNTS)


def is_balanced(postings: Iterable[Posting]) -> bool:
    return sum(posting.debit_krw - posting.credit_krw for posting in postings) == 0


def evolve_entry(_: Entry | None, event: EntryPosted) -> Entry:
    postings = (
        Posting(event.debit, event.amount_krw, 0),
        Posting(event.credit, 0, event.amount_krw),
    )
    return Entry(event.source_id, event.cohort_id, event.month, event.effective_on, postings)


def _post(
    fact: WagePaid | OverpaymentFound | OverpaymentRecovered,
    source_id: str,
    debit: Account,
    credit: Account,
) -> EntryPosted:
    return EntryPosted(
        effective_on=fact.effective_on,
        recorded_on=fact.recorded_on,
        source_id=source_id,
        cohort_id=fact.cohort_id,
        month=fact.month,
        debit=debit,
        credit=credit,
        amount_krw=fact.amount_krw,
    )
