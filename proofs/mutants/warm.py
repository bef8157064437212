"""Runs pytest again and again, without importing other people's packages each time.

A process of its own, started in the folder that is to be tested with what to import once as its
arguments. It reads one JSON object a line,
`{"args": [...], "output": path, "seconds": n}`, forks, and answers with one line: pytest's exit
code, or null when the time was over. Ours are imported by the fork only, so a changed file counts.
"""

import contextlib
import importlib
import json
import os
import signal
import sys
import time
import traceback
from typing import Any

LOOK_SECONDS = 0.02


def serve() -> None:
    for name in sys.argv[1:]:
        with contextlib.suppress(ImportError):  # then the fork pays for it
            importlib.import_module(name)
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(_run(asked)), flush=True)


def _run(asked: dict[str, Any]) -> int | None:
    pid = os.fork()
    if pid == 0:
        _test(asked["args"], asked["output"])
    deadline = time.monotonic() + asked["seconds"]
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(LOOK_SECONDS)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def _test(args: list[str], output: str) -> None:
    """In the fork; never returns."""
    import pytest  # noqa: PLC0415

    code = 70  # of a fork that did not come as far as pytest's answer
    try:
        out = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(out, 2)
        sys.path.insert(0, os.getcwd())  # noqa: PTH109
        code = int(pytest.main(args))
    except BaseException:  # noqa: BLE001  # of pytest itself; never the warm process's affair
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
