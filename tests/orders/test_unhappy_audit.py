"""The audit over the whole unhappy story, by the topics, the bank's own book and payroll's store.

Every planted fault is looked for beside what the audit says of the story as it was told.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from ops.audit import AuditReport, audit
from ops.bank import Row
from ops.topics import Record
from shared.events.payroll import OverpaymentFound, PaymentOrdered, PayslipIssued
from tests.orders.unhappy import Json, Story, play_story


@dataclass(frozen=True)
class Audited:
    """The story as the audit reads it."""

    story: Story
    payslips: Sequence[Json]

    def report(
        self, records: Sequence[Record] | None = None, bank: Sequence[Row] | None = None
    ) -> AuditReport:
        return audit(records or self.story.records, bank or self.story.city.bank, self.payslips)

    def new_culprits(self, report: AuditReport) -> set[str]:
        return {found.culprit for found in {*report.findings} - {*self.report().findings}}


@pytest.fixture(scope="module")
def audited() -> Audited:
    story = play_story()
    return Audited(story, asyncio.run(story.payslips()))


def test_every_won_of_the_story_is_accounted_for(audited: Audited) -> None:
    report = audited.report()
    total = report.total()

    assert report.difference_krw == 0
    assert 0 < total.recovered_krw < total.overpaid_krw
    assert total.outstanding_krw == total.overpaid_krw - total.recovered_krw > 0
    assert total.entitled_krw + total.overpaid_krw == total.paid_krw
    assert total.pending_krw == total.in_doubt_krw == total.failed_krw == 0


def test_the_audit_names_nothing_but_wages_that_were_held_for_want_of_an_account(
    audited: Audited,
) -> None:
    """They were ordered on the day on which the account was given, later than their pay day: late
    by law (Art. 43), whoever is to blame, and no topic tells of accounts.
    """
    story = audited.story
    due = {slip.payslip_id: slip.pay_date for slip in story.told(PayslipIssued)}
    held = [
        order
        for order in story.told(PaymentOrdered, attempt=1)
        if order.pay_on > due[order.payslip_id]
    ]

    assert len(held) == 2
    assert {str(found) for found in audited.report().findings} == {
        f"{order.order_id}: is for {order.pay_on}, due was {due[order.payslip_id]}"
        for order in held
    }


def test_a_won_more_in_the_banks_book_is_named_by_its_order(audited: Audited) -> None:
    rows = audited.story.city.bank
    for index, row in enumerate(rows):
        if row.outcome != "paid":
            continue
        wrong = [*rows[:index], replace(row, amount_krw=row.amount_krw + 1), *rows[index + 1 :]]

        report = audited.report(bank=wrong)

        assert report.difference_krw == 1
        assert audited.new_culprits(report) == {row.order_id}


def test_a_claim_of_a_won_too_little_is_named(audited: Audited) -> None:
    claims = audited.story.told(OverpaymentFound)
    for claim in claims:
        records = [_claiming_less(record, claim.claim_id) for record in audited.story.records]

        report = audited.report(records=records)

        assert report.difference_krw == 1
        assert audited.new_culprits(report) == {claim.claim_id}
    assert len(claims) == 2


def _claiming_less(record: Record, claim_id: str) -> Record:
    body = json.loads(record.value or b"")
    is_it = dict(record.headers)["ce_type"] == b"womanup.payroll.OverpaymentFound.v1"
    if not is_it or body["claim_id"] != claim_id:
        return record
    less = {**body, "amount_krw": body["amount_krw"] - 1}
    return replace(record, value=json.dumps(less).encode())
