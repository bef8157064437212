"""What the stores must be: each effect once, nothing acknowledged that is not stored, nothing left
behind, nothing past what is parked.
"""

from collections import Counter
from collections.abc import Mapping

from ops.access.rights import REACTS_TO
from proofs.invariants.evidence import Document, Evidence, Place, Store, cause_of, effects
from proofs.invariants.verdict import Look
from shared.digests import canonical_json
from shared.events import source_of, topic_of

CALENDAR = source_of("calendar")


def once(evidence: Evidence, look: Look) -> None:
    """Each event and each command has one effect in each service.

    A handler runs in one transaction, whose journal rows carry one instant: rows of one cause with
    two instants were written by two. Within one transaction a handler may rightly save several
    events into one aggregate, but none saves the same one twice: each notes a fact, and the same
    fact twice is a handler that ran twice.

    A day is no such cause: its sweeps take many transactions, and an aggregate may be swept again.
    That a sweep pays once is for `won`, which knows the papers' names.
    """
    for service, store in evidence.stores.items():
        rows = [row for row in effects(store) if not row["causation_id"].startswith(CALENDAR)]
        instants: dict[str, set[object]] = {}
        for row in rows:
            instants.setdefault(row["causation_id"], set()).add(row["at"])
        for cause, found in instants.items():
            look.saw("effects")
            if len(found) > 1:
                look.found(f"{service} {cause}", f"took effect in {len(found)} transactions")
        for same, count in Counter(map(_fact, rows)).items():
            if count > 1:
                look.found(f"{service} {same[0]}", f"is {count} times in {same[1]}")
        _refuse_inventions(evidence, service, store, look)


def _fact(row: Document) -> tuple[str, str, str, str]:
    aggregate = f"{row['kind']}/{row['key']}"
    return row["causation_id"], aggregate, row["type"], canonical_json(row["event"])


def _refuse_inventions(evidence: Evidence, service: str, store: Store, look: Look) -> None:
    for stream, number in {cause for row in effects(store) if (cause := cause_of(row))}:
        if number not in evidence.firsts.get(stream, {}):
            look.found(f"{service} {stream}/{number}", "has an effect and is in no log")


def committed(evidence: Evidence, look: Look) -> None:
    """What a group has committed is stored: applied, or parked, also where it is unreadable."""
    for service, offsets in evidence.committed.items():
        store = evidence.stores[service]
        last, parked = store.last_sequences, store.parked_ids
        for place, offset in offsets.items():
            if offset > evidence.ends.get(place, 0):
                look.found(f"{service} {_name(place)}", f"is committed to {offset}, past its end")
        for said in evidence.said:
            record, envelope = said.record, said.envelope
            if record.offset < offsets.get((record.topic, record.partition), 0):
                look.saw("records")
                if envelope.sequence > last.get(envelope.stream, 0) and envelope.id not in parked:
                    look.found(f"{service} {envelope.id}", "is committed and not stored")
        for record in evidence.unreadable:
            if record.offset < offsets.get((record.topic, record.partition), 0):
                look.saw("records")
                if evidence.parked_as(record) not in parked:
                    name = evidence.parked_as(record)
                    look.found(f"{service} {name}", "is unreadable, committed and not parked")


def drained(evidence: Evidence, look: Look) -> None:
    """At rest: the outbox is empty, all days are entered, every record of a subscribed topic is
    committed, and of each stream what is applied and what is parked is all there is.
    """
    for service, store in evidence.stores.items():
        for row in store.outbox:
            look.found(f"{service} {row['_id']['stream']}", "has an event left in the outbox")
        for row in store.calendar:
            for day in row.get("state", {}).get("announced", ()):
                look.found(f"{service} {day['event_id']}", "is announced and not entered")
        topics = {topic_of(p): p for p in (*REACTS_TO[service], "calendar")}
        _compare_offsets(evidence, service, topics, look)
        _compare_streams(evidence, service, {source_of(p) for p in topics.values()}, look)


def _compare_offsets(
    evidence: Evidence, service: str, topics: Mapping[str, str], look: Look
) -> None:
    offsets = evidence.committed.get(service, {})
    for place, end in evidence.ends.items():
        if place[0] in topics:
            look.saw("partitions")
            behind = end - offsets.get(place, 0)
            if behind > 0:
                look.found(f"{service} {_name(place)}", f"has {behind} records not taken")


def _compare_streams(evidence: Evidence, service: str, sources: set[str], look: Look) -> None:
    store = evidence.stores[service]
    last, parked = store.last_sequences, store.parked_sequences
    counted = {row["_id"]: row["parked"] for row in store.inbox}
    for stream, numbers in evidence.firsts.items():
        if stream.rpartition("/")[0] not in sources:
            continue
        look.saw("streams")
        applied, held = last.get(stream, 0), len(parked.get(stream, ()))
        if applied + held != max(numbers):
            says = f"has {max(numbers)} events, {applied} applied and {held} parked"
            look.found(f"{service} {stream}", says)
        if counted.get(stream, 0) != held:
            look.found(f"{service} {stream}", f"counts {counted.get(stream, 0)} parked of {held}")
    for row in store.parked:
        is_next = row["stream"] is not None and row["sequence"] == last.get(row["stream"], 0) + 1
        if is_next and row["kind"] == "behind":
            look.found(f"{service} {row['_id']}", "could run and is parked")


def parked(evidence: Evidence, look: Look) -> None:
    """A stream that is held up has no applied successor: nothing of it ran from there on."""
    for service, store in evidence.stores.items():
        last = store.last_sequences
        lowest = {stream: numbers[0] for stream, numbers in store.parked_sequences.items()}
        for stream, number in lowest.items():
            look.saw("streams")
            if last.get(stream, 0) >= number:
                applied = f"is parked at {number} and applied to {last[stream]}"
                look.found(f"{service} {stream}", applied)
        for row in effects(store):
            cause = cause_of(row)
            if cause and cause[1] >= lowest.get(cause[0], cause[1] + 1):
                look.found(f"{service} {row['_id']}", "follows from what is parked")


def _name(place: Place) -> str:
    return f"{place[0]}/{place[1]}"
