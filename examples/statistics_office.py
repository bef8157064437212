"""The statistics office: a subscriber that knows the programme only from its topics.

It uses none of the programme's packages: Python's standard library and an aiokafka consumer, as any
other city system could. It reads every topic from the beginning, works out each cohort's figures,
and checks them against the counts that the services announced themselves.

What a subscriber must know, and this one does:
- Order is promised per stream: one publishing service, one record key. Never across topics.
- A stream may repeat itself (1, 2, 3, 1, 2 after a crash): skip what is not above the last number.
- A number that is missing means that an event was lost. Then say so; do not count on.

    python examples/statistics_office.py --bootstrap localhost:9092
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer

STEPS = {
    "ApplicationAccepted": "ApplicationSubmitted",
    "ApplicantSelected": "ApplicationAccepted",
    "InternPlaced": "ApplicantSelected",
    "InternshipStarted": "InternPlaced",
    "AttendanceConfirmed": "InternPlaced",
    "InternshipCompleted": "InternshipStarted",
    "PayrollRecordOpened": "InternPlaced",
    "WagePaid": "AttendanceConfirmed",
    "CaseOpened": "InternshipCompleted",
}
"""Nobody gets to the step on the left but by the one on the right."""

PRODUCERS = ("calendar", "intake", "placement", "payroll", "counseling")
TOPICS = tuple(f"womanup.{producer}.v1" for producer in PRODUCERS)


@dataclass(frozen=True)
class Record:
    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    value: bytes | None


@dataclass(frozen=True)
class Problem:
    """`culprit` is the id to look at: a stream, a person, a cohort, or a record's place."""

    culprit: str
    says: str


@dataclass
class Figures:
    """One cohort in numbers. Wages are counted and summed by what payroll says was paid."""

    title: str = ""
    applied: int = 0
    eligible: int = 0
    selected: int = 0
    placed: int = 0
    hosts: int = 0
    started: int = 0
    completed: int = 0
    wages_paid: int = 0
    paid_krw: int = 0
    paid_krw_by_month: dict[str, int] = field(default_factory=dict)
    cases: int = 0
    reemployed: int = 0


@dataclass(frozen=True)
class Report:
    figures: dict[str, Figures]
    problems: tuple[Problem, ...]


@dataclass
class Cohort:
    """Who is where, and what was announced. People, not counts: so that we can name them."""

    title: str = ""
    people: dict[str, set[str]] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)
    openings: dict[str, int] = field(default_factory=dict)
    service: dict[str, tuple[str, str]] = field(default_factory=dict)
    months: dict[str, set[str]] = field(default_factory=dict)
    wages: dict[str, tuple[str, int]] = field(default_factory=dict)
    announced: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def who(self, name: str) -> set[str]:
        return self.people.get(name, set())

    def at_work(self, month: str) -> set[str]:
        """Who has a day of that month in her internship."""
        return {who for who, (first, last) in self.service.items() if first <= month <= last}


async def read_topics(bootstrap: str, prefix: str = "") -> list[Record]:
    """Everything that is on the topics now. `prefix` goes before each topic's name."""
    consumer = AIOKafkaConsumer(
        *(prefix + topic for topic in TOPICS),
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        records: list[Record] = []
        while [p for p, end in ends.items() if await consumer.position(p) < end]:
            for partition, found in (await consumer.getmany(timeout_ms=1000)).items():
                topic = partition.topic.removeprefix(prefix)
                records += [
                    Record(topic, r.partition, r.offset, r.key, tuple(r.headers), r.value)
                    for r in found
                    if r.offset < ends[partition]
                ]
    finally:
        await consumer.stop()
    return sorted(records, key=lambda r: (r.topic, r.partition, r.offset))


def compute(records: Iterable[Record]) -> Report:
    """Pure: the same records give the same report."""
    cohorts: dict[str, Cohort] = {}
    problems: list[Problem] = []
    holes: set[str] = set()
    for key, name, body in _events(records, problems, holes):
        if "cohort_id" in body:
            _count(cohorts.setdefault(body["cohort_id"], Cohort()), key, name, body)
    for cohort_id, cohort in cohorts.items():
        problems += _disagreements(cohort_id, cohort, holes)
        problems += _strays(cohort_id, cohort)
    figures = {cohort_id: _figures(cohort) for cohort_id, cohort in sorted(cohorts.items())}
    return Report(figures, tuple(problems))


def _events(
    records: Iterable[Record], problems: list[Problem], holes: set[str]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each event once, as (key, name, body); gaps and unreadable records become problems."""
    last: dict[str, int] = {}
    for record in records:
        place = f"{record.topic}/{record.partition}/{record.offset}"
        try:
            headers = {name: (value or b"").decode() for name, value in record.headers}
            key = (record.key or b"").decode()
            stream, number = f"{headers['ce_source']}/{key}", int(headers["ce_sequence"])
            name = headers["ce_type"].split(".")[2]
            body = json.loads(record.value or b"")
        except (KeyError, ValueError, IndexError):
            problems.append(Problem(place, "cannot be read"))
            continue
        before = last.get(stream, 0)
        if number <= before:
            continue
        if number > before + 1:
            problems.append(Problem(stream, f"a gap: after {before} came {number}"))
            holes.add(key)
        last[stream] = number
        if isinstance(body, dict):
            yield key, name, body


def _count(cohort: Cohort, key: str, name: str, body: dict[str, Any]) -> None:
    match name:
        case "CohortOpened":
            cohort.title = body["policy"]["title"]
        case "SelectionClosed" | "MatchingClosed" | "AttendanceMonthClosed":
            cohort.announced.append((name, body))
        case "AttendanceConfirmed" if not body.get("is_late"):
            cohort.months.setdefault(body["month"], set()).add(key)
        case "WagePaid":
            cohort.wages[body["order_id"]] = (body["month"], body["amount_krw"])
        case "InternPlaced":
            cohort.hosts.add(body["org_id"])
            cohort.service[key] = (body["starts_on"][:7], body["ends_on"][:7])
        case "PositionOffered":
            cohort.openings[body["position_id"]] = body["openings"]
    if "person_id" in body:
        cohort.people.setdefault(name, set()).add(key)


def _figures(cohort: Cohort) -> Figures:
    by_month: dict[str, int] = {}
    for month, krw in cohort.wages.values():
        by_month[month] = by_month.get(month, 0) + krw
    return Figures(
        title=cohort.title,
        applied=len(cohort.who("ApplicationSubmitted")),
        eligible=len(cohort.who("ApplicationAccepted")),
        selected=len(cohort.who("ApplicantSelected")),
        placed=len(cohort.who("InternPlaced")),
        hosts=len(cohort.hosts),
        started=len(cohort.who("InternshipStarted")),
        completed=len(cohort.who("InternshipCompleted")),
        wages_paid=len(cohort.wages),
        paid_krw=sum(by_month.values()),
        paid_krw_by_month=dict(sorted(by_month.items())),
        cases=len(cohort.who("CaseOpened")),
        reemployed=len(cohort.who("Reemployed")),
    )


def _disagreements(cohort_id: str, cohort: Cohort, holes: set[str]) -> Iterator[Problem]:
    """Where our count is not the announced one: the cohort, and the people who look incomplete."""
    for what, announced, counted, suspects in _comparisons(cohort):
        if announced == counted:
            continue
        says = f"{what}: announced {announced}, counted {counted}"
        yield Problem(cohort_id, says)
        incomplete = suspects | (holes & set().union(*cohort.people.values()))
        yield from (
            Problem(who, f"incomplete in {cohort_id} ({says})") for who in sorted(incomplete)
        )


def _strays(cohort_id: str, cohort: Cohort) -> Iterator[Problem]:
    """Who came somewhere without having come by the step before: in no count, or in all of them."""
    for step, before in STEPS.items():
        for who in sorted(cohort.who(step) - cohort.who(before)):
            yield Problem(who, f"{step} in {cohort_id} without {before}")


def _comparisons(cohort: Cohort) -> Iterator[tuple[str, int, int, set[str]]]:
    """What was announced, the count, ours, and who should be in ours by other facts but is not."""
    submitted, accepted = cohort.who("ApplicationSubmitted"), cohort.who("ApplicationAccepted")
    selected, placed = cohort.who("ApplicantSelected"), cohort.who("InternPlaced")
    screened = accepted | cohort.who("ApplicationRejected")
    decided = selected | cohort.who("ApplicantReserved") | cohort.who("ApplicantNotSelected")
    matched = placed | cohort.who("ApplicantUnmatched")
    placed_total = 0
    for name, body in cohort.announced:
        match name:
            case "SelectionClosed":
                yield "applied", body["applied"], len(submitted), (screened | decided) - submitted
                unscreened = (submitted - screened) | (decided - accepted)
                yield "eligible", body["eligible"], len(accepted), unscreened
                for outcome, event in (
                    ("reserved", "ApplicantReserved"),
                    ("not_selected", "ApplicantNotSelected"),
                ):
                    yield outcome, body[outcome], len(cohort.who(event)), accepted - decided
                undecided = (accepted - decided) | (matched - selected)
                yield "selected", body["selected"], len(selected), undecided
            case "MatchingClosed":
                placed_total += body["placed"]
                left = cohort.who("ApplicantUnmatched")
                yield "candidates", body["candidates"], len(selected), matched - selected
                yield "unmatched", body["unmatched"], len(left), selected - matched
                yield "openings", body["openings"], sum(cohort.openings.values()), set()
            case "AttendanceMonthClosed":
                month = cohort.months.get(body["month"], set())
                what, at_work = body["month"], cohort.at_work(body["month"])
                yield f"attendances of {what}", body["confirmed"], len(month), placed - month
                missing = len(at_work) - len(month)
                yield f"missing of {what}", body["missing"], missing, at_work - month
    if any(name == "MatchingClosed" for name, _ in cohort.announced):
        unmatched = (selected - matched) | (cohort.who("InternshipStarted") - placed)
        yield "placed", placed_total, len(placed), unmatched


def show(report: Report) -> None:
    for cohort_id, figures in report.figures.items():
        print(f"cohort {figures.title} ({cohort_id})")
        for name, value in asdict(figures).items():
            if isinstance(value, int):
                print(f"  {name.replace('_', ' '):<14}{value:>14,}")
        for month, krw in figures.paid_krw_by_month.items():
            print(f"  paid for {month}{krw:>12,}")
    for problem in report.problems:
        print(f"PROBLEM {problem.culprit}: {problem.says}")
    print(f"{len(report.problems)} problems")


def main() -> int:
    parser = argparse.ArgumentParser(description="Figures of each cohort, from the topics alone.")
    parser.add_argument("--bootstrap", required=True, help="Kafka, host:port")
    parser.add_argument("--prefix", default="", help="goes before each topic's name")
    parser.add_argument("--json", action="store_true", help="everything, as JSON")
    arguments = parser.parse_args()
    report = compute(asyncio.run(read_topics(arguments.bootstrap, arguments.prefix)))
    if arguments.json:
        print(json.dumps(asdict(report), indent=2, ensure_ascii=False))
    else:
        show(report)
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
