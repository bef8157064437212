"""Which act is played on which day. All of it is drawn before the first day begins."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

from ops.demo.acts import counseling, recruiting, working
from ops.demo.acts.stage import Stage
from ops.demo.year import year_ends_on
from shared.events.policy import CohortPolicy
from shared.money import last_day, months_between

ONE_DAY = timedelta(days=1)

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Act:
    says: str
    run: Callable[[], Awaitable[None]]


Days = dict[date, list[Act]]


def first_day(policy: CohortPolicy) -> date:
    """The day before the notice, so that companies and counselors are there when it comes."""
    return policy.notice_date - ONE_DAY


def final_day(policy: CohortPolicy) -> date:
    """The day after the counseling year, so that its end is done."""
    return year_ends_on(policy) + ONE_DAY


def milestones(policy: CohortPolicy) -> dict[date, str]:
    """What the services do by themselves on these days, for those who watch."""
    months = months_between(policy.starts_on, policy.ends_on)
    return {
        policy.screening_on: "intake screens the applications",
        policy.selection_on: "intake selects",
        policy.matching_on: "placement matches",
        policy.starts_on: "the internships start",
        **{policy.attendance_closes_on(m): f"attendance of {m} is closed" for m in months},
        **{policy.pay_date(m): f"wages of {m} are paid" for m in months},
        year_ends_on(policy): "the counseling year ends",
    }


def plan(stage: Stage) -> Mapping[date, Sequence[Act]]:
    days: Days = defaultdict(list)
    _plan_recruiting(stage, days)
    _plan_internship(stage, days)
    _plan_year(stage, days)
    return days


def _plan_recruiting(stage: Stage, days: Days) -> None:
    policy, people = stage.policy, stage.population
    registering = partial(recruiting.register_hosts_and_counselors, stage)
    days[first_day(policy)].append(Act("hosts and counselors register", registering))
    opening, offering = recruiting.open_cohort, recruiting.offer_positions
    days[policy.notice_date] += [
        Act("the notice: the cohort opens", partial(opening, stage)),
        Act("hosts offer positions", partial(offering, stage)),
    ]
    for day, applicants in _by_day((a.applies_on, a) for a in people.applicants):
        days[day].append(Act("people apply", partial(recruiting.apply, stage, applicants)))
    for day, offers in _by_day((o.ranks_on, o) for o in people.offers):
        days[day].append(Act("hosts rank candidates", partial(recruiting.rank, stage, offers)))


def _plan_internship(stage: Stage, days: Days) -> None:
    """Hosts confirm on a month's last day, each intern then or some days later."""
    policy, applicants = stage.policy, stage.population.applicants
    days[policy.starts_on] += [
        Act("agreements are signed", partial(working.sign_agreements, stage)),
        Act("interns give their accounts", partial(working.register_accounts, stage)),
    ]
    for month in months_between(policy.starts_on, policy.ends_on):
        ends_on = min(last_day(month), policy.ends_on)
        confirm = partial(working.confirm_month, stage, month)
        days[ends_on].append(Act("hosts confirm attendance", partial(confirm, "host", applicants)))
        confirming = ((ends_on + timedelta(days=a.confirms_after_days), a) for a in applicants)
        for day, found in _by_day(confirming):
            days[day].append(Act("interns confirm attendance", partial(confirm, "intern", found)))


def _plan_year(stage: Stage, days: Days) -> None:
    """For everyone, because nobody knows yet who will have a case; without one nothing is done."""
    applicants = stage.population.applicants
    contacts = ((c.recorded_on, (a, c)) for a in applicants for c in a.year.contacts)
    for day, found in _by_day(contacts):
        act = partial(counseling.keep_in_touch, stage, found)
        days[day].append(Act("counselors are in touch", act))
    jobs = ((job.recorded_on, a) for a in applicants if (job := a.year.reemployment))
    for day, working_again in _by_day(jobs):
        act = partial(counseling.report_jobs, stage, working_again)
        days[day].append(Act("some work again", act))


def _by_day(dated: Iterable[tuple[date, Item]]) -> list[tuple[date, list[Item]]]:
    groups: dict[date, list[Item]] = defaultdict(list)
    for day, item in dated:
        groups[day].append(item)
    return sorted(groups.items(), key=lambda group: group[0])
