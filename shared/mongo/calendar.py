"""The day that a service is on, and the days that are announced and not entered yet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from pydantic import TypeAdapter

from shared.mongo.aggregate import Document
from shared.mongo.store import Delete, Put

CALENDAR = "calendar"  # the one document of the collection of that name, beside the gate
GATE = "gate"


@dataclass(frozen=True, slots=True)
class Announced:
    """A day that the clock has announced, with the end that each other topic had by then."""

    day: date
    event_id: str
    ends: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The day that this service is on (`event_id`: the DayStarted behind it) and those to come."""

    day: date | None = None
    event_id: str = ""
    announced: tuple[Announced, ...] = ()

    @classmethod
    def read(cls, found: Mapping[str, Document]) -> "Calendar":
        row = found.get(CALENDAR)
        return _CALENDAR.validate_python(row["state"]) if row else cls()

    def note(self, announced: Announced) -> "Calendar":
        """Put a day on the list. The first ever is entered at once: there is nothing before it."""
        if self.day is None:
            return Calendar(announced.day, announced.event_id)
        return replace(self, announced=(*self.announced, announced))

    def enter(self) -> "Calendar":
        """Go on by one day, never by more."""
        following, *later = self.announced
        return Calendar(following.day, following.event_id, tuple(later))

    def put(self) -> Put:
        return Put({"_id": CALENDAR, "state": _CALENDAR.dump_python(self, mode="json")})


def read_gate(found: Mapping[str, Document]) -> date | None:
    """The last day that an operator lets the service enter, after a takeover; None: any.

    What was recorded later waits, too: a command that is repeated on a day must find the world of
    that day.
    """
    return date.fromisoformat(found[GATE]["until"]) if GATE in found else None


def put_gate(until: date | None) -> Put | Delete:
    return Put({"_id": GATE, "until": until.isoformat()}) if until else Delete(GATE)


_CALENDAR = TypeAdapter(Calendar)
