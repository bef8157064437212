"""Who works again: one definition, its numerator, denominator and cut-off beside each figure.

Press, council and city disagree about cohort 2 (18 or 32 of 76 or 100) because each counted by
another denominator, date and sense of "employed": domain.md §1.4.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from services.counseling.domain.cases import Case

DEFINITION = (
    "ever re-employed with started_on <= as_of, of those whose internship was completed by as_of; "
    "as recorded by known_on"
)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Exact counts, never a rounded percentage: whoever prints one rounds it, and says how."""

    completed: int
    reemployed_ever: int


def count_outcomes(cases: Iterable[Case], as_of: date) -> Outcomes:
    """By the days on which things were so, not by when we were told."""
    completed = [case for case in cases if case.completed_on <= as_of]
    started = [c.reemployment.started_on for c in completed if c.reemployment is not None]
    return Outcomes(len(completed), sum(day <= as_of for day in started))
