"""What the demo prints: inputs as inputs, the outcome beside who else says so, the proofs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console

from ops.city import City, addresses_table, bank_file, operator_lines
from ops.compose import Addresses
from ops.demo.chaos import Figures
from ops.demo.checks import Check
from ops.demo.figures import PUBLISHED, is_published
from ops.demo.outages import Outage
from ops.demo.outcome import CohortOutcome, Outcome
from ops.demo.report import tables
from ops.demo.report.inputs import print_inputs
from ops.stack import Stack
from ops.stack.command import parts_table

__all__ = [
    "Paper",
    "make_console",
    "print_addresses",
    "print_chaos",
    "print_first_wage",
    "print_inputs",
    "print_outages",
    "print_outcome",
    "print_parts",
    "print_verdict",
]

WIDTH_MIN = 112  # where no terminal says its own: below it the tables break
PART_NAMES = {"Kafka": "Apache Kafka", "MongoDB": "mongod"}
ARTICLE_SOURCE = "the article: newspim.com, 2022-04-01 (S1; S3 to S22: domain.md §7)"
ROUNDING = "percentages: exact fractions, rounded half-up to one decimal"


@dataclass(frozen=True, slots=True)
class Paper:
    """Where it is printed, and what else is worth a look. `compose`: where it was played, if not
    by parts of its own.
    """

    console: Console
    logs: Path
    compose: Addresses | None

    def say(self, text: str, style: str | None = None) -> None:
        self.console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def make_console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=max(WIDTH_MIN, console.width))


def print_parts(console: Console, stack: Stack) -> None:
    console.print(parts_table(stack))


def print_outcome(paper: Paper, outcome: Outcome) -> None:
    for cohort in outcome.cohorts:
        _print_cohort(paper, cohort)
    if any(cohort.title in PUBLISHED for cohort in outcome.cohorts):
        paper.say(ARTICLE_SOURCE)
    paper.console.print(tables.reemployment(outcome.cohorts))
    ever, still = outcome.cohorts[-1].definitions
    paper.say(f"ever: {ever}\nstill: {still}\n{ROUNDING}")
    for cohort in outcome.cohorts:
        paper.console.print(tables.money(cohort))
    for line in tables.equation(outcome.audit):
        paper.say(line)
    paper.console.print(tables.proofs(outcome))
    paper.console.print(tables.events(outcome))
    paper.console.print(tables.latencies(outcome))
    paper.say(f"played in {outcome.seconds:.0f} s; the same seed and secrets give the same states:")
    paper.say(f"  digest {outcome.digest}")


def print_chaos(
    paper: Paper,
    figures: Mapping[str, Figures],
    calm: Outcome,
    wild: Outcome,
    checks: Sequence[Check],
) -> None:
    """The disturbed play beside the undisturbed one, and which of the `checks` failed."""
    paper.console.print(tables.chaos(figures))
    _print_both(paper, calm, wild, checks)


def print_outages(
    paper: Paper, found: Sequence[Outage], calm: Outcome, wild: Outcome, checks: Sequence[Check]
) -> None:
    """The same of a play in containers that were killed."""
    paper.console.print(tables.outages(found))
    _print_both(paper, calm, wild, checks)


def print_first_wage(paper: Paper, up_at: datetime, outcome: Outcome) -> None:
    """`up_at`: when compose made its first container; in between lies all that a cohort is."""
    paid_at = outcome.first_wage_paid_at
    if paid_at is not None:
        times = f"{up_at:%H:%M:%S} to {paid_at:%H:%M:%S} UTC"
        seconds = (paid_at - up_at).total_seconds()
        paper.say(f"from `up` to the first paid won: {seconds:.0f} s ({times})")


def _print_both(paper: Paper, calm: Outcome, wild: Outcome, checks: Sequence[Check]) -> None:
    for name, outcome in (("undisturbed", calm), ("under chaos", wild)):
        krw = f"audit: difference ₩{outcome.audit.difference_krw:,}"
        paper.say(f"{name:<12} digest {outcome.digest[:16]}…, {krw}, {outcome.seconds:.0f} s")
    failed = [check for check in checks if not check.is_met]
    for check in failed:
        paper.say(f"NOT MET: {check.name}: {check.says}", style="bold red")
    if not failed:
        paper.say(", ".join(check.name for check in checks), style="bold green")


def print_verdict(paper: Paper, outcome: Outcome, stack: Stack) -> None:
    parts = [f"{PART_NAMES.get(p.name, p.name)} {p.version} ({p.provider})" for p in stack.parts]
    paper.say(f"ran on {', '.join(parts)}")
    _print_where_to_look(paper)
    failed = [check for check in outcome.checks if not check.is_met]
    for check in failed:
        paper.say(f"{check.name}: {check.says}", style="red")
    if failed:
        paper.say(f"{len(failed)} of {len(outcome.checks)} checks failed", style="bold red")
    else:
        paper.say(f"all {len(outcome.checks)} checks are met", style="bold green")


def print_addresses(console: Console, city: City) -> None:
    """For --keep: where everything answers, and what to ask it. There is no clock: it is over."""
    console.print(addresses_table(city))
    for line in operator_lines(city):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _print_cohort(paper: Paper, cohort: CohortOutcome) -> None:
    programme = cohort.population.programme
    paper.console.print(tables.funnel(cohort))
    if programme.title in PUBLISHED and not is_published(programme):
        paper.say(
            f"NOT compared with the article: {programme.size.applicants} people applied, "
            f"not its {PUBLISHED[programme.title].applicants}. All other checks stay.",
            style="bold yellow",
        )
    elif programme.title in PUBLISHED and not programme.all_stay:
        paper.say(
            "NOT compared: what presupposes that nobody leaves (completions, wages, cases, "
            "re-employment). The article's own figures are.",
            style="bold yellow",
        )
    interns = cohort.leavers.interns
    paper.say(
        f"of {interns} interns {cohort.first_wishes} work where they most wished to and "
        f"{cohort.listed_wishes} elsewhere on their list: hosts rank by a taste of their own"
    )
    if cohort.leavers.left or cohort.leavers.declined:
        paper.console.print(tables.leavers(cohort))
    if cohort.refills.vacancies:
        paper.console.print(tables.refills(cohort))


def _print_where_to_look(paper: Paper) -> None:
    if paper.compose:
        logs, bank = "docker compose logs payroll, …", f"{paper.compose.bank}/file"
    else:
        logs, bank = f"{paper.logs}/*.log (payroll.log, …)", str(bank_file(paper.logs))
    lines = (
        f"logs, a JSON line each: {logs}; the bank's file: {bank}",
        "leave it all running to look around:  make demo ARGS=--keep",
        "with the real rate of drop-outs:      make demo ARGS='--withdrawals 0.4'",
        "reserves are called:                  make demo ARGS='--play oversubscribed'",
        "services are killed all the while:    make demo ARGS=--chaos",
        "other people:                         make demo ARGS='--seed 7 --applicants 300'",
        "step through it by hand with curl:    make dev",
    )
    for line in lines:
        paper.say(line)
