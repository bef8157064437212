"""Which events tell of a person: those that name her, and those that explain what became of her."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ops.topics import Record
from shared.errors import Invalid
from shared.events import CONTRACTS, Envelope, decode, read_envelope

Json = dict[str, Any]

CHAIN = ("intake", "placement", "payroll", "counseling")
"""The services as a life passes through them: the order within a day."""

ROUND_EVENTS = {"SelectionClosed", "MatchingClosed", "CohortPolicyRevised"}
COHORT_EVENTS = {"CohortOpened", "CohortCancelled"}
POSITION_EVENTS = {"PositionOffered", "PositionClosed"}


class NoSuchPerson(Exception):
    """Nothing is told of her; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it was told. `name` is that of its contract: `InternPlaced`."""

    name: str
    producer: str
    key: str
    sequence: int
    effective_on: date
    recorded_on: date
    body: Json

    @property
    def order(self) -> tuple[date, int, int, str]:
        return self.recorded_on, CHAIN.index(self.producer), self.sequence, self.key

    def has(self, field: str, among: Iterable[Any]) -> bool:
        return self.body.get(field) in among


def read_told(records: Iterable[Record]) -> list[Told]:
    """The services' events, each once. What no subscriber could read tells nothing here, either:
    `ops parked` and `ops audit` show it.
    """
    last: dict[str, int] = {}
    told = []
    for record in records:
        producer = record.topic.split(".")[1]
        envelope = read_envelope(producer, record.key, record.headers)
        if producer not in CHAIN or not isinstance(envelope, Envelope):
            continue
        if envelope.sequence <= last.get(envelope.stream, 0):
            continue
        last[envelope.stream] = envelope.sequence
        if one := _read(producer, envelope, record.value):
            told.append(one)
    return told


def _read(producer: str, envelope: Envelope, value: bytes | None) -> Told | None:
    contract = CONTRACTS.get(envelope.type)
    if contract is None:
        return None
    try:
        event = decode(contract, envelope, value)
    except Invalid:
        return None
    return Told(
        contract.__name__,
        producer,
        envelope.key,
        envelope.sequence,
        event.effective_on,
        event.recorded_on,
        event.model_dump(mode="json"),
    )


def select(told: Sequence[Told], person_id: str, cohort: str | None = None) -> list[Told]:
    """What tells of her, in order. `cohort` is a number ("2") or an id, None for all of hers.

    Raises `NoSuchPerson`.
    """
    hers = [one for one in told if one.body.get("person_id") == person_id]
    if not hers:
        raise NoSuchPerson(
            f"no event names {person_id!r}. Ids are whole, as in intake's GET "
            "/cohorts/{cohort_id}/applications; is it this stack (--kafka, --prefix), and has she "
            "applied? Who only registered is on no topic."
        )
    numbers = cohort_numbers(told)
    if cohort is not None:
        among = {id_ for id_, number in numbers.items() if cohort in {id_, str(number)}}
        kept = [one for one in hers if one.has("cohort_id", among)]
        if not kept:
            theirs = {one.body.get("cohort_id") for one in hers}
            known = ", ".join(
                f"{numbers.get(str(id_), '?')} ({id_})" for id_ in sorted(theirs, key=str)
            )
            raise NoSuchPerson(f"{person_id} has no part in cohort {cohort}, but in {known}")
        hers = kept
    return sorted({id(one): one for one in (*hers, *_explaining(told, hers))}.values(), key=_order)


def cohort_numbers(told: Iterable[Told]) -> dict[str, int]:
    """The numbers by which people know cohorts, by id."""
    return {
        one.body["cohort_id"]: one.body["policy"]["cohort_no"]
        for one in told
        if one.name == "CohortOpened"
    }


def _order(one: Told) -> tuple[date, int, int, str]:
    return one.order


def _explaining(told: Iterable[Told], hers: Sequence[Told]) -> Iterator[Told]:
    """Cohorts she is in, rounds she was ranked or matched in, her positions, hosts and calls."""
    cohorts = {one.body.get("cohort_id") for one in hers}
    rounds = {
        (one.body["cohort_id"], one.body["round"])
        for one in hers
        if "round" in one.body and not one.body.get("vacancy_id")
    }
    places = [one.body for one in hers if one.body.get("position_id")]
    positions = {place["position_id"] for place in places}
    hosts = {(place["org_id"], place["cohort_id"]) for place in places}
    calls = {one.body["vacancy_id"] for one in hers if one.body.get("vacancy_id")}
    for one in told:
        body = one.body
        explains = (
            (one.name in COHORT_EVENTS and one.has("cohort_id", cohorts))
            or (one.name in ROUND_EVENTS and (body["cohort_id"], body["round"]) in rounds)
            or (one.name in POSITION_EVENTS and one.has("position_id", positions))
            or (one.name == "VacancyOpened" and one.has("vacancy_id", calls))
            or (one.name == "HostCompanySuspended" and (body["org_id"], body["cohort_id"]) in hosts)
        )
        if explains:
            yield one
