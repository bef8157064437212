"""The containers of a compose stack, by the labels that Compose gives them, whichever Compose."""

import asyncio
import json
import os
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

PROJECT = "COMPOSE_PROJECT_NAME"
LABEL = "com.docker.compose"
HEALTHY_SECONDS = 180.0  # its start on two busy cores, and the start period of its health check
COMMAND_SECONDS = 60.0
LOOK_SECONDS = 0.25


class ContainerError(Exception):
    """The engine did not do what it was told; the message has its words."""


def project_name(folder: Path, environment: Mapping[str, str] = os.environ) -> str:
    """As Compose finds it: the environment, then the project's `.env`."""
    if name := environment.get(PROJECT):
        return name
    for line in (folder / ".env").read_text().splitlines():
        key, _, value = line.partition("=")
        if key.strip() == PROJECT:
            return value.strip()
    raise ContainerError(f"{folder}/.env does not say {PROJECT}")


def moment(text: str) -> datetime:
    """As the engine writes it, in UTC: its nanoseconds are three digits more than Python reads."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction[:6] or '0':0<6}+00:00")


class Containers:
    """Of one project. A part is what docker-compose.yml calls a service."""

    def __init__(self, project: str) -> None:
        self._project = project

    async def parts(self) -> tuple[str, ...]:
        """Those that run."""
        listed = await self._list("--filter", "status=running")
        return tuple(sorted(one["Config"]["Labels"][f"{LABEL}.service"] for one in listed))

    async def created_at(self) -> datetime:
        """When the first of them was made: the moment of `up`, images built. Aware, UTC."""
        listed = await self._list()
        if not listed:
            raise ContainerError(f"there is no container of the project {self._project}")
        return min(moment(one["Created"]) for one in listed)

    async def kill9(self, part: str) -> None:
        await _docker("kill", "--signal", "KILL", await self._id(part))

    async def start(self, part: str) -> float:
        """After a `kill9`: the engine takes that for somebody's wish, and restarts nothing. Returns
        the seconds until its health check says that it is healthy.
        """
        began, name = time.monotonic(), await self._id(part)
        await _docker("start", name)
        while True:
            state = json.loads(await _docker("inspect", "--format", "{{json .State}}", name))
            if state.get("Health", {}).get("Status") == "healthy":
                return time.monotonic() - began
            if time.monotonic() - began > HEALTHY_SECONDS:
                raise ContainerError(f"{part} is not healthy {HEALTHY_SECONDS:.0f} s after a start")
            await asyncio.sleep(LOOK_SECONDS)

    async def _id(self, part: str) -> str:
        found = await self._list("--filter", f"label={LABEL}.service={part}")
        if len(found) != 1:
            raise ContainerError(f"{self._project} has {len(found)} containers of {part}, not one")
        return str(found[0]["Id"])

    async def _list(self, *filters: str) -> list[dict[str, Any]]:
        project = ("--filter", f"label={LABEL}.project={self._project}")
        ids = (await _docker("ps", "--all", "--quiet", *project, *filters)).split()
        found: list[dict[str, Any]] = json.loads(await _docker("inspect", *ids)) if ids else []
        return found


async def _docker(*words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        "docker", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        said, trouble = await asyncio.wait_for(process.communicate(), COMMAND_SECONDS)
    except TimeoutError:
        process.kill()
        raise ContainerError(
            f"docker {words[0]} takes longer than {COMMAND_SECONDS:.0f} s"
        ) from None
    if process.returncode:
        raise ContainerError(f"docker {words[0]}: {trouble.decode().strip()}")
    return said.decode()
