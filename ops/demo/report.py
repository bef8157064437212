"""What the demo prints: inputs as inputs, the outcome beside who else says so, the proofs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ops.city import City, addresses_table, operator_lines
from ops.demo.compare import Figure
from ops.demo.outcome import Outcome
from ops.demo.population import ARTICLE, FIELDS, HOURS, Population
from ops.stack import Stack
from ops.stack.command import parts_table

WIDTH_MIN = 112  # where no terminal says its own: below it the tables break
PART_NAMES = {"Kafka": "Apache Kafka", "MongoDB": "mongod"}
AVERAGE_SAID = "about ₩2,000,000 (S1)"
ARTICLE_SOURCE = "newspim.com, 2022-04-01 (S1 in domain.md §7)"


@dataclass(frozen=True, slots=True)
class Paper:
    """Where it is printed, and what else is worth a look."""

    console: Console
    logs: Path


def make_console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=max(WIDTH_MIN, console.width))


def print_parts(console: Console, stack: Stack) -> None:
    console.print(parts_table(stack))


def print_inputs(console: Console, population: Population) -> None:
    """Before the play, so that nobody takes them for what the rules found."""
    size = population.size
    lacking = [a.lacks for a in population.applicants if a.lacks]
    twice = sum(len(lacks) > 1 for lacks in lacking)
    table = Table(
        "what goes in", "how many", "from", title=f"Inputs, drawn from seed {population.seed}"
    )
    table.add_row(
        "people who apply", str(size.applicants), "S1" if size == ARTICLE else "--applicants"
    )
    unfit = f"{len(lacking)}, of them {twice} lack two"
    table.add_row("who lack a condition of the notice", unfit, "drawn; the share is ours")
    table.add_row("host companies", str(size.hosts), "S1; the four that it names are among them")
    table.add_row(
        "openings", str(size.openings), f"ours: {size.openings - size.hosts} hosts have two"
    )
    fields = _shares(population, "field", FIELDS)
    table.add_row("  by field", fields, f"{_mix(FIELDS)} of 100 (S4), largest remainders")
    hours = _shares(population, "hours_per_day", HOURS)
    table.add_row("  by hours a day", hours, f"{_mix(HOURS)} of 100 (S5), largest remainders")
    table.add_row("counselors", str(len(population.counselors)), "ours")
    jobs = sum(a.year.reemployment is not None for a in population.applicants)
    table.add_row("who will work again, if counseled", str(jobs), "ours, by 32 of 76 (S8)")
    console.print(table)


def print_outcome(paper: Paper, outcome: Outcome) -> None:
    console = paper.console
    console.print(_funnel(outcome))
    if not outcome.is_article:
        console.print(
            f"NOT compared with the article: {outcome.population.size.applicants} people applied, "
            f"not its {ARTICLE.applicants}. All other checks stay.",
            style="bold yellow",
        )
    matched = outcome.figure("matched").services
    console.print(
        f"of {matched} interns {outcome.first_wishes} work where they most wished to and "
        f"{outcome.listed_wishes} elsewhere on their list: hosts rank by a taste of their own"
    )
    console.print(_money(outcome))
    console.print(_proofs(outcome))
    console.print(_events(outcome))
    console.print(_latencies(outcome))
    console.print(f"played in {outcome.seconds:.0f} s; the same seed gives the same states:")
    console.print(f"  digest {outcome.digest}", highlight=False, soft_wrap=True)


def print_verdict(paper: Paper, outcome: Outcome, stack: Stack) -> None:
    parts = [f"{PART_NAMES.get(p.name, p.name)} {p.version} ({p.provider})" for p in stack.parts]
    paper.console.print(f"ran on {', '.join(parts)}", highlight=False, soft_wrap=True)
    _print_where_to_look(paper)
    failed = [check for check in outcome.checks if not check.is_met]
    for check in failed:
        paper.console.print(f"{check.name}: {check.says}", style="red", markup=False)
    if failed:
        paper.console.print(
            f"{len(failed)} of {len(outcome.checks)} checks failed", style="bold red"
        )
    else:
        paper.console.print(f"all {len(outcome.checks)} checks are met", style="bold green")


def print_addresses(console: Console, city: City) -> None:
    """For --keep: where everything answers, and what to ask it. There is no clock: it is over."""
    console.print(addresses_table(city))
    for line in operator_lines(city):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _funnel(outcome: Outcome) -> Table:
    table = Table(title="The funnel of the cohort", caption=f"article: {ARTICLE_SOURCE}")
    table.add_column("")
    for column in ("services (HTTP)", "statistics office (topics)", "article", "ours"):
        table.add_column(column, justify="right")
    table.add_column("where from")
    for figure in outcome.figures:
        style = None if _is_met(figure) else "red"
        table.add_row(*_funnel_row(figure), style=style)
    return table


def _funnel_row(figure: Figure) -> Sequence[str]:
    said, counted = str(figure.services), str(figure.office)
    expected = figure.expected
    if expected is None:
        return figure.name, said, counted, "", "", ""
    value = str(expected.value)
    columns = (value, "") if expected.is_article else ("", value)
    return figure.name, said, counted, *columns, expected.source


def _is_met(figure: Figure) -> bool:
    is_expected = figure.expected is None or figure.expected.value == figure.services
    return is_expected and figure.services == figure.office


def _money(outcome: Outcome) -> Table:
    table = Table("month", title="Wages paid, in won")
    for column in ("payroll (HTTP)", "statistics office (topics)", "the bank's own file"):
        table.add_column(column, justify="right")
    table.add_column("")
    paid = [(m.month, m.payroll_krw, m.office_krw, m.bank_krw) for m in outcome.months]
    for month, *krw in paid:
        table.add_row(month, *_krw(krw))
    table.add_section()
    totals = [sum(krw) for krw in zip(*(row[1:] for row in paid), strict=True)] or [0, 0, 0]
    audit, wages = outcome.audit, outcome.figure("wages paid").services or 1
    note = f"audit: owed ₩{audit.total().entitled_krw:,}, difference ₩{audit.difference_krw:,}"
    table.add_row("total", *_krw(totals), note)
    table.add_row("a wage", *_krw(krw // wages for krw in totals), f"article: {AVERAGE_SAID}")
    return table


def _proofs(outcome: Outcome) -> Table:
    """What is no figure: those are in the tables above."""
    table = Table("check", "found", "", title="Checks")
    for check in outcome.checks:
        if ": counted alike" in check.name or ": as expected" in check.name:
            continue
        table.add_row(check.name, check.says, "met" if check.is_met else "[red]NOT MET[/red]")
    return table


def _events(outcome: Outcome) -> Table:
    table = Table(title="Events")
    table.add_column("topic")
    table.add_column("records", justify="right")
    for topic, count in outcome.events.items():
        table.add_row(topic, f"{count:,}")
    table.add_section()
    table.add_row("all", f"{sum(outcome.events.values()):,}")
    return table


def _latencies(outcome: Outcome) -> Table:
    table = Table(title="How long things took, in milliseconds of the wall clock")
    table.add_column("from, to")
    for column in ("samples", "p50", "p95"):
        table.add_column(column, justify="right")
    for one in outcome.latencies:
        table.add_row(one.name, f"{one.count:,}", f"{one.p50_ms:.0f}", f"{one.p95_ms:.0f}")
    return table


def _print_where_to_look(paper: Paper) -> None:
    bank = paper.logs / "bank.csv"
    lines = (
        f"logs, a JSON line each: {paper.logs}/*.log (payroll.log, …); the bank's file: {bank}",
        "leave it all running to look around:  make demo ARGS=--keep",
        "step through it by hand with curl:    make dev",
        'other people:                         make demo ARGS="--seed 7 --applicants 300"',
    )
    for line in lines:
        paper.console.print(line, highlight=False, markup=False, soft_wrap=True)


def _shares(population: Population, of: str, weights: dict[str, int] | dict[int, int]) -> str:
    counts = population.openings_by(of)
    return ", ".join(f"{key} {counts.get(key, 0)}" for key in weights)


def _mix(weights: dict[str, int] | dict[int, int]) -> str:
    return "/".join(map(str, weights.values()))


def _krw(amounts: Iterable[int]) -> list[str]:
    return [f"{krw:,}" for krw in amounts]
