"""No direct personal data on any topic, in any log, in any metric (domain.md §3)."""

from collections.abc import Iterable, Iterator
from datetime import date
from urllib.parse import quote

import pytest

from ops.demo.population import Population, draw_counselors
from ops.topics import Record
from tests.small_cohort import Played

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


def secrets_of(population: Population) -> set[str]:
    """Everything personal that went in, in the ways in which it may be written."""
    found: set[str] = set()
    for person in population.applicants:
        for text in (person.name, person.email, person.address):
            found |= set(spellings(text))
        found |= set(numbers(person.phone)) | set(numbers(person.account_number))
        found |= set(days(person.birth_date))
        job = person.year.reemployment
        if job and job.employer_name:
            found |= set(spellings(job.employer_name))
    for counselor in draw_counselors(population.seed, [population.programme]):
        found |= set(spellings(counselor.name))
    return found


def spellings(text: str) -> Iterator[str]:
    yield text
    yield text.encode("unicode_escape").decode()
    yield quote(text)


def numbers(text: str) -> Iterator[str]:
    digits = text.replace("-", "")
    yield from (text, digits, text.replace("-", " "), text.replace("-", "."))
    if digits.startswith("0"):
        yield from (f"+82{digits[1:]}", f"+82-{text[1:]}", f"+82 {text[1:]}")


def days(day: date) -> Iterator[str]:
    yield from (f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day:%Y.%m.%d}", f"{day:%Y/%m/%d}")


def leaks(texts: Iterable[tuple[str, str]], secrets: set[str]) -> list[str]:
    """Where something personal stands; not what, because this is printed."""
    return [place for place, text in texts if any(secret in text for secret in secrets)]


def texts_of(records: Iterable[Record]) -> Iterator[tuple[str, str]]:
    for r in records:
        headers = b" ".join(name.encode() + b"=" + (value or b"") for name, value in r.headers)
        text = b" ".join([r.key or b"", r.value or b"", headers])
        yield f"{r.topic}/{r.partition}/{r.offset}", text.decode(errors="replace")


def test_no_record_of_any_topic_holds_anything_personal(small_cohort: Played) -> None:
    records = small_cohort.records

    assert len(records) > 200
    assert leaks(texts_of(records), secrets_of(small_cohort.outcome.population)) == []


def test_no_log_holds_anything_personal(small_cohort: Played) -> None:
    files = sorted(path for path in small_cohort.logs.iterdir() if path.is_file())
    texts = [(path.name, path.read_text()) for path in files]

    assert {"intake.log", "payroll.log", "bank.csv"} <= {name for name, _ in texts}
    assert all(text for _, text in texts)
    assert leaks(texts, secrets_of(small_cohort.outcome.population)) == []


def test_no_metric_holds_anything_personal_nor_an_id_of_a_person(small_cohort: Played) -> None:
    """Whoever may look at a dashboard need not be one who may know who is in the programme."""
    texts = small_cohort.metrics
    keys = {(r.key or b"").decode() for r in small_cohort.records}
    people = {key for key in keys if key.startswith("per_")}

    assert len(texts) == 4
    assert all("womanup_events_total" in text for text in texts.values())
    assert len(people) >= 12
    assert leaks(texts.items(), people | secrets_of(small_cohort.outcome.population)) == []


def test_a_planted_leak_is_found_in_every_spelling(small_cohort: Played) -> None:
    """Else a scan that finds nothing says nothing."""
    population = small_cohort.outcome.population
    her = population.applicants[0]
    planted = [
        her.name,
        her.phone.replace("-", ""),
        her.email,
        her.account_number,
        f"{her.birth_date:%Y%m%d}",
        her.name.encode("unicode_escape").decode(),
    ]

    for text in planted:
        assert leaks([("here", f"…{text}…")], secrets_of(population)) == ["here"]
