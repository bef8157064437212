"""The real compose file on a real engine, from a copy of what a clone would hold.

Under a project name, ports and image names of its own, so that a stack of yours stays as it is.
"""

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.compose import PORTS, Addresses, addresses, variable, wait_until_ready
from ops.processes import ROOT, free_ports
from ops.secret_files import FOLDER, ISSUER_KEY
from ops.stack.parts import KAFKA_IMAGE, MONGO_IMAGE
from ops.tokens import ISSUER, Actor, Bearer
from shared.login import Login
from tests.compose.intruder import login_from

BASE_IMAGE = "python:3.13-slim"
COMMAND_SECONDS = 240.0  # a first build downloads packages
STAFF = Actor(subject="o-1", roles=("officer", "auditor", "operator"))


def trouble() -> str | None:
    """Why nothing can be tested here; None when it can."""
    if shutil.which("docker") is None:
        return "there is no docker command"
    if fails("docker", "info"):
        return "no Docker engine answers"
    if compose_command() is None:
        return "there is neither `docker compose` nor docker-compose"
    for image in (BASE_IMAGE, KAFKA_IMAGE, MONGO_IMAGE):
        if fails("docker", "image", "inspect", image) and fails("docker", "pull", "-q", image):
            return f"{image} is not here and cannot be pulled"
    return None


def fails(*command: str) -> bool:
    run = subprocess.run(command, capture_output=True, timeout=COMMAND_SECONDS, check=False)
    return run.returncode != 0


def compose_command() -> list[str] | None:
    if not fails("docker", "compose", "version"):
        return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else None


@dataclass
class Project:
    """A stack of its own: `run` is compose in its folder and environment."""

    folder: Path
    environment: dict[str, str]
    files: tuple[str, ...] = ("docker-compose.yml",)
    told: str = "development.env"

    @property
    def name(self) -> str:
        return self.environment["COMPOSE_PROJECT_NAME"]

    @property
    def where(self) -> Addresses:
        return addresses(self.environment)

    def run(self, *words: str, check: bool = True) -> str:
        """What it said, both streams. A failure ends the test with that and the parts' state."""
        code, said = self._call(*words)
        if check and code:
            state, logs = self._call("ps", "-a")[1], self._call("logs", "--tail", "15")[1]
            pytest.fail(f"compose {' '.join(words)} failed:\n{said}\n{state}\n{logs}")
        return said

    def _call(self, *words: str) -> tuple[int, str]:
        told = ["--env-file", self.told] if self.told else []
        for file in self.files:
            told += ["--file", file]
        run = subprocess.run(
            [*(compose_command() or ()), *told, *words],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        return run.returncode, run.stdout

    def up(self, *options: str) -> None:
        """As the README says it; the older docker-compose has no --wait, so we wait as well."""
        waits = ["--wait"] if compose_command() == ["docker", "compose"] else []
        self.run("up", "-d", *options, *waits)
        wait_until_ready(self.where)

    def ops(self, command: str, *words: str, user: str, check: bool = True) -> str:
        """An operator's command from outside, logged in on Kafka; what it said, both streams."""
        login = ("--kafka-user", user, "--kafka-password-file", f"secrets/kafka-{user}")
        where = ("--kafka", self.where.kafka, *login)
        return self.python("-m", "ops", command, *words, *where, check=check)

    def python(self, *words: str, check: bool = True) -> str:
        run = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert not check or run.returncode == 0, run.stdout
        return run.stdout

    def login(self, user: str, file: str | None = None) -> Login:
        return login_from(self.folder, user, file)

    def post(self, url: str, body: Any, *, key: str | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return httpx.post(
            url, json=body, headers=headers, timeout=200, trust_env=False, auth=Bearer(STAFF)
        )

    def get(self, url: str) -> Any:
        answer = httpx.get(url, timeout=30, trust_env=False, auth=Bearer(STAFF))
        assert answer.is_success, answer.text
        return answer.json()

    def advance(self, days: int) -> date:
        """By POST /advance; what was just restarted may not answer yet."""
        deadline = time.monotonic() + 120
        target = self.day() + timedelta(days=days)
        while True:
            answer = self.post(f"{self.where.clock}/advance", {"until": target.isoformat()})
            if answer.is_success:
                return date.fromisoformat(answer.json()["day"])
            assert answer.status_code in {409, 503}, answer.text
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.5)

    def day(self) -> date:
        return date.fromisoformat(self.get(f"{self.where.clock}/day")["day"])


@contextmanager
def running_project(
    folder: Path,
    *files: str,
    told: str = "development.env",
    more_ports: Iterable[str] = (),
    **environment: str,
) -> Iterator[Project]:
    """Nothing built, nothing up and no secrets yet; thrown away in every case, also what is up.
    `files` are overlays, `more_ports` the parts that those publish; `told` is a file of settings.
    Tokens are of the development issuer where there is one, else signed with the operator's key.
    """
    if reason := trouble():
        pytest.skip(reason)
    name = f"womanup-test-{secrets.token_hex(3)}"
    published = [*PORTS, *more_ports]
    ports = dict(zip(map(variable, published), map(str, free_ports(len(published))), strict=True))
    given = {"COMPOSE_PROJECT_NAME": name, **ports, **environment}
    project = Project(folder, given, ("docker-compose.yml", *files), told)
    copy_clone(folder)
    own_key = folder / FOLDER.name / ISSUER_KEY
    os.environ[ISSUER] = project.where.issuer if told else str(own_key)
    try:
        yield project
    finally:
        os.environ.pop(ISSUER, None)
        project.run("down", "-v", "--timeout", "20", check=False)
        remove_images(name)


def remove_images(project: str) -> None:
    """Those of its parts, in every version: Compose removes none that has a name."""
    words = ("docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}")
    listed = subprocess.run(
        [*words, "--filter", f"reference={project}-*"], capture_output=True, text=True, check=True
    )
    subprocess.run(
        ["docker", "image", "rm", *listed.stdout.split()], capture_output=True, check=False
    )


def copy_clone(folder: Path) -> None:
    """What git holds or would: no cache, no `.venv`, nothing that only this machine has."""
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listing.stdout.rstrip("\0").split("\0"):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
