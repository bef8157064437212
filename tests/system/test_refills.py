"""What does not go smoothly, in one small play of two cohorts: half of one leave, some of them
found out after pay day; in the other, reserves are called for the places of those who went.
"""

import asyncio
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from ops.audit import AuditReport, audit
from ops.bank import Row, read_bank_file
from ops.city import City
from ops.demo.outcome import CohortOutcome, Outcome
from ops.demo.player import Hooks, Options, play
from ops.demo.programme import COHORT_1, OVERSUBSCRIBED, Programme, Size, Troubles
from ops.provision import provision, withdraw
from ops.stack import Stack
from ops.topics import Record, read_records
from proofs.small import SEED, short_policy
from tests.small_cohort import fetch_payslips
from tests.system.test_no_personal_data import leaks, secrets_of, texts_of

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


@dataclass
class Troubled:
    outcome: Outcome | None = None
    records: list[Record] = field(default_factory=list)
    payslips: list[dict[str, Any]] = field(default_factory=list)
    bank: list[Row] = field(default_factory=list)

    @property
    def found(self) -> Outcome:
        assert self.outcome is not None
        return self.outcome


def with_drop_outs() -> Programme:
    """Eight interns, four of whom leave."""
    return replace(
        COHORT_1,
        policy=short_policy(COHORT_1.policy),
        size=Size(applicants=10, unfit=2, hosts=5, openings=8),
        troubles=Troubles(dropouts=Fraction(1, 2)),
    )


def with_reserves() -> Programme:
    """Six places for eighteen women, half of whom go at some time around the first day."""
    short = short_policy(OVERSUBSCRIBED.policy)
    return replace(
        OVERSUBSCRIBED,
        policy=short.model_copy(
            update={"target": 6, "reserves_max": 6, "latest_start_on": date(2022, 3, 25)}
        ),
        size=Size(applicants=24, unfit=6, hosts=6, openings=9),
        troubles=Troubles(early_leavers=9, declining_hosts=1, suspended_hosts=1),
    )


@pytest.fixture(scope="module")
def troubled(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Troubled]:
    prefix, logs = f"u{secrets.token_hex(3)}.", tmp_path_factory.mktemp("troubled")
    found = Troubled()

    async def keep(city: City, _: Outcome) -> None:
        found.records = await read_records(city.stack.kafka, city.prefix)
        found.payslips = await fetch_payslips(city, found.records)
        found.bank = read_bank_file(city.bank_file)

    async def run() -> None:
        await provision(stack, prefix=prefix)
        options = Options((with_drop_outs(), with_reserves()), logs, SEED, prefix)
        found.outcome = await play(stack, options, Hooks(at_end=keep))

    try:
        asyncio.run(run())
        yield found
    finally:
        asyncio.run(withdraw(stack, prefix=prefix))


@pytest.fixture
def leaving(troubled: Troubled) -> CohortOutcome:
    return troubled.found.cohorts[0]


@pytest.fixture
def refilled(troubled: Troubled) -> CohortOutcome:
    return troubled.found.cohorts[1]


def test_every_check_of_the_demo_is_met(troubled: Troubled) -> None:
    """Among them: no won after leaving but as a claim, reserves in rank order, hosts in cap."""
    assert [check for check in troubled.found.checks if not check.is_met] == []


def test_exactly_the_share_that_was_asked_for_leaves_in_both_ways(leaving: CohortOutcome) -> None:
    found = leaving.leavers

    assert (found.interns, found.left, found.at_once, found.found_late) == (8, 4, 2, 2)
    assert leaving.figure("completed").services == 4
    assert found.with_case == 4


def test_what_was_paid_beyond_the_day_is_claimed_and_comes_back_in_part(
    troubled: Troubled, leaving: CohortOutcome
) -> None:
    """One of the two pays back all of it, the other one half."""
    found, total = leaving.leavers, troubled.found.audit.total()

    assert 0 < found.recovered_krw < found.claimed_krw == found.paid_beyond_krw
    assert found.outstanding_krw == found.claimed_krw - found.recovered_krw
    assert total.entitled_krw + total.overpaid_krw == total.paid_krw
    assert (total.overpaid_krw, total.recovered_krw) == (found.claimed_krw, found.recovered_krw)


def test_reserves_take_the_places_of_those_who_went(refilled: CohortOutcome) -> None:
    found = refilled.refills

    assert found.vacancies == found.called + found.lapsed
    assert found.reserves_called > 0
    assert found.placed > 0
    assert refilled.figure("called from the reserves").office == found.reserves_called


def test_nobody_whose_host_was_suspended_goes_on(refilled: CohortOutcome) -> None:
    programme = refilled.population.programme

    assert programme.troubles.suspended_hosts == 1
    assert refilled.leavers.with_case == refilled.leavers.left > 0


def test_no_record_holds_anything_personal(troubled: Troubled) -> None:
    personal = set[str]().union(*(secrets_of(c.population) for c in troubled.found.cohorts))

    assert len(troubled.records) > 400
    assert leaks(texts_of(troubled.records), personal) == []


# Faults planted in what this play left on its topics.


def test_the_audit_of_the_play_is_clean_before_anything_is_planted(troubled: Troubled) -> None:
    assert judged(troubled, troubled.records).is_clean


def test_a_claim_of_a_won_too_little_is_named(troubled: Troubled) -> None:
    claim = first(troubled, "OverpaymentFound")

    report = judged(troubled, alter(troubled, claim, amount_krw=body(claim)["amount_krw"] - 1))
    assert body(claim)["claim_id"] in culprits(report)
    assert report.difference_krw == 1


def test_a_reserve_called_out_of_rank_is_named(troubled: Troubled) -> None:
    """Who was called first changes her rank with somebody who was not called: both are told so."""
    called = {body(r)["person_id"] for r in of_type(troubled, "ApplicantSelected") if is_call(r)}
    reserves = of_type(troubled, "ApplicantReserved")
    hers = min((r for r in reserves if body(r)["person_id"] in called), key=rank)
    passed = max((r for r in reserves if body(r)["person_id"] not in called), key=rank)

    swapped = alter(troubled, hers, reserve_rank=rank(passed))
    swapped = alter(troubled, passed, swapped, reserve_rank=rank(hers))
    report = judged(troubled, swapped)
    assert [f for f in report.findings if f.culprit == body(hers)["person_id"]]
    assert "out of rank" in str(report.findings)


def test_a_follow_up_that_was_dropped_is_named(troubled: Troubled) -> None:
    """Its number on the stream is there, so that nothing but the missing news can give it away."""
    overdue = first(troubled, "FollowUpOverdue")

    report = judged(troubled, alter(troubled, overdue, follow_up_no=99))
    assert culprits(report) == {body(overdue)["case_id"]}
    assert "was dropped" in str(report.findings)


def test_a_deposit_that_payroll_never_booked_is_named(troubled: Troubled) -> None:
    """As if the money had come in at the bank and been kept from her claim."""
    deposit = next(row for row in troubled.bank if row.outcome == "received")
    more = replace(deposit, order_id="dep_unbooked")

    report = audit(troubled.records, [*troubled.bank, more], troubled.payslips)
    assert "dep_unbooked" in culprits(report)


def judged(troubled: Troubled, records: list[Record]) -> AuditReport:
    return audit(records, troubled.bank, troubled.payslips)


def culprits(report: AuditReport) -> set[str]:
    return {finding.culprit for finding in report.findings}


def of_type(troubled: Troubled, name: str) -> list[Record]:
    type_ = f".{name}.v1".encode()
    found = [r for r in troubled.records if (dict(r.headers)["ce_type"] or b"").endswith(type_)]
    assert found, f"the play has no {name}"
    return found


def first(troubled: Troubled, name: str) -> Record:
    return of_type(troubled, name)[0]


def alter(
    troubled: Troubled, record: Record, records: list[Record] | None = None, **fields: Any
) -> list[Record]:
    """The play's records, or those given, with that one's body changed."""
    value = json.dumps({**body(record), **fields}).encode()
    altered = replace(record, value=value)
    return [altered if r == record else r for r in records or troubled.records]


def body(record: Record) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(record.value or b"")
    return found


def rank(record: Record) -> int:
    return int(body(record)["reserve_rank"])


def is_call(record: Record) -> bool:
    return body(record).get("vacancy_id") is not None
