"""Children are watched while they run, and gone when their supervisor is."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from ops.processes import ProcessError, Processes, free_ports, service_environment
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
