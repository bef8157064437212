"""What looks personal, in whatever a log tells: without knowing who the people were.

Years after a recording nobody can draw its people again, so this goes by the looks: letters of a
Korean name, numbers as long as a phone's or an account's, an address for mail, a day of birth.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from proofs.recording.topics import Told, place_of

LOOKS = {
    "Korean letters": re.compile(r"[\uac00-\ud7a3]"),
    "Korean letters, escaped": re.compile(r"\\u[abcd][0-9a-f]{3}|%E[A-D]%", re.IGNORECASE),
    "a mail address": re.compile(r"\S@\S"),
    "a long number": re.compile(r"(?<![0-9a-z])\+?\d(?:[-. ]?\d){8,}(?![0-9a-z])"),
    "a day long ago": re.compile(r"(?<![0-9a-z])19\d\d[-./]?[01]\d[-./]?[0-3]\d(?![0-9a-z])"),
}
OPEN = {"title", "name"}  # of a cohort, and of its public holidays: published notices
INSTANT = "ce_time"  # a long number, and no secret


def personal(told: Iterable[Told]) -> list[str]:
    """A sentence for each text that looks personal; not the text, because this is printed."""
    return [
        f"{place_of(one.record)}: {at} has {what}"
        for one in told
        for at, text in _texts(one)
        for what, look in LOOKS.items()
        if look.search(text)
    ]


def _texts(told: Told) -> Iterator[tuple[str, str]]:
    record = told.record
    yield "the key", (record.key or b"").decode(errors="replace")
    for name, value in record.headers:
        if name != INSTANT:
            yield name, (value or b"").decode(errors="replace")
    is_notice = told.envelope.type == "womanup.intake.CohortOpened.v1"
    yield from _leaves(told.event.model_dump(mode="json"), OPEN if is_notice else set())


def _leaves(value: Any, skipped: Iterable[str], at: str = "") -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for name, part in value.items():
                if name not in skipped:
                    yield from _leaves(part, skipped, f"{at}.{name}")
        case list():
            for part in value:
                yield from _leaves(part, skipped, at)
        case _:
            yield at.removeprefix("."), str(value)
