"""The story of `story.py`, played once: what the services told, and what they answer afterwards."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from ops.topics import Record
from shared.events import CONTRACTS, Envelope, IntegrationEvent, read_envelope
from shared.events.intake import ApplicantSelected
from shared.events.payroll import WagePaid
from shared.events.placement import VacancyOpened
from tests.orders.story import COHORTS, FIRST, LAST, script
from tests.orders.twin import City, Order

E = TypeVar("E", bound=IntegrationEvent)
Json = dict[str, Any]
KRW_PER_HOUR = 10_766  # the living wage of 2022: domain.md §2.2


@dataclass(frozen=True)
class Story:
    """`records` are the topics as they lie in the log, `events` what is written on them, by the
    day on which it was recorded; the order of a stream holds.
    """

    city: City
    records: tuple[Record, ...]
    events: tuple[IntegrationEvent, ...]

    def told(self, contract: type[E], **fields: object) -> list[E]:
        """The events of this name with these fields."""
        found = (event for event in self.events if isinstance(event, contract))
        return [e for e in found if all(getattr(e, n) == v for n, v in fields.items())]

    def one(self, contract: type[E], **fields: object) -> E:
        """The only one of them."""
        found = self.told(contract, **fields)
        assert len(found) == 1, (contract.__name__, fields, len(found))
        return found[0]

    def names(self, producer: str, her: IntegrationEvent) -> list[str]:
        """All that one service ever told of the person and cohort that `her` is about."""
        return [
            type(event).__name__
            for event in self.events
            if event.producer == producer and _whose(event) == _whose(her)
        ]

    async def show(self, service: str, path: str) -> Json:
        return await self.city[service].get(path)

    async def items(self, service: str, path: str) -> list[Json]:
        return await self.city[service].items(path)

    async def status(self, service: str, her: IntegrationEvent) -> str:
        """Of her application at intake, or of the placement that `her` is about."""
        kind = {"intake": "application", "placement": "placement"}[service]
        found = await self.show(service, f"/{kind}s/{getattr(her, f'{kind}_id')}")
        return str(found["status"])

    async def vacancy(self, about: VacancyOpened | ApplicantSelected) -> Json:
        """What intake made of it."""
        path = f"/cohorts/{about.cohort_id}/vacancies"
        found = await self.items("intake", path)
        return next(v for v in found if v["vacancy_id"] == about.vacancy_id)

    async def closed_positions(self, cohort_id: str) -> set[str]:
        found = await self.items("placement", f"/cohorts/{cohort_id}/positions")
        return {position["position_id"] for position in found if position["is_closed"]}

    async def records_of(self, her: IntegrationEvent) -> list[Json]:
        """Her payroll records, of every cohort."""
        paths = [f"/cohorts/{cohort_id}/payroll-records" for cohort_id in COHORTS.values()]
        found = [record for path in paths for record in await self.items("payroll", path)]
        return [record for record in found if record["person_id"] == _whose(her)[0]]

    async def case(self, her: IntegrationEvent) -> Json:
        """The one case that she has in the cohort."""
        person_id, cohort_id = _whose(her)
        found = await self.items("counseling", f"/cohorts/{cohort_id}/cases")
        (case,) = [case for case in found if case["person_id"] == person_id]
        return case

    def paid_krw(self, her: IntegrationEvent) -> int:
        """All that the bank paid her for the cohort, as payroll told of it."""
        return sum(w.amount_krw for w in self.told(WagePaid) if _whose(w) == _whose(her))

    async def payslips(self) -> list[Json]:
        paths = [f"/cohorts/{cohort_id}/payslips" for cohort_id in COHORTS.values()]
        return [payslip for path in paths for payslip in await self.items("payroll", path)]


@cache
def play_story() -> Story:
    """In the demo's order; once for all modules that ask of it. It is not to be written on."""
    return asyncio.run(_play())


async def _play() -> Story:
    city = City(Order())
    await city.play(script(), FIRST, LAST)
    assert await city.troubles() == []
    records = tuple(_records(city))
    events = sorted(map(_read, records), key=lambda event: event.recorded_on)
    return Story(city, records, tuple(events))


def _records(city: City) -> Iterable[Record]:
    for _, found in sorted(city.log.partitions.items()):
        for r in found:
            yield Record(r.topic, r.partition, r.offset, r.key, r.headers, r.value)


def _read(record: Record) -> IntegrationEvent:
    producer = record.topic.split(".")[1]
    envelope = read_envelope(producer, record.key, record.headers)
    assert isinstance(envelope, Envelope)
    return CONTRACTS[envelope.type].model_validate_json(record.value or b"")


def _whose(event: IntegrationEvent) -> tuple[str, str]:
    return getattr(event, "person_id", ""), getattr(event, "cohort_id", "")
