"""Where the compose stack is. Ports and their variables are those of docker-compose.yml; a test
compares the two.

`python -m ops.compose` waits until all of it answers, and says what is where; with `--empty` it
says nothing, and ends with 1 unless a play can begin. It needs nothing but Python, so that `make
up` works before there is a `.venv`.
"""

import http.client
import json
import os
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops import secret_files

if TYPE_CHECKING:
    from fastapi import FastAPI

HOST = "127.0.0.1"
SERVICES = secret_files.SERVICES
PORTS = {
    "kafka": 9094,
    "intake": 8001,
    "placement": 8002,
    "payroll": 8003,
    "counseling": 8004,
    "clock": 8090,
    "bank": 8091,
    "issuer": 8092,
    "prometheus": 9090,  # of the profile `observability`, as is Grafana
    "grafana": 3000,
}
ANSWER_SECONDS = 10.0
READY_SECONDS = 120.0  # four services that start at once on two busy cores take 20
PAUSE_SECONDS = 0.5


class ComposeError(Exception):
    """The stack is not as it should be; the message says what to look at."""


@dataclass(frozen=True)
class Addresses:
    """`kafka` as host:port, the others as http://host:port."""

    kafka: str
    services: Mapping[str, str]
    clock: str
    bank: str
    issuer: str


def variable(name: str) -> str:
    """What overrides a port: `WOMANUP_INTAKE_PORT`."""
    return f"WOMANUP_{name.upper()}_PORT"


def addresses(environment: Mapping[str, str] = os.environ) -> Addresses:
    """As this machine reaches the stack. An empty variable counts as unset, as compose sees it."""
    ports = {name: environment.get(variable(name)) or str(PORTS[name]) for name in PORTS}
    urls = {name: f"http://{HOST}:{port}" for name, port in ports.items()}
    return Addresses(
        kafka=f"{HOST}:{ports['kafka']}",
        services={name: urls[name] for name in SERVICES},
        clock=urls["clock"],
        bank=urls["bank"],
        issuer=urls["issuer"],
    )


def wait_until_ready(found: Addresses, seconds: float = READY_SECONDS) -> None:
    """Until all of them say so themselves. Raises `ComposeError` with who does not."""
    deadline = time.monotonic() + seconds
    urls = [*found.services.values(), found.clock, found.bank]
    while waited_for := [url for url in urls if not _is_ready(url)]:
        if time.monotonic() > deadline:
            names = ", ".join(waited_for)
            raise ComposeError(f"not ready after {seconds:.0f} s: {names}; see `docker compose ps`")
        time.sleep(PAUSE_SECONDS)


def guide(found: Addresses, day: Mapping[str, Any]) -> str:
    """What is where, and what to do next."""
    lines = [f"  {name:<11}{url}/docs" for name, url in found.services.items()]
    lines += [f"  {'clock':<11}{found.clock}/docs", f"  {'bank':<11}{found.bank}/idle"]
    who = secret_files.OPERATOR
    login = f"as {who}, whose password is in secrets/{secret_files.kafka_secret(who)}"
    lines += [f"  {'Kafka':<11}{found.kafka}, {login}", ""]
    if day["kind"] != "real":
        lines += [f"  {'issuer':<11}{found.issuer}, of tokens for development; ask it by:"]
        lines += [f"  export WOMANUP_ISSUER={found.issuer}", ""]
    if day["kind"] == "real":
        key = f"secrets/{secret_files.ISSUER_KEY}"
        lines += [
            "  tokens, until the city's issuer is named:",
            f"  export WOMANUP_ISSUER={key}",
            "",
        ]
        lines.append(f"the clock is real: today is {day['day']}")
    elif day["day"] is None:
        lines += [
            "the clock is simulated and the calendar is empty; begin it, or play the programme:",
            f"  {_post(found.clock, '/start', first_day='2021-08-01')}",
            "  make demo TARGET=compose",
        ]
    else:
        lines += [
            f"the clock is simulated and stands on {day['day']}; step it:",
            f"  {_post(found.clock, '/advance', days=1)}",
        ]
    lines.append("make down ends it and keeps its data; make down ARGS=-v throws that away")
    return "\n".join(lines)


def refuse_used(day: Mapping[str, Any]) -> None:
    """A play begins its own calendar. Raises `ComposeError` where there is one already."""
    if day["kind"] == "real" or day["day"] is not None:
        raise ComposeError(
            f"this stack's clock is {day['kind']} and stands on {day['day']}: a play needs empty "
            "volumes. `make down ARGS=-v` throws away what is there"
        )


def main(options: Sequence[str]) -> int:
    found = addresses()
    try:
        wait_until_ready(found)
        day = _get(f"{found.clock}/day")
        if "--empty" in options:
            refuse_used(day)
        else:
            print(guide(found, day))
    except ComposeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def bank() -> "FastAPI":
    """The bank as its container serves it: paths and addresses from the environment."""
    from fractions import Fraction  # noqa: PLC0415  # `make up` needs none of these

    from ops.bank import Refusals, build_app  # noqa: PLC0415

    refusals = Refusals(Fraction(0), "womanup", frozenset(), "account-closed")
    path = Path(os.environ["WOMANUP_BANK_FILE"])
    app = build_app(os.environ["WOMANUP_PAYROLL"], path, refusals)

    @app.get("/health/ready")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}

    return app


def _is_ready(url: str) -> bool:
    try:
        _get(f"{url}/health/ready")
    except (OSError, ValueError, http.client.HTTPException):  # not there yet, or not ready
        return False
    return True


def _get(url: str) -> dict[str, Any]:
    """Never through a proxy: these addresses are this machine's own."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=ANSWER_SECONDS) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def _post(url: str, path: str, **body: Any) -> str:
    return f"curl -s -H 'content-type: application/json' -d '{json.dumps(body)}' {url}{path}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
