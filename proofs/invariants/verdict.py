"""What an invariant says of the evidence: what it looked at, and what is broken."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """This invariant is broken, and whose id to look at."""

    invariant: str
    culprit: str
    says: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.culprit} {self.says}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`looked_at` counts by what it is: `{"records": 120}`."""

    invariant: str
    looked_at: Mapping[str, int]
    findings: tuple[Finding, ...]

    @property
    def says(self) -> str:
        """An invariant that looked at nothing is not met: it was not seen."""
        if self.findings:
            return "broken"
        return "met" if any(self.looked_at.values()) else "not seen"


class Look:
    """What one invariant writes down while it looks."""

    def __init__(self, invariant: str) -> None:
        self._invariant = invariant
        self._looked_at: Counter[str] = Counter()
        self._findings: dict[Finding, None] = {}

    def saw(self, what: str, count: int = 1) -> None:
        self._looked_at[what] += count

    def found(self, culprit: str, says: str) -> None:
        self._findings[Finding(self._invariant, culprit, says)] = None

    def verdict(self) -> Verdict:
        return Verdict(self._invariant, dict(self._looked_at), tuple(self._findings))
