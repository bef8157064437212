"""The stack's own parts, found by the port that they serve: killed, and started on their data."""

import asyncio
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

COMMAND_SECONDS = 60.0


class Part(Protocol):
    async def kill9(self) -> None: ...

    async def start(self) -> None: ...


class PartError(Exception):
    """There is nothing to kill at this port."""


@dataclass(frozen=True, slots=True)
class Container:
    """Docker keeps its file system and its published port while it is down."""

    id: str

    async def kill9(self) -> None:
        await _docker("kill", "--signal", "KILL", self.id)

    async def start(self) -> None:
        await _docker("start", self.id)


@dataclass(slots=True)
class LocalProcess:
    """A process of this machine: the same command in the same place, which dies with us."""

    command: list[str]
    environment: dict[str, str]
    folder: Path
    process: psutil.Process

    async def kill9(self) -> None:
        self.process.kill()
        await asyncio.to_thread(psutil.wait_procs, [self.process], COMMAND_SECONDS)

    async def start(self) -> None:
        self.process = psutil.Process(self._spawn())

    def _spawn(self) -> int:
        with (self.folder / "restarted.log").open("ab") as log:
            child = subprocess.Popen(  # its own session ends with the rig: see `end`
                self.command,
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return child.pid


async def part_at(port: int, folder: Path) -> Part:
    """Raises `PartError` where nobody serves that port."""
    found = await _docker("ps", "--quiet", "--filter", f"publish={port}", check=False)
    if found:
        return Container(found.split()[0])
    for process in psutil.process_iter():
        if _serves(process, port):
            return LocalProcess(process.cmdline(), process.environ(), folder, process)
    raise PartError(f"nobody serves port {port}")


def end(part: Part) -> None:
    """A process that we started again is ours to end; a container is its stack's."""
    if isinstance(part, LocalProcess) and part.process.is_running():
        part.process.kill()


def _serves(process: psutil.Process, port: int) -> bool:
    try:
        connections = process.net_connections("tcp")
    except psutil.Error:
        return False
    return any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in connections)


async def _docker(*words: str, check: bool = True) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            "docker", *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except FileNotFoundError:
        return ""
    async with asyncio.timeout(COMMAND_SECONDS):
        out, err = await process.communicate()
    if check and process.returncode:
        raise PartError(f"docker {words[0]}: {err.decode(errors='replace').strip()}")
    return out.decode()
