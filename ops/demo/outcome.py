"""What came out of a play: asked of everyone who can know it, compared, and returned as data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ops.audit import AuditReport, run_audit
from ops.demo.acts.stage import Stage
from ops.demo.checks import (
    Check,
    check_audit,
    check_city,
    check_decisions,
    check_ledger,
    check_living_wage,
    check_screening,
    of_cohort,
)
from ops.demo.client import Client, Json
from ops.demo.figures import (
    Figure,
    Month,
    check_figures,
    check_months,
    compare_figures,
    compare_months,
)
from ops.demo.leavers import Evidence, Leavers, check_leavers, count_leavers, found_late
from ops.demo.measure import Latency, count_events, first_at, latencies, summary
from ops.demo.population import Population
from ops.demo.reemployment import Look, check_outcomes, compare_outcomes, days_to_look_at
from ops.demo.refills import Refills, check_refills, count_refills
from ops.demo.venue import Venue
from ops.demo.words import Words, ask_city, ask_office, ask_services
from ops.digest import fetch_digests, overall
from ops.topics import read_records
from ops.trace import read_told
from shared.events import event_type
from shared.events.payroll import WagePaid


@dataclass(frozen=True)
class Played:
    """The cohorts when their last day is over. `seconds`: how long their days took."""

    stages: tuple[Stage, ...]
    client: Client
    seconds: float


@dataclass(frozen=True)
class CohortOutcome:
    """`first_wishes`: how many interns work where they most wished to; `listed_wishes`: how many
    more at a place on their list.
    """

    population: Population
    cohort_id: str
    figures: tuple[Figure, ...]
    looks: tuple[Look, ...]
    definitions: tuple[str, str]
    months: tuple[Month, ...]
    leavers: Leavers
    refills: Refills
    first_wishes: int
    listed_wishes: int
    checks: tuple[Check, ...]

    @property
    def title(self) -> str:
        return self.population.programme.title

    def figure(self, name: str) -> Figure:
        return next(figure for figure in self.figures if figure.name == name)


@dataclass(frozen=True)
class Outcome:
    """`checks` are those of all cohorts, and of what they share."""

    cohorts: tuple[CohortOutcome, ...]
    audit: AuditReport
    checks: tuple[Check, ...]
    digest: str
    digests: dict[str, str]
    events: dict[str, int]
    latencies: tuple[Latency, ...]
    seconds: float
    first_wage_paid_at: datetime | None = None

    @property
    def is_met(self) -> bool:
        return all(check.is_met for check in self.checks)

    @property
    def population(self) -> Population:
        """The last cohort's."""
        return self.cohorts[-1].population


async def find_outcome(venue: Venue, played: Played) -> Outcome:
    """Asks and compares."""
    city = venue.city
    commands = summary("a command over HTTP", [1000 * s for s in played.client.seconds])
    shared, office = await ask_city(played.client, city.services), await ask_office(city)
    days = {d for stage in played.stages for d in days_to_look_at(stage.population.programme)}
    offices: dict[date | None, Json] = {day: await ask_office(city, day) for day in sorted(days)}
    offices[None] = office
    audit = await run_audit(
        city.stack.kafka,
        city.services["payroll"],
        venue.payments,
        prefix=city.prefix,
        login=city.stack.login,
    )
    digests = await fetch_digests(city.services)
    records = await read_records(city.stack.kafka, city.prefix, login=city.stack.login)
    cohorts, told = [], read_told(records)
    for stage in played.stages:
        words = await ask_services(stage, days_to_look_at(stage.population.programme))
        late = found_late(told, stage.cohort_id, stage.policy)
        cohorts.append(_judge(stage, words, offices, audit, late))
    return Outcome(
        cohorts=tuple(cohorts),
        audit=audit,
        checks=(
            *_of_all(cohorts),
            check_audit(audit),
            check_ledger(audit, shared),
            *check_city(shared, office),
        ),
        digest=overall(digests),
        digests={name: digest["sha256"] for name, digest in digests.items()},
        events=count_events(records),
        latencies=(*latencies(records), commands),
        seconds=played.seconds,
        first_wage_paid_at=first_at(records, event_type(WagePaid)),
    )


def _of_all(cohorts: Sequence[CohortOutcome]) -> Iterator[Check]:
    if len(cohorts) == 1:
        yield from cohorts[0].checks
        return
    for cohort in cohorts:
        yield from of_cohort(cohort.title, cohort.checks)


def _judge(
    stage: Stage,
    words: Words,
    offices: Mapping[date | None, Json],
    audit: AuditReport,
    late: frozenset[str],
) -> CohortOutcome:
    population, cohort_id = stage.population, stage.cohort_id
    programme = population.programme
    by_day = {day: office["figures"].get(cohort_id, {}) for day, office in offices.items()}
    counted = by_day[None]
    drawn = {stage.person_ids[a.number]: a for a in population.applicants}
    evidence = Evidence(drawn, words, audit, cohort_id, late)
    figures = compare_figures(words, counted, programme)
    looks = compare_outcomes(words, by_day, programme)
    months = compare_months(words, counted, audit, cohort_id)
    places = _places_on_list(words, stage)
    end = words.outcomes[None]

    def checks() -> Iterator[Check]:
        yield from check_figures(figures)
        yield from check_outcomes(looks)
        yield from check_months(months)
        yield check_living_wage(words.payslips)
        yield check_screening(words, {who: a.lacks for who, a in drawn.items()})
        yield from check_decisions(words)
        if evidence.left or population.leavers:
            yield from check_leavers(evidence)
        if words.vacancies or evidence.left or population.leavers:
            yield from check_refills(words, programme.policy.interns_per_host_max)

    return CohortOutcome(
        population=population,
        cohort_id=cohort_id,
        figures=figures,
        looks=looks,
        definitions=(end["definition"], end["still_definition"]),
        months=months,
        leavers=count_leavers(evidence),
        refills=count_refills(words),
        first_wishes=places.count(0),
        listed_wishes=len(places) - places.count(0) - places.count(None),
        checks=tuple(checks()),
    )


def _places_on_list(words: Words, stage: Stage) -> list[int | None]:
    """For each intern, where her position stands on her list (0 is first), or None."""
    wishes = {
        stage.person_ids[a.number]: [stage.position_ids[n] for n in a.wishes]
        for a in stage.population.applicants
    }
    found = [
        (wishes[p["person_id"]], p["position_id"])
        for p in words.placements
        if p["status"] != "declined"
    ]
    return [listed.index(position) if position in listed else None for listed, position in found]
