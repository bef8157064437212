"""The calendar's topic: one stream, a day after the other, each published once by its number."""

from collections.abc import Collection
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from ops.policies import holiday_dates
from ops.topics import Measure, Record, TopicsError, read_records
from shared.clients import start_or_close
from shared.errors import Invalid
from shared.events import (
    Envelope,
    decode,
    envelope_of,
    event_type,
    read_envelope,
    topic_of,
)
from shared.events.calendar import DayStarted
from shared.events.envelope import write_headers
from shared.login import Login, aiokafka_options

TOPIC = topic_of(DayStarted.producer)
SATURDAY = 5


class ClockError(Exception):
    """The calendar cannot go on; the message says what is wrong with it."""


class Calendar:
    """Appends days. Who publishes a day twice does no harm: it has the same id both times."""

    def __init__(self, kafka: str, prefix: str = "", login: Login | None = None) -> None:
        self._kafka = kafka
        self._login = login
        self._prefix = prefix
        self._measure = Measure(kafka, prefix, [TOPIC], login)
        self._end: int | None = None  # of the topic, as far as it was read
        self._holidays = holiday_dates()
        self.first: date | None = None
        self.last: date | None = None

    async def __aenter__(self) -> Self:
        await self.catch_up()
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._kafka,
            acks="all",
            enable_idempotence=True,
            **aiokafka_options(self._login),
        )
        await start_or_close(self._producer.start, self._close)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        await self._producer.stop()
        await self._measure.close()

    @property
    def day(self) -> date | None:
        """The last day that was published."""
        return self.last

    async def catch_up(self) -> None:
        """Reads where the calendar stands: another clock may have gone on with it. Never back: a
        day that we published meanwhile counts. Raises `TopicsError` while Kafka is away.
        """
        if self._end is not None and self._end == await self._find_end():
            return
        records = await read_records(self._kafka, self._prefix, [TOPIC], self._login)
        first, last = read_span(records)
        if self.last is None or (last is not None and last >= self.last):
            self.first, self.last = first, last
            self._end = records[-1].offset + 1 if records else 0

    async def _find_end(self) -> int:
        try:
            return (await self._measure.ends())[self._prefix + TOPIC, 0]
        except KafkaError as error:
            raise TopicsError(f"Kafka does not say where the calendar ends: {error}") from error

    async def publish(self, day: date) -> None:
        """The next day; the very first one may be any."""
        if self.last and (day - self.last).days != 1:
            raise ClockError(f"after {self.last} comes the next day, not {day}")
        first = self.first or day
        key, value, headers = write_day(day, first, self._holidays, datetime.now(UTC))
        topic = self._prefix + TOPIC
        sent = await self._producer.send_and_wait(topic, key=key, value=value, headers=headers)
        self.first, self.last = first, day
        if self._end == sent.offset:  # else somebody else published as well: `catch_up` will look
            self._end = sent.offset + 1


def write_day(
    day: date, first: date, holidays: Collection[date], now: datetime
) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Key, value and headers of a day. Its number counts from the stack's first day."""
    event = DayStarted(
        effective_on=day,
        recorded_on=day,
        is_business_day=day.weekday() < SATURDAY and day not in holidays,
    )
    sequence = (day - first).days + 1
    envelope = envelope_of(event, sequence, day.isoformat(), day.isoformat())
    headers = write_headers(DayStarted, envelope, now)
    return event.key.encode(), event.model_dump_json().encode(), headers


def read_span(records: Collection[Record]) -> tuple[date | None, date | None]:
    """The first and the last day on the topic; what is no day is passed over, as services do."""
    days = [found for record in records if (found := _read_day(record))]
    if not days:
        return None, None
    (_, first), (count, last) = min(days), max(days)
    if (last - first).days + 1 != count:
        raise ClockError(f"day {count} of a calendar that begins on {first} cannot be {last}")
    return first, last


def _read_day(record: Record) -> tuple[int, date] | None:
    envelope = read_envelope(DayStarted.producer, record.key, record.headers)
    if not isinstance(envelope, Envelope) or envelope.type != event_type(DayStarted):
        return None
    try:
        return envelope.sequence, decode(DayStarted, envelope, record.value).effective_on
    except Invalid:
        return None
