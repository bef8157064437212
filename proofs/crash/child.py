"""The service's process, forked from a server that has imported it: it starts in a tenth of the
time, and a matrix of crashes starts hundreds.
"""

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import uvicorn

from proofs.crash.arming import Blow, Meter, arm

PRELOADED = (__name__, "services.payroll.app")


def serve(
    *,
    service: str,
    port: int,
    environment: Mapping[str, str],
    log: Path,
    hits: Path | None,
    blow: Blow | None,
    sabotage: str | None = None,
) -> None:
    """As `uvicorn --factory services.<service>.app:build` does, armed where there are `hits`.

    `sabotage` names a fault to plant (proofs/crash/sabotage.py).
    """
    with log.open("ab") as output:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            os.dup2(output.fileno(), stream.fileno())
    os.environ.update(environment)
    if sabotage is not None:
        from proofs.crash.sabotage import SABOTAGES  # noqa: PLC0415

        SABOTAGES[sabotage]()
    if hits is not None:
        arm(Meter(hits, blow))
    build = import_module(f"services.{service}.app").build
    uvicorn.run(build, factory=True, host="127.0.0.1", port=port, access_log=False)
