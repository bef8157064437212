"""A mutant's trial: a copy of the repository with one rule less, and the tests that must see it."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Literal, Self

from proofs.mutants.mutants import Mutant, mutate

Verdict = Literal["killed", "survived", "timed out", "broken", "equivalent"]

WARM = Path(__file__).with_name("warm.py")
IMPORTS = (
    "pytest", "pytest_asyncio.plugin", "hypothesis.strategies",
    "faststream.kafka", "aiokafka.admin", "fastapi", "uvicorn", "httpx", "joserfc.jwk",
    "motor.motor_asyncio", "pydantic_settings", "structlog", "cryptography.fernet",
    "typer", "rich.console", "yaml", "psutil", "testcontainers.core.container",
)  # fmt: skip
"""Other people's, of most tests: imported once by each warm process."""
WARMED = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
MEMORY_SECONDS_MAX = 90  # tests in memory take 5 at the most; two shared cores may be slow
HANG_SECONDS_MAX = 25  # where the time-out is what kills: five times what the sound test takes
REAL_SECONDS_MAX = 240  # MongoDB lets an orphaned transaction live for 15, and a start takes some
# Not what the rule is about: a change that is no Python any more proves nothing.
NO_VERDICT = re.compile(r"- (NameError|ImportError|ModuleNotFoundError|UnboundLocalError)\b")
FAILED = re.compile(r"^FAILED (\S+)(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Found:
    """`by`: the test that turned red, or what speaks instead of a test."""

    mutant: Mutant
    verdict: Verdict
    by: str = ""
    seconds: float = 0.0


class Workspace:
    """A copy of the tracked files, and a warm process in it that runs pytest."""

    def __init__(self, root: Path, environment: Mapping[str, str] = os.environ) -> None:
        self._root = root
        self._environment = dict(environment)
        self.folder = Path(mkdtemp(prefix="womanup-mutants-"))

    def __enter__(self) -> Self:
        copy_tracked(self._root, self.folder)
        command = (sys.executable, "-P", str(WARM), *IMPORTS)
        self._warm = subprocess.Popen(
            command,
            cwd=self.folder,
            # A changed file and its old bytecode may be of one size and one second.
            env={**self._environment, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._say_and_hear(None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: object, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._warm.kill()
        self._warm.communicate()
        shutil.rmtree(self.folder)

    def test(self, nodes: Sequence[str], seconds: float, *options: str) -> tuple[int | None, str]:
        """The exit code of pytest, None for a time-out, and what it printed."""
        output = self.folder / ".mutants-output"
        args = ["-q", "-p", "no:cacheprovider", "-W", WARMED, *options, *nodes]
        answer = self._say_and_hear({"args": args, "output": str(output), "seconds": seconds})
        return json.loads(answer), output.read_text(errors="replace")

    def try_out(self, mutant: Mutant) -> Found:
        """Raises `LookupError` when its text is gone; the copy is whole again afterwards."""
        if mutant.equivalent_because:
            return Found(mutant, "equivalent", mutant.equivalent_because)
        path, mutated = self.folder / mutant.file, mutate(mutant, self.folder)
        sound, began = path.read_bytes(), time.monotonic()
        path.write_text(mutated)
        try:
            code, printed = self.test(mutant.caught_by, _seconds_max(mutant), "-x")
        finally:
            path.write_bytes(sound)
        return Found(mutant, *judge(mutant, code, printed), time.monotonic() - began)

    def _say_and_hear(self, asked: object) -> str:
        assert self._warm.stdin
        assert self._warm.stdout
        if asked is not None:
            self._warm.stdin.write(f"{json.dumps(asked)}\n")
            self._warm.stdin.flush()
        answer = self._warm.stdout.readline()
        if not answer:
            raise ChildProcessError("the process that runs the tests has ended")
        return answer


def judge(mutant: Mutant, code: int | None, printed: str) -> tuple[Verdict, str]:
    """Killed only by a test that failed; an error of collection or of a fixture kills nothing."""
    if code is None:
        return ("killed", "it hangs") if mutant.hangs else ("timed out", "no test, but the clock")
    if code == 0:
        return "survived", "no test of " + ", ".join(mutant.caught_by)
    failed = FAILED.search(printed)
    if code != 1 or failed is None or NO_VERDICT.search(failed[2]):
        last = printed.strip().splitlines()[-1:] or [""]
        return "broken", f"pytest's exit code {code}: {last[0]}"
    return "killed", failed[1]


def red_already(space: Workspace, mutants: Iterable[Mutant]) -> list[str]:
    """The tests that fail with every rule in place: while there are any, no verdict counts."""
    nodes = sorted({node for mutant in mutants for node in mutant.caught_by})
    if not nodes:
        return []
    code, printed = space.test(nodes, REAL_SECONDS_MAX * 2)
    if code == 0:
        return []
    red = [match[1] for match in FAILED.finditer(printed)]
    return red or [f"pytest's exit code {code}: {printed.strip()[-2000:]}"]


def copy_tracked(root: Path, folder: Path) -> None:
    """What is, or would be, committed, as it is on the disk now. No `.venv`: ours runs it."""
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listing = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    for name in filter(None, listing.stdout.split("\0")):
        if (root / name).is_file() and not (root / name).is_symlink():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, folder / name)


def _seconds_max(mutant: Mutant) -> float:
    if mutant.hangs:
        return HANG_SECONDS_MAX
    return REAL_SECONDS_MAX if mutant.real else MEMORY_SECONDS_MAX
