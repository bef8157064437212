"""What is asked for: one cohort, until one day. Nothing else is looked at, or missed."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ops.audit import UnknownCohort
from tests.ops.audit.judging import culprits, judge
from tests.ops.town import account_of, play
from tests.ops.unhappy import CLAIM, FULL, RECOVERED, TO_5_APRIL, TO_6_APRIL, unhappy
from tests.ops.world import WAGES, World

OTHER = "coh_other"
KINDS = "per|app|plc|org|pos|rec|slp|ord|clm|dep|cas|vac|coh|fil"


def elsewhere(world: World) -> World:
    """The same story in another cohort, of other people, hosts and papers."""
    records = [
        replace(
            r,
            key=renamed((r.key or b"").decode()).encode(),
            value=renamed((r.value or b"").decode()).encode(),
            headers=headers_of(r.headers),
        )
        for r in world.records
        if r.topic != "womanup.calendar.v1"
    ]
    rows = [
        replace(
            row,
            order_id=renamed(row.order_id),
            file_id=renamed(row.file_id),
            account_sha256=account_of(row.account_sha256),
        )
        for row in world.bank
    ]
    payslips = json.loads(renamed(json.dumps(world.payslips)))
    return World(tuple(records), tuple(rows), tuple(payslips))


def renamed(text: str) -> str:
    """Each id, wherever it stands."""
    other = re.sub(rf"\b({KINDS})_(?!id\b)(?=[0-9a-z]+\b)", r"\1_x", text)
    return other.replace("coh_xsecond", OTHER).replace('"cohort_no":2', '"cohort_no":7')


def headers_of(headers: Any) -> Any:
    found = dict(headers)
    found["ce_id"] = renamed(found["ce_id"].decode()).encode()
    return tuple(found.items())


def both(first: World, second: World) -> World:
    return World(
        first.records + second.records, first.bank + second.bank, first.payslips + second.payslips
    )


def test_on_the_evening_of_every_day_all_is_well() -> None:
    """No finding comes too early, when something was told, or a day or two later."""
    world = unhappy()
    told_on = {date.fromisoformat(json.loads(r.value or b"")["recorded_on"]) for r in world.records}
    days = sorted({day + timedelta(days=n) for day in told_on for n in (0, 1, 2)})

    assert [day for day in days if not judge(world, as_of=day).is_clean] == []


def test_as_of_a_day_counts_what_was_recorded_and_paid_until_then() -> None:
    world = unhappy()
    april, may, june = (date(2022, 4, 8), date(2022, 5, 9), date(2022, 6, 29))
    totals = [judge(world, as_of=day).total() for day in (april, may, june)]

    assert [totals[0].paid_krw, totals[1].paid_krw] == [TO_5_APRIL + TO_6_APRIL] * 2
    assert 0 == totals[0].pending_krw < 2 * FULL < totals[1].pending_krw
    assert (totals[2].overpaid_krw, totals[2].recovered_krw) == (CLAIM, 0)
    assert judge(world, as_of=date(2022, 6, 30)).total().recovered_krw == RECOVERED
    assert judge(world, as_of=april).today == "2022-04-08"


def test_as_of_a_day_to_come_is_as_of_the_last_one() -> None:
    world = unhappy()

    assert judge(world) == judge(world, as_of=date(2030, 1, 1))


def test_a_fault_of_a_later_day_is_not_seen_as_of_an_earlier_one() -> None:
    world = unhappy()
    index = next(n for n, row in enumerate(world.bank) if row.paid_on == "2022-07-11")
    wrong = world.paying(index, amount_krw=1)

    assert culprits(wrong, as_of=date(2022, 7, 10)) == set()
    assert {wrong.bank[index].order_id} == culprits(wrong, as_of=date(2022, 7, 11))


def test_one_cohort_has_its_own_people_money_and_findings() -> None:
    second = play([8])
    wrong = elsewhere(second).paying(0, amount_krw=1)
    world = both(second, wrong)

    assert {wrong.bank[0].order_id} == culprits(world) == culprits(world, cohort_no=7)
    assert culprits(world, cohort_no=2) == set()
    assert 3 * WAGES[8] == judge(world, cohort_no=2).total().paid_krw
    assert {OTHER} == {line.cohort_id for line in judge(world, cohort_no=7).lines}


def test_two_cohorts_side_by_side_are_as_clean_as_each() -> None:
    world = both(unhappy(), elsewhere(unhappy()))

    assert judge(world).is_clean
    assert judge(world, cohort_no=7).is_clean
    assert 2 * judge(unhappy()).total().paid_krw == judge(world).total().paid_krw


def test_an_unknown_cohort_is_no_audit() -> None:
    with pytest.raises(UnknownCohort, match="no cohort 9"):
        judge(unhappy(), cohort_no=9)


def test_one_person_has_her_lines_and_what_names_her_or_is_hers() -> None:
    world = unhappy().telling("OverpaymentFound", "per_1", lambda b: b.update(amount_krw=CLAIM - 1))
    world = world.never("CaseOpened", "per_u").without("ContactRecorded", "per_2")
    report = judge(world)
    hers = {who: report.of_person(who) for who in ("per_0", "per_1", "per_2", "per_u")}

    assert {who: {f.culprit for f in one.findings} for who, one in hers.items()} == {
        "per_0": set(),
        "per_1": {"clm_1"},
        "per_2": {"cas_2", "/womanup/counseling/per_2"},
        "per_u": {"per_u"},
    }
    assert {"2022-04", "2022-05"} == {line.month for line in hers["per_1"].lines}
    assert hers["per_0"].is_clean
    assert hers["per_1"].difference_krw == 1


def test_what_is_not_what_it_says_is_named_by_its_place() -> None:
    world = unhappy().telling("PayslipIssued", "per_u", lambda b: b.pop("record_id"))

    assert "/womanup/payroll/per_u/2" in culprits(world)
