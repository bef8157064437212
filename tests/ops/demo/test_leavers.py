"""Who left and what it cost: a sound play of two leavers, and faults planted in it."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from ops.audit import Line
from ops.demo.leavers import Evidence, check_leavers, count_leavers, found_late
from ops.demo.leaving import Leaving
from ops.demo.people import Applicant
from ops.demo.population import draw
from ops.demo.programme import COHORT_2
from ops.trace import Told
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
        cases=[
            {"person_id": HONEST, "after": "leaving"},
            {"person_id": FOUND, "after": "leaving"},
            {"person_id": STAYS, "after": "completion"},
        ],
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
    late=frozenset({FOUND}),
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


def test_who_was_found_out_otherwise_than_the_topics_say_is_named() -> None:
    """What was drawn is no witness of what happened."""
    found = red(replace(SOUND, late=frozenset({FOUND, HONEST})))

    assert HONEST in found["pay stops on the day"]


def test_late_is_what_was_recorded_after_the_pay_day_of_her_last_month() -> None:
    """April is paid on 10 May 2022."""
    told = [
        withdrew("per_a", date(2022, 4, 20), date(2022, 5, 10)),
        withdrew("per_b", date(2022, 4, 20), date(2022, 5, 11)),
        withdrew("per_c", date(2022, 5, 1), date(2022, 5, 11)),  # her last day was in April
        withdrew("per_d", date(2022, 5, 2), date(2022, 5, 11)),
        withdrew("per_e", date(2022, 4, 20), date(2022, 5, 11), cohort_id="coh_other"),
    ]

    assert found_late(told, COHORT, COHORT_2.policy) == {"per_b", "per_c"}


def withdrew(person: str, from_: date, recorded_on: date, cohort_id: str = COHORT) -> Told:
    body = {"cohort_id": cohort_id}
    return Told("InternWithdrew", "placement", person, 1, from_, recorded_on, body)


def test_a_deposit_that_payroll_did_not_book_is_seen() -> None:
    overall = {**SOUND.words.payroll["overall"], "recovered_krw": 0}
    words = replace(SOUND.words, payroll={"overall": overall})

    assert "₩25 at the bank, ₩0 at payroll" in red(replace(SOUND, words=words))["paid back"]


def test_a_leaver_without_the_offer_is_named() -> None:
    words = replace(SOUND.words, cases=SOUND.words.cases[1:])

    assert red(replace(SOUND, words=words)) == {
        "leavers are offered counseling": "1 of 2 leavers have a case: per_0 has none"
    }


def test_two_cases_of_one_leaver_are_not_one_of_each() -> None:
    honest, _, stays = SOUND.words.cases
    evidence = replace(SOUND, words=replace(SOUND.words, cases=[honest, honest, stays]))

    says = "1 of 2 leavers have a case: per_1 has none; per_0 has 2"
    assert red(evidence) == {"leavers are offered counseling": says}
    assert count_leavers(evidence).with_case == 1


def test_a_leavers_case_of_somebody_who_stays_is_named() -> None:
    cases = [*SOUND.words.cases, {"person_id": STAYS, "after": "leaving"}]
    found = red(replace(SOUND, words=replace(SOUND.words, cases=cases)))

    assert found["leavers are offered counseling"].endswith(": per_2 did not leave")
