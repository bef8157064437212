"""What the twins of the other services tell: each stream's records, encoded once.

Three persons, a cohort and a calendar; one event is of a type that the toy does not handle, one is
rejected, one cannot be decoded, and one record names no stream at all.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

from proofs.simulation import toy
from shared.events import IntegrationEvent, envelope_of, source_of, topic_of, write_headers
from shared.events.calendar import DayStarted
from shared.events.intake import ApplicantNotSelected, ApplicantReserved, SelectionClosed

NOW = datetime(2022, 3, 3, tzinfo=UTC)
DAYS = tuple(toy.FIRST_DAY + timedelta(days=n) for n in range(3))
EVENTS = {"per_a": 4, "per_b": 3, "per_c": 1}  # about each person
UNDECODABLE = ("per_c", 1)
UNHANDLED = ("per_b", 2)
Place = tuple[str, int]
INTAKE, CALENDAR, OWN = topic_of("intake"), topic_of("calendar"), topic_of(toy.SERVICE)
PLACES: tuple[Place, ...] = ((INTAKE, 0), (INTAKE, 1), (CALENDAR, 0))
PARTITION_OF = {"per_a": 0, "per_b": 1, "per_c": 0, toy.COHORT: 1, "seoul": 0}
PRODUCER_OF = {INTAKE: "intake", CALENDAR: "calendar", OWN: toy.SERVICE}


@dataclass(frozen=True, slots=True)
class Message:
    """A record before it has its offset. `sequence` 0 and no stream: nobody can read it."""

    place: Place
    stream: str
    sequence: int
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes | None], ...]
    day: date | None = None

    @property
    def id(self) -> str:
        return f"{self.stream}/{self.sequence}"

    @property
    def amount_krw(self) -> int:
        """Of what the toy tells: what the person got."""
        return int(json.loads(self.value)["amount_krw"])


@cache
def streams() -> tuple[tuple[Message, ...], ...]:
    """Every stream's messages, in order."""
    persons = [tuple(_person(p, n) for n in range(1, last + 1)) for p, last in EVENTS.items()]
    cohort = (_message(_funded(), 1),)
    days = tuple(_message(_day(day), n) for n, day in enumerate(DAYS, 1))
    unreadable = Message((INTAKE, 0), "", 0, None, b"\xde\xad", (("x", None),))
    return (cohort, days, *persons, (unreadable,))


def expected() -> dict[str, tuple[int, ...]]:
    """The numbers that each person must have heard in the end, in this order."""
    skipped = {UNHANDLED, UNDECODABLE, toy.REJECTED}
    return {
        person: tuple(n for n in range(1, last + 1) if (person, n) not in skipped)
        for person, last in EVENTS.items()
    }


def stream_of(person: str) -> str:
    return f"{source_of('intake')}/{person}"


def _person(person: str, number: int) -> Message:
    event: IntegrationEvent = ApplicantReserved(
        application_id="app_1",
        person_id=person,
        cohort_id=toy.COHORT,
        round=1,
        reserve_rank=number,
        effective_on=toy.FIRST_DAY,
        recorded_on=toy.FIRST_DAY,
    )
    if (person, number) == UNHANDLED:
        fields = event.model_dump(exclude={"reserve_rank"})
        event = ApplicantNotSelected(**fields)
    return _message(event, number, is_broken=(person, number) == UNDECODABLE)


def _message(event: IntegrationEvent, sequence: int, *, is_broken: bool = False) -> Message:
    envelope = envelope_of(event, sequence, f"{source_of(event.producer)}/{event.key}/{sequence}")
    return Message(
        place=(topic_of(event.producer), PARTITION_OF[event.key]),
        stream=envelope.stream,
        sequence=sequence,
        key=event.key.encode(),
        value=b"{" if is_broken else event.model_dump_json().encode(),
        headers=tuple(write_headers(type(event), envelope, NOW)),
        day=event.effective_on if isinstance(event, DayStarted) else None,
    )


def _day(day: date) -> DayStarted:
    return DayStarted(effective_on=day, recorded_on=day, is_business_day=True)


def _funded() -> SelectionClosed:
    return SelectionClosed(
        cohort_id=toy.COHORT,
        round=1,
        applied=3,
        eligible=3,
        selected=0,
        reserved=3,
        not_selected=0,
        input_digest="0" * 64,
        effective_on=toy.FIRST_DAY,
        recorded_on=toy.FIRST_DAY,
    )
