"""The stack's temporary folder, and what guarantees that nothing stays behind.

The owner holds a lock in the folder for life. A janitor, a shell in a session of its own, reads
from a pipe until the owner closes it or dies of anything, and then removes what it was told.
Should the janitor die too (a power cut), the next stack finds folders and containers whose lock is
free, and removes them.
"""

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PREFIX = "womanup-stack-"
LABEL = "womanup.home"
HOST_LABEL = "womanup.host"
JANITOR_SECONDS = 60

_JANITOR = f"""
trap '' INT TERM HUP
while read -r word value; do
  case $word in
    remove) set -- "$@" "$value" ;;
    containers) label="{LABEL}=$value" ;;
    done) done=yes ;;
  esac
done
if [ -n "$label" ]; then
  [ -n "$done" ] || sleep 1 # the engine may be making one at this moment
  ids=$(docker ps -aq --filter "label=$label")
  [ -z "$ids" ] || docker rm -f -v $ids
fi
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf -- "$@" && exit 0
  sleep 0.2 # the children are dying as well, and may still write
done
exit 1
"""


class HomeError(Exception):
    """Something of the stack stayed behind."""


@dataclass(frozen=True)
class Home:
    path: Path
    _janitor: subprocess.Popen[str]

    @property
    def labels(self) -> dict[str, str]:
        """For containers, so that janitors know whose they are."""
        return {LABEL: str(self.path), HOST_LABEL: socket.gethostname()}

    def will_remove(self, path: Path) -> Path:
        self._tell(f"remove {path}")
        return path

    def will_remove_containers(self) -> None:
        self._tell(f"containers {self.path}")

    def close(self) -> None:
        self._tell("done")
        assert self._janitor.stdin is not None
        self._janitor.stdin.close()
        if self._janitor.wait(JANITOR_SECONDS) != 0:
            raise HomeError(f"could not remove {self.path}")

    def _tell(self, line: str) -> None:
        assert self._janitor.stdin is not None
        self._janitor.stdin.write(line + "\n")
        self._janitor.stdin.flush()


@contextlib.contextmanager
def open_home() -> Iterator[Home]:
    _remove_stale_folders()
    janitor = subprocess.Popen(
        ["sh", "-c", _JANITOR],
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
    )
    # It is born under another name and locked before it gets its own, so that nobody who looks
    # for stale folders can find it without its lock.
    fresh = Path(tempfile.mkdtemp(prefix="womanup-fresh-"))
    lock = (fresh / "lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    home = Home(fresh.with_name(fresh.name.replace("womanup-fresh-", PREFIX)), janitor)
    home.will_remove(fresh)
    fresh.rename(home.will_remove(home.path))
    try:
        yield home
    finally:
        home.close()
        lock.close()


def is_stale(home: Path) -> bool:
    """True where no living process owns this folder; also when it is gone altogether."""
    try:
        lock = (home / "lock").open("r")
    except FileNotFoundError:
        return True
    with lock:
        return _can_lock(lock)


def _can_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove_stale_folders() -> None:
    """A janitor or another new stack may be removing the same folder: who comes second is done."""
    for home in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(FileNotFoundError):
            if home.stat().st_uid == os.getuid() and is_stale(home):
                shutil.rmtree(home, ignore_errors=True)
