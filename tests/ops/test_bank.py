"""The bank pays every order once, whenever it is killed, and keeps no account number."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.bank import (
    COLUMNS,
    Bank,
    BankError,
    Book,
    Refusals,
    read_bank_file,
)
from ops.processes import free_ports
from tests.ops.fake_payroll import PAYROLL, FakePayroll

NOBODY = Refusals()


async def work(
    payroll: FakePayroll, path: Path, *, refusals: Refusals = NOBODY, times: int = 2
) -> list[bool]:
    async with httpx.AsyncClient(transport=payroll.transport()) as http:
        with Book(path) as book:
            bank = Bank(PAYROLL, book, refusals, http)
            return [await bank.work() for _ in range(times)]


async def test_pays_every_order_of_every_file_once_and_posts_the_results(tmp_path: Path) -> None:
    payroll, path = FakePayroll(3, 0, 2), tmp_path / "bank.csv"

    assert await work(payroll, path, times=3) == [False, True, True]
    rows = read_bank_file(path)
    assert [row.order_id for row in rows] == ["ord_00", "ord_01", "ord_02", "ord_20", "ord_21"]
    assert {"2022-05-10"} == {row.paid_on for row in rows}
    assert payroll.keys == ["file_0", "file_1", "file_2"]
    assert payroll.results["file_2"] == [
        {"order_id": f"ord_2{i}", "outcome": "paid", "reason_code": None, "amount_krw": 10**6 + i}
        for i in range(2)
    ]


async def test_keeps_neither_name_nor_account(tmp_path: Path) -> None:
    await work(FakePayroll(3), tmp_path / "bank.csv")
    text = (tmp_path / "bank.csv").read_text()

    assert "110-" not in text
    assert "김" not in text
    assert len({row.account_sha256 for row in read_bank_file(tmp_path / "bank.csv")}) == 3


async def test_a_file_whose_results_did_not_arrive_is_answered_again_and_paid_once(
    tmp_path: Path,
) -> None:
    payroll, path = FakePayroll(3), tmp_path / "bank.csv"
    payroll.refuses = True

    assert await work(payroll, path) == [False, False]
    payroll.refuses = False
    assert await work(payroll, path) == [False, True]
    assert len(read_bank_file(path)) == 3
    assert {"file_0"} == set(payroll.keys)


async def test_a_refused_file_does_not_hold_up_the_others(tmp_path: Path) -> None:
    payroll = FakePayroll(1, 1)
    del payroll.files["file_0"]["orders"]

    assert await work(payroll, tmp_path / "bank.csv") == [False, False]
    assert {"file_1"} == set(payroll.results)


async def test_is_not_idle_while_payroll_is_away(tmp_path: Path) -> None:
    payroll = FakePayroll()
    payroll.is_away = True

    assert await work(payroll, tmp_path / "bank.csv", times=1) == [False]


@given(cut=st.integers(min_value=0), share=st.fractions(0, 1))
async def test_a_crash_after_any_byte_pays_nobody_twice_and_nobody_never(
    tmp_path_factory: pytest.TempPathFactory, cut: int, share: Fraction
) -> None:
    payroll, path = FakePayroll(2, 2), tmp_path_factory.mktemp("bank") / "bank.csv"
    refusals = Refusals(share, "seed")
    await work(payroll, path, refusals=refusals)
    whole = path.read_bytes()
    path.write_bytes(whole[: cut % (len(whole) + 1)])
    payroll.results.clear()

    await work(payroll, path, refusals=refusals)
    assert whole == path.read_bytes()


def test_refuses_a_share_and_whom_it_is_told() -> None:
    some = Refusals(Fraction(1, 4), "seed", frozenset({"ord_named"}))
    refused = [n for n in range(2000) if some.refuses(f"ord_{n}")]

    assert 400 < len(refused) < 600
    assert refused == [n for n in range(2000) if some.refuses(f"ord_{n}")]
    assert some.refuses("ord_named")
    assert not NOBODY.refuses("ord_named")
    assert Refusals(Fraction(1)).refuses("ord_any")


async def test_a_refusal_gives_its_reason(tmp_path: Path) -> None:
    payroll = FakePayroll(2)
    refusals = Refusals(order_ids=frozenset({"ord_01"}), reason_code="account-closed")

    await work(payroll, tmp_path / "bank.csv", refusals=refusals)
    assert [(r["outcome"], r["reason_code"]) for r in payroll.results["file_0"]] == [
        ("paid", None),
        ("refused", "account-closed"),
    ]


def test_one_file_has_one_bank(tmp_path: Path) -> None:
    with Book(tmp_path / "bank.csv"), pytest.raises(BankError, match="another bank"):
        Book(tmp_path / "bank.csv").__enter__()


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")

    with pytest.raises(BankError, match=COLUMNS[0]):
        read_bank_file(tmp_path / "other.csv")


@pytest.fixture
def served() -> Iterator[tuple[FakePayroll, str, threading.Event]]:
    """A payroll on a real port. POSTs that come before the event is set hang, and are lost."""
    payroll, may_answer = FakePayroll(3), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            if may_answer.is_set():
                self._answer("POST")
            may_answer.wait(20)  # one that came too early is lost, and its caller waits for it

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

        def _answer(self, method: str) -> None:
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, reply = payroll.answer(method, path, query, self.headers, body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(reply).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False  # so that closing waits for the last of them
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield payroll, f"http://127.0.0.1:{server.server_port}", may_answer
    may_answer.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.crash
def test_killed_between_paying_and_telling_it_pays_once(
    tmp_path: Path, served: tuple[FakePayroll, str, threading.Event]
) -> None:
    payroll, address, may_answer = served
    path, port = tmp_path / "bank.csv", free_ports(1)[0]
    command = [sys.executable, "-m", "ops", "bank", "--payroll", address, "--file", str(path)]
    command += ["--port", str(port)]
    first = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    until(lambda: path.exists() and path.read_text().count("\n") == 4)
    first.kill()
    first.wait()
    assert payroll.results == {}
    may_answer.set()
    second = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        until(lambda: set(payroll.results) == {"file_0"} and answers(port))
        idle = httpx.get(f"http://127.0.0.1:{port}/idle", trust_env=False).json()
    finally:
        second.kill()
        second.wait()

    counts = {"paid": 3, "refused": 0, "received": 0}
    assert idle == {"idle": True, **counts, "trouble": None, "refused_deposits": {}}
    assert len(read_bank_file(path)) == 3


def test_a_bank_that_can_look_at_payroll_no_more_ends_its_process(
    tmp_path: Path, served: tuple[FakePayroll, str, threading.Event]
) -> None:
    payroll, address, _ = served
    payroll.answer = lambda *_: (200, {})  # type: ignore[method-assign]  # no list of files
    command = [sys.executable, "-m", "ops", "bank", "--payroll", address]
    command += ["--file", str(tmp_path / "bank.csv"), "--port", str(free_ports(1)[0])]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    assert ended.returncode != 0
    assert "the bank stops: KeyError('items')" in ended.stdout


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/docs", trust_env=False).is_success
    except httpx.TransportError:
        return False


def until(claim: Any) -> None:
    deadline = time.monotonic() + 30
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.05)
