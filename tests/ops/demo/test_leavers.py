"""Who left and what it cost: a sound play of two leavers, and faults planted in it."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from ops.audit import Line
from ops.demo.leavers import Evidence, check_leavers, count_leavers
from ops.demo.leaving import Leaving
from ops.demo.people import Applicant
from ops.demo.population import draw
from ops.demo.programme import COHORT_2
from tests.ops.demo.told import AUDIT, COHORT, WORDS, placement

POPULATION = draw(7, COHORT_2)
HONEST, FOUND, STAYS = "per_0", "per_1", "per_2"
LAST, LATER = date(2022, 4, 15), date(2022, 5, 12)


def applicant(leaving: Leaving | None) -> Applicant:
    return replace(POPULATION.applicants[0], leaving=leaving)


DRAWN = {
    HONEST: applicant(Leaving(LAST, LAST, "intake")),
    FOUND: applicant(Leaving(LAST, LATER, "placement", is_found=True, repaid=Fraction(1, 2))),
    STAYS: applicant(None),
}
LEFT: dict[str, Any] = {"status": "withdrew", "ended_by": "intern"}
SOUND = Evidence(
    drawn=DRAWN,
    words=replace(
        WORDS,
        placements=[placement(0, **LEFT), placement(1, **LEFT), placement(2)],
        payslips=[
            {"person_id": HONEST, "net_krw": 50},
            {"person_id": FOUND, "net_krw": 100},
            {"person_id": STAYS, "net_krw": 300},
        ],
        claims=[{"person_id": FOUND, "claim_id": "clm_a", "amount_krw": 51}],
        cases=[{"after": "leaving"}, {"after": "leaving"}, {"after": "completion"}],
        payroll={"overall": {"overpaid_krw": 51, "recovered_krw": 25, "outstanding_krw": 26}},
    ),
    audit=replace(
        AUDIT,
        lines=(
            Line(COHORT, HONEST, "2022-04", entitled_krw=50, paid_krw=50),
            Line(
                *(COHORT, FOUND, "2022-04"),
                entitled_krw=49,
                overpaid_krw=51,
                paid_krw=100,
                recovered_krw=25,
            ),
            Line(COHORT, STAYS, "2022-04", entitled_krw=300, paid_krw=300),
        ),
    ),
    cohort_id=COHORT,
)


def red(evidence: Evidence) -> dict[str, str]:
    return {check.name: check.says for check in check_leavers(evidence) if not check.is_met}


def test_a_sound_play_is_counted_and_meets_every_check() -> None:
    found = count_leavers(SOUND)

    assert red(SOUND) == {}
    assert (found.interns, found.left, found.at_once, found.found_late) == (3, 2, 1, 1)
    assert (found.paid_beyond_krw, found.claimed_krw, found.with_case) == (51, 51, 2)


def test_whose_host_was_suspended_is_no_leaver_by_herself() -> None:
    ended = placement(2, status="withdrew", ended_by="city")
    words = replace(SOUND.words, placements=[*SOUND.words.placements[:2], ended])
    found = count_leavers(replace(SOUND, words=words))

    assert (found.left, found.at_once, found.ended_by_city) == (3, 1, 1)


def test_a_leaver_who_is_still_at_work_is_named() -> None:
    words = replace(SOUND.words, placements=[placement(0), *SOUND.words.placements[1:]])

    assert HONEST in red(replace(SOUND, words=words))["who left"]


def test_a_claim_of_a_won_too_little_is_named() -> None:
    claim = {**SOUND.words.claims[0], "amount_krw": 50}
    found = red(replace(SOUND, words=replace(SOUND.words, claims=[claim])))

    assert FOUND in found["no won after leaving but as a claim"]


def test_pay_that_went_on_after_she_said_so_is_named() -> None:
    claims = [*SOUND.words.claims, {"person_id": HONEST, "claim_id": "clm_b", "amount_krw": 9}]
    found = red(replace(SOUND, words=replace(SOUND.words, claims=claims)))

    assert HONEST in found["pay stops on the day"]


def test_a_deposit_that_payroll_did_not_book_is_seen() -> None:
    overall = {**SOUND.words.payroll["overall"], "recovered_krw": 0}
    words = replace(SOUND.words, payroll={"overall": overall})

    assert "₩25 at the bank, ₩0 at payroll" in red(replace(SOUND, words=words))["paid back"]


def test_a_leaver_without_the_offer_is_seen() -> None:
    words = replace(SOUND.words, cases=SOUND.words.cases[1:])

    assert red(replace(SOUND, words=words)).keys() == {"leavers are offered counseling"}
