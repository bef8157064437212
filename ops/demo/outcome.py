"""What came out of a play: asked of everyone who can know it, compared, and returned as data."""

from dataclasses import dataclass

from ops.audit import AuditReport, run_audit
from ops.city import City
from ops.demo.acts.stage import Stage
from ops.demo.compare import (
    Check,
    Figure,
    Month,
    check_figures,
    check_money,
    check_proofs,
    check_screening,
    compare_figures,
    compare_months,
)
from ops.demo.measure import Latency, count_events, latencies, summary
from ops.demo.population import ARTICLE, Population
from ops.demo.words import Words, ask_office, ask_services
from ops.digest import fetch_digests, overall
from ops.topics import read_records


@dataclass(frozen=True)
class Outcome:
    """`first_wishes`: how many interns work where they most wished to; `listed_wishes`: how many
    more at a place on their list.
    """

    population: Population
    cohort_id: str
    figures: tuple[Figure, ...]
    months: tuple[Month, ...]
    first_wishes: int
    listed_wishes: int
    audit: AuditReport
    checks: tuple[Check, ...]
    digest: str
    digests: dict[str, str]
    events: dict[str, int]
    latencies: tuple[Latency, ...]
    seconds: float

    @property
    def is_article(self) -> bool:
        return self.population.size == ARTICLE

    @property
    def is_met(self) -> bool:
        return all(check.is_met for check in self.checks)

    def figure(self, name: str) -> Figure:
        return next(figure for figure in self.figures if figure.name == name)


async def find_outcome(city: City, stage: Stage, *, seconds: float) -> Outcome:
    """Asks and compares; `seconds` is how long the play took."""
    commands = summary("a command over HTTP", [1000 * s for s in stage.client.seconds])
    words, office = await ask_services(city, stage), await ask_office(city)
    audit = await run_audit(
        city.stack.kafka, city.services["payroll"], city.bank_file, prefix=city.prefix
    )
    digests = await fetch_digests(city.services)
    records = await read_records(city.stack.kafka, city.prefix)
    counted = office["figures"].get(stage.cohort_id, {})
    figures = compare_figures(words, counted, stage.population.size)
    months = compare_months(words, counted, audit)
    lacks = {stage.person_ids[a.number]: a.lacks for a in stage.population.applicants}
    places = _places_on_list(words, stage)
    return Outcome(
        population=stage.population,
        cohort_id=stage.cohort_id,
        figures=figures,
        months=months,
        first_wishes=places.count(0),
        listed_wishes=len(places) - places.count(0) - places.count(None),
        audit=audit,
        checks=(
            *check_figures(figures),
            *check_money(months, audit, words),
            check_screening(words, lacks),
            *check_proofs(words, office),
        ),
        digest=overall(digests),
        digests={name: digest["sha256"] for name, digest in digests.items()},
        events=count_events(records),
        latencies=(*latencies(records), commands),
        seconds=seconds,
    )


def _places_on_list(words: Words, stage: Stage) -> list[int | None]:
    """For each intern, where her position stands on her list (0 is first), or None."""
    wishes = {
        stage.person_ids[a.number]: [stage.position_ids[n] for n in a.wishes]
        for a in stage.population.applicants
    }
    found = [(wishes[p["person_id"]], p["position_id"]) for p in words.placements]
    return [listed.index(position) if position in listed else None for listed, position in found]
