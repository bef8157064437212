"""The funnel and the money: met by a sound run, red at a planted fault."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from ops.audit import AuditReport
from ops.demo.checks import Check
from ops.demo.figures import (
    EXPECTED,
    TROUBLED,
    check_figures,
    check_months,
    compare_figures,
    compare_months,
    percent,
)
from ops.demo.programme import COHORT_1, COHORT_2, Programme, Troubles
from ops.demo.words import Words
from tests.ops.demo.told import AUDIT, COHORT, COUNTED, WORDS

LEAVING = replace(COHORT_2, troubles=Troubles(dropouts=Fraction(2, 5)))
OTHERS = replace(COHORT_2, size=replace(COHORT_2.size, applicants=300, unfit=None))


def red(
    words: Words = WORDS,
    counted: dict[str, Any] = COUNTED,
    audit: AuditReport = AUDIT,
    programme: Programme = COHORT_2,
) -> dict[str, str]:
    checks: list[Check] = [
        *check_figures(compare_figures(words, counted, programme)),
        *check_months(compare_months(words, counted, audit, COHORT)),
    ]
    return {check.name: check.says for check in checks if not check.is_met}


def test_a_sound_run_meets_every_check() -> None:
    assert red() == {}


@pytest.mark.parametrize("programme", [COHORT_1, COHORT_2], ids=lambda p: p.title)
def test_every_expected_figure_is_compared(programme: Programme) -> None:
    """A name that no figure bears would never be checked."""
    figures = compare_figures(WORDS, COUNTED, programme)

    assert {f.name for f in figures if f.expected} == EXPECTED[programme.title].keys()


def test_the_published_figures_are_the_article_s() -> None:
    published = {
        title: {name: e.value for name, e in figures.items() if e.is_article}
        for title, figures in EXPECTED.items()
    }

    assert published == {
        "2021-h2": {"selected": 62, "host companies": 46, "started": 62},
        "2022-h1": {"applied": 140, "selected": 76, "host companies": 62, "started": 76},
    }


def test_one_application_fewer_on_the_topic_is_seen() -> None:
    found = red(counted={**COUNTED, "applied": 139})

    assert found["applied: counted alike"] == "services 140, statistics office 139"


def test_a_figure_that_is_not_the_articles_is_seen_even_when_all_agree() -> None:
    words = replace(WORDS, placement={**WORDS.placement, "hosts": 61})

    assert red(words, {**COUNTED, "hosts": 61}) == {
        "host companies: as expected": "61, the article said 62"
    }


def test_another_size_is_not_held_against_the_article() -> None:
    words = replace(WORDS, placement={**WORDS.placement, "hosts": 61})

    assert red(words, {**COUNTED, "hosts": 61}, programme=OTHERS) == {}


def test_of_a_play_with_drop_outs_only_what_presupposes_none_is_not_compared() -> None:
    words = replace(WORDS, placement={**WORDS.placement, "completed": 46, "hosts": 61})
    found = red(words, {**COUNTED, "completed": 46, "hosts": 61}, programme=LEAVING)

    assert found.keys() == {"host companies: as expected"}


def test_who_left_is_a_figure_where_somebody_did_and_is_counted_by_two() -> None:
    figures = compare_figures(WORDS, {**COUNTED, "withdrew": 1}, LEAVING)

    assert [f.name for f in figures if f.name in TROUBLED] == ["left early"]
    assert "left early: counted alike" in red(counted={**COUNTED, "withdrew": 1})


def test_a_won_more_at_the_bank_is_seen() -> None:
    line = replace(AUDIT.lines[0], paid_krw=101)
    found = red(audit=replace(AUDIT, lines=(line,)))

    assert found.keys() == {"wages of 2022-04"}
    assert "₩101" in found["wages of 2022-04"]


def test_the_money_of_another_cohort_is_not_counted() -> None:
    other = replace(AUDIT.lines[0], cohort_id="coh_b", paid_krw=7)

    assert red(audit=replace(AUDIT, lines=(*AUDIT.lines, other))) == {}


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(29, 62, "46.8 %"), (1, 8, "12.5 %"), (1, 16, "6.3 %"), (2, 3, "66.7 %"), (0, 5, "0.0 %")],
)
def test_percentages_are_rounded_half_up_to_one_decimal(part: int, whole: int, said: str) -> None:
    assert percent(part, whole) == said


def test_of_nobody_there_is_no_percentage() -> None:
    assert percent(0, 0) == "-"
