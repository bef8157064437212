"""The register: which topic, with which fields, is read by whom, on what legal basis.

A register names who is regularly given data of people (개인정보 보호법 Art. 32①6), and why that is
lawful (Art. 17, 18): domain.md §3. It is a topic of its own on the same broker, kept for ever and
only ever added to: so it lives exactly as long as the rights that it explains, is kept and restored
with them, and what was granted and revoked once stays to be seen. The rights themselves are the
broker's: `ops grants` compares the two.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from aiokafka import AIOKafkaProducer

from ops.access.rights import REGISTER
from ops.secret_files import USERS
from ops.topics import Record, read_records
from shared.events import CONTRACTS, TOPICS, topic_of
from shared.login import Login, aiokafka_options

NAME = re.compile(r"[a-z][a-z0-9-]{2,39}")


class GrantError(Exception):
    """Such a grant cannot be; the message says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the register. `fields` as event.field, those of the catalogue at that moment."""

    does: Literal["grant", "revoke"]
    subscriber: str
    topic: str
    fields: tuple[str, ...]
    basis: str
    by: str
    at: str

    @property
    def key(self) -> str:
        return f"{self.subscriber}/{self.topic}"


def fields_of(topic: str) -> tuple[str, ...]:
    """What can be read there, from the catalogue."""
    return tuple(
        f"{contract.__name__}.{field}"
        for contract in CONTRACTS.values()
        if topic_of(contract.producer) == topic
        for field in contract.model_fields
    )


def check(subscriber: str, topics: Iterable[str], basis: str) -> None:
    """Raises `GrantError`. A name of our own would be given more rights, or have its own taken."""
    if not NAME.fullmatch(subscriber):
        raise GrantError(
            f"{subscriber!r} is no name: 3 to 40 small letters, digits and hyphens, a letter first"
        )
    if subscriber in USERS:
        raise GrantError(f"{subscriber} belongs to the programme: its rights are provision's")
    unknown = [topic for topic in topics if topic not in TOPICS]
    if unknown:
        raise GrantError(f"there is no topic {', '.join(unknown)}; there are {', '.join(TOPICS)}")
    if not basis.strip():
        raise GrantError("say the legal basis: the register must hold it (PIPA Art. 32)")


def entries(
    does: Literal["grant", "revoke"],
    subscriber: str,
    topics: Iterable[str],
    *,
    basis: str,
    by: str,
    at: datetime,
) -> list[Entry]:
    stamp = at.isoformat(timespec="seconds")
    return [
        Entry(does, subscriber, topic, fields_of(topic), basis.strip(), by, stamp)
        for topic in topics
    ]


def standing(lines: Iterable[Entry]) -> dict[tuple[str, str], Entry]:
    """By subscriber and topic, the grants that were not revoked."""
    found: dict[tuple[str, str], Entry] = {}
    for line in lines:
        found.pop((line.subscriber, line.topic), None)
        if line.does == "grant":
            found[line.subscriber, line.topic] = line
    return dict(sorted(found.items()))


async def read_register(kafka: str, login: Login | None) -> list[Entry]:
    """Every line ever written, in that order."""
    return [read_line(record) for record in await read_records(kafka, "", [REGISTER], login)]


async def write_register(kafka: str, login: Login | None, lines: Iterable[Entry]) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka, acks="all", enable_idempotence=True, **aiokafka_options(login)
    )
    await producer.start()
    try:
        for line in lines:
            value = json.dumps(asdict(line), ensure_ascii=False).encode()
            await producer.send_and_wait(REGISTER, key=line.key.encode(), value=value)
    finally:
        await producer.stop()


def read_line(record: Record) -> Entry:
    """Raises `GrantError`: only an administrator writes here, and a line cannot be passed over."""
    try:
        found: dict[str, Any] = json.loads(record.value or b"")
        return Entry(**{**found, "fields": tuple(found["fields"])})
    except (ValueError, TypeError, KeyError):
        raise GrantError(f"line {record.offset} of {REGISTER} cannot be read") from None
