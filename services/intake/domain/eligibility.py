"""The eligibility check (자격요건 심사): each rule of a policy is one pure function on the facts.

A rule's name is its reason code. The facts are as declared at submission and never edited, so the
check can be run again at any time with the same result.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, assert_never

from pydantic import TypeAdapter

from shared.digests import digest_of
from shared.events.policy import (
    AgeOnNoticeDate,
    CareerBreak,
    CohortPolicy,
    EligibilityRule,
    Licence,
    LicenceOrCareer,
    ResidesIn,
)
from shared.money import add_months

RULE_VERSION = "screening-1"
"""Names this module's reading of the rules. A new reading is a new number; old ones stay."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an applicant is decided by. No birth date: her full age on the notice date is enough.

    `licences` and `career_years` are those for the field that she applies for. The priority
    groups are harmful in wrong hands (domain.md §3.4): they never leave this service.
    """

    age_on_notice: int
    residence_region: str
    last_employed_on: date | None
    licences: tuple[str, ...]
    career_years: int
    priority_groups: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = _FACTS.dump_python(self, mode="json")
        return found


_FACTS = TypeAdapter(Facts)


def full_age(born: date, on: date) -> int:
    """Completed years of life (만 나이) on that day; nobody is younger than 0.

    Whoever was born on 29 February completes a year on 1 March of a common year: the 28th is the
    last day of her year (Civil Act Art. 160).
    """
    return max(0, on.year - born.year - ((on.month, on.day) < (born.month, born.day)))


def failed_rules(policy: CohortPolicy, facts: Facts) -> tuple[str, ...]:
    """The names of the rules that the facts do not meet, in the policy's order."""
    return tuple(r.rule for r in policy.eligibility if not meets(r, facts, policy.notice_date))


def meets(rule: EligibilityRule, facts: Facts, notice_date: date) -> bool:
    """Everything is judged as on the notice date, never as on the day of the check."""
    match rule:
        case AgeOnNoticeDate():
            return rule.age_min <= facts.age_on_notice <= rule.age_max
        case ResidesIn():
            return facts.residence_region == rule.region
        case CareerBreak():
            return has_career_break(rule, facts, notice_date)
        case LicenceOrCareer():
            return bool(facts.licences) or facts.career_years > 0
        case Licence():
            return bool(facts.licences)
        case _:
            assert_never(rule)


def has_career_break(rule: CareerBreak, facts: Facts, notice_date: date) -> bool:
    """No employment in the months that end with the notice date, that day included.

    Cohort 2: notice 2022-03-03, none from 2021-09-04 on, so 2021-09-03 passes (domain.md §1.2).
    Who never worked has the longest break of all (statutory definition, domain.md §1.2).
    """
    if facts.last_employed_on is None:
        return True
    return facts.last_employed_on <= add_months(notice_date, -rule.months_min)


def screening_digest(policy: CohortPolicy, facts: Facts) -> str:
    """What one applicant's check rests on: her facts, the rules, the day they are judged on."""
    rules = policy.model_dump(mode="json", include={"notice_date", "eligibility"})
    return digest_of({"version": RULE_VERSION, "rules": rules, "facts": facts.to_json()})
