"""What the topics must be: each committed event told, nothing else told, each stream in order."""

from collections import Counter

from ops.topics import Record
from proofs.invariants.evidence import (
    Document,
    Evidence,
    Said,
    Store,
    cause_of,
    effects,
    read_body,
)
from proofs.invariants.verdict import Look
from shared.digests import canonical_json
from shared.events import CONTRACTS, source_of

Content = tuple[str, str, str]
"""A key, a type and a body: what an event says, without its number."""


def told(evidence: Evidence, look: Look) -> None:
    """Every committed event is in the log at least once, nothing uncommitted ever is.

    The journal against the first record of each number, per key as multisets. What is committed
    and still in the outbox is on its way. Where a stream has nothing there, its last number is the
    last in the log.
    """
    for service, store in evidence.stores.items():
        committed = _committed(service, store, look)
        said = _said(evidence, service)
        waiting = Counter(_waiting(row) for row in store.outbox)
        for content in sorted(committed.keys() | said.keys()):
            rows, ids = committed.get(content, []), said.get(content, [])
            for row in rows[len(ids) + waiting[content] :]:
                look.found(f"{service} {row}", "is committed and not in the log")
            for id_ in ids[len(rows) :]:
                look.found(id_, "is in the log and was never committed")
        _compare_numbers(evidence, service, store, look)


def _committed(service: str, store: Store, look: Look) -> dict[Content, list[str]]:
    """The service's own contracts in its journal: content → ids of rows."""
    found: dict[Content, list[str]] = {}
    for row in store.journal:
        type_ = str(row["type"])
        if type_.startswith(f"womanup.{service}."):
            look.saw("events")
            contract = CONTRACTS.get(type_)
            key = str(row["event"].get(contract.key_field)) if contract else ""
            found.setdefault((key, type_, canonical_json(row["event"])), []).append(row["_id"])
    return found


def _said(evidence: Evidence, service: str) -> dict[Content, list[str]]:
    found: dict[Content, list[str]] = {}
    for numbers in evidence.firsts.values():
        for said in numbers.values():
            envelope = said.envelope
            if envelope.source == source_of(service) and not evidence.is_foreign(said):
                content = (envelope.key, envelope.type, canonical_json(said.body))
                found.setdefault(content, []).append(envelope.id)
    return found


def _waiting(row: Document) -> Content:
    headers = {name: bytes(value).decode() for name, value in row["headers"]}
    body = canonical_json(read_body(bytes(row["value"])))
    return bytes(row["key"]).decode(), headers["ce_type"], body


def _compare_numbers(evidence: Evidence, service: str, store: Store, look: Look) -> None:
    busy = {row["_id"]["stream"] for row in store.outbox}
    for row in store.streams:
        stream = f"{source_of(service)}/{row['_id']}"
        look.saw("streams")
        highest = max(evidence.firsts.get(stream, {}), default=0)
        if row["_id"] not in busy and row["sequence"] != highest:
            counted = f"counts {row['sequence']} events in the store, {highest} in the log"
            look.found(stream, counted)


def order(evidence: Evidence, look: Look) -> None:
    """In each topic, per key, first occurrences read 1, 2, 3 … n, and a number that is repeated
    carries equal bytes. In each consumer's journal, what came of one stream never goes backwards
    within an aggregate.
    """
    last: dict[str, int] = {}
    for said in evidence.said:
        if not evidence.is_foreign(said):
            look.saw("records")
            _follow(evidence, said, last, look)
    for service, store in evidence.stores.items():
        _follow_causes(service, store, look)


def _follow(evidence: Evidence, said: Said, last: dict[str, int], look: Look) -> None:
    envelope, record = said.envelope, said.record
    before = last.get(envelope.stream, 0)
    if envelope.sequence > before:
        if envelope.sequence != before + 1:
            look.found(envelope.id, f"comes after number {before}")
        last[envelope.stream] = envelope.sequence
        return
    first = evidence.firsts[envelope.stream][envelope.sequence].record
    if (first.value, _told_by(first)) != (record.value, _told_by(record)):
        look.found(envelope.id, "stands in the log twice, with other bytes")
    if first.partition != record.partition:
        look.found(envelope.id, "stands in two partitions")
    if first is record:
        look.found(envelope.id, f"comes after number {before}")


def _told_by(record: Record) -> frozenset[tuple[str, bytes | None]]:
    """The headers that say something. A twin of the clock tells at another instant."""
    return frozenset(h for h in record.headers if h[0] not in {"ce_time", "traceparent"})


def _follow_causes(service: str, store: Store, look: Look) -> None:
    seen: dict[tuple[str, str, str], int] = {}
    for row in sorted(effects(store), key=lambda row: (row["kind"], row["key"], row["version"])):
        cause = cause_of(row)
        if cause is None:
            continue
        look.saw("effects")
        stream, sequence = cause
        lane = (row["kind"], row["key"], stream)
        if sequence < seen.get(lane, 0):
            look.found(f"{service} {row['_id']}", f"follows from {sequence} after {seen[lane]}")
        seen[lane] = sequence
