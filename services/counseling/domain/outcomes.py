"""Who works again: one definition, its numerator, denominator and cut-off beside each figure.

Press, council and city disagree about cohort 2 (18 or 32 of 76 or 100) because each counted by
another denominator, date and sense of "employed": domain.md §1.4.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from services.counseling.domain.cases import Case
from services.counseling.domain.cohorts import Leaver

DEFINITION = (
    "ever re-employed with started_on <= as_of, of those whose internship was completed by as_of; "
    "as recorded by known_on"
)
STILL_DEFINITION = (
    "re-employed with started_on <= as_of and not ended by as_of, of those whose internship was "
    "completed by as_of; an end that nobody recorded by known_on counts as none"
)
LEFT_DEFINITION = (
    "internship over by as_of without completion: withdrew, or attended too little; re-employment "
    "is known only of those who were offered counseling"
)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Exact counts, never a rounded percentage: whoever prints one rounds it, and says how."""

    completed: int
    reemployed_ever: int
    still_employed: int
    left: int
    left_reemployed_ever: int

    @property
    def participants(self) -> int:
        """Whose internship was over by then, in whichever way."""
        return self.completed + self.left


def count_outcomes(cases: Iterable[Case], leavers: Iterable[Leaver], as_of: date) -> Outcomes:
    """By the days on which things were so, not by when we were told."""
    over = [case for case in cases if case.served_until <= as_of]
    completed = [case for case in over if case.after == "completion"]
    left = [case for case in over if case.after == "leaving"]
    without_offer = sum(leaver.served_until <= as_of for leaver in leavers)
    return Outcomes(
        completed=len(completed),
        reemployed_ever=_ever(completed, as_of),
        still_employed=sum(any(r.lasts_on(as_of) for r in c.reemployments) for c in completed),
        left=len(left) + without_offer,
        left_reemployed_ever=_ever(left, as_of),
    )


def _ever(cases: Iterable[Case], as_of: date) -> int:
    return sum(any(r.started_on <= as_of for r in case.reemployments) for case in cases)
