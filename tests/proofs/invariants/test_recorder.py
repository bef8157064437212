"""A recorder repeats until it is answered, and keeps every answer."""

import hashlib
import os
from collections.abc import Iterator

import httpx
import pytest

from proofs.invariants.recorder import Recorder, kept_under, sample_memory

NOT_YET = httpx.Response(409, json={"code": "not-yet-known"})
AWAY = httpx.Response(503, json={"code": "unavailable"})
REFUSED = httpx.Response(409, json={"code": "already-answered"})


class Office:
    """Answers in this order, and keeps what it was asked."""

    def __init__(self, *answers: httpx.Response | None) -> None:
        self._answers: Iterator[httpx.Response | None] = iter(answers)
        self.keys: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.keys.append(request.headers["Idempotency-Key"])
        answer = next(self._answers)
        if answer is None:
            raise httpx.ReadError("cut off", request=request)
        return answer


def recorder(office: Office, **more: float) -> Recorder:
    http = httpx.AsyncClient(transport=httpx.MockTransport(office), base_url="http://x")
    return Recorder("payroll", http, **more)  # type: ignore[arg-type]


async def test_lost_connections_and_a_no_that_time_mends_are_repeated_under_the_same_key() -> None:
    office = Office(
        None, AWAY, NOT_YET, httpx.Response(201, text="a"), httpx.Response(201, text="b")
    )
    rig = recorder(office)

    last = await rig.send("/files", {}, "k1")

    assert office.keys == ["k1"] * 5
    assert [reply.body for reply in rig.replies] == [b"a", b"b"]
    assert last == rig.replies[-1]
    assert (last.service, last.key, last.status) == ("payroll", "k1", 201)


async def test_a_refusal_is_an_answer() -> None:
    office = Office(REFUSED)
    rig = recorder(office)

    assert (await rig.send("/files", {}, "k1", answers=1)).status == 409
    assert not rig.replies[0].is_success


async def test_a_client_that_hangs_up_first_sends_once_more() -> None:
    office = Office(None, httpx.Response(200, text="a"))
    rig = recorder(office)

    await rig.send("/files", {}, "k1", answers=1, cut=True)

    assert len(office.keys) == 2
    assert [reply.body for reply in rig.replies] == [b"a"]


async def test_patience_ends() -> None:
    rig = recorder(Office(*[None] * 9), patience_seconds=0.05)

    with pytest.raises(TimeoutError, match="payroll did not answer /files"):
        await rig.send("/files", {}, "k1")


def test_a_reply_is_kept_under_the_caller_s_own_key() -> None:
    assert kept_under("k") == hashlib.sha256(b"k").hexdigest()[:40]
    assert kept_under("k", "officer") == hashlib.sha256(b"officer\nk").hexdigest()[:40]


def test_memory_is_sampled_in_resident_bytes() -> None:
    sample = sample_memory("pytest", os.getpid())

    assert sample.process == "pytest"
    assert 10 * 2**20 < sample.resident_bytes < 10 * 2**30
