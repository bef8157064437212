"""The statistics office: a subscriber that knows the programme only from its topics.

It uses none of the programme's packages: Python's standard library and an aiokafka consumer, as any
other city system could. It reads every topic from the beginning, works out each cohort's figures,
and checks them against the counts that the services announced themselves.

What a subscriber must know, and this one does:
- Order is promised per stream: one publishing service, one record key. Never across topics.
- A stream may repeat itself (1, 2, 3, 1, 2 after a crash): skip what is not above the last number.
- A number that is missing means that an event was lost. Then say so; do not count on.

    python examples/statistics_office.py --bootstrap localhost:9092
        [--user statistics-office --password-file FILE]

It logs in where the city has granted it the topics (`python -m ops grant`): Kafka's SASL_PLAINTEXT
with SCRAM-SHA-512. Without the two it asks a broker that has no access control.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer

sys.path.append(str(Path(__file__).resolve().parent.parent))  # as a script, it finds its neighbour
from examples.cohort_counts import Cohort, Figures, comparisons, figures_of, strays

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


@dataclass(frozen=True)
class Report:
    figures: dict[str, Figures]
    problems: tuple[Problem, ...]


async def read_topics(
    bootstrap: str, prefix: str = "", login: tuple[str, str] | None = None
) -> list[Record]:
    """Everything that is on the topics now. `prefix` goes before each topic's name; `login` is a
    user and its password.
    """
    access = {}
    if login:
        access = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "SCRAM-SHA-512"}
        access |= {"sasl_plain_username": login[0], "sasl_plain_password": login[1]}
    consumer = AIOKafkaConsumer(
        *(prefix + topic for topic in TOPICS),
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        **access,
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


def compute(records: Iterable[Record], as_of: str = "9999-12-31") -> Report:
    """Pure: the same records give the same report. Figures are as of that day; problems of all."""
    cohorts: dict[str, Cohort] = {}
    problems: list[Problem] = []
    holes: set[str] = set()
    for key, name, body in _events(records, problems, holes):
        if "cohort_id" in body:
            cohorts.setdefault(body["cohort_id"], Cohort()).take(key, name, body)
    for cohort_id, cohort in cohorts.items():
        problems += _disagreements(cohort_id, cohort, holes)
        problems += [
            Problem(who, f"{step} in {cohort_id} without {before}")
            for who, step, before in strays(cohort)
        ]
    figures = {
        cohort_id: figures_of(cohort.until(as_of)) for cohort_id, cohort in sorted(cohorts.items())
    }
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


def _disagreements(cohort_id: str, cohort: Cohort, holes: set[str]) -> Iterator[Problem]:
    """Where our count is not the announced one: the cohort, and the people who look incomplete."""
    for what, announced, counted, suspects in comparisons(cohort):
        if announced == counted:
            continue
        says = f"{what}: announced {announced}, counted {counted}"
        yield Problem(cohort_id, says)
        incomplete = suspects | (holes & cohort.everyone())
        yield from (
            Problem(who, f"incomplete in {cohort_id} ({says})") for who in sorted(incomplete)
        )


def show(report: Report) -> None:
    for cohort_id, figures in report.figures.items():
        print(f"cohort {figures.title} ({cohort_id})")
        for name, value in asdict(figures).items():
            if isinstance(value, int):
                print(f"  {name.replace('_', ' '):<20}{value:>14,}")
        for month, krw in figures.paid_krw_by_month.items():
            print(f"  paid for {month:<11}{krw:>14,}")
    for problem in report.problems:
        print(f"PROBLEM {problem.culprit}: {problem.says}")
    print(f"{len(report.problems)} problems")


def main() -> int:
    parser = argparse.ArgumentParser(description="Figures of each cohort, from the topics alone.")
    parser.add_argument("--bootstrap", required=True, help="Kafka, host:port")
    parser.add_argument("--prefix", default="", help="goes before each topic's name")
    parser.add_argument("--user", default="", help="who asks, where Kafka has access control")
    parser.add_argument("--password-file", type=Path, help="holds its password")
    parser.add_argument("--as-of", default="9999-12-31", help="figures of what counts by this day")
    parser.add_argument("--json", action="store_true", help="everything, as JSON")
    arguments = parser.parse_args()
    if bool(arguments.user) != bool(arguments.password_file):
        parser.error("a login needs both: --user and --password-file")
    login = (
        (arguments.user, arguments.password_file.read_text().strip()) if arguments.user else None
    )
    records = asyncio.run(read_topics(arguments.bootstrap, arguments.prefix, login))
    report = compute(records, arguments.as_of)
    if arguments.json:
        print(json.dumps(asdict(report), indent=2, ensure_ascii=False))
    else:
        show(report)
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
