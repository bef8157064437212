"""What happens in a woman's counseling year, should the rules give her one: an input, drawn."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from shared.events.policy import CohortPolicy
from shared.money import add_months, month_of

# Ours, not the article's: no source says how often counselors are in touch.
FOLLOW_UPS_KEPT = 0.9
EARLY_DAYS_MAX = 10  # a follow-up is kept so many days before it is due at the earliest
FRIDAY = 4  # on which counselors write up their week: late facts, as in life
EXTRA_CONTACTS_MAX = 2
# 32 of cohort 2 were re-employed at some time (S8); its "of 100" is 76 here, who started.
REEMPLOYED_EVER = 32 / 76
AT_HOST = 46 / 59  # 2023: so many of the re-employed stayed with their host (S12)
EXTRA_KINDS = ("education", "information", "referral")
JOB_KINDS = ("regular", "fixed-term", "part-time", "self-employed")
EVIDENCE_GRADES = ("self-report", "employer-document", "insurance-record")
COUNSELED_AFTER_DAYS = 3  # after the last month's closing: by then every case has its counselor


@dataclass(frozen=True, slots=True)
class Contact:
    """Held on one day, recorded on the same or a later one."""

    kind: str
    held_on: date
    recorded_on: date


@dataclass(frozen=True, slots=True)
class Reemployment:
    kind: str
    evidence_grade: str
    is_at_host: bool
    started_on: date
    recorded_on: date


@dataclass(frozen=True, slots=True)
class Year:
    """`contacts` in the order in which they are recorded."""

    contacts: tuple[Contact, ...]
    reemployment: Reemployment | None


def year_ends_on(policy: CohortPolicy) -> date:
    return add_months(policy.ends_on, policy.counseling.months)


def draw_year(rng: random.Random, policy: CohortPolicy) -> Year:
    first = _counseled_from(policy)
    last = year_ends_on(policy)
    held = [(day, "counseling") for day in _kept_follow_ups(rng, policy, first)]
    held += [
        (_day(rng, first, last), rng.choice(EXTRA_KINDS))
        for _ in range(rng.randint(0, EXTRA_CONTACTS_MAX))
    ]
    contacts = {Contact(kind, day, _write_up_day(day, last)) for day, kind in held}
    in_order = sorted(contacts, key=lambda c: (c.recorded_on, c.held_on, c.kind))
    return Year(tuple(in_order), _draw_reemployment(rng, first, last))


def _counseled_from(policy: CohortPolicy) -> date:
    closed_on = policy.attendance_closes_on(month_of(policy.ends_on))
    return closed_on + timedelta(days=COUNSELED_AFTER_DAYS)


def _kept_follow_ups(rng: random.Random, policy: CohortPolicy, first: date) -> list[date]:
    """A day for each follow-up that is kept: after the one before, no later than it is due."""
    days = [policy.ends_on + timedelta(days=n) for n in policy.counseling.follow_up_after_days]
    kept = []
    for before, due in zip([policy.ends_on, *days], days, strict=False):
        earliest = max(first, before + timedelta(days=1), due - timedelta(days=EARLY_DAYS_MAX))
        if rng.random() < FOLLOW_UPS_KEPT and earliest <= due < year_ends_on(policy):
            kept.append(_day(rng, earliest, due))
    return kept


def _draw_reemployment(rng: random.Random, first: date, last: date) -> Reemployment | None:
    if rng.random() >= REEMPLOYED_EVER:
        return None
    started_on = _day(rng, first, last)
    return Reemployment(
        kind=rng.choice(JOB_KINDS),
        evidence_grade=rng.choice(EVIDENCE_GRADES),
        is_at_host=rng.random() < AT_HOST,
        started_on=started_on,
        recorded_on=_write_up_day(started_on, last),
    )


def _day(rng: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=rng.randint(0, (last - first).days))


def _write_up_day(day: date, last: date) -> date:
    return min(last, day + timedelta(days=(FRIDAY - day.weekday()) % 7))
