"""A small cohort as its topics, the bank's file and payroll's store would show it.

Wages are the figures of domain.md §2.2, not worked out here: what is tested works them out.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from examples import statistics_office
from ops.bank import Row
from ops.policies import read_policy
from ops.topics import Record
from shared.events import (
    IntegrationEvent,
    envelope_of,
    source_of,
    topic_of,
    write_headers,
)

POLICY = read_policy("2022-h1")
COHORT = "coh_second"
WAGES = {8: 2_250_094, 6: 1_690_262, 4: 1_130_430}  # domain.md §2.2, 2022
HOURS_PER_MONTH = {8: 209, 6: 157, 4: 105}
SCHEDULED = {"2022-04": 21, "2022-05": 21, "2022-06": 20}  # domain.md §2.5
LAST_DAYS = {"2022-04": 30, "2022-05": 31, "2022-06": 30}
PAY_DATES = {"2022-04": "2022-05-10", "2022-05": "2022-06-10", "2022-06": "2022-07-11"}
CLOSING_DAYS = {"2022-04": "2022-05-05", "2022-05": "2022-06-05", "2022-06": "2022-07-05"}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Topics:
    """Publishes as the services do: one number more per stream."""

    records: list[Record] = field(default_factory=list)
    last: dict[str, int] = field(default_factory=dict)

    def publish(self, contract: type[IntegrationEvent], day: str, **fields: Any) -> None:
        """Recorded on that day, and effective on it if `effective_on` does not say otherwise."""
        event = contract.model_validate({"effective_on": day, "recorded_on": day, **fields})
        stream = f"{source_of(event.producer)}/{event.key}"
        self.last[stream] = self.last.get(stream, 0) + 1
        envelope = envelope_of(event, self.last[stream], "c", "c")
        self.records.append(
            Record(
                topic=topic_of(event.producer),
                partition=0,
                offset=len(self.records),
                key=event.key.encode(),
                headers=tuple(write_headers(contract, envelope, NOW)),
                value=event.model_dump_json().encode(),
            )
        )


@dataclass(frozen=True)
class World:
    records: tuple[Record, ...]
    bank: tuple[Row, ...]
    payslips: tuple[dict[str, Any], ...]

    def without(self, name: str, key: str = "") -> "World":
        """One record fewer on the topics: the first of that name (and key)."""
        gone = next(r for r in self.records if is_record(r, name, key))
        return replace(self, records=tuple(r for r in self.records if r is not gone))

    def never(self, name: str, key: str = "", **fields: Any) -> "World":
        """The topics as if it had never been told: without a gap. Of these fields, all of them."""
        kept = [r for r in self.records if not (is_record(r, name, key) and has(r, fields))]
        assert len(kept) < len(self.records)
        return replace(self, records=renumbered(kept))

    def also(self, contract: type[IntegrationEvent], day: str, **fields: Any) -> "World":
        """The topics with one event more, last of its stream."""
        more = Topics()
        more.publish(contract, day, **fields)
        return replace(self, records=renumbered((*self.records, *more.records)))

    def without_all(self, *names: str) -> "World":
        """Without the records of these names."""
        kept = [r for r in self.records if not any(is_record(r, name) for name in names)]
        return replace(self, records=tuple(kept))

    def telling(
        self, name: str, key: str, change: Callable[[dict[str, Any]], Any], **fields: Any
    ) -> "World":
        """The topics with all records of that name, key and these fields changed."""
        told = list(self.records)
        for n, record in enumerate(told):
            if is_record(record, name, key) and has(record, fields):
                body = json.loads(record.value or b"")
                change(body)
                told[n] = replace(record, value=json.dumps(body).encode())
        return replace(self, records=tuple(told))

    def paying(self, index: int, **changes: Any) -> "World":
        """The bank's file with one row changed."""
        rows = list(self.bank)
        rows[index] = replace(rows[index], **changes)
        return replace(self, bank=tuple(rows))


def has(record: Record, fields: dict[str, Any]) -> bool:
    body = json.loads(record.value or b"")
    return all(body[name] == value for name, value in fields.items())


def renumbered(records: Iterable[Record]) -> tuple[Record, ...]:
    """As their services would have numbered them."""
    last: dict[tuple[str, bytes | None], int] = {}
    told = []
    for record in records:
        stream = (record.topic, record.key)
        last[stream] = last.get(stream, 0) + 1
        headers = dict(record.headers)
        source, key = (headers["ce_source"] or b""), (record.key or b"")
        headers["ce_sequence"] = str(last[stream]).encode()
        headers["ce_id"] = b"%s/%s/%d" % (source, key, last[stream])
        told.append(replace(record, headers=tuple(headers.items())))
    return tuple(told)


def is_record(record: Record, name: str, key: str = "") -> bool:
    type_ = dict(record.headers)["ce_type"] or b""
    return type_.decode().split(".")[2] == name and key in {"", (record.key or b"").decode()}


def of_the_office(records: Iterable[Record]) -> list[statistics_office.Record]:
    return [
        statistics_office.Record(r.topic, r.partition, r.offset, r.key, r.headers, r.value)
        for r in records
    ]
