"""Who may do what on Kafka, as data: from the catalogue's topics and what each service reacts to.

Everything else is refused. To read or to write a topic is to be shown it, too (Kafka's own rule),
and who writes may write idempotently.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ops.secret_files import CLOCK, OPERATOR, SERVICES
from shared.events import TOPICS, topic_of

REACTS_TO: dict[str, tuple[str, ...]] = {
    "intake": ("placement",),
    "placement": ("intake",),
    "payroll": ("intake", "placement"),
    "counseling": ("intake", "placement"),
}
"""Service → the producers of the events in its HANDLERS; tests/contracts compares the two."""

CALENDAR = topic_of("calendar")
REGISTER = "womanup.register.v1"
"""Who was granted what, and why (`ops.access.register`). No topic of the catalogue."""

EVERYONE = "*"


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """`kind` is TOPIC or GROUP, `operation` READ, WRITE or DESCRIBE, in Kafka's own words. `name`
    is whole, or with `is_prefix` the beginning of names; `*` means any.
    """

    user: str
    kind: str
    name: str
    operation: str
    is_prefix: bool = False

    def __str__(self) -> str:
        whose = "everyone" if self.user == EVERYONE else self.user
        name = f"{self.name}…" if self.is_prefix else self.name
        return f"{whose} may {self.operation.lower()} {self.kind.lower()} {name}"


def standing_rights(prefix: str = "") -> frozenset[Right]:
    """Of everybody who belongs to the programme. The calendar is open to whoever can log in."""
    return frozenset(
        [
            Right(EVERYONE, "TOPIC", prefix + CALENDAR, "READ"),
            *(right for name in SERVICES for right in _service_rights(name, prefix)),
            Right(CLOCK, "TOPIC", prefix + CALENDAR, "WRITE"),
            *(Right(CLOCK, "TOPIC", prefix + topic, "DESCRIBE") for topic in TOPICS),
            *(Right(CLOCK, "GROUP", prefix + name, "DESCRIBE") for name in SERVICES),
            *(Right(OPERATOR, "TOPIC", prefix + topic, "READ") for topic in (*TOPICS, REGISTER)),
            Right(OPERATOR, "GROUP", "*", "DESCRIBE"),
        ]
    )


def subscriber_rights(subscriber: str, topics: Iterable[str], prefix: str = "") -> frozenset[Right]:
    """Of another city system: these topics, and groups of its own name or `name.…`."""
    topics = tuple(topics)
    if not topics:
        return frozenset()
    return frozenset(
        [
            *(Right(subscriber, "TOPIC", prefix + topic, "READ") for topic in topics),
            Right(subscriber, "GROUP", subscriber, "READ"),
            Right(subscriber, "GROUP", f"{subscriber}.", "READ", is_prefix=True),
        ]
    )


def _service_rights(name: str, prefix: str) -> Iterable[Right]:
    """Its own topic is read at its start: whether its store is as new as what it has published."""
    own = prefix + topic_of(name)
    yield Right(name, "TOPIC", own, "WRITE")
    yield Right(name, "TOPIC", own, "READ")
    yield from (Right(name, "TOPIC", prefix + topic_of(p), "READ") for p in REACTS_TO[name])
    yield Right(name, "GROUP", prefix + name, "READ")
