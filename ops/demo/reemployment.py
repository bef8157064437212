"""Who works again: ever and still, as of which day, of whom, and who says so.

Press, council and city disagree because each counted otherwise (domain.md §1.4). Pure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ops.demo.checks import Check
from ops.demo.client import Json
from ops.demo.figures import is_published
from ops.demo.programme import COHORT_1, COHORT_2, Programme
from ops.demo.words import Words

END = "the end"


@dataclass(frozen=True, slots=True)
class Said:
    """What a source says of a day; None where it says nothing."""

    ever: int | None
    still: int | None
    source: str


SAID = {
    COHORT_1.title: {
        date(2022, 4, 1): Said(29, None, "S1: 29 of 62, 47 %"),
        date(2022, 10, 31): Said(34, 23, "S8: 34 of 60, 23 still"),
    },
    COHORT_2.title: {
        date(2022, 10, 31): Said(32, 18, 'S8: 32 of "100", 18 still'),
    },
}


@dataclass(frozen=True, slots=True)
class Look:
    """What counseling answers for `as_of`, and beside it the statistics office, which has counted
    from the topics, leavers included. At the end `…_in_all` are counted from counseling's cases.
    """

    as_of: str
    completed: int
    ever: int
    still: int
    left: int
    left_ever: int
    office_ever: int
    office_still: int
    said: Said | None = None
    ever_in_all: int | None = None
    still_in_all: int | None = None


def days_to_look_at(programme: Programme) -> tuple[date, ...]:
    """Those on which a source counted."""
    return tuple(SAID.get(programme.title, {})) if is_published(programme) else ()


def compare_outcomes(
    words: Words, offices: Mapping[date | None, Json], programme: Programme
) -> tuple[Look, ...]:
    """`offices`: the office's figures of the cohort by the same days; None is the end."""
    cases = [case for case in words.cases if case["reemployed_on"]]
    still = sum(case["employment_ended_on"] is None for case in cases)
    is_compared = is_published(programme) and programme.all_stay
    said = SAID.get(programme.title, {}) if is_compared else {}
    return tuple(
        Look(
            as_of=str(day or END),
            completed=found["completed"],
            ever=found["reemployed_ever"],
            still=found["still_employed"],
            left=found["left"],
            left_ever=found["left_reemployed_ever"],
            office_ever=offices[day].get("reemployed", 0),
            office_still=offices[day].get("still_employed", 0),
            said=said.get(day) if day else None,
            ever_in_all=None if day else len(cases),
            still_in_all=None if day else still,
        )
        for day, found in words.outcomes.items()
    )


def check_outcomes(looks: tuple[Look, ...]) -> Iterator[Check]:
    for look in looks:
        if look.said:
            found = f"{look.ever} ever, {look.still} still"
            is_met = look.said.ever in (None, look.ever) and look.said.still in (None, look.still)
            yield Check(f"re-employed as of {look.as_of}", is_met, f"{found}; {look.said.source}")
        yield from _check_alike(look)


def _check_alike(look: Look) -> Iterator[Check]:
    """Its outcomes do not say how many leavers still work: its cases do, and only at the end."""
    ever = look.ever + look.left_ever
    still = look.still_in_all if look.left else look.still
    is_alike = ever == look.office_ever and still in (None, look.office_still)
    says = f"counseling {(ever, still)}, statistics office {(look.office_ever, look.office_still)}"
    yield Check(f"re-employed as of {look.as_of}: counted alike", is_alike, says)
    if look.ever_in_all is not None:
        says = f"{look.ever} completed and {look.left_ever} left, {look.ever_in_all} cases"
        yield Check("re-employed: outcomes and cases", ever == look.ever_in_all, says)
