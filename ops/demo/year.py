"""What happens in a woman's counseling year, should the rules give her one: an input, drawn."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from ops.demo import names
from ops.demo.leaving import Leaving
from ops.demo.programme import Jobs
from shared.events.policy import CohortPolicy
from shared.money import add_months, month_of

# Ours, not the article's: no source says how often counselors are in touch.
FOLLOW_UPS_KEPT = 0.9
EARLY_DAYS_MAX = 10  # a follow-up is kept so many days before it is due at the earliest
FRIDAY = 4  # on which counselors write up their week: late facts, as in life
EXTRA_CONTACTS_MAX = 2
AT_HOST = 46 / 59  # 2023: so many of the re-employed stayed with their host (S12)
EXTRA_KINDS = ("education", "information", "referral")
JOB_KINDS = ("regular", "fixed-term", "part-time", "self-employed")
EVIDENCE_GRADES = ("self-report", "employer-document", "insurance-record")
# After the last month's closing, or after it was heard that she left: by then every case that
# there will be has its counselor.
COUNSELED_AFTER_DAYS = 4
EMPLOYED_DAYS_MIN = 14  # before a job ends: ours


@dataclass(frozen=True, slots=True)
class Window:
    """`after`: the last day of service, from which follow-ups count. From `first` to `last` her
    counselor may be in touch; none of it is left where `first` is later.
    """

    after: date
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Contact:
    """Held on one day, recorded on the same or a later one."""

    kind: str
    held_on: date
    recorded_on: date


@dataclass(frozen=True, slots=True)
class Reemployment:
    """`ended_on` is the first day without that job, None while it lasts."""

    kind: str
    evidence_grade: str
    is_at_host: bool
    employer_name: str | None
    started_on: date
    recorded_on: date
    ended_on: date | None = None
    end_recorded_on: date | None = None


@dataclass(frozen=True, slots=True)
class Year:
    """`contacts` in the order in which they are recorded."""

    contacts: tuple[Contact, ...] = ()
    reemployment: Reemployment | None = None


NO_YEAR = Year()


def year_ends_on(policy: CohortPolicy) -> date:
    return add_months(policy.ends_on, policy.counseling.months)


def window_of(policy: CohortPolicy, leaving: Leaving | None) -> Window:
    if leaving is None:
        closed_on = policy.attendance_closes_on(month_of(policy.ends_on))
        first = closed_on + timedelta(days=COUNSELED_AFTER_DAYS)
        return Window(policy.ends_on, first, year_ends_on(policy))
    first = leaving.said_on + timedelta(days=COUNSELED_AFTER_DAYS)
    ends_on = add_months(leaving.last_day, policy.counseling.months)
    return Window(leaving.last_day, first, ends_on)


def draw_contacts(rng: random.Random, policy: CohortPolicy, window: Window) -> tuple[Contact, ...]:
    if window.first > window.last:
        return ()
    held = [(day, "counseling") for day in _kept_follow_ups(rng, policy, window)]
    held += [
        (_day(rng, window.first, window.last), rng.choice(EXTRA_KINDS))
        for _ in range(rng.randint(0, EXTRA_CONTACTS_MAX))
    ]
    contacts = {Contact(kind, day, _write_up_day(day, window.last)) for day, kind in held}
    return tuple(sorted(contacts, key=lambda c: (c.recorded_on, c.held_on, c.kind)))


def draw_jobs(
    rng: random.Random, jobs: Jobs, windows: Mapping[int, Window]
) -> dict[int, Reemployment]:
    """Exactly as many as `jobs` says where everybody's window reaches so far, by her number."""
    chosen = rng.sample(sorted(windows), sum(_scaled(jobs, windows, w.count) for w in jobs.waves))
    waiting, found, since = iter(chosen), dict[int, Reemployment](), date.min
    for wave in jobs.waves:
        for _ in range(_scaled(jobs, windows, wave.count)):
            number = next(waiting)
            first = max(windows[number].first, since)
            last = min(windows[number].last, wave.until)
            if first <= last:
                named = jobs.employers[len(found) : len(found) + 1]
                started_on = _day(rng, first, last)
                recorded_on = _write_up_day(started_on, windows[number].last)
                found[number] = _draw_job(rng, named, started_on, recorded_on)
        since = wave.until + timedelta(days=1)
    return {**found, **_end_some(rng, jobs, windows, found)}


def _kept_follow_ups(rng: random.Random, policy: CohortPolicy, window: Window) -> list[date]:
    """A day for each follow-up that is kept: after the one before, no later than it is due."""
    days = [window.after + timedelta(days=n) for n in policy.counseling.follow_up_after_days]
    kept = []
    for before, due in zip([window.after, *days], days, strict=False):
        earliest = max(
            window.first, before + timedelta(days=1), due - timedelta(days=EARLY_DAYS_MAX)
        )
        if rng.random() < FOLLOW_UPS_KEPT and earliest <= due < window.last:
            kept.append(_day(rng, earliest, due))
    return kept


def _scaled(jobs: Jobs, windows: Mapping[int, Window], count: int) -> int:
    return int(Fraction(count * len(windows), jobs.interns) + Fraction(1, 2))


def _draw_job(
    rng: random.Random, named: Sequence[str], started_on: date, recorded_on: date
) -> Reemployment:
    is_at_host = not named and rng.random() < AT_HOST
    invented = f"{rng.choice(names.HOST_FIRST)}{rng.choice(names.HOST_SECOND)}"
    return Reemployment(
        kind=rng.choice(JOB_KINDS),
        evidence_grade=rng.choice(EVIDENCE_GRADES),
        is_at_host=is_at_host,
        employer_name=None if is_at_host else (*named, invented)[0],
        started_on=started_on,
        recorded_on=recorded_on,
    )


def _end_some(
    rng: random.Random,
    jobs: Jobs,
    windows: Mapping[int, Window],
    found: Mapping[int, Reemployment],
) -> dict[int, Reemployment]:
    until = {number: min(jobs.ended_by, windows[number].last) for number in found}
    worked = timedelta(days=EMPLOYED_DAYS_MIN)
    can_end = [number for number, job in found.items() if job.started_on + worked <= until[number]]
    chosen = rng.sample(can_end, min(len(can_end), _scaled(jobs, windows, jobs.ended)))
    ended = {}
    for number in chosen:
        ended_on = _day(rng, found[number].started_on + worked, until[number])
        recorded_on = _write_up_day(ended_on, windows[number].last)
        ended[number] = replace(found[number], ended_on=ended_on, end_recorded_on=recorded_on)
    return ended


def _day(rng: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=rng.randint(0, (last - first).days))


def _write_up_day(day: date, last: date) -> date:
    return min(last, day + timedelta(days=(FRIDAY - day.weekday()) % 7))
