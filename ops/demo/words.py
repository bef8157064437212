"""What each who can know says at the end: the services over HTTP, the office by itself."""

import asyncio
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
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
    """The services' own answers about one cohort. `outcomes` by the day asked for; None: today."""

    intake: Json
    placement: Json
    payroll: Json
    outcomes: Mapping[date | None, Json]
    cases: list[Json]
    applications: list[Json]
    placements: list[Json]
    payslips: list[Json]
    claims: list[Json]
    vacancies: list[Json]
    selection: Json
    matching: Json


@dataclass(frozen=True, slots=True)
class CityWords:
    """Their answers about all of it. `verify` and `parked` are tables by service."""

    trial_balance: Json
    verify: Mapping[str, Json]
    parked: Mapping[str, list[Json]]


async def ask_services(stage: Stage, as_of: Iterable[date]) -> Words:
    client, path = stage.client, f"/cohorts/{stage.cohort_id}"
    outcomes: dict[date | None, Json] = {
        day: await client.get("counseling", f"{path}/outcomes", as_of=day.isoformat())
        for day in as_of
    }
    return Words(
        intake=(await client.get("intake", path))["counts"],
        placement=(await client.get("placement", path))["counts"],
        payroll=await client.get("payroll", f"{path}/payroll"),
        outcomes={**outcomes, None: await client.get("counseling", f"{path}/outcomes")},
        cases=await stage.of_cohort("counseling", "cases"),
        applications=await stage.of_cohort("intake", "applications"),
        placements=await stage.of_cohort("placement", "placements"),
        payslips=await stage.of_cohort("payroll", "payslips"),
        claims=await stage.of_cohort("payroll", "overpayment-claims"),
        vacancies=await stage.of_cohort("intake", "vacancies"),
        selection=await client.get("intake", f"{path}/selection"),
        matching=await client.get("placement", f"{path}/matching"),
    )


async def ask_city(client: Client, services: Iterable[str]) -> CityWords:
    names = list(services)
    parked = await _of_each(client, names, "/parked")
    return CityWords(
        trial_balance=await client.get("payroll", "/ledger/trial-balance"),
        verify=await _of_each(client, names, "/verify"),
        parked={name: page["items"] for name, page in parked.items()},
    )


async def _of_each(client: Client, services: list[str], path: str) -> dict[str, Json]:
    found = await asyncio.gather(*(client.get(name, path) for name in services))
    return dict(zip(services, found, strict=True))


def office_command(city: City) -> list[str]:
    script = str(OFFICE_SCRIPT.relative_to(ROOT))
    where = ("--bootstrap", city.stack.kafka, "--prefix", city.prefix)
    return [sys.executable, script, *where, *city.office]


async def ask_office(city: City, as_of: date | None = None) -> Json:
    """Runs it as a process of its own, as any other city system would be one."""
    name = f"{OFFICE}-{as_of}" if as_of else OFFICE
    command = [*office_command(city), "--json", *(["--as-of", str(as_of)] if as_of else [])]
    child = await city.processes.run(name, command, timeout_seconds=OFFICE_SECONDS, check=False)
    return read_office(child.log)


def read_office(log: Path) -> Json:
    text = log.read_text()
    try:
        found: dict[str, Any] = json.loads(text[text.index("{") :])
    except ValueError:
        raise OfficeError(f"the statistics office gave no figures, see {log}") from None
    return found
