"""Children are watched while they run, and gone when their supervisor is."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from ops.processes import (
    ROOT,
    ProcessError,
    Processes,
    Restart,
    Supervisor,
    end_process_with,
    free_ports,
    service_environment,
)
from ops.stack import Stack


async def test_a_child_that_ends_while_starting_shows_its_log(tmp_path: Path) -> None:
    async with Processes(tmp_path) as children:
        children.start("broken", ("sh", "-c", "echo no such setting; exit 3"))

        with pytest.raises(ProcessError, match=r"(?s)ended with 3 while.*no such setting"):
            await children.wait_for_url("broken", f"http://127.0.0.1:{free_ports(1)[0]}/ready")


async def test_a_child_is_waited_for_killed_and_restarted(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    command = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port))
    async with Processes(tmp_path) as children:
        first = children.start("web", command, env={"MARK": "1"})
        await children.wait_for_url("web", f"http://127.0.0.1:{port}/")
        await children.kill9("web")
        second = await children.restart("web")
        await children.wait_for_port("web", port)

    assert first.process.returncode == -signal.SIGKILL
    assert second.process.returncode == -signal.SIGTERM
    assert second.env == {"MARK": "1"}


async def test_a_child_deaf_to_sigterm_is_killed(tmp_path: Path) -> None:
    async with Processes(tmp_path, grace_seconds=0.3) as children:
        child = children.start("deaf", ("sh", "-c", "trap '' TERM; echo on; sleep 60 & wait"))
        while "on" not in child.log.read_text():
            await asyncio.sleep(0.02)
        group = child.process.pid

    assert child.process.returncode == -signal.SIGKILL
    assert await _gone(group)


async def test_what_a_child_started_goes_with_it(tmp_path: Path) -> None:
    async with Processes(tmp_path) as children:
        child = children.start("parent", ("sh", "-c", "(trap '' TERM; sleep 60) & echo on; wait"))
        while "on" not in child.log.read_text():
            await asyncio.sleep(0.02)

    assert child.process.returncode == -signal.SIGTERM
    assert await _gone(child.process.pid)


async def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    async with Processes(tmp_path, grace_seconds=0) as children:
        with pytest.raises(ProcessError, match="did not end within 0 s"):
            await children.run("slow", ("sleep", "60"), timeout_seconds=0.2)

        assert children["slow"].process.returncode == -signal.SIGKILL


def test_service_environments_of_two_prefixes_share_nothing() -> None:
    stack = Stack("127.0.0.1:1", "mongodb://127.0.0.1:2", ())
    plain = service_environment(stack, "payroll")
    other = service_environment(stack, "payroll", prefix="t3.", instance="payroll-2")

    assert plain["PAYROLL_DATABASE"] == "womanup_payroll"
    assert plain["PAYROLL_TOPIC_PREFIX"] == ""
    assert other["PAYROLL_DATABASE"] == "womanup_payroll_t3"
    assert other["PAYROLL_TOPIC_PREFIX"] == "t3."
    assert other["PAYROLL_INSTANCE"] == "payroll-2"


def test_free_ports_are_not_given_twice() -> None:
    assert len(set(free_ports(20) + free_ports(20))) == 40


def test_free_ports_lie_in_the_part_that_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOMANUP_PORTS", "31000-31100")

    assert set(free_ports(20)) <= set(range(31_000, 31_100))


async def _gone(group: int) -> bool:
    """Killed children of a child die on their own time; five seconds are plenty."""
    deadline = time.monotonic() + 5
    while found := _living(group):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return not found


def _living(group: int) -> list[int]:
    """Zombies do not count: they wait for their new parent only."""
    found = []
    for one in psutil.process_iter(["status"]):
        try:
            if os.getpgid(one.pid) == group and one.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(one.pid)
        except ProcessLookupError:
            continue
    return found


@pytest.fixture
def web(tmp_path: Path) -> tuple[tuple[str, ...], str]:
    """A child that is ready in a moment: its command, and where it answers then."""
    (port,) = free_ports(1)
    (tmp_path / "page").write_text("ready")
    directory = ("--directory", str(tmp_path))
    command = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1", *directory, str(port))
    return command, f"http://127.0.0.1:{port}/page"


@asynccontextmanager
async def supervised(
    children: Processes, name: str, url: str, restarts_max: int = 20
) -> AsyncIterator[tuple[Supervisor, list[Restart]]]:
    restarts: list[Restart] = []
    supervisor = Supervisor(children, {name: url}, restarts.append, restarts_max=restarts_max)
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(supervisor.run())
        yield supervisor, restarts
        watching.cancel()


async def test_a_dead_child_is_brought_back_and_the_time_is_measured(
    tmp_path: Path, web: tuple[tuple[str, ...], str]
) -> None:
    command, url = web
    async with Processes(tmp_path) as children:
        first = children.start("web", command, env={"MARK": "1"})
        await children.wait_for_url("web", url)
        async with supervised(children, "web", url) as (supervisor, restarts):
            began = time.monotonic()
            await children.kill9("web")
            assert supervisor.recovering() == ["web"]
            await supervisor.until_recovered()
            took = time.monotonic() - began
            second = children["web"]

    assert [(r.name, r.deaths) for r in restarts] == [("web", 1)]
    assert 0 < restarts[0].seconds <= took
    assert second.process.pid != first.process.pid
    assert (second.command, second.env) == (first.command, first.env)


async def test_a_death_is_noticed_within_50_ms(
    tmp_path: Path, web: tuple[tuple[str, ...], str]
) -> None:
    """Of the time in which this process runs: beside others it may not run, nor notice."""
    command, url = web
    async with Processes(tmp_path) as children:
        children.start("web", command)
        async with supervised(children, "web", url):
            seconds = [await _seconds_until_noticed(children, "web", url) for _ in range(3)]

    assert max(seconds) < 0.05


async def _seconds_until_noticed(children: Processes, name: str, url: str) -> float:
    await children.wait_for_url(name, url)
    child = children[name]
    os.kill(child.process.pid, signal.SIGKILL)
    while child.is_running:
        await asyncio.sleep(0)
    died = time.thread_time()
    while children[name] is child:
        await asyncio.sleep(0)  # never waits, so that all time until then counts
    return time.thread_time() - died


async def test_a_child_killed_while_it_recovers_comes_back_once(
    tmp_path: Path, web: tuple[tuple[str, ...], str]
) -> None:
    command, url = web
    async with Processes(tmp_path) as children:
        children.start("web", command)
        await children.wait_for_url("web", url)
        async with supervised(children, "web", url) as (supervisor, restarts):
            await children.kill9("web")
            while not children["web"].is_running:
                await asyncio.sleep(0.005)
            await children.kill9("web")
            await supervisor.until_recovered()

    assert [(r.name, r.deaths) for r in restarts] == [("web", 2)]


async def test_who_dies_again_and_again_is_given_up_with_the_log(tmp_path: Path) -> None:
    async with Processes(tmp_path) as children:
        children.start("broken", ("sh", "-c", "echo no such setting; exit 3"))

        with pytest.raises(ExceptionGroup) as found:
            async with supervised(children, "broken", "http://127.0.0.1:1/", restarts_max=3):
                await asyncio.Event().wait()

    (trouble,) = leaves(found.value)
    assert isinstance(trouble, ProcessError)
    assert str(trouble).startswith("broken ended with 3, 4 times in 60 s")
    assert str(tmp_path / "broken.log") in str(trouble)
    assert "no such setting" in str(trouble)


async def test_who_was_stopped_stays_stopped(
    tmp_path: Path, web: tuple[tuple[str, ...], str]
) -> None:
    command, url = web
    async with Processes(tmp_path) as children:
        first = children.start("web", command)
        await children.wait_for_url("web", url)
        async with supervised(children, "web", url) as (supervisor, restarts):
            await children.stop("web")
            await asyncio.sleep(0.1)
            assert supervisor.recovering() == []

        assert children["web"] is first
    assert restarts == []


async def test_what_a_child_compiles_is_kept(tmp_path: Path) -> None:
    """Else each start of a service compiles what it imports: half of its time."""
    tell = "import sys; print(sys.pycache_prefix, sys.dont_write_bytecode)"
    async with Processes(tmp_path) as children:
        child = await children.run("told", (sys.executable, "-c", tell), timeout_seconds=20)

    assert child.log.read_text().split() == [str(ROOT / ".cache/bytecode"), "False"]


def leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


async def test_a_process_ends_with_its_work_unless_that_was_cancelled(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[tuple[int, int]] = []
    said: list[str] = []
    monkeypatch.setattr(os, "kill", lambda *one: sent.append(one))

    async def fail() -> None:
        raise KeyError("day")

    async def work_on() -> None:
        await asyncio.Event().wait()

    tasks = [asyncio.create_task(work()) for work in (work_on, fail)]
    for task in tasks:
        end_process_with(task, "the clock", said.append)
    await asyncio.wait(tasks, timeout=0.1)
    tasks[0].cancel()
    await asyncio.wait(tasks, timeout=0.1)

    assert sent == [(os.getpid(), signal.SIGTERM)]
    assert said == ["the clock stops: KeyError('day')"]
    assert caplog.records == []
