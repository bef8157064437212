"""The life itself: events in order, each with its reasons, and the money with a running balance."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from ops.trace.reasons import Reasons, why
from ops.trace.told import Told, cohort_numbers
from ops.trace.words import say

MONEY: Mapping[str, tuple[str, int]] = {
    "PayslipIssued": ("net_krw", 1),
    "PaymentOrdered": ("amount_krw", 0),
    "WagePaid": ("amount_krw", -1),
    "PaymentFailed": ("amount_krw", 0),
    "OverpaymentFound": ("amount_krw", -1),
    "OverpaymentRecovered": ("amount_krw", 1),
}
"""Which field is the amount, and which way it moves what the city owes her."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event. `known_late_days` is how much later than it counts it was known; negative: ahead.

    `owed_krw`: what the city owes her after it, negative when she owes; None: no money in it.
    """

    recorded_on: date
    effective_on: date
    producer: str
    event: str
    cohort_id: str
    says: str
    why: tuple[str, ...]
    owed_krw: int | None

    @property
    def known_late_days(self) -> int:
        return (self.recorded_on - self.effective_on).days

    @property
    def dating(self) -> str:
        """In words where the two dates differ."""
        late = self.known_late_days
        if late > 0:
            return f"counts from {self.effective_on}, known {late} day{'s' * (late > 1)} late"
        return f"counts from {self.effective_on}" if late < 0 else ""

    def to_json(self) -> dict[str, Any]:
        days = {name: getattr(self, name).isoformat() for name in ("recorded_on", "effective_on")}
        return {**asdict(self), **days, "known_late_days": self.known_late_days}


@dataclass(frozen=True, slots=True)
class Life:
    """`cohorts`: numbers by id. `owed_krw`: what is open at the end, of all cohorts."""

    person_id: str
    cohorts: Mapping[str, int]
    steps: tuple[Step, ...]
    owed_krw: int

    def to_json(self) -> dict[str, Any]:
        return {
            "person_id": self.person_id,
            "cohorts": dict(self.cohorts),
            "owed_krw": self.owed_krw,
            "steps": [step.to_json() for step in self.steps],
        }


def tell(person_id: str, told: Sequence[Told], reasons: Reasons) -> Life:
    """Pure. `told` is what `select` gave."""
    steps, owed = [], 0
    for one in told:
        field, sign = MONEY.get(one.name, ("", 0))
        owed += sign * one.body.get(field, 0)
        step = Step(
            one.recorded_on,
            one.effective_on,
            one.producer,
            one.name,
            one.body.get("cohort_id", ""),
            say(one.name, one.body),
            why(one, told, reasons),
            owed if field else None,
        )
        steps.append(step)
    return Life(person_id, cohort_numbers(told), tuple(steps), owed)
