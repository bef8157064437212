"""What each who can know says at the end: the services over HTTP, the office by itself."""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.city import City
from ops.demo.acts.stage import Stage
from ops.demo.client import Client, Json
from ops.processes import ROOT

OFFICE_SECONDS = 120.0  # it reads ten thousand records in two
OFFICE = "statistics-office"
OFFICE_SCRIPT = ROOT / "examples" / "statistics_office.py"


class OfficeError(Exception):
    """The statistics office gave no figures."""


@dataclass(frozen=True, slots=True)
class Words:
    """The services' own answers. `verify` and `parked` are tables by service."""

    intake: Json
    placement: Json
    payroll: Json
    outcomes: Json
    cases: list[Json]
    applications: list[Json]
    placements: list[Json]
    selection: Json
    matching: Json
    trial_balance: Json
    verify: Mapping[str, Json]
    parked: Mapping[str, list[Json]]


async def ask_services(city: City, stage: Stage) -> Words:
    client, path = stage.client, f"/cohorts/{stage.cohort_id}"
    return Words(
        intake=(await client.get("intake", path))["counts"],
        placement=(await client.get("placement", path))["counts"],
        payroll=await client.get("payroll", f"{path}/payroll"),
        outcomes=await client.get("counseling", f"{path}/outcomes"),
        cases=await stage.of_cohort("counseling", "cases"),
        applications=await stage.of_cohort("intake", "applications"),
        placements=await stage.of_cohort("placement", "placements"),
        selection=await client.get("intake", f"{path}/selection"),
        matching=await client.get("placement", f"{path}/matching"),
        trial_balance=await client.get("payroll", "/ledger/trial-balance"),
        verify=await _of_each(client, city, "/verify"),
        parked={name: p["items"] for name, p in (await _of_each(client, city, "/parked")).items()},
    )


async def _of_each(client: Client, city: City, path: str) -> dict[str, Json]:
    found = await asyncio.gather(*(client.get(name, path) for name in city.services))
    return dict(zip(city.services, found, strict=True))


def office_command(city: City) -> list[str]:
    script = str(OFFICE_SCRIPT.relative_to(ROOT))
    return [sys.executable, script, "--bootstrap", city.stack.kafka, "--prefix", city.prefix]


async def ask_office(city: City) -> Json:
    """Runs it as a process of its own, as any other city system would be one."""
    command = [*office_command(city), "--json"]
    child = await city.processes.run(OFFICE, command, timeout_seconds=OFFICE_SECONDS, check=False)
    return read_office(child.log)


def read_office(log: Path) -> Json:
    text = log.read_text()
    try:
        found: dict[str, Any] = json.loads(text[text.index("{") :])
    except ValueError:
        raise OfficeError(f"the statistics office gave no figures, see {log}") from None
    return found
