"""What the operator's commands choose, and what they do to a service."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from ops import parked as module
from ops.parked import _act, fetch_parked, first_of, first_of_each, group
from ops.services import ServiceError
from shared.testing import Bench
from tests.shared import toy
from tests.shared.toy import TALLIES, submitted

URL = "http://service"


def item(stream: str | None, sequence: int, kind: str, fingerprint: str = "") -> dict[str, Any]:
    name = f"{stream}/{sequence}" if stream else "topic/0/7"
    found: dict[str, Any] = {"id": name, "stream": stream, "sequence": sequence, "kind": kind}
    return found | {"fingerprint": fingerprint, "at": f"2022-03-0{sequence}T00:00:00+00:00"}


ITEMS = [
    item("/b", 2, "failed", "KeyError:hear:7"),
    item("/b", 3, "behind"),
    item("/b", 4, "behind"),
    item("/a", 1, "failed", "KeyError:hear:7"),
    item(None, 5, "failed", "KeyError:hear:7"),
    item("/c", 1, "failed", "ValueError:pay:3"),
]


def test_records_of_one_cause_are_one_group_with_those_behind_them() -> None:
    found = [(g.kind, g.cause, len(g.ids), g.behind) for g in group({"payroll": ITEMS})]

    assert found == [
        ("behind", "(behind)", 2, 0),
        ("failed", "KeyError:hear:7", 3, 2),
        ("failed", "ValueError:pay:3", 1, 0),
    ]


def test_a_cause_chooses_the_first_of_each_stream_and_what_names_none() -> None:
    chosen = [str(i["id"]) for i in first_of_each(ITEMS, "KeyError:hear:7")]

    assert chosen == ["/a/1", "/b/2", "topic/0/7"]
    assert [i["id"] for i in first_of(ITEMS, "/b")] == ["/b/2"]
    assert first_of(ITEMS, "/z") == []


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    found = Bench("payroll", toy.KINDS, toy.HANDLERS, toy.SWEEPS)
    await found.day("2022-03-03")

    @asynccontextmanager
    async def client() -> AsyncIterator[httpx.AsyncClient]:
        async with found.app(APIRouter()) as http:
            yield http

    monkeypatch.setattr(module, "client", client)
    toy.faulty.update({"per_a", "per_b"})
    await found.given(submitted("per_a"), submitted("per_b"), submitted("per_a"))
    toy.faulty.clear()
    yield found
    toy.faulty.clear()


@pytest.fixture
async def cause(bench: Bench) -> str:
    return str(bench.parked[0]["fingerprint"])


ACT = ("kim", "mended in 0.1.1")


async def test_a_dry_run_says_what_and_does_nothing(
    bench: Bench, cause: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await _act(URL, "release", (None, None, cause), ACT, dry_run=True)
    await bench.settle()

    assert capsys.readouterr().out.split() == [
        *["would", "release", "2,", "in", "this", "order:"],
        "/womanup/intake/per_a/1",
        "/womanup/intake/per_b/1",
    ]
    assert len(bench.parked) == 3


async def test_a_cause_is_released_in_every_stream(bench: Bench, cause: str) -> None:
    await _act(URL, "release", (None, None, cause), ACT, dry_run=False)
    await bench.settle()

    assert bench.parked == []
    assert (await bench.state(TALLIES, "per_a")).total == 2


async def test_a_stream_goes_on_without_its_first(bench: Bench) -> None:
    stream = "/womanup/intake/per_a"
    await _act(URL, "discard", (None, stream, None), ACT, dry_run=False)
    await bench.settle()

    assert (await bench.state(TALLIES, "per_a")).total == 1
    assert [p["_id"] for p in bench.parked] == ["/womanup/intake/per_b/1"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ((None, None, None), "say which"),
        (("/a/1", "/a", None), "one of them"),
        ((None, "/nobody", None), "nothing is parked there"),
        (("/womanup/intake/per_a/2", None, None), "not-the-head"),
    ],
)
async def test_what_cannot_be_done_is_said(
    bench: Bench, asked: tuple[str | None, str | None, str | None], says: str
) -> None:
    with pytest.raises(ServiceError, match=says):
        await _act(URL, "discard", asked, ACT, dry_run=False)
    assert len((await fetch_parked({"payroll": URL}))["payroll"]) == 3


@pytest.fixture(autouse=True)
def mended() -> Iterator[None]:
    yield
    toy.faulty.clear()
