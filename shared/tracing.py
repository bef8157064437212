"""Traces: which story something belongs to, carried from HTTP through outbox and log to handlers.

The ids need no library and no chance: a caller's W3C `traceparent` is kept, else the trace is made
of the story's correlation id, and a span of who does what for which cause. So a retry is the same
span, and a story that runs for weeks is one trace. They are always carried, and stand in every log
line; spans are sent, as OTLP's JSON, only where a service is given a collector. What they say is
routes, types of events and codes: no ids, which the logs have.
"""

import asyncio
import hashlib
import json
import re
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPException
from typing import Any

from shared.errors import Rejected, Waits
from shared.events import read_traceparent
from shared.metrics import Metrics, table

SPANS_MAX = 10_000  # that wait: some 5 MB; above it they are dropped, nothing waits for a collector
SENT_AT_ONCE = 500
PAUSE_SECONDS = 2.0
SEND_SECONDS_MAX = 5.0
SERVER, INTERNAL, CONSUMER = 2, 1, 5  # OTLP's span kinds
_ERROR = 2
_ADDRESS = re.compile(r"https?://[^/?#@]+(/[^?#]*)?")


@dataclass(frozen=True, slots=True)
class Trace:
    """Where one unit of work stands in its trace."""

    trace_id: str
    span_id: str
    parent_id: str
    flags: str

    @property
    def traceparent(self) -> str:
        """As those say it who follow from this."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"

    @property
    def is_sampled(self) -> bool:
        return bool(int(self.flags, 16) & 1)


def follow(service: str, correlation_id: str, causation_id: str, traceparent: str = "") -> Trace:
    """What `service` does for that cause, whose own `traceparent` this is, where it has one."""
    span_id = _hash(f"{service} {causation_id}")[:16]
    known = read_traceparent(traceparent)
    if not known:
        return Trace(_hash(correlation_id)[:32], span_id, "", "01")
    _, trace_id, parent_id, flags = known.split("-")
    return Trace(trace_id, span_id, parent_id, flags)


@dataclass(slots=True)
class Span:
    """Something that has begun. `attributes` may grow until it is ended."""

    trace: Trace
    name: str
    kind: int
    began: datetime
    attributes: dict[str, str] = field(default_factory=dict)


class Tracer:
    """Sends spans to a collector; without an endpoint it does nothing at all."""

    def __init__(self, service: str, instance: str, endpoint: str, metrics: Metrics) -> None:
        if endpoint and not _ADDRESS.fullmatch(endpoint):
            raise ValueError("the OTLP endpoint must be http://host:port or https://host")
        self.is_on = bool(endpoint)
        self._address = f"{endpoint.rstrip('/')}/v1/traces"
        self._resource = {
            "service.namespace": "womanup",
            "service.name": service,
            "service.instance.id": instance,
        }
        self._metrics = metrics
        self._waiting: deque[dict[str, Any]] = deque()

    def end(self, span: Span, at: datetime, *, is_error: bool = False) -> None:
        if not (self.is_on and span.trace.is_sampled):
            return
        if len(self._waiting) >= SPANS_MAX:
            self._metrics.add(table.SPANS, outcome="dropped")
            return
        self._waiting.append(_as_otlp(span, at, is_error))

    @contextmanager
    def during(self, span: Span, now: Callable[[], datetime]) -> Iterator[Span]:
        """Ends it with the block. What is raised stands in it by its type alone; an outcome of the
        rules is no error.
        """
        try:
            yield span
        except BaseException as error:
            span.attributes["error.type"] = type(error).__name__
            self.end(span, now(), is_error=not isinstance(error, (Rejected, Waits)))
            raise
        self.end(span, now())

    async def run(self) -> None:
        """Until it is cancelled. Never raises for a collector that is away: its spans are lost."""
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            await self.flush()

    async def stop(self) -> None:
        """Send what there is, as far as that is quickly done."""
        try:
            async with asyncio.timeout(SEND_SECONDS_MAX):
                await self.flush()
        except TimeoutError:
            return

    async def flush(self) -> None:
        while self._waiting:
            count = min(SENT_AT_ONCE, len(self._waiting))
            spans = [self._waiting.popleft() for _ in range(count)]
            is_sent = await asyncio.to_thread(self._send, spans)
            self._metrics.add(table.SPANS, count, outcome="sent" if is_sent else "dropped")
            if not is_sent:
                return

    def _send(self, spans: list[dict[str, Any]]) -> bool:
        scope = {"scope": {"name": "womanup"}, "spans": spans}
        resource = {"attributes": _attributes(self._resource)}
        body = {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}
        request = urllib.request.Request(  # noqa: S310  # the scheme is checked at the start
            self._address, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=SEND_SECONDS_MAX) as answer:  # noqa: S310
                answer.read()
        except (OSError, ValueError, HTTPException):
            return False
        return True


def _as_otlp(span: Span, at: datetime, is_error: bool) -> dict[str, Any]:
    """Ids as hex and 64-bit numbers as text: OTLP's own rules for JSON."""
    parent = {"parentSpanId": span.trace.parent_id} if span.trace.parent_id else {}
    return {
        "traceId": span.trace.trace_id,
        "spanId": span.trace.span_id,
        **parent,
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": _nanoseconds(span.began),
        "endTimeUnixNano": _nanoseconds(at),
        "attributes": _attributes(span.attributes),
        "status": {"code": _ERROR} if is_error else {},
    }


def _attributes(values: dict[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]


def _nanoseconds(instant: datetime) -> str:
    return str(int(instant.timestamp() * 1_000_000) * 1000)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
