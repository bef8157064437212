"""What must hold, each as a pure function of plain data that gives a sentence per breach.

A stream is `/womanup/<producer>/<key>`, an event's id `<stream>/<sequence>`; a place is (topic,
partition). Some hold at every step, some once all is at rest: the name of the caller says which.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

Place = tuple[str, int]
Parked = Mapping[str, tuple[str, int]]  # kind and sequence of what is parked, by id


def unfounded(told: Iterable[tuple[str, bytes]], committed: Mapping[str, bytes]) -> list[str]:
    """Nothing is on the log that was not stored first, byte for byte."""
    return [
        f"{id_} is on the log and was never stored so" for id_, v in told if committed.get(id_) != v
    ]


def untold(told: Iterable[tuple[str, bytes]], committed: Mapping[str, bytes]) -> list[str]:
    """At rest: everything that was stored to be sent is on the log."""
    there = {id_ for id_, _ in told}
    return [f"{id_} was stored and is not on the log" for id_ in committed if id_ not in there]


def repeated(effects: Iterable[tuple[str, str, str]]) -> list[str]:
    """One effect per cause: (causing event, aggregate, type of effect) stands there once."""
    return [
        f"{cause} had {n} effects {type_} on {aggregate}"
        for (cause, aggregate, type_), n in Counter(effects).items()
        if n > 1
    ]


def misheard(
    heard: Mapping[str, Sequence[int]], expected: Mapping[str, Sequence[int]], *, at_rest: bool
) -> list[str]:
    """Each stream's events take effect in order without a gap; at rest all of them have."""
    found = []
    for person, wanted in expected.items():
        got = list(heard.get(person, ()))
        if got != list(wanted[: len(got)]) or (at_rest and len(got) != len(wanted)):
            found.append(f"{person} heard {got} of {list(wanted)}")
    return found


def out_of_order(told: Iterable[tuple[str, int]]) -> list[str]:
    """First occurrences on a partition are 1, 2, 3 … per stream, whatever is repeated."""
    last: dict[str, int] = {}
    found = []
    for stream, sequence in told:
        before = last.get(stream, 0)
        if sequence > before + 1:
            found.append(f"{stream} has {sequence} on the log right after {before}")
        last[stream] = max(before, sequence)
    return found


def passed(
    committed: Mapping[Place, int],
    log: Mapping[Place, Sequence[tuple[str, int]]],
    last: Mapping[str, int],
    parked: Collection[str],
) -> list[str]:
    """What Kafka was told is stored: every record before an offset is taken, skipped or parked.

    `log` has (stream, sequence) by offset; a record without a stream is parked by its place.
    """
    found = []
    for place, end in committed.items():
        for offset, (stream, sequence) in enumerate(log[place][:end]):
            id_ = f"{stream}/{sequence}" if stream else f"{place[0]}/{place[1]}/{offset}"
            if not (stream and sequence <= last.get(stream, 0)) and id_ not in parked:
                found.append(f"{id_} lies before offset {end} of {place} and is not stored")
    return found


def lost_won(purse_krw: int, left_krw: int, won: Mapping[str, int]) -> list[str]:
    """What left the purse is with the persons, to the won."""
    spent, got = purse_krw - left_krw, sum(won.values())
    return [f"{spent} KRW left the purse, {dict(won)} got {got}"] if spent != got else []


def mistold(won: Mapping[str, int], told: Mapping[str, int]) -> list[str]:
    """At rest: a reader who skips repetitions knows what each person got."""
    persons = sorted({*won, *told})
    return [
        f"{p} got {won.get(p, 0)} KRW, the city was told {told.get(p, 0)}"
        for p in persons
        if won.get(p, 0) != told.get(p, 0)
    ]


def left_over(
    outbox: int,
    ends: Mapping[str, int],
    last: Mapping[str, int],
    parked: Mapping[str, int],
    stuck: Mapping[str, int],
) -> list[str]:
    """At rest the outbox is empty, and per stream applied + parked = consumed.

    `stuck` is how many must stay parked: nothing else may.
    """
    found = [f"{outbox} rows are left in the outbox"] if outbox else []
    for stream, end in ends.items():
        taken, held = last.get(stream, 0), parked.get(stream, 0)
        if taken + held != end or held != stuck.get(stream, 0):
            found.append(f"{stream}: {taken} taken and {held} parked of {end}")
    return found


def overtaken(
    parked: Mapping[str, Sequence[int]],
    last: Mapping[str, int],
    counted: Mapping[str, int],
    heard: Mapping[str, Sequence[int]],
) -> list[str]:
    """A stream with something parked has nothing applied at or above it, and knows how many are.

    `counted` is what the stream's inbox row says of its parked records.
    """
    found = []
    for stream, sequences in parked.items():
        first, applied = min(sequences), max([last.get(stream, 0), *heard.get(stream, ())])
        if applied >= first:
            found.append(f"{stream}/{first} is parked and {applied} was applied")
    for stream in {**parked, **counted}:
        if len(parked.get(stream, ())) != counted.get(stream, 0):
            n = len(parked.get(stream, ()))
            found.append(f"{stream} has {n} parked and its row says {counted.get(stream, 0)}")
    return found


def wrongly_parked(failed: Iterable[str], guilty: Collection[str]) -> list[str]:
    """Parked as failed, or set aside, is only what has a fault of its own."""
    return [
        f"{id_} was put aside without a fault of its own" for id_ in failed if id_ not in guilty
    ]


def not_the_fold(states: Mapping[str, Any], folds: Mapping[str, Any]) -> list[str]:
    """Each state is the fold of its journal."""
    return [
        f"{key} is not the fold of its journal"
        for key in sorted({*states, *folds})
        if states.get(key) != folds.get(key)
    ]


def too_early(
    day: date,
    ends: Mapping[Place, int],
    log: Mapping[Place, Sequence[tuple[str, int]]],
    last: Mapping[str, int],
    parked: Collection[str],
) -> list[str]:
    """A day is entered after what was on the other topics when it was announced."""
    return [f"{day} was entered early: {breach}" for breach in passed(ends, log, last, parked)]


def undone(day: date, due: Iterable[str], ready: Iterable[str]) -> list[str]:
    """A day is entered when the day before is done: nothing due, nothing parked that can run."""
    found = [f"{day} was entered while {key} was due" for key in due]
    return found + [f"{day} was entered while {stream} could go on" for stream in ready]
