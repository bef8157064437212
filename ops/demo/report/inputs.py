"""What goes in, printed before the play, so that nobody takes it for what the rules found."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from fractions import Fraction
from functools import partial

from rich.console import Console
from rich.table import Table

from ops.demo.figures import PUBLISHED
from ops.demo.hosts import FIELDS, HOURS
from ops.demo.population import Counselor, Population
from ops.demo.programme import COHORT_1


def print_inputs(
    console: Console, populations: Sequence[Population], counselors: Sequence[Counselor]
) -> None:
    seed = populations[0].seed
    table = Table(title=f"Inputs, drawn from seed {seed}", title_justify="left")
    table.add_column("what goes in")
    for population in populations:
        table.add_column(population.programme.title)
    table.add_column("from")

    has_source = any(population.programme.title in PUBLISHED for population in populations)

    def add(what: str, of: Callable[[Population], str | int], source: str) -> None:
        said = source if has_source else "ours"
        table.add_row(what, *(str(of(population)) for population in populations), said)

    add("people who apply", lambda p: len(p.applicants), _source_of_applicants(populations))
    add("  who lack a condition", _unfit, "ours: S1's number is left")
    add("hosts: companies, public bodies", lambda p: len(p.hosts), "S1")
    add("openings", _openings, "ours: for all selected (S1)")
    add("  by field", _by("field", FIELDS), f"mix {_mix(FIELDS)} (S4)")
    add("  by hours a day: 8/6/4", _by("hours_per_day", HOURS), f"mix {_mix(HOURS)} (S5)")
    for day in sorted({wave.until for p in populations for wave in p.programme.jobs.waves}):
        add(f"work again by {day}", partial(_working, day=day), "S1, S8; if counseled")
    if any(population.programme.jobs.employers for population in populations):
        add("  with the article's employers", _at_named_employers, "S1: it names four")
    add("  whose new job ends", _ends, "S8: ever, less still")
    if any(population.leavers for population in populations):
        add("who leave, if let in", _leavers, "S9: about 40 %; or ours")
    if any(population.programme.troubles.dropouts for population in populations):
        add("  who then pay back", _repaid, "ours: of a claim")
    if any(h.declines_on or h.suspended_on for p in populations for h in p.hosts):
        add("hosts in trouble", _host_troubles, "ours")
    table.add_row("counselors", *[""] * (len(populations) - 1), str(len(counselors)), "ours")
    console.print(table)


def _unfit(population: Population) -> str:
    lacking = [a.lacks for a in population.applicants if a.lacks]
    return f"{len(lacking)}, {sum(len(lacks) > 1 for lacks in lacking)} of them two"


def _openings(population: Population) -> str:
    size = population.programme.size
    return f"{size.openings}, {size.openings - size.hosts} have two"


def _by(of: str, weights: Iterable[str | int]) -> Callable[[Population], str]:
    def shares(population: Population) -> str:
        counts = population.openings_by(of)
        return "/".join(str(counts.get(key, 0)) for key in weights)

    return shares


def _source_of_applicants(populations: Sequence[Population]) -> str:
    is_first_there = any(p.programme.title == COHORT_1.title for p in populations)
    return "ours (NOT FOUND), S1" if is_first_there else "S1, or --applicants"


def _working(population: Population, day: date) -> int:
    jobs = [a.year.reemployment for a in population.applicants]
    return sum(job is not None and job.started_on <= day for job in jobs)


def _at_named_employers(population: Population) -> int:
    named = population.programme.jobs.employers
    jobs = [a.year.reemployment for a in population.applicants]
    return sum(job is not None and job.employer_name in named for job in jobs)


def _ends(population: Population) -> int:
    found = [a.year.reemployment for a in population.applicants]
    return sum(job is not None and job.ended_on is not None for job in found)


def _leavers(population: Population) -> str:
    found = [a.leaving.is_found for a in population.leavers if a.leaving]
    if not found:
        return "0"
    return f"{len(found)}, of them {found.count(True)} found late"


def _repaid(population: Population) -> str:
    shares = [a.leaving.repaid for a in population.leavers if a.leaving and a.leaving.is_found]
    whole, nothing = shares.count(Fraction(1)), shares.count(Fraction(0))
    return f"{whole} all, {len(shares) - whole - nothing} half, {nothing} nothing" if shares else ""


def _host_troubles(population: Population) -> str:
    declining = sum(host.declines_on is not None for host in population.hosts)
    suspended = sum(host.suspended_on is not None for host in population.hosts)
    return f"{declining} decline, {suspended} suspended"


def _mix(weights: dict[str, int] | dict[int, int]) -> str:
    return "/".join(map(str, weights.values()))
