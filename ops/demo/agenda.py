"""Which act is played on which day. All of it is drawn before the first day begins."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

from ops.demo.acts import counseling, leaving, recruiting, working
from ops.demo.acts.stage import Stage
from ops.demo.population import Counselor
from ops.demo.year import year_ends_on
from shared.events.policy import CohortPolicy
from shared.money import days_of, last_day, months_between

ONE_DAY = timedelta(days=1)
# After the last day on which one may start: by then every call has become a placement, or lapsed.
CALLED_DAYS_MAX = 7
# After it was said: by then placement knows of who said so to intake.
LAST_MONTH_AFTER_DAYS = timedelta(days=3)

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


def milestones(policies: Iterable[CohortPolicy]) -> dict[date, str]:
    """What the services do by themselves on these days, for those who watch, and for those who
    kill a service when it has much to do.
    """
    return {day: f"{p.title}: {says}" for p in policies for day, says in _milestones(p).items()}


def _milestones(policy: CohortPolicy) -> dict[date, str]:
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


def plan(stages: Sequence[Stage], counselors: Sequence[Counselor]) -> Mapping[date, Sequence[Act]]:
    """All cohorts on one calendar."""
    days: Days = defaultdict(list)
    first = min(first_day(stage.policy) for stage in stages)
    caseload_max = min(stage.policy.counseling.caseload_max for stage in stages)
    registering = partial(
        recruiting.register_counselors, stages[0].client, counselors, caseload_max
    )
    days[first].append(Act("counselors register", registering))
    for stage in stages:
        for day, acts in _plan_cohort(stage).items():
            days[day] += [Act(_of(stages, stage, act.says), act.run) for act in acts]
    return days


def _of(stages: Sequence[Stage], stage: Stage, says: str) -> str:
    return f"{stage.policy.title}: {says}" if len(stages) > 1 else says


def _plan_cohort(stage: Stage) -> Days:
    days: Days = defaultdict(list)
    _plan_recruiting(stage, days)
    _plan_troubles(stage, days)
    _plan_internship(stage, days)
    _plan_year(stage, days)
    return days


def _plan_recruiting(stage: Stage, days: Days) -> None:
    policy, people = stage.policy, stage.population
    days[first_day(policy)].append(Act("hosts register", partial(recruiting.register_hosts, stage)))
    opening, offering = recruiting.open_cohort, recruiting.offer_positions
    days[policy.notice_date] += [
        Act("the notice: the cohort opens", partial(opening, stage)),
        Act("hosts offer positions", partial(offering, stage)),
    ]
    for day, applicants in _by_day((a.applies_on, a) for a in people.applicants):
        days[day].append(Act("people apply", partial(recruiting.apply, stage, applicants)))
    for day, offers in _by_day((o.ranks_on, o) for o in people.offers):
        days[day].append(Act("hosts rank candidates", partial(recruiting.rank, stage, offers)))


def _plan_troubles(stage: Stage, days: Days) -> None:
    """Who leaves on a day, before what else that day brings; a last month is confirmed days after
    its end was heard of.
    """
    leavings = [(a, a.leaving) for a in stage.population.applicants if a.leaving]
    last_months = {one.said_on for _, one in leavings if not one.is_found}
    for host in stage.population.hosts:
        if host.declines_on:
            run = partial(leaving.decline, stage, host.declines_on, host)
            days[host.declines_on].append(Act("a host declines its interns", run))
        if host.suspended_on:
            run = partial(leaving.suspend, stage, host)
            days[host.suspended_on].append(Act("a host is suspended", run))
            last_months.add(host.suspended_on)
    for day, found in _by_day((one.said_on, a) for a, one in leavings):
        run = partial(leaving.leave, stage, day, found)
        days[day].append(Act("it is heard that women left", run))
    for day in sorted(last_months):
        run = partial(working.confirm_last_months, stage)
        days[day + LAST_MONTH_AFTER_DAYS].append(Act("last months are confirmed", run))
    for day, found in _by_day((one.repays_on, a) for a, one in leavings if one.repays_on):
        run = partial(leaving.pay_back, stage, day, found)
        days[day].append(Act("women pay back", run))


def _plan_internship(stage: Stage, days: Days) -> None:
    """Hosts confirm on a month's last day, each intern then or some days later."""
    policy, applicants = stage.policy, stage.population.applicants
    days[policy.starts_on].append(
        Act("agreements are signed", partial(working.sign_agreements, stage))
    )
    until = policy.latest_start_on + timedelta(days=CALLED_DAYS_MAX)
    # Only after somebody left can others be called: each day that they may hear of it.
    last = policy.starts_on if stage.population.programme.all_stay else until
    for day in days_of(policy.starts_on, last):
        giving = partial(working.register_accounts, stage)
        days[day].append(Act("interns give their accounts", giving))
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
    working_again = [(job, a) for a in applicants if (job := a.year.reemployment)]
    for day, started in _by_day((job.recorded_on, a) for job, a in working_again):
        act = partial(counseling.report_jobs, stage, started)
        days[day].append(Act("women work again", act))
    ends = ((job.end_recorded_on, a) for job, a in working_again if job.end_recorded_on)
    for day, ended in _by_day(ends):
        act = partial(counseling.report_ends, stage, ended)
        days[day].append(Act("jobs end", act))


def _by_day(dated: Iterable[tuple[date, Item]]) -> list[tuple[date, list[Item]]]:
    groups: dict[date, list[Item]] = defaultdict(list)
    for day, item in dated:
        groups[day].append(item)
    return sorted(groups.items(), key=lambda group: group[0])
