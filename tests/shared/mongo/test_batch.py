"""What a transaction may hold, checked where one event can still fail alone."""

from functools import partial

import pytest

from shared.bus import Handles
from shared.events.intake import ApplicationSubmitted
from shared.mongo import Work
from shared.testing import Bench
from tests.shared import toy
from tests.shared.toy import TALLIES, submitted


async def test_a_record_that_no_broker_would_take_parks_its_own_event_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the outbox it would hold up its partition of our topic for ever."""
    monkeypatch.setattr("shared.mongo.batch.RECORD_BYTES_MAX", 165)

    async def publish(event: ApplicationSubmitted, work: Work) -> None:
        await toy.count(event, work)
        long = 10**50 if event.person_id == "per_a" else 1
        work.save(TALLIES, event.person_id, [toy.closed(event.person_id, long, work.today)])

    bench = Bench("payroll", toy.KINDS, (Handles(ApplicationSubmitted, publish),), ())
    await bench.day("2022-03-03")
    await bench.given(submitted("per_a"), submitted("per_b"))

    assert [(p["stream"], p["kind"]) for p in bench.parked] == [("/womanup/intake/per_a", "failed")]
    assert [e.key for e in bench.published] == ["per_b"]


async def test_a_clock_that_jumps_back_inverts_no_stream() -> None:
    bench = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    await bench.day("2022-03-03")
    for amount in (1, 2, 3):
        await bench.command(partial(toy.add, "per_a", amount))
    ahead = (await bench._rows("streams", {}))[0]
    rows = await bench._rows("outbox", {})

    assert [dict(r["headers"])["ce_sequence"] for r in rows] == [b"1", b"2"]
    assert ahead["clock"] == rows[-1]["_id"]["clock"] > rows[0]["_id"]["clock"]
