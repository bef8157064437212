"""The outcome as tables: each figure beside who says so, and beside what was published."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from rich.table import Table

from ops.audit import AuditReport
from ops.demo.chaos import Figures
from ops.demo.figures import Figure, is_published, percent
from ops.demo.outages import Outage
from ops.demo.outcome import CohortOutcome, Outcome
from ops.demo.programme import COHORT_2
from ops.demo.reemployment import Look

AVERAGE_SAID = "article: about ₩2,000,000 (S1)"
# Checks that the tables above show already.
IN_TABLES = (": counted alike", ": as expected", " re-employed as of ", " wages of ")


def funnel(cohort: CohortOutcome) -> Table:
    table = Table(title=f"The funnel of cohort {cohort.title}", title_justify="left")
    table.add_column("")
    for column in ("services (HTTP)", "statistics office (topics)", "article", "ours"):
        table.add_column(column, justify="right")
    table.add_column("where from")
    for figure in cohort.figures:
        table.add_row(*_funnel_row(figure), style=None if figure.is_met else "red")
    return table


def _funnel_row(figure: Figure) -> Sequence[str]:
    said, counted = f"{figure.services:,}", f"{figure.office:,}"
    expected = figure.expected
    if expected is None:
        return figure.name, said, counted, "", "", ""
    value = str(expected.value)
    columns = (value, "") if expected.is_article else ("", value)
    return figure.name, said, counted, *columns, expected.source


def reemployment(cohorts: Iterable[CohortOutcome]) -> Table:
    table = Table(title="Who works again", title_justify="left")
    for column in ("cohort", "as of", "who says so"):
        table.add_column(column)
    for column in ("completed", "ever", "rate", "still", "rate"):
        table.add_column(column, justify="right")
    table.add_column("published")
    for cohort in cohorts:
        for look in cohort.looks:
            said = look.said.source if look.said else ""
            table.add_row(cohort.title, look.as_of, "counseling", *_look_row(look), said)
            if look.left:
                ever = str(look.left_ever)
                who = f"… of {look.left} who left"
                table.add_row(cohort.title, look.as_of, who, "", ever)
            ever, still = str(look.office_ever), str(look.office_still)
            table.add_row(cohort.title, look.as_of, _office(look), "", ever, "", still)
        table.add_section()
    return table


def _office(look: Look) -> str:
    return "topics: of all" if look.left else "topics (office)"


def _look_row(look: Look) -> Sequence[str]:
    ever, still = percent(look.ever, look.completed), percent(look.still, look.completed)
    return str(look.completed), str(look.ever), ever, str(look.still), still


def money(cohort: CohortOutcome) -> Table:
    title = f"Wages paid to cohort {cohort.title}, in won"
    table = Table("month", title=title, title_justify="left")
    for column in ("payroll (HTTP)", "statistics office (topics)", "the bank's own file"):
        table.add_column(column, justify="right")
    table.add_column("")
    paid = [(m.month, m.payroll_krw, m.office_krw, m.bank_krw) for m in cohort.months]
    for month, *krw in paid:
        table.add_row(month, *_krw(krw))
    table.add_section()
    totals = [sum(krw) for krw in zip(*(row[1:] for row in paid), strict=True)] or [0, 0, 0]
    table.add_row("total", *_krw(totals))
    programme, wages = cohort.population.programme, cohort.figure("wages paid").services
    if wages and programme.all_stay:
        is_articles = is_published(programme) and programme.title == COHORT_2.title
        note = AVERAGE_SAID if is_articles else ""
        table.add_row("a wage", *_krw(krw // wages for krw in totals), note)
    return table


def equation(audit: AuditReport) -> Sequence[str]:
    """The audit's sums, worked out without payroll."""
    total = audit.total()
    left = f"entitled ₩{total.entitled_krw:,} + overpaid ₩{total.overpaid_krw:,}"
    right = (
        f"paid ₩{total.paid_krw:,} + pending ₩{total.pending_krw:,}"
        f" + in doubt ₩{total.in_doubt_krw:,} + failed ₩{total.failed_krw:,}"
    )
    people = len(audit.by_person())
    return (
        f"audit: {left}",
        f"     = {right}",
        f"       for each of {people} people and months, difference ₩{audit.difference_krw:,}",
    )


def leavers(cohort: CohortOutcome) -> Table:
    found = cohort.leavers
    table = Table(title=f"Who left cohort {cohort.title}", title_justify="left")
    table.add_column("")
    table.add_column("how many", justify="right")
    table.add_column("")
    share = f"{percent(found.left, found.interns)} of {found.interns} interns"
    about = f"{share}; published: about 40 % by mid-June (S9)" if found.found_late else share
    table.add_row("left", str(found.left), about)
    table.add_row("  said so at once", str(found.at_once), "to intake or to placement")
    table.add_row("  found out late", str(found.found_late), "after a wage she had not worked for")
    if found.ended_by_city:
        table.add_row("  their host was suspended", str(found.ended_by_city), "")
    if found.declined:
        table.add_row("declined before the first day", str(found.declined), "of no internship")
    table.add_row("offered counseling all the same", str(found.with_case), "a case each")
    if not found.claims:
        return table
    table.add_section()
    table.add_row("paid beyond the last day", f"₩{found.paid_beyond_krw:,}", "the audit says")
    table.add_row("claimed", f"₩{found.claimed_krw:,}", f"payroll says, in {found.claims} claims")
    table.add_row("  recovered", f"₩{found.recovered_krw:,}", "came in at the bank")
    table.add_row("  outstanding", f"₩{found.outstanding_krw:,}", "")
    return table


def refills(cohort: CohortOutcome) -> Table:
    found = cohort.refills
    table = Table(title=f"Vacancies of cohort {cohort.title}", title_justify="left")
    table.add_column("")
    table.add_column("how many", justify="right")
    table.add_column("")
    last = cohort.population.programme.policy.latest_start_on
    table.add_row("opened", str(found.vacancies), "a place was given, and is free again")
    table.add_row("  called for", str(found.called), f"while one can start by {last}")
    table.add_row("  lapsed", str(found.lapsed), "nobody left, or too late to start")
    table.add_row("calls to reserves", str(found.reserves_called), "in rank order")
    table.add_row("calls to unplaced", str(found.unplaced_called), "selected: they come first")
    table.add_row("called and placed", str(found.placed), "")
    return table


def proofs(outcome: Outcome) -> Table:
    """What is no figure, or is not met: the others are in the tables above."""
    table = Table("check", "found", "", title="Checks", title_justify="left")
    for check in outcome.checks:
        if not (check.is_met and any(part in check.name for part in IN_TABLES)):
            mark = "met" if check.is_met else "[red]NOT MET[/red]"
            table.add_row(check.name, check.says, mark)
    return table


def chaos(figures: Mapping[str, Figures]) -> Table:
    table = Table("service", title="What died, and came back", title_justify="left")
    columns = ("kill -9", "of them twice in a row", "stops", "restarts", "median s", "worst s")
    for column in columns:
        table.add_column(column, justify="right")
    for service, found in figures.items():
        counts = (found.kills, found.double_kills, found.stops, found.restarts)
        seconds = (f"{found.median_seconds:.1f}", f"{found.worst_seconds:.1f}")
        table.add_row(service, *map(str, counts), *seconds)
    return table


def outages(found: Iterable[Outage]) -> Table:
    table = Table(title="Containers that died by kill -9, and came back", title_justify="left")
    table.add_column("container")
    table.add_column("on the eve of")
    table.add_column("healthy after s", justify="right")
    for one in found:
        table.add_row(one.part, f"{one.day + timedelta(days=1)}", f"{one.seconds:.1f}")
    return table


def events(outcome: Outcome) -> Table:
    table = Table(title="Events", title_justify="left")
    table.add_column("topic")
    table.add_column("records", justify="right")
    for topic, count in outcome.events.items():
        table.add_row(topic, f"{count:,}")
    table.add_section()
    table.add_row("all", f"{sum(outcome.events.values()):,}")
    return table


def latencies(outcome: Outcome) -> Table:
    title = "How long things took, in milliseconds of the wall clock"
    table = Table(title=title, title_justify="left")
    table.add_column("from, to")
    for column in ("samples", "p50", "p95"):
        table.add_column(column, justify="right")
    for one in outcome.latencies:
        table.add_row(one.name, f"{one.count:,}", f"{one.p50_ms:.0f}", f"{one.p95_ms:.0f}")
    return table


def _krw(amounts: Iterable[int]) -> list[str]:
    return [f"{krw:,}" for krw in amounts]
